"""Texts to passages: one sentence or one part of an enumeration each, with offsets into the text as it is stored."""

from __future__ import annotations

import hashlib

import msgspec

from compliance.index.texts import HeldText
from compliance.terms.blocks import scan
from compliance.terms.document import Document
from compliance.terms.plain import plain
from compliance.terms.units import Unit, units_of

WHOLE = 360
"""A sentence of at most this many characters stays one passage; a longer one is cut into its parts."""
_LEAD = 160


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a stored text: `text[start:end]`, in code points.

    `lead` are the words before it that it completes ("You may not:"), `section` the headings above it. `place` counts
    the passages of a text, `block` its paragraphs.
    """

    file: str
    start: int
    end: int
    section: str
    lead: str
    words: str
    block: int
    place: int

    @property
    def embedded(self) -> str:
        """What the embedding model reads: the last heading, the governing words, and the passage's own."""
        heading = self.section.rsplit(" > ", 1)[-1][:80]
        return ". ".join(x for x in (heading, f"{self.lead[-_LEAD:]} {self.words}".strip()) if x)

    @property
    def key(self) -> str:
        """The hash by which the vector of a passage is kept: equal passages share one."""
        return hashlib.sha256(self.embedded.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def passages_of(text: HeldText) -> list[Passage]:
    """The passages of a text in their order; a passage whose words stood before in the text is left out."""
    found: list[Passage] = []
    seen: set[tuple[str, str]] = set()
    document = Document(name=text.file, format=text.format, text=text.text, blocks=scan(text.text))
    for start, end, unit in _stretches(document):
        words = plain(text.text[start:end])
        if len(words) < 12 or (words, unit.lead) in seen:
            continue
        seen.add((words, unit.lead))
        found.append(
            Passage(
                file=text.file,
                start=start,
                end=end,
                section=unit.section,
                lead=unit.lead,
                words=words,
                block=unit.block,
                place=len(found),
            )
        )
    return found


def _stretches(document: Document) -> list[tuple[int, int, Unit]]:
    units = units_of(document)
    found: list[tuple[int, int, Unit]] = []
    at = 0
    while at < len(units):
        stop = at + 1
        while stop < len(units) and units[stop].sentence == units[at].sentence:
            stop += 1
        start, end = units[at].whole
        if end - start <= WHOLE:
            found.append((start, end, units[at]))
        else:
            found += [(u.start, u.end, u) for u in units[at:stop]]
        at = stop
    return found
