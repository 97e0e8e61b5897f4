"""Blocks to clause units: the smallest stretch that says one thing, with the words that govern it."""

from __future__ import annotations

import re
from functools import cached_property

from compliance.terms.document import Block, Document
from compliance.terms.plain import plain
from compliance.terms.sentences import Span, parts, sentences, trim_clause

_RUN_IN = re.compile(
    r"[*_]{1,3}(?P<title>[^*_\n]{2,80}?)[.:]?[*_]{1,3}[.:]?\s+(?=\S)|(?P<plain>[A-Z][^.:;\n]{2,60})[.:]\s+(?=[A-Z])"
)
_WORDS_OF_A_SENTENCE = re.compile(
    r"\b(will|may|shall|must|can|cannot|is|are|was|has|have|do|does|not|means|agree|you|we)\b", re.IGNORECASE
)
_QUOTED = re.compile(r"[“\"]([^”\"\n]{2,60})[”\"]")
_MAX_LEAD = 600


class Unit:
    """A clause unit: `text[start:end]`, the lead-ins that govern it, and where it stands.

    `lead` is what was said before the part that this unit completes ("You may not:"); `before` and `after` are the
    neighbouring sentences of its block; `title` is the run-in heading of its block.
    """

    def __init__(
        self,
        document: Document,
        start: int,
        end: int,
        *,
        block: int,
        sentence: int,
        leads: tuple[Span, ...],
        title: str,
    ) -> None:
        self.document = document
        self.start = start
        self.end = end
        self.block = block
        self.sentence = sentence
        self.leads = leads
        self.title = title
        self.whole: Span = (start, end)
        self.following: Span | None = None

    @property
    def head_before(self) -> bool:
        """Whether the head of the sentence stands right before this part, so that both make one quote."""
        return bool(self.leads) and self.leads[-1][0] == self.whole[0] and 0 <= self.start - self.leads[-1][1] < 8

    @property
    def quote(self) -> str:
        """The exact text of the unit."""
        return self.document.text[self.start : self.end]

    @cached_property
    def plain(self) -> str:
        """The unit's words without markup."""
        return plain(self.quote)

    @cached_property
    def lead(self) -> str:
        """The governing words, outermost first, without markup."""
        return " ".join(plain(self.document.text[a:b]) for a, b in self.leads)[-_MAX_LEAD:]

    @cached_property
    def section(self) -> str:
        """The headings above the unit, with the number of its item."""
        block = self.document.blocks[self.block]
        return " > ".join(x for x in (block.section, plain(self.title), block.marker.strip("*•- ")) if x)

    @cached_property
    def after(self) -> str:
        """The sentence that follows in the same block, where an exception often stands."""
        return plain(self.document.text[self.following[0] : self.following[1]]) if self.following else ""


def units_of(document: Document) -> list[Unit]:
    """The units of a document, in order."""
    found: list[Unit] = []
    counter = 0
    for index, block in enumerate(document.blocks):
        if block.kind in ("heading", "matter"):
            continue
        title, start = _run_in(document.text, block)
        spans = sentences(document.text, start, block.end)
        governing = _governing(document, block)
        for place, (a, b) in enumerate(spans):
            counter += 1
            # The words above an item govern what it says first; a later sentence with a subject of its own is free.
            leads = governing if place == 0 or not _stands_alone(document.text[a:b]) else ()
            for part in parts(document.text, a, b):
                s, e = trim_clause(document.text, part.start, part.end)
                if e - s < 3:
                    continue
                unit = Unit(document, s, e, block=index, sentence=counter, leads=(*leads, *part.heads), title=title)
                unit.whole = (a, b)
                unit.following = spans[place + 1] if place + 1 < len(spans) else None
                found.append(unit)
    return found


def _run_in(text: str, block: Block) -> tuple[str, int]:
    """The run-in heading of a block ("**Output restrictions.** You may not ...") and where its text starts."""
    match = _RUN_IN.match(text, block.start, block.end)
    if match is None:
        return "", block.start
    title = match["title"] or match["plain"]
    if match["plain"] and (_WORDS_OF_A_SENTENCE.search(title) or len(title.split()) > 6):
        return "", block.start
    if match["title"] and len(title.split()) > 9:
        return "", block.start
    if _QUOTED.match(title) or text[match.end() : match.end() + 6].startswith(("mean", "shall", "refer")):
        return "", block.start
    return title.strip(), match.end()


def _governing(document: Document, block: Block) -> tuple[Span, ...]:
    """The last sentence of each block that leads in to `block`, and for a part of it the head that it completes."""
    found: list[Span] = []
    for index in block.lead_in:
        leader = document.blocks[index]
        spans = sentences(document.text, leader.start, leader.end)
        if spans:
            a, b = spans[-1]
            last = parts(document.text, a, b)[-1]
            found.extend(last.heads)
            found.append((last.start, last.end))
    return tuple(found)


def _stands_alone(sentence: str) -> bool:
    """Whether a sentence names who it binds by itself."""
    head = plain(sentence[:160])
    return bool(
        re.match(
            r"(?:[A-Z]\w*,? )?(?:[Hh]owever|[Ff]or (?:clarity|example)|[Ii]f|[Yy]ou|[Ww]e|[Tt]h[ei]\w*|[Aa]ny|[Aa]ll|"
            r"[Nn]o|"
            r"[A-Z][\w.&'-]+(?: [A-Z][\w.&'-]+){0,3})\b.{0,80}?\b(?:will|may|shall|must|can|cannot|is|are|do|does|has|"
            r"have|own|owns|retain|retains|agree|agrees|claims?|assigns?|grants?)\b",
            head,
        )
    )
