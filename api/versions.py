"""What is read from the database of terms: providers, documents, versions, clauses and what changed between them.

This runs in the deciding processes, since comparing versions is work.
"""

from __future__ import annotations

import datetime
from functools import lru_cache
from typing import Any

import msgspec

from compliance.errors import UsageError
from compliance.history.alerts import alerts_of, notices_of
from compliance.history.captures import Capture
from compliance.history.database import DocumentKey, History, open_history
from compliance.history.diff import clause_diffs
from compliance.history.standing import standing, text_before
from compliance.history.timeline import Timelines


def providers(place: str) -> dict[str, Any]:
    """Every provider with its documents, and what the sources ask to be said of them."""
    with open_history(place) as held:
        found: dict[str, list[dict[str, Any]]] = {}
        for key in held.documents():
            versions = held.versions(key.id)
            if versions:
                found.setdefault(key.party, []).append(
                    {**_head(key), "versions": len(versions), "first": versions[0].day, "last": versions[-1].day}
                )
        attributions = {name: words for name, words in held.attributions().items() if words}
    return {
        "providers": [{"provider": name, "documents": documents} for name, documents in found.items()],
        "attributions": attributions,
    }


def document(place: str, id_: int) -> dict[str, Any]:
    """A document: its versions in order of time, what each is, the alerts and the notices."""
    with open_history(place) as held:
        key = _key(held, id_)
        versions = held.versions(key.id)
        attribution = held.attributions().get(key.source, "")
    stamp = (len(versions), versions[-1].id if versions else 0)
    told: dict[str, Any] = msgspec.json.decode(_timeline(place, key, stamp))
    return {**_head(key), "attribution": attribution, **told}


@lru_cache(maxsize=64)
def _timeline(place: str, key: DocumentKey, _stamp: tuple[int, int]) -> bytes:
    with open_history(place) as held:
        events = Timelines(held).events(key)
    versions = [
        {
            "recorded_at": e.version.recorded_at,
            "day": e.version.day,
            "origin": e.version.origin,
            "kind": e.kind,
            "note": e.note or e.version.note,
            "text_sha256": e.version.text_sha256,
            "rules_changed": len(e.changes),
        }
        for e in events
    ]
    return msgspec.json.encode(
        {"versions": versions, "alerts": alerts_of(key, events), "notices": notices_of(key, events)}
    )


def text(place: str, id_: int, day: str) -> dict[str, Any]:
    """The text that stood on a day (the newest without one), with its clauses."""
    with open_history(place) as held:
        key = _key(held, id_)
        version, stored = standing(held, key, _day(day))
        clauses = [{"start": p.start, "end": p.end, "section": p.section, "sha256": p.sha256} for p in stored.passages]
        return {
            **_head(key),
            "recorded_at": version.recorded_at,
            "day": version.day,
            "origin": version.origin,
            "text_sha256": stored.sha256,
            "language": stored.language,
            "note": version.note,
            "text": stored.content,
            "clauses": clauses,
        }


def diff(place: str, id_: int, before: str, after: str) -> dict[str, Any]:
    """Two versions clause by clause; without days the newest and the last that had other words."""
    with open_history(place) as held:
        key = _key(held, id_)
        new, new_text = standing(held, key, _day(after))
        if before:
            old, old_text = standing(held, key, _day(before))
            was = Capture(old_text)
        else:
            old, was = text_before(Timelines(held), key, new)
        now = Capture(new_text)
        changes = clause_diffs(was.stored.passages, now.stored.passages, was.text, now.text)
    return {**_head(key), "before": old.day, "after": new.day, "changes": msgspec.to_builtins(changes)}


def _head(key: DocumentKey) -> dict[str, Any]:
    return {"id": key.id, "provider": key.party, "document": key.name, "source": key.source}


def _key(held: History, id_: int) -> DocumentKey:
    found = next((key for key in held.documents() if key.id == id_), None)
    if found is None:
        raise UsageError(f"no document has the id {id_}", remedy="GET /v1/terms lists them")
    return found


def _day(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"{text!r} is not a day", remedy="write it as 2025-08-01") from None
