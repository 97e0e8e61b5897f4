"""Times as people give them, with their zone, and as the tables keep them, in UTC and in order."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from compliance.errors import UsageError

Clock = Callable[[], datetime]
_ZONE = r"(Z|[+-]\d{2}:\d{2}|[A-Za-z][A-Za-z0-9_+/-]{1,60})"
_FORM = re.compile(r"(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?)\s*" + _ZONE + r"\Z", re.ASCII)
_STORED = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z\Z", re.ASCII)
_REMEDY = "for instance 2026-03-31T18:00+02:00, or 2026-03-31T18:00 Europe/Berlin"


def now() -> datetime:
    """The time of day."""
    return datetime.now(UTC)


def utc(moment: datetime) -> str:
    """A time in the spelling of the tables, which sorts."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def stored(moment: str) -> bool:
    """Whether a text is a time in that spelling."""
    return _STORED.match(moment) is not None


def expiry(given: str) -> datetime:
    """The time that `given` names with its zone; where a clock was put back and it comes twice, the earlier."""
    found = _FORM.match(given.strip())
    if found is None:
        raise UsageError(f"not a time with its zone: {given!r}", remedy=_REMEDY)
    try:
        local = datetime.fromisoformat(found[1])
        zone = found[2]
        if zone == "Z" or zone[0] in "+-":
            return datetime.fromisoformat(found[1] + ("+00:00" if zone == "Z" else zone)).astimezone(UTC)
        place = ZoneInfo(zone)
        return min(local.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1))
    except (ValueError, OverflowError, OSError, LookupError):
        raise UsageError(f"no such time or zone: {given!r}", remedy=_REMEDY) from None


def day(given: str) -> str:
    """A due day, as `2026-03-31`."""
    try:
        return date.fromisoformat(given.strip()).isoformat()
    except ValueError:
        raise UsageError(f"not a day: {given!r}", remedy="for instance 2026-03-31") from None
