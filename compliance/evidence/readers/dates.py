"""Days out of the forms in which logs and cards write time."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

_ISO = re.compile(r"\s*((?:19|20)\d\d)[-/](0[1-9]|1[0-2])[-/](0[1-9]|[12]\d|3[01])(?![0-9])")
_DIGITS = re.compile(r"\s*\d{9,19}(?:\.\d+)?\s*\Z")
_HTTP = re.compile(r"\s*(?:[A-Z][a-z]{2}, )?(\d\d?) ([A-Z][a-z]{2}) ((?:19|20)\d\d)\b")
_MONTHS = {
    m: n for n, m in enumerate(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], 1)
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICKS_EPOCH = datetime(1, 1, 1, tzinfo=UTC)
_FIRST, _LAST = 946_684_800, 4_102_444_800  # 2000-01-01 and 2100-01-01
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def day_of(value: Any) -> str:
    """The day (`2025-06-15`, UTC for clocks) that a date, a time or a clock value means; empty where it means none.

    A number counts seconds, milliseconds, microseconds or nanoseconds since 1970, or .NET ticks, told by its size.
    """
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, (int, float)):
        return _clock(float(value)) if value == value else ""
    if not isinstance(value, str) or len(value) > 64:
        return ""
    match = _ISO.match(value)
    if match:
        return "-".join(match.groups())
    if _DIGITS.match(value):
        return _clock(float(value))
    match = _HTTP.match(value)
    if match and match.group(2) in _MONTHS:
        return f"{match.group(3)}-{_MONTHS[match.group(2)]:02d}-{int(match.group(1)):02d}"
    return ""


def _clock(number: float) -> str:
    if 6e17 < number < 7e17:
        return (_TICKS_EPOCH + timedelta(microseconds=number / 10)).strftime("%Y-%m-%d")
    for limit, unit in ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6), (1e20, 1e9)):
        if number < limit:
            seconds = number / unit
            if not _FIRST <= seconds < _LAST:
                return ""
            return _day(int(seconds // 86_400))
    return ""


@lru_cache(maxsize=65536)
def _day(days: int) -> str:
    return (_EPOCH + timedelta(days=days)).strftime("%Y-%m-%d")


def day_of_id(identifier: Any) -> str:
    """The day that a response's id carries inside, by the schemes of the vendors; empty where it carries none.

    The schemes are not documented, so this supports other evidence and never replaces a date field.
    """
    if not isinstance(identifier, str) or not 20 <= len(identifier) <= 80:
        return ""
    match = re.fullmatch(r"(?:chatcmpl|cmpl)-([0-9A-Za-z]{5})[0-9A-Za-z]{24}", identifier)
    if match:
        number = 0
        for letter in match.group(1):
            number = number * 62 + _BASE62.index(letter)
        return _recent(number + 1_576_800_000)
    match = re.fullmatch(r"(?:resp|msg|rs|fc|ws|ci|ig|mcp)_([0-9a-f]{48}|[0-9a-f]{50})", identifier)
    if match:
        digits = match.group(1)
        return _recent(int(digits[18:26] if len(digits) == 50 else digits[:8], 16))
    match = re.fullmatch(r"gen-(1[0-9]{9})-\w+", identifier)
    if match:
        return _recent(int(match.group(1)))
    return ""


def day_of_gemini_id(identifier: Any) -> str:
    """The day inside a Gemini `responseId`; empty where it carries none."""
    if not isinstance(identifier, str) or not re.fullmatch(r"[\w-]{20,24}", identifier):
        return ""
    try:
        raw = base64.urlsafe_b64decode(identifier + "=" * (-len(identifier) % 4))
    except (binascii.Error, ValueError):
        return ""
    return _recent(int.from_bytes(raw[:4], "little"))


def _recent(seconds: int) -> str:
    return _clock(float(seconds)) if 1_640_995_200 <= seconds < 2_208_988_800 else ""
