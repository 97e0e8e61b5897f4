"""Documents to clauses."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

import msgspec

from compliance.terms import attributes, embedding, linear
from compliance.terms.categories import CATEGORIES, RESTRICTS_TRAINING, Category, Effect
from compliance.terms.features import hashed
from compliance.terms.language import coverage_notes
from compliance.terms.plain import plain
from compliance.terms.readings import readings_of
from compliance.terms.signals import signals

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from compliance.terms.document import Document
    from compliance.terms.features import Reading

_JOINED_ACROSS_SENTENCES = frozenset({"output-ownership", "competing-product", "permit-training"})
_WHOLE_SENTENCE = frozenset({"scale-threshold"})
_WITH_HEAD = frozenset({"flow-down", "naming-attribution", "non-commercial"})
_WORDING_BELOW = re.compile(r"\s*:\s*\n\s*(?P<wording>(?:>\s*)?[\"\u201c][^\n]{3,500})")
_MAX_SENTENCE = 1500
_MAX_HEAD = 500


class Clause(msgspec.Struct, frozen=True, kw_only=True):
    """A clause: what it says, of what, on which condition, with which exceptions, and the words that say so.

    `start` and `end` are code points of the stored text; `quote` is exactly that stretch. `confidence` is the model's
    probability, between 0 and 1.
    """

    category: Category
    effect: Effect
    object: str
    condition: str
    exceptions: str
    bound: str
    section: str
    start: int
    end: int
    quote: str
    confidence: float


class Extract(msgspec.Struct, frozen=True, kw_only=True):
    """What a document says of training; `has_training_restriction` is None where that could not be told.

    `notes` say why it could not, or what limits the answer.
    """

    file: str
    has_training_restriction: bool | None
    clauses: tuple[Clause, ...]
    language: str = "en"
    text: str = "file"
    notes: tuple[str, ...] = ()


class Extractor:
    """Finds clauses with a model; `note` goes into every answer."""

    def __init__(self, model: linear.LinearModel, note: str = "") -> None:
        self.model = model
        self.note = note

    def document(self, document: Document) -> Extract:
        """The clauses of a document."""
        covered = coverage_notes(document)[2]
        return self.answer(document, self.clauses(document, readings_of(document)) if covered else [])

    def answer(self, document: Document, clauses: list[Clause]) -> Extract:
        """The answer for a document in which these clauses were found."""
        language, notes, covered = coverage_notes(document)
        restricts = any(c.category in RESTRICTS_TRAINING and c.effect == "prohibit" for c in clauses)
        return Extract(
            file=document.name,
            has_training_restriction=restricts if covered else None,
            clauses=tuple(clauses),
            language=language,
            text="file" if document.text_is_file else "extracted",
            notes=tuple(n for n in (*document.notes, *notes, self.note) if n),
        )

    def clauses(self, document: Document, readings: list[Reading]) -> list[Clause]:
        """The clauses among the readings of a document."""
        chosen = [r for r in readings if r.signals & signals().enough]
        if not chosen:
            return []
        rows = embed_readings(chosen) if self.model.embeds else None
        return self.judged(document, readings, chosen, self.model.probabilities([hashed(r) for r in chosen], rows))

    def judged(
        self, document: Document, readings: list[Reading], chosen: list[Reading], probability: NDArray[np.float32]
    ) -> list[Clause]:
        """The clauses that the probabilities of the `chosen` readings make, merged where units belong together."""
        definitions = definitions_of(readings)
        bound = attributes.bound_of(document.text)
        order = {id(r): i for i, r in enumerate(readings)}
        found: list[Clause] = []
        for column, category in enumerate(CATEGORIES):
            threshold = float(self.model.thresholds[column])
            runs: list[tuple[list[Reading], float]] = []
            for reading, value in zip(chosen, probability[:, column].tolist(), strict=True):
                if value < threshold:
                    continue
                if runs and _belong(category, runs[-1][0][-1], reading, order):
                    runs[-1] = ([*runs[-1][0], reading], max(runs[-1][1], value))
                else:
                    runs.append(([reading], value))
            found.extend(self._clause(document, category, run, p, definitions, bound) for run, p in runs)
        return sorted(found, key=lambda c: (c.start, c.end, CATEGORIES.index(c.category)))

    def _clause(
        self,
        document: Document,
        category: Category,
        run: list[Reading],
        probability: float,
        definitions: dict[str, str],
        bound: str,
    ) -> Clause:
        first = run[0]
        start, end = first.unit.start, max(r.unit.end for r in run)
        if category in _WHOLE_SENTENCE and first.unit.whole[1] - first.unit.whole[0] <= _MAX_SENTENCE:
            start, end = first.unit.whole
        elif category in _WITH_HEAD and first.unit.head_before and start - first.unit.whole[0] <= _MAX_HEAD:
            start = first.unit.whole[0]
        if category == "naming-attribution" and (below := _WORDING_BELOW.match(document.text, end)):
            end = below.end("wording")
        effect = attributes.effect_of(category, first)
        return Clause(
            category=category,
            effect=effect,
            object=attributes.object_of(category, first, bound == "licensee"),
            condition=attributes.condition_of(category, first),
            exceptions=attributes.exceptions_of(first, effect, definitions),
            bound=bound,
            section=first.unit.section[-200:],
            start=start,
            end=end,
            quote=document.text[start:end],
            confidence=round(probability, 3),
        )


def _belong(category: Category, before: Reading, after: Reading, order: dict[int, int]) -> bool:
    """Whether two readings of one category make one clause: neighbours in a sentence, or in a paragraph."""
    if before.unit.block != after.unit.block or order[id(after)] - order[id(before)] > 1:
        return False
    same = before.unit.sentence == after.unit.sentence
    return same or category in _JOINED_ACROSS_SENTENCES or category in _WHOLE_SENTENCE


def embed_readings(readings: list[Reading]) -> NDArray[np.float32]:
    """The embedding of each reading: the end of its lead-in and its own words."""
    return embedding.embed([embedded_text(r) for r in readings])


def embedded_text(reading: Reading) -> str:
    """The text that stands for a reading in the embedding model."""
    return f"{reading.unit.lead[-90:]} {reading.unit.plain}".strip()


def definitions_of(readings: list[Reading]) -> dict[str, str]:
    """The terms that the document defines, with the sentence that defines each."""
    found: dict[str, str] = {}
    for reading in readings:
        if reading.defines and reading.defines not in found:
            a, b = reading.unit.whole
            found[reading.defines] = plain(reading.unit.document.text[a:b])[:600]
    return found


@functools.cache
def extractor(lexical: bool = False) -> Extractor:
    """The extractor with the project's weights; without the embedding model installed, the lexical one and a note."""
    if not lexical and embedding.available():
        return Extractor(linear.load(linear.WEIGHTS / "clauses.npz"))
    note = (
        ""
        if lexical
        else "read without embeddings, which finds fewer clauses: install clearance[embed] for the full model"
    )
    return Extractor(linear.load(linear.WEIGHTS / "clauses-lexical.npz"), note)
