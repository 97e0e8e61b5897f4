"""What the corpora know of the texts that an answer cites: paraphrases, exceptions and dates, confirmed by people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compliance.corpus.corpus import Corpus
    from compliance.corpus.records import Clause, Document
    from compliance.qa.answer import Citation

_CATEGORIES = {
    "train-on-outputs": {"train-competing-models", "train-any-models", "permit-training", "distill"},
    "distillation": {"distill", "permit-training", "train-competing-models", "train-any-models"},
    "in-house-classifier": {"train-competing-models", "train-any-models"},
    "provider-fine-tuning": {"train-competing-models", "permit-training"},
    "evaluation": {"benchmarking"},
    "publish-benchmarks": {"benchmarking"},
    "scraping": {"scrape-output"},
    "reverse-engineering": {"reverse-engineer"},
    "competing-product": {"competing-product", "competitor-access"},
    "competitor-access": {"competitor-access", "competing-product"},
    "third-party-conduct": {"third-party-conduct"},
    "output-ownership": {"output-ownership"},
    "commercial-use": {"non-commercial"},
    "non-commercial": {"non-commercial"},
    "misrepresent-human": {"misrepresent-human"},
    "naming-attribution": {"naming-attribution"},
    "size-threshold": {"scale-threshold"},
    "third-party-model-terms": {"flow-down"},
    "display-storage-of-output": {"copying"},
}
_MOST = 3


def remarks(corpus: Corpus, cited: Sequence[Citation], topics: Sequence[str]) -> list[str]:
    """What the records say of the cited texts on the question's topics, a line a clause."""
    wanted = {category for topic in topics[:1] for category in _CATEGORIES.get(topic, ())}
    files = {c.file.rpartition(".")[0] for c in cited}
    found = [
        _remark(document, clause)
        for document in corpus.documents.values()
        for clause in document.clauses
        if clause.category in wanted and any(pin.file.removesuffix(".md") in files for pin in clause.pins)
    ]
    return list(dict.fromkeys(found))[:_MOST]


def _remark(document: Document, clause: Clause) -> str:
    words = " ".join(clause.paraphrase.split())
    excepted = "; ".join(" ".join(e.text.split()) for e in clause.exceptions)
    return f"on record: {document.title}, {clause.section}: {words}" + (f" Exceptions: {excepted}." if excepted else "")
