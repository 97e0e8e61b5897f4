"""Records with the place where they stand, as the checks of `corpora/` look at them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from compliance.corpus.corpus import Corpus
from compliance.corpus.records import CorpusFile, Record
from compliance.reading.structured import Path_, Text

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Placed:
    """A record and where it stands; `mine` where it belongs to the files that the check is about."""

    kind: str
    id: str
    record: Record
    text: Text
    path: Path_
    mine: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """What a check found at a record; `within` leads from the record to the value at fault."""

    severity: Severity
    sort: str
    placed: Placed
    message: str
    remedy: str
    within: Path_ = ()


@dataclass(slots=True)
class Shelf:
    """All records with their places, and the corpus that they make."""

    placed: list[Placed] = field(default_factory=list)
    corpus: Corpus = field(default_factory=lambda: Corpus(CorpusFile(), ""))

    def of(self, kind: str) -> Iterator[Placed]:
        """The records of one kind (`party`, `family`, ...), in the order of the files."""
        return (p for p in self.placed if p.kind == kind)
