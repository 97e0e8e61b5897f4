"""The day on which an answer was made, read from the id that its provider gave it.

Several providers build their ids from the time of the request. No vendor documents this, so an id is dated only
where its whole structure fits: length, alphabet, version bits, and a time at which that scheme was in use. What
fits is at the same time proof of the issuer, since look-alikes of other programs fail on the structure.
"""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache

import msgspec

__all__ = ["Issued", "issued", "looks_typed"]

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {alphabet: {c: i for i, c in enumerate(alphabet)} for alphabet in (_BASE62, _BASE58, _CROCKFORD)}
_EVEN = b"\x80"
_RUN, _SAME = b"\x81" * 5, _EVEN * 5
_CHAT_OFFSET = 1_576_800_000
_DAY = 86_400.0
_EPOCH = date(1970, 1, 1).toordinal()
# A machine whose clock is wrong must not refuse ids that this program already knows to exist.
_CLOCK_FLOOR = datetime(2027, 1, 1, tzinfo=UTC).timestamp()


class Issued(msgspec.Struct, frozen=True):
    """Who gave an id, by which scheme, and the span (epoch seconds, both ends included) in which it was given."""

    party: str | None
    channel: str | None
    scheme: str
    first: float
    last: float

    @property
    def date(self) -> str:
        """The first instant of the span, as 2025-10-26T07:54:19Z."""
        day, second = divmod(int(self.first), 86_400)
        return f"{_day(day)}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"


@lru_cache(maxsize=4096)
def _day(days: int) -> str:
    return date.fromordinal(_EPOCH + days).isoformat()


class _Scheme(msgspec.Struct, frozen=True):
    name: str
    shape: re.Pattern[str]
    party: str | None
    channel: str | None
    since: float
    precision: float
    epoch: Callable[[str], float | None]


def issued(id_: str, *, not_after: float | None = None) -> Issued | None:
    """Who issued `id_` and when; None where no scheme fits or the time is not plausible.

    `not_after` (epoch seconds) is the latest plausible time, such as the date of the file; by default now.
    """
    if not 12 <= len(id_) <= 80:
        return None
    latest = _CLOCK_FLOOR + _DAY if not_after is None else not_after
    prefix = id_[: id_.find("_") + 1] or id_[: id_.find("-") + 1]
    for scheme in _BY_PREFIX.get(prefix, _ANY_PREFIX):
        match = scheme.shape.fullmatch(id_)
        if match is None:
            continue
        body = match.group(1)
        epoch = None if looks_typed(body) else scheme.epoch(body)
        if epoch is None or scheme.since > epoch:
            continue
        if epoch <= latest or (not_after is None and epoch <= time.time() + _DAY):
            return Issued(scheme.party, scheme.channel, scheme.name, epoch, epoch + scheme.precision)
    return None


def looks_typed(body: str) -> bool:
    """Whether somebody typed this: few different characters, or a run of neighbours such as `abcdef` or `123456`."""
    if len(set(body)) * 3 < min(len(body), 24):
        return True
    codes = body.encode("ascii", "ignore")
    size = len(codes) - 1
    if size < len(_RUN):
        return False
    # A run has five steps, one of which is looked at here; most ids hold none and are done.
    for one, following in zip(codes[::5], codes[1::5], strict=False):
        if 0 <= following - one <= 1:
            break
    else:
        return False
    # The differences of all neighbours in one subtraction, a byte each, with 128 added so that none borrows.
    steps = int.from_bytes(codes[1:]) + int.from_bytes(_EVEN * size) - int.from_bytes(codes[:-1])
    told = steps.to_bytes(size)
    return _RUN in told or _SAME in told


def _number(digits: str, alphabet: str) -> int:
    value = 0
    values = _VALUES[alphabet]
    for digit in digits:
        value = value * len(values) + values[digit]
    return value


def _chat(body: str) -> float | None:
    return float(_number(body[:5], _BASE62) + _CHAT_OFFSET)


def _uuid8(body: str) -> float | None:
    """Epoch seconds in the first eight digits of a version 8 UUID, which other bytes may follow."""
    if body[12] != "8" or body[16] not in "89ab":
        return None
    return float(int(body[:8], 16))


def _uuid7(body: str) -> float | None:
    value = _number(body, _BASE58)
    if value >> 128 or (value >> 76) & 0xF != 7 or (value >> 62) & 0b11 != 0b10:
        return None
    return (value >> 80) / 1000


def _gemini(body: str) -> float | None:
    """Little-endian epoch seconds, then exactly three varints, of which the first counts microseconds."""
    try:
        raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    except ValueError:
        return None
    numbers, at = [], 4
    while at < len(raw):
        value = shift = 0
        while at < len(raw):
            byte = raw[at]
            value |= (byte & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if byte < 0x80:
                break
        else:
            return None
        numbers.append(value)
    if len(numbers) != 3 or numbers[0] >= 1_000_000 or max(numbers) >> 33:
        return None
    return int.from_bytes(raw[:4], "little") + numbers[0] / 1e6


def _ulid(body: str) -> float | None:
    return _number(body[:10], _CROCKFORD) / 1000


def _plain(body: str) -> float | None:
    return float(body[:10])


def _since(day: str) -> float:
    return datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()


def _scheme(
    name: str,
    shape: str,
    party: str | None,
    since: str,
    epoch: Callable[[str], float | None],
    *,
    channel: str | None = None,
    precision: float = 1.0,
) -> _Scheme:
    return _Scheme(name, re.compile(shape, re.ASCII), party, channel, _since(since), precision, epoch)


_58 = "[1-9A-HJ-NP-Za-km-z]"
_ITEMS = "resp|msg|rs|fc|ws|ci|ig|mcp|mcpl|mcpr|fs|cu|lsh|sh|ap|apc|ctc|cmp|conv|item"
_ITEM = f"(?:{_ITEMS})_"

_SCHEMES = (
    _scheme("openai-completion", r"(?:chat)?cmpl-([A-Za-z0-9]{29})", "OpenAI", "2021-06-01", _chat),
    _scheme("openai-item-50", _ITEM + r"[0-9a-f]{16}00([0-9a-f]{32})", "OpenAI", "2025-07-01", _uuid8),
    _scheme("openai-item-48", _ITEM + r"([0-9a-f]{48})", "OpenAI", "2025-02-01", _uuid8),
    _scheme("openai-batch", r"batch_([0-9a-f]{32})", "OpenAI", "2024-04-01", _uuid8),
    _scheme("anthropic-request", rf"req_01({_58}{{22}})", "Anthropic", "2024-12-01", _uuid7, precision=0.001),
    _scheme("anthropic-message", rf"msg_01({_58}{{22}})", "Anthropic", "2026-06-01", _uuid7, precision=0.001),
    _scheme("anthropic-file", rf"file_01({_58}{{22}})", "Anthropic", "2024-12-01", _uuid7, precision=0.001),
    _scheme(
        "groq-request", r"req_(01[0-9a-hjkmnp-tv-z]{24})", None, "2024-01-01", _ulid, channel="groq", precision=0.001
    ),
    _scheme("openrouter-generation", r"gen-(\d{10}-[A-Za-z0-9]{20})", None, "2023-06-01", _plain, channel="openrouter"),
    _scheme("gemini-response", r"([A-Za-z0-9_-]{20,26})", "Google", "2024-10-01", _gemini, precision=0.001),
)

# The schemes that an id's first letters leave open; ids of Gemini have no prefix and may begin like any.
_ANY_PREFIX = tuple(s for s in _SCHEMES if s.name == "gemini-response")
_BY_PREFIX = {
    prefix: tuple(s for s in _SCHEMES if s.name.startswith(tuple(names.split()))) + _ANY_PREFIX
    for prefix, names in (
        ("chatcmpl-", "openai-completion"),
        ("cmpl-", "openai-completion"),
        ("batch_", "openai-batch"),
        ("req_", "anthropic-request groq-request"),
        ("file_", "anthropic-file"),
        ("gen-", "openrouter-generation"),
        ("msg_", "openai-item anthropic-message"),
        *((f"{item}_", "openai-item") for item in _ITEMS.split("|") if item != "msg"),
    )
}
