"""What kind of capture a version is: the document's own text, or a page that must not be read as a change of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Literal, NamedTuple

from compliance.history.align import shingles, words
from compliance.history.compare import Rule, Text, rules_of
from compliance.history.database import StoredText

Kind = Literal[
    "first",
    "text",
    "layout",
    "returned",
    "failed",
    "language",
    "partial",
    "replaced",
    "misfiled",
    "bundled",
    "withdrawn",
]
"""`text`: a new text of the document. `layout`: the same words. `returned`: a text that was seen shortly before."""

_GENERIC = frozenset(
    words(
        "a an and for of on our the to us your terms term service services use conditions agreement policy page user "
        "users legal general consumer effective date updated last modified version eu europe preamble definitions "
        "introduction welcome january february march april may june july august september october november december"
    )
)


class Capture:
    """A version's text, with what comparing it needs."""

    def __init__(self, stored: StoredText, party: str = "") -> None:
        self.stored = stored
        self.party = party

    @cached_property
    def runs(self) -> frozenset[int]:
        """Hashes of its runs of five words."""
        return shingles(self.stored.passages)

    @cached_property
    def key(self) -> int:
        """Equal for texts of the same words in the same order."""
        return hash(tuple(words(p.plain) for p in self.stored.passages))

    @cached_property
    def rules(self) -> list[Rule]:
        """Its rules of training and competing."""
        return rules_of(self.stored.passages)

    @cached_property
    def text(self) -> Text:
        """The whole of it, to look for passages in."""
        return Text(self.stored.passages, self.runs)

    @cached_property
    def subject(self) -> frozenset[str]:
        """What its title names beyond the words that all terms have."""
        own = set(words(self.party))
        return frozenset(w for w in words(self.stored.title) if w not in _GENERIC | own and w.isalpha() and len(w) > 2)


class Overlap(NamedTuple):
    """How much two texts share: of the old one's runs, and of the new one's."""

    kept: float
    known: float

    @property
    def dice(self) -> float:
        """Both as one figure."""
        return 2 * self.kept * self.known / (self.kept + self.known) if self.kept + self.known else 0.0


def overlap(old: Capture, new: Capture) -> Overlap:
    """What two texts share."""
    if old.key == new.key:
        return Overlap(1.0, 1.0)
    shared = len(old.runs & new.runs)
    return Overlap(shared / max(1, len(old.runs)), shared / max(1, len(new.runs)))


def kind_of(old: Capture, new: Capture, siblings: Sequence[Capture]) -> tuple[Kind, str]:
    """What a readable text is beside the document's last own one; `siblings` are the party's other documents then."""
    if old.key == new.key:
        return "layout", ""
    both = overlap(old, new)
    grown = len(new.runs) / max(1, len(old.runs))
    for other in siblings:
        if other.key == new.key and other.key != old.key:
            if both.kept >= 0.5 and grown >= 1.5:
                return (
                    "bundled",
                    "the page is recorded for several documents of this party: the document is a part of it",
                )
            if both.kept < 0.8 and other.subject != old.subject:
                return "misfiled", "the text of another document of this party is recorded here"
    if both.kept < 0.15 and any(overlap(s, new).dice >= 0.6 for s in siblings if s.key != old.key):
        return "misfiled", "the text of another document of this party is recorded here"
    if both.kept >= 0.6 and grown >= 2.5 and old.subject != new.subject:
        return "bundled", "the document became a part of a much longer page with another title"
    if grown < 0.4 and both.known >= 0.9:
        return "partial", f"only {grown:.0%} of the text is left, and nothing new: a part of the page was captured"
    if grown < 0.12:
        return "partial", f"only {grown:.0%} of the length is left"
    titled = bool(old.stored.title and new.stored.title)
    if both.kept < 0.25 and titled and old.subject != new.subject:
        return "replaced", f"another document stands here: “{new.stored.title}” in place of “{old.stored.title}”"
    return "text", ""
