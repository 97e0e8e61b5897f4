"""Which texts bound the users of a service on which days.

A window of days is cut where a text begins or ends. For each piece the result says which clauses stood; where it is
not known whether a text had begun, the piece has several readings, and all of them count.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from compliance.corpus.corpus import Corpus
from compliance.corpus.records import Channel, Clause, Document, Version
from compliance.domain.days import Span, day_text, span

MAX_READINGS = 16


@dataclass(frozen=True, slots=True)
class Standing:
    """A clause as it stood: in which version of which document, and for how long."""

    clause: Clause
    document: Document
    version: Version
    through: str | None = None

    @property
    def in_force(self) -> str:
        """The days of the version as text."""
        return version_days(self.document, self.version)


@dataclass(frozen=True, slots=True)
class Reading:
    """One possible state of the texts: the clauses that stood, the documents read, and those that were not seen."""

    clauses: tuple[Standing, ...]
    documents: tuple[tuple[str, str], ...]
    unseen: tuple[str, ...]

    @property
    def seen(self) -> bool:
        """Whether the governing text was seen: something was read, and nothing that governs is missing."""
        return bool(self.documents) and not self.unseen


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of days on which the same readings are possible."""

    days: Span
    readings: tuple[Reading, ...]


def version_days(document: Document, version: Version) -> str:
    """From when to when a version was in force, as people write it."""
    versions = document.versions
    at = versions.index(version)
    since = span(version.since)
    first = day_text(since.last) if since.first is None and since.last is not None else version.since
    start = f"by {first}" if since.first is None else f"from {first}"
    until = version.until
    if until is None and at + 1 < len(versions):
        nxt = span(versions[at + 1].since).first
        until = day_text(nxt - 1) if nxt is not None else None
    return f"{start} to {until}" if until else start


class TermsInForce:
    """Answers of `pieces`, cut from timelines that are drawn once: the corpora do not change while the program runs.

    Equal readings of one timeline are one object for good, so that their identity may stand for them.
    """

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self._lines: dict[tuple[str, str, str, str], tuple[Piece, ...]] = {}
        self._memo: dict[tuple[str, str, Span, str, str], tuple[Piece, ...]] = {}

    def pieces(self, party: str, channel: str, window: Span, region: str, maker: str = "") -> tuple[Piece, ...]:
        """The pieces of `window` for users of `party`'s `channel`.

        `region` is `EEA`, `other` or `unknown`; `maker` is whose models are used, where the party resells.
        """
        memo = (party, channel, window, region, maker)
        found = self._memo.get(memo)
        if found is None:
            if len(self._memo) > 100_000:
                self._memo.clear()
            found = self._memo[memo] = self._pieces(*memo)
        return found

    def _pieces(self, party: str, channel: str, window: Span, region: str, maker: str) -> tuple[Piece, ...]:
        found = []
        for piece in self._line(party, channel, region, maker):
            days = piece.days.within(window)
            if days is not None:
                found.append(Piece(days, piece.readings))
        return tuple(found)

    def _line(self, party: str, channel: str, region: str, maker: str) -> tuple[Piece, ...]:
        """The pieces of all days. Lines are as many as the corpora's channels, and are never forgotten."""
        memo = (party, channel, region, maker)
        line = self._lines.get(memo)
        if line is None:
            records = [
                c for c in self.corpus.channels(party, channel) if not c.models_of or not maker or maker in c.models_of
            ]
            if not records:
                return _NOTHING
            if any(c.models_of for c in records):
                records = [c for c in records if c.models_of]
            line = self._lines[memo] = self._drawn(records, region)
        return line

    def _drawn(self, records: list[Channel], region: str) -> tuple[Piece, ...]:
        found: list[Piece] = []
        for days in _cut(self._edges(records)):
            probe = days.first if days.first is not None else days.last
            readings = self._readings(records, probe, region)
            if found and found[-1].readings == readings:
                found[-1] = Piece(Span(found[-1].days.first, days.last), found[-1].readings)
            else:
                found.append(Piece(days, readings))
        return tuple(found)

    def _edges(self, records: list[Channel]) -> set[int]:
        """The days on which something may begin."""
        edges: set[int] = set()

        def begins(text: str | None) -> None:
            if text:
                when = span(text)
                edges.update(d for d in (when.first, when.last) if d is not None)

        def ends(text: str | None) -> None:
            last = span(text).last if text else None
            if last is not None:
                edges.add(last + 1)

        for record in records:
            begins(record.since)
            ends(record.until)
            for document in self._documents(record):
                for version in document.versions:
                    begins(version.since)
                    ends(version.until)
        return edges

    def _documents(self, record: Channel) -> list[Document]:
        found: dict[str, Document] = {}
        queue = list(record.documents)
        while queue:
            name = queue.pop(0)
            document = self.corpus.documents.get(name)
            if document is not None and name not in found:
                found[name] = document
                queue += document.incorporates
        return list(found.values())

    def _readings(self, records: list[Channel], probe: int | None, region: str) -> tuple[Reading, ...]:
        current = [r for r in records if probe is None or lasts(r).holds(probe)]
        general = [r for r in current if r.region is None]
        local = [r for r in current if r.region is not None]
        if region == "EEA":
            sets = [local or general]
        elif region == "unknown" and local and general:
            sets = [general, local]
        else:
            sets = [general or local]
        found: dict[tuple[object, ...], Reading] = {}
        for chosen in sets:
            for reading in self._of(chosen, probe):
                found.setdefault((reading.documents, reading.unseen), reading)
        return tuple(found.values())

    def _of(self, records: list[Channel], probe: int | None) -> list[Reading]:
        primary = {name for r in records for name in r.documents}
        documents = {d.id: d for r in records for d in self._documents(r)}
        missing = tuple(sorted(primary - documents.keys()))
        choices: list[list[tuple[Document, Version | None]]] = []
        for document in documents.values():
            possible: list[tuple[Document, Version | None]] = [
                (document, v) for v in _possible(document, probe, must=document.id in primary)
            ]
            if possible:
                choices.append(possible)
        readings = []
        for combination in itertools.islice(itertools.product(*choices), MAX_READINGS):
            clauses: list[Standing] = []
            read: list[tuple[str, str]] = []
            unseen = list(missing)
            for document, version in combination:
                if version is None or version.seen in ("secondary", "unseen"):
                    if document.id in primary:
                        unseen.append(document.id)
                    continue
                read.append((document.id, version.id))
                clauses += [
                    Standing(clause, document, version)
                    for clause in document.clauses
                    if not clause.versions or version.id in clause.versions
                ]
            readings.append(Reading(tuple(clauses), tuple(read), tuple(sorted(unseen))))
        return readings


_NOTHING = (Piece(Span(None, None), (Reading((), (), ()),)),)
"""The line where no text is on record."""


def lasts(record: Channel) -> Span:
    """The days for which a channel's record holds."""
    return Span(span(record.since).first if record.since else None, span(record.until).last if record.until else None)


def _cut(edges: set[int]) -> list[Span]:
    """All days, in pieces that begin at each edge."""
    inside = sorted(edges)
    starts: list[int | None] = [None, *inside]
    ends: list[int | None] = [*(e - 1 for e in inside), None]
    return [Span(a, b) for a, b in zip(starts, ends, strict=True)]


def _possible(document: Document, probe: int | None, *, must: bool) -> list[Version | None]:
    """The versions that may have been in force on `probe`; None stands for a text that was not seen."""
    if probe is None:
        return [None] if must else []
    found: list[Version | None] = []
    versions = document.versions
    for at, version in enumerate(versions):
        began = span(version.since)
        if began.first is not None and probe < began.first:
            continue
        if version.until and probe > (span(version.until).last or probe):
            continue
        if at + 1 < len(versions):
            nxt = span(versions[at + 1].since)
            if nxt.last is not None and probe >= nxt.last:
                continue
        found.append(version)
    if must:
        first = span(versions[0].since)
        before_first = first.last is not None and probe < first.last
        if before_first or not found:
            found.insert(0, None)
    return found
