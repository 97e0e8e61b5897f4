"""The days that a question names: "22 May 2024", "early August 2025", "Q1 2024", "last year", "a year ago", "now"."""

from __future__ import annotations

import calendar
import datetime
import re

import msgspec

from compliance.domain.days import Span

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_PART = r"(?:(?P<part>early|beginning of|start of|mid|middle of|late|end of)[ -]+)?"
_ISO = re.compile(r"\b(?P<year>20\d\d)-(?P<month>\d\d)(?:-(?P<day>\d\d))?\b")
_DAY_MONTH = re.compile(
    rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)?\s+{_MONTH},?\s+(?P<year>20\d\d)\b", re.IGNORECASE
)
_MONTH_DAY = re.compile(rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>20\d\d)\b", re.IGNORECASE)
_MONTH_YEAR = re.compile(
    rf"\b{_PART}{_MONTH},?\s+(?:of\s+)?(?:(?P<year>20\d\d)|['\u2019](?P<short>2\d))\b", re.IGNORECASE
)
_SEASON = re.compile(r"\b(?P<season>spring|summer|autumn|fall|winter)\s+(?:of\s+)?(?P<year>20\d\d)\b", re.IGNORECASE)
_QUARTER = re.compile(r"\bq(?P<quarter>[1-4])\s*(?:of\s+)?(?P<year>20\d\d)\b", re.IGNORECASE)
_YEAR = re.compile(
    rf"\b{_PART}(?P<year>20[12]\d)\b(?![-.@]\d)|(?<![\w'\u2019])['\u2019](?P<short>2\d)\b(?!['\u2019])", re.IGNORECASE
)
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_PERIOD = re.compile(
    r"\b(?:in|over|during|within|for) the (?:last|past|previous) (?P<period>year|month|week)\b", re.IGNORECASE
)
_AGO = re.compile(
    rf"\b(?P<many>\d{{1,3}}|an?|{'|'.join(_NUMBERS)}) (?P<unit>year|month|week|day)s? (?:ago|before now)\b",
    re.IGNORECASE,
)
_RELATIVE = re.compile(r"\b(?:(?P<last>last|previous) (?P<unit>year|month|week)|yesterday)\b", re.IGNORECASE)
_PATTERNS = (_ISO, _DAY_MONTH, _MONTH_DAY, _MONTH_YEAR, _SEASON, _QUARTER, _YEAR, _PERIOD, _AGO, _RELATIVE)
_LENGTHS = {"week": 7, "month": 30, "year": 365}
_NOW = re.compile(
    r"\b(?:now|today|current(?:ly)?|at present|nowadays|as it stands|these days|right now|latest|newest)\b",
    re.IGNORECASE,
)
_SEASONS = {"spring": (3, 5), "summer": (6, 8), "autumn": (9, 11), "fall": (9, 11), "winter": (12, 12)}
_PARTS = {"early": (0, 10), "beginning of": (0, 10), "start of": (0, 10), "mid": (10, 20), "middle of": (10, 20)}


class Dated(msgspec.Struct, frozen=True, kw_only=True):
    """The spans of days that a question names, in its order, and whether it also speaks of the present."""

    spans: tuple[Span, ...] = ()
    now: bool = False


def dates_in(question: str, today: int) -> Dated:
    """The days that a question names; `today` is what "last year" counts from."""
    found: list[tuple[int, Span]] = []
    rest = question
    for pattern in _PATTERNS:
        for match in pattern.finditer(rest):
            span = _span(match, today)
            if span is not None:
                found.append((match.start(), span))
        rest = pattern.sub(lambda m: " " * len(m.group()), rest)
    found.sort(key=lambda item: item[0])
    spans = tuple(dict.fromkeys(span for _, span in found))
    return Dated(spans=spans, now=bool(_NOW.search(question)))


def _span(match: re.Match[str], today: int) -> Span | None:
    groups = match.groupdict()
    try:
        if groups.get("period"):
            return Span(today - _LENGTHS[str(groups["period"]).lower()], today)
        if groups.get("many"):
            return _ago(str(groups["many"]).lower(), str(groups["unit"]).lower(), today)
        if "unit" in groups:
            return _relative(groups, today)
        year = int(groups.get("year") or 0) or 2000 + int(groups["short"] or 0)
        if year > datetime.date.fromordinal(today).year + 1:
            return None
        if groups.get("season"):
            first, last = _SEASONS[groups["season"].lower()]
            return _months(year, first, last)
        if groups.get("quarter"):
            quarter = int(groups["quarter"])
            return _months(year, 3 * quarter - 2, 3 * quarter)
        part = (groups.get("part") or "").lower()
        if not groups.get("month"):
            return _part(_months(year, 1, 12), part)
        name = groups["month"].lower()
        month = int(name) if name.isdigit() else _MONTHS.index(name[:3]) + 1
        if groups.get("day"):
            day = datetime.date(year, month, int(groups["day"])).toordinal()
            return Span(day, day)
        return _part(_months(year, month, month), part)
    except (ValueError, KeyError):
        return None


def _relative(groups: dict[str, str | None], today: int) -> Span:
    date = datetime.date.fromordinal(today)
    if groups["unit"] is None:
        return Span(today - 1, today - 1)
    unit = groups["unit"].lower()
    if unit == "year":
        return _months(date.year - 1, 1, 12)
    if unit == "month":
        last = date.replace(day=1).toordinal() - 1
        return Span(datetime.date.fromordinal(last).replace(day=1).toordinal(), last)
    monday = today - date.weekday() - 7
    return Span(monday, monday + 6)


def _ago(many: str, unit: str, today: int) -> Span:
    """So long before `today`: the day where days or weeks are counted, else the month."""
    number = int(many) if many.isdigit() else _NUMBERS.index(many) + 1 if many in _NUMBERS else 1
    if unit in ("day", "week"):
        day = datetime.date.fromordinal(today - number * (7 if unit == "week" else 1)).toordinal()
        return Span(day, day)
    date = datetime.date.fromordinal(today)
    months = date.year * 12 + date.month - 1 - number * (12 if unit == "year" else 1)
    return _months(months // 12, months % 12 + 1, months % 12 + 1)


def _months(year: int, first: int, last: int) -> Span:
    end = calendar.monthrange(year, last)[1]
    return Span(datetime.date(year, first, 1).toordinal(), datetime.date(year, last, end).toordinal())


def _part(span: Span, part: str) -> Span:
    if not part or span.first is None or span.last is None:
        return span
    length = span.last - span.first + 1
    low, high = _PARTS.get(part, (20, 30))
    return Span(span.first + length * low // 30, span.first + max(length * high // 30 - 1, length * low // 30))


def without_dates(question: str) -> str:
    """The question without the days that it names."""
    for pattern in (*_PATTERNS, _NOW):
        question = pattern.sub(" ", question)
    return " ".join(question.split())
