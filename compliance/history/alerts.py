"""Alerts: a real change of a rule, with the document, the days, the words before and after, and what rests on it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

import msgspec

from compliance.history.database import DocumentKey, Version
from compliance.history.decisions import StoredDecision, touched
from compliance.history.passages import Passage
from compliance.history.timeline import Event

NOTEWORTHY = frozenset({"replaced", "misfiled", "bundled", "partial", "language", "withdrawn", "returned"})
"""Kinds of captures that a person may want to look at, though no clause is said to have changed."""


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """A clause of a version: its words, the words that govern it, its heading and code points in the version's text."""

    text: str
    lead: str
    section: str
    start: int
    end: int


class AlertChange(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that was added, removed or changed, and why it is believed to change the meaning."""

    kind: str
    before: Words | None
    after: Words | None
    because: tuple[str, ...]


class At(msgspec.Struct, frozen=True, kw_only=True):
    """A version: when it was recorded, by which commit or file, and its text's hash."""

    recorded_at: str
    origin: str
    text_sha256: str


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """A stored decision that cites the document in a version from before the change."""

    file: str
    id: str
    verdict: str
    versions: tuple[str, ...]


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """A version that changes rules of training or competing. `source` is the archive it was recorded by."""

    document: str
    source: str
    day: str
    before: At | None
    after: At
    changes: tuple[AlertChange, ...]
    recheck: tuple[Decision, ...] = ()


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A run of versions that were not read as changes, and why."""

    document: str
    day: str
    until: str
    versions: int
    kind: str
    note: str


def alerts_of(document: DocumentKey, events: Iterable[Event], decisions: Sequence[StoredDecision] = ()) -> list[Alert]:
    """The alerts of a document's events, in order."""
    return [_alert(document, event, decisions) for event in events if event.changes]


def notices_of(document: DocumentKey, events: Iterable[Event]) -> list[Notice]:
    """What a person should know of the captures; those of one kind with no other text between stand together."""
    found: list[Notice] = []
    last = ""
    for event in events:
        if event.kind in NOTEWORTHY or event.kind == "failed":
            day = event.version.day
            if found and last == event.kind:
                found[-1] = msgspec.structs.replace(found[-1], until=day, versions=found[-1].versions + 1)
            else:
                found.append(
                    Notice(document=document.label, day=day, until=day, versions=1, kind=event.kind, note=event.note)
                )
        if event.kind != "layout":
            last = event.kind
    return found


def _alert(document: DocumentKey, event: Event, decisions: Sequence[StoredDecision]) -> Alert:
    day = event.version.when.date()
    return Alert(
        document=document.label,
        source=document.source,
        day=day.isoformat(),
        before=_at(event.compared) if event.compared else None,
        after=_at(event.version),
        changes=tuple(
            AlertChange(kind=c.kind, before=_words(c.before), after=_words(c.after), because=c.because)
            for c in event.changes
        ),
        recheck=_recheck(decisions, document.label, day),
    )


def _recheck(decisions: Sequence[StoredDecision], label: str, day: datetime.date) -> tuple[Decision, ...]:
    return tuple(
        Decision(file=t.file, id=t.id, verdict=t.verdict, versions=t.versions) for t in touched(decisions, label, day)
    )


def _words(passage: Passage | None) -> Words | None:
    if passage is None:
        return None
    return Words(text=passage.plain, lead=passage.lead, section=passage.section, start=passage.start, end=passage.end)


def _at(version: Version) -> At:
    return At(recorded_at=version.recorded_at, origin=version.origin, text_sha256=version.text_sha256 or "")
