"""The same answers as LangChain runnables: a retriever, a chain, and a chain in which a chat model drafts.

A chat model never decides. It is shown the passages and the verdict, and what it writes passes the gate: a sentence
without a word-for-word quotation is struck, and where nothing is left the answer is that the terms do not say. A model
that cannot be asked changes nothing but a note: the answer without it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableLambda
from pydantic import ConfigDict

from compliance.qa.answer import Answer, Answerer, Citation
from compliance.qa.drafting import SILENT, NotWritten, Writer, request
from compliance.qa.frames import framed
from compliance.qa.gate import Gate, Gated
from compliance.qa.model import SECONDS, chat_model
from compliance.qa.own_words import Limits, stems, telling
from compliance.qa.question import Turn
from compliance.qa.quotations import Quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from compliance.index.texts import HeldText

__all__ = ["TermsRetriever", "answer_chain", "chat_model", "document_of", "drafted"]

Show = Callable[[Answer, str], None]
"""Called with the answer found and each sentence of a draft that stands, as it comes."""
_CITED = 10


class TermsRetriever(BaseRetriever):
    """The passages for a question as LangChain documents, best first, with file, offsets, section and dates."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    answerer: Any
    k: int = 10

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        hits = self.answerer.find(query).found.hits[: self.k]
        return [document_of(self.answerer, hit) for hit in hits]


def document_of(answerer: Answerer, hit: Any) -> Document:
    """A hit as a LangChain document: its surroundings as content, the exact place as metadata."""
    citation = answerer.citation(hit)
    content = answerer.index.texts[hit.file].text[hit.start : hit.end]
    return Document(page_content=content, metadata={**msgspec.to_builtins(citation), "score": hit.score})


def answer_chain(
    answerer: Answerer, model: BaseChatModel | None = None, *, seconds: float = SECONDS, show: Show | None = None
) -> Runnable[dict[str, Any], Answer]:
    """A chain from `{"question", "history"}` to an `Answer`; a `model` drafts its words and the gate checks them.

    The model is given `seconds` for a draft. `show` is called with each sentence that stands as soon as it does.
    """
    extractive: Runnable[dict[str, Any], Answer] = RunnableLambda(lambda asked: _extractive(answerer, asked))
    if model is None:
        return extractive
    writer = Writer(model=model, seconds=seconds)
    return extractive | RunnableLambda(lambda answer: drafted(answerer, writer, answer, show))


def _extractive(answerer: Answerer, asked: Mapping[str, Any]) -> Answer:
    return answerer.answer(asked["question"], _turns(asked.get("history") or ()))


def drafted(answerer: Answerer, writer: Writer, answer: Answer, show: Show | None = None) -> Answer:
    """`answer` in the model's words, as far as they pass the gate; one that abstains is not put to the model."""
    if answer.abstained:
        return answer
    asked, passages = request(answerer, answer)
    files = list(dict.fromkeys([c.file for c in answer.citations] + [p.file for p in answer.retrieved]))
    reader = Gate([answerer.index.texts[f] for f in files], _limits(answerer, answer, passages))
    broke = words = tail = ""
    try:
        for piece in writer.pieces(asked):
            words = (words + piece)[:_FIRST]
            tail = (tail + piece)[-_FIRST:]
            for sentence in reader.read(piece):
                if show is not None:
                    show(answer, sentence)
            if reader.full or asked["mark"] in tail:  # it has begun to make up passages
                break
    except NotWritten as reason:
        broke = str(reason)
    else:
        for sentence in reader.close():
            if show is not None:
                show(answer, sentence)
    left = reader.gated()
    if left.text:
        return _reworded(answerer, answer, left, broke)
    if broke or not words.strip():
        why = broke or "it wrote nothing"
        return _noted(answer, f"the chat model was not used: {why}; the answer is the passages' own words")
    if words.strip(" .\n\"'*").upper() == SILENT:
        return _abstaining(answer, "the chat model finds no answer to the question in the passages")
    return _abstaining(
        answer,
        "the model's draft quoted nothing that may stand, and was struck" + _counted(left) + "; without a model the "
        "passages answer in their own words",
    )


_FIRST = 200
"""So many characters of a draft tell whether it is one at all."""


def _limits(answerer: Answerer, answer: Answer, passages: str) -> Limits:
    names, index = answerer.names, answerer.index
    sections = " ".join(citation.section for citation in answer.citations)

    def governs(file: str, start: int, end: int) -> tuple[str, str]:
        touched = [p for p in index.passages if p.file == file and p.start < end and start < p.end]
        if not touched:
            return "", ""
        first, last, text = touched[0], touched[-1], index.texts[file].text
        return f"{first.lead} {text[min(first.start, start) : start]}", text[end : max(last.end, end)]

    return Limits(
        verdict=answer.verdict,
        restricts="yes" if framed(answer.question).frame == "ban" else "no",
        known=stems(f"{passages} {sections} {answer.question}"),
        parties=lambda words: {m.party for m in names.mentions(words) if m.party},
        party_of=names.party_of,
        governs=governs,
        cited=_rests_on(answer),
        asked=telling(answer.question, " ".join(m.text for m in names.mentions(answer.question))),
    )


def _rests_on(answer: Answer) -> tuple[Quoted, ...]:
    """What an answer cites, with the paragraphs around it."""
    cited = answer.citations
    around = [p for p in answer.retrieved if any(p.file == c.file and p.start <= c.start < p.end for c in cited)]
    spans = [(c.file, c.start, c.end) for c in cited] + [(p.file, p.start, p.end) for p in around]
    return tuple(Quoted(*span) for span in spans)


def _reworded(answerer: Answerer, answer: Answer, left: Gated, broke: str) -> Answer:
    quoted = [_citation(answerer, q.file, q.start, q.end) for q in left.quoted]
    places = {(c.file, c.start) for c in quoted}
    rest = [c for c in answer.citations if (c.file, c.start) not in places]
    notes = ["a chat model worded the answer; its quotations were held against the texts, the verdict is not its own"]
    if left.struck:
        several = "sentences of the model's draft were" if left.struck > 1 else "sentence of the model's draft was"
        notes.append(f"{left.struck} {several} struck{_counted(left)}")
    if broke:
        notes.append(f"the model's draft is not complete: {broke}")
    return msgspec.structs.replace(
        answer, answer=left.text, citations=(*quoted, *rest)[:_CITED], notes=(*answer.notes, *notes), drafted=True
    )


def _citation(answerer: Answerer, file: str, start: int, end: int) -> Citation:
    text: HeldText = answerer.index.texts[file]
    section = next((p.section for p in answerer.index.passages if p.file == file and p.start <= start < p.end), "")
    return Citation(
        file=file,
        start=start,
        end=end,
        quote=text.text[start:end],
        provider=answerer.names.party_names[answerer.names.party_of(text)],
        document=text.title,
        section=section,
        in_force=text.in_force,
    )


def _abstaining(answer: Answer, note: str) -> Answer:
    return msgspec.structs.replace(
        _noted(answer, note),
        answer="The terms we hold do not say.",
        verdict="unknown",
        abstained=True,
        citations=(),
        texts=(),
        turns_on=(),
        kind="silent",
        drafted=True,
    )


def _noted(answer: Answer, note: str) -> Answer:
    return msgspec.structs.replace(answer, notes=(*answer.notes, note))


def _counted(left: Gated) -> str:
    """Why sentences were struck, the most frequent reason first."""
    return ": " + ", ".join(f"{why} ({number})" for why, number in left.why) if left.why else ""


def _turns(history: Sequence[Any]) -> list[Turn]:
    return [h if isinstance(h, Turn) else Turn(str(h["role"]), str(h["text"])) for h in history]
