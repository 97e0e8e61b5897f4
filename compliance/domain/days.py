"""Days and spans of days.

A day is the proleptic ordinal of `datetime.date`, so that spans compare as numbers. A span has inclusive ends; None is
an open end. Texts are those of the manifest: a day, a month, a year, or `a/b`, in corpora also with an end left out.
"""

from __future__ import annotations

import calendar
import datetime
from functools import lru_cache
from typing import NamedTuple


class Span(NamedTuple):
    """An inclusive interval of days; None is open."""

    first: int | None
    last: int | None

    def holds(self, day: int) -> bool:
        """Whether `day` lies in the span."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def meets(self, other: Span) -> bool:
        """Whether the two spans share a day."""
        return not (
            (self.last is not None and other.first is not None and self.last < other.first)
            or (other.last is not None and self.first is not None and other.last < self.first)
        )

    def within(self, other: Span) -> Span | None:
        """The days that both spans hold, or None."""
        first, last = self
        if first is None or (other.first is not None and other.first > first):
            first = other.first
        if last is None or (other.last is not None and other.last < last):
            last = other.last
        return None if first is not None and last is not None and first > last else Span(first, last)

    @property
    def text(self) -> str:
        """The span as a manifest would write it."""
        if self.first is not None and self.first == self.last:
            return day_text(self.first)
        first = day_text(self.first) if self.first is not None else ""
        return f"{first}/{day_text(self.last) if self.last is not None else ''}"


@lru_cache(maxsize=65536)
def span(text: str) -> Span:
    """The span that `text` names; a `ValueError` for anything else, an impossible day included."""
    if "/" in text:
        left, right = text.split("/", 1)
        first = _point(left).first if left else None
        last = _point(right).last if right else None
        if first is not None and last is not None and first > last:
            raise ValueError(f"{text!r} ends before it begins")
        return Span(first, last)
    return _point(text)


def day(text: str) -> int:
    """The day that `text` (`2025-06-15`) names."""
    found = _point(text)
    if found.first is None or found.first != found.last:
        raise ValueError(f"{text!r} is not one day")
    return found.first


@lru_cache(maxsize=65536)
def day_text(value: int) -> str:
    """A day as `2025-06-15`."""
    return datetime.date.fromordinal(value).isoformat()


def _point(text: str) -> Span:
    parts = text.split("-")
    try:
        numbers = [int(p) for p in parts]
        year = numbers[0]
        if len(parts[0]) != 4 or any(len(p) != 2 for p in parts[1:]):
            raise ValueError
        if len(numbers) == 1:
            return Span(datetime.date(year, 1, 1).toordinal(), datetime.date(year, 12, 31).toordinal())
        month = numbers[1]
        if len(numbers) == 2:
            last = calendar.monthrange(year, month)[1]
            return Span(datetime.date(year, month, 1).toordinal(), datetime.date(year, month, last).toordinal())
        if len(numbers) == 3:
            ordinal = datetime.date(year, month, numbers[2]).toordinal()
            return Span(ordinal, ordinal)
        raise ValueError
    except (ValueError, calendar.IllegalMonthError):
        raise ValueError(f"{text!r} is not a day, month or year") from None
