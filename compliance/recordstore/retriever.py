"""Records as a LangChain retriever."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from compliance.recordstore.search import Filters


class RecordRetriever(BaseRetriever):
    """The records for a question as LangChain documents, best first, with file, record, field, teacher and date."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    searcher: Any
    filters: Any = Filters()
    k: int = 10

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        hits = self.searcher.search(query, self.k, self.filters).hits
        return [
            Document(
                page_content=h.text, id=f"{h.file}:{h.record}:{h.field}",
                metadata={
                    "file": h.file, "record": h.record, "field": h.field, "party": h.party, "model": h.model,
                    "date": h.date, "score": h.score, "near": h.near, "others": h.others,
                },
            )
            for h in hits
        ]  # fmt: skip
