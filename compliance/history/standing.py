"""Which text of a document stood on a day, and which stood before it."""

from __future__ import annotations

import datetime

from compliance.errors import UsageError
from compliance.history.captures import Capture
from compliance.history.database import DocumentKey, History, StoredText, Version
from compliance.history.timeline import Timelines


def standing(held: History, key: DocumentKey, day: datetime.date | None) -> tuple[Version, StoredText]:
    """The last version up to a day whose text could be read as terms."""
    past = [v for v in held.versions(key.id) if v.text_sha256 and (day is None or v.day <= day.isoformat())]
    for version in reversed(past):
        stored = held.text(version.text_sha256 or "")
        if not stored.failure:
            return version, stored
    when = f" up to {day}" if day else ""
    raise UsageError(f"{key.label} has no readable version{when}", remedy="clearance terms history shows its versions")


def text_before(timelines: Timelines, key: DocumentKey, new: Version) -> tuple[Version, Capture]:
    """The last text of other words before a version, captures that failed or are foreign left out."""
    words = timelines.capture(new.text_sha256 or "", key.party).key
    own = {"first", "text", "layout", "returned", "bundled"}
    for event in reversed(timelines.events(key)):
        version = event.version
        if version.recorded_at < new.recorded_at and event.kind in own and version.text_sha256:
            found = timelines.capture(version.text_sha256, key.party)
            if found.key != words:
                return version, found
    raise UsageError(f"{key.label} has no other text before {new.day}", remedy="clearance terms history shows them")
