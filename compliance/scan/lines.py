"""Lines of JSON or text, block by block: the raw pass finds the few lines that are then read and confirmed."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
import orjson

from compliance.scan.confirm import Confirmer, Hit
from compliance.scan.databases import ONCE, database
from compliance.scan.matcher import Expressions, Matcher
from compliance.scan.tally import Tally

# A longer line is not parsed: its tree could take a hundred times its length.
MAX_LINE = 8 * 1024 * 1024
# A line of more values is not parsed either.
MAX_VALUES = 1_250_000
_OVERLAP = 4096
# Lines are parsed together until they come to this many bytes.
_BATCH = 256 * 1024
_OPEN, _CLOSE = 0x7B, 0x7D
# Where two lines meet that do not end and begin as JSON records do.
_SEAMS = (rb"[^}\r]\n", rb"[^}]\r\n", rb"\n[^{]", rb"\x00")
# A byte that no text holds. The library lays its tables out better with it: a scan takes two thirds of the time.
_NEVER = (rb"\xff",)
_TAIL_BYTE = rb"[\x80-\xbf]"
_NO_TAIL = rb"(?:[^\x80-\xbf]|\z)"
# What no UTF-8 text holds.
_NOT_UTF8 = (
    rb"(?:\A|[\x00-\x7f])[\x80-\xbf]|[\xc0\xc1\xf5-\xff]|\xe0[\x80-\x9f]|\xed[\xa0-\xbf]|\xf0[\x80-\x8f]|\xf4[\x90-\xbf]|"
    rb"[\xc2-\xdf](?:%b|%b[\x80-\xbf])|[\xe0-\xef](?:%b|%b%b|%b%b[\x80-\xbf])|"
    rb"[\xf0-\xf4](?:%b|%b%b|%b%b%b|%b%b%b[\x80-\xbf])"
) % (
    _NO_TAIL, _TAIL_BYTE,
    _NO_TAIL, _TAIL_BYTE, _NO_TAIL, _TAIL_BYTE, _TAIL_BYTE,
    _NO_TAIL, _TAIL_BYTE, _NO_TAIL, _TAIL_BYTE, _TAIL_BYTE, _NO_TAIL, _TAIL_BYTE, _TAIL_BYTE, _TAIL_BYTE,
)  # fmt: skip
_BLANK = b" \t\r\n\x0b\x0c"

Emit = Callable[[int, list[Hit]], None]


class Engine:
    """The signatures in the forms that a scan needs; made once a process."""

    def __init__(self, confirmer: Confirmer) -> None:
        self.confirmer = confirmer
        # For lines of JSON as they stand in a file; beside the signatures, what shows a line that is no record.
        self.raw = Matcher(Expressions(confirmer, raw=True), _SEAMS)
        # For decoded text.
        self.text = Matcher(Expressions(confirmer, raw=False), _NEVER)
        self._not_utf8 = database([_NOT_UTF8], [ONCE])

    def holds_wrong_bytes(self, data: bytes) -> bool:
        """Whether there are bytes that are no UTF-8."""
        if data.isascii():
            return False
        found: list[int] = []

        def place(_unit: int, _start: int, end: int, _flags: int, _context: object) -> None:
            found.append(end)

        self._not_utf8.scan(data, match_event_handler=place)
        return bool(found)


def parse_line(line: bytes) -> tuple[bool, Any]:
    """Whether a line is JSON, and its value. Lone surrogates and huge numbers are read as Python reads them."""
    if len(line) > MAX_VALUES and line.count(b",") + line.count(b"[") + line.count(b"{") > MAX_VALUES:
        return False, None
    try:
        return True, orjson.loads(line)
    except orjson.JSONDecodeError:
        pass
    try:
        return True, json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return False, None


def newlines(data: bytes) -> int:
    """How many lines end in `data`: a removal is several times faster than the count of one byte."""
    return len(data) - len(data.replace(b"\n", b""))


class LineScanner:
    """Takes the blocks of a file in order and hands on the hits of each record."""

    def __init__(self, engine: Engine, emit: Emit, *, is_json: bool) -> None:
        self.engine = engine
        self.emit = emit
        self.is_json = is_json
        self.tally = Tally()
        self._matcher = engine.raw if is_json else engine.text
        self._batch: list[tuple[int, bytes]] = []
        self._held = 0
        self._tail = b""
        self._long_seen: set[str] = set()

    def block(self, data: bytes) -> None:
        """Whole lines; the last block may lack its last newline. `flush` ends what blocks begin."""
        base = self.tally.records
        self.tally.bytes += len(data)
        self.tally.records += newlines(data) + (0 if data.endswith(b"\n") else 1)
        places, doubts = self._places(data)
        for number, line in _lines_at(data, places, doubts, self._doubtful):
            self._batch.append((base + number, line))
            self._held += len(line)
            if self._held > _BATCH:
                self.flush()

    def flush(self) -> None:
        """Read the lines that wait for it."""
        batch, self._batch, self._held = self._batch, [], 0
        if batch:
            self._confirm(batch)

    def _places(self, data: bytes) -> tuple[list[int], list[int]]:
        """The offsets of what the signatures mark, and of what may make a line unreadable."""
        if self.is_json:
            ends, other_ends = self._matcher.ends_and_more(data)
            doubts = [end - 1 for end in other_ends]
            if data[0] != _OPEN:
                doubts.insert(0, 0)
            if data[-1] not in b"}\n":
                doubts.append(len(data) - 1)
        else:
            ends = self._matcher.ends(data)
            doubts = list(_all_of(data, b"\x00")) if b"\x00" in data else []
        if self.engine.holds_wrong_bytes(data):
            doubts = sorted([*doubts, *_line_starts(data)])
        return [end - 1 for end in ends], doubts

    def _doubtful(self, line: bytes) -> bool:
        bare = line.strip(_BLANK)
        return bool(bare) and not _looks_readable(bare, self.is_json)

    def _confirm(self, batch: list[tuple[int, bytes]]) -> None:
        """Read the lines, and hand on their hits; what cannot be read is looked at as text."""
        tally = self.tally
        values: list[Any] = []
        for number, line in batch:
            if self.is_json:
                readable, value = parse_line(line)
            else:
                readable, value = False, None
            if not readable:
                value = line.decode("utf-8", "replace")
                readable = not self.is_json and "\x00" not in value and "\ufffd" not in value
                value = value.rstrip("\r\n")
            if not readable:
                tally.rejected += 1
                what = "not JSON" if self.is_json else "not UTF-8 text"
                tally.warn(f"record {number} is {what}; it was looked at as text")
            values.append(value)
        found = self.engine.confirmer.records(values, self.engine.text.live)
        for (number, _), hits in zip(batch, found, strict=True):
            if hits:
                tally.count(hits)
                self.emit(number, hits)

    def long_piece(self, piece: bytes, *, first: bool) -> None:
        """A piece of a line that is too long to be parsed: its marks are reported, at most as medium."""
        tally = self.tally
        if first:
            self.flush()
            tally.rejected += 1
            tally.warn(f"record {tally.records} is longer than {MAX_LINE >> 20} MiB; it was looked at as bytes")
            tally.records += 1
            self._tail, self._long_seen = b"", set()
        tally.bytes += len(piece)
        data = self._tail + piece
        found: list[Hit] = []
        done = -1
        for end in self._matcher.ends(data):
            if end <= done:
                continue
            start = max(0, end - _OVERLAP)
            done = end + _OVERLAP // 2
            window = data[start:done].decode("utf-8", "replace")
            if self.is_json:
                window = window.replace('\\"', '"').replace("\\n", "\n").replace("\\/", "/")
            for hit in self.engine.confirmer.plain(window, self.engine.text.live):
                if hit.signature not in self._long_seen:
                    self._long_seen.add(hit.signature)
                    strength = "weak" if hit.strength == "weak" else "medium"
                    found.append(msgspec.structs.replace(hit, start=None, end=None, strength=strength))
        self._tail = data[-_OVERLAP:]
        if found:
            tally.count(found)
            self.emit(tally.records - 1, found)

    def run(self, blocks: Iterable[tuple[bytes, int]]) -> Tally:
        """All blocks of a source: whole lines (0), or the first (1) or a later (2) piece of a long line."""
        try:
            for data, piece in blocks:
                if piece == 0:
                    self.block(data)
                else:
                    self.long_piece(data, first=piece == 1)
        finally:  # what was read before a fault stays found
            self.flush()
        return self.tally


def _lines_at(
    data: bytes, places: list[int], doubts: list[int], doubtful: Callable[[bytes], bool]
) -> Iterator[tuple[int, bytes]]:
    """The lines, with their numbers, that hold a place, and those where a doubt proves right; no blank ones."""
    number = at = 0
    first = place = doubt = 0
    while place < len(places) or doubt < len(doubts):
        marked = doubt == len(doubts) or (place < len(places) and places[place] <= doubts[doubt])
        here = places[place] if marked else doubts[doubt]
        start = data.rfind(b"\n", at, here) + 1 or at
        stop = data.find(b"\n", here)
        if stop < 0:
            stop = len(data)
        number += newlines(data[first:start])
        first = at = start
        place, before = bisect_right(places, stop, place), place
        doubt = bisect_right(doubts, stop, doubt)
        line = data[start:stop]
        if (line and not line.isspace()) if place > before else doubtful(line):
            yield number, line


def _line_starts(data: bytes) -> Iterator[int]:
    at = 0
    while at < len(data):
        yield at
        at = data.find(b"\n", at) + 1 or len(data)


def _all_of(data: bytes, byte: bytes) -> Iterator[int]:
    at = data.find(byte)
    while at >= 0:
        yield at
        at = data.find(byte, at + 1)


def _looks_readable(line: bytes, is_json: bool) -> bool:
    if b"\x00" in line:
        return False
    if not line.isascii():
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            return False
    if not is_json:
        return True
    return (line[0] == _OPEN and line[-1] == _CLOSE) or (line[:1] == b"[" and line[-1:] == b"]")
