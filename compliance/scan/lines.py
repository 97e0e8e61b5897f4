"""Lines of JSON or text, block by block: the raw pass finds the few lines that are then read and confirmed."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
import orjson

from compliance.scan.confirm import Confirmer, Hit
from compliance.scan.databases import EMPTY, ONCE, database
from compliance.scan.matcher import Expressions, Matcher, Places
from compliance.scan.sentences import Speaking
from compliance.scan.tally import Tally

# A longer line is not parsed: its tree could take a hundred times its length.
MAX_LINE = 8 * 1024 * 1024
# A line of more values is not parsed either.
MAX_VALUES = 1_250_000
_OVERLAP = 4096
# Lines are parsed together until they come to this many bytes.
_BATCH = 64 * 1024
_OPEN, _CLOSE = 0x7B, 0x7D
_TAIL = rb"[\x80-\xbf]"
# The characters of UTF-8 that take more than a byte.
_WIDE = (
    rb"[\xc2-\xdf]%b|\xe0[\xa0-\xbf]%b|[\xe1-\xec\xee\xef]%b%b|\xed[\x80-\x9f]%b|"
    rb"\xf0[\x90-\xbf]%b%b|[\xf1-\xf3]%b%b%b|\xf4[\x80-\x8f]%b%b"
) % ((_TAIL,) * 12)
# All of a text in UTF-8. (One pass of a small automaton; to look for what is wrong takes longer.)
_UTF8 = rb"\A(?:[\x00-\x7f]|%b)*\z" % _WIDE
# A text without a NUL, and lines of it that begin and end as JSON records do.
_TEXT = rb"\A(?:[\x01-\x7f]|%b)*\z" % _WIDE
_RECORD = rb"\{(?:[\x01-\x09\x0b-\x7f]|%b)*\}" % _WIDE
_RECORDS = rb"\A(?:%b\r?\n)*(?:%b)?\z" % (_RECORD, _RECORD)
# Where two lines meet that do not end and begin so.
_SEAM = rb"[^}\r]\n|[^}]\r\n|\n[^{]"
_BLANK = b" \t\r\n\x0b\x0c"

Emit = Callable[[int, list[Hit]], None]


class Engine:
    """The signatures in the forms that a scan needs; made once a process."""

    def __init__(self, confirmer: Confirmer) -> None:
        self.confirmer = confirmer
        # For lines of JSON as they stand in a file, and for decoded text.
        self.raw = Matcher(Expressions(confirmer, raw=True))
        self.text = Matcher(Expressions(confirmer, raw=False))
        self.raw_speaking = Speaking(confirmer, raw=True)
        self.text_speaking = Speaking(confirmer, raw=False)
        self._utf8, self._text, self._records = (database([x], [ONCE | EMPTY]) for x in (_UTF8, _TEXT, _RECORDS))
        self._seams = database([_SEAM], [0])

    def holds_wrong_bytes(self, data: bytes) -> bool:
        """Whether there are bytes that are no UTF-8."""
        return not data.isascii() and not _ends(self._utf8, data)

    def doubts(self, data: bytes, *, is_json: bool) -> list[int]:
        """The offsets of what may make a line of a block unreadable."""
        if _ends(self._records if is_json else self._text, data):
            return []
        doubts: list[int] = []
        if is_json:
            doubts += [end - 1 for end in _ends(self._seams, data)]
            if data[0] != _OPEN:
                doubts.append(0)
            if data[-1] not in b"}\n":
                doubts.append(len(data) - 1)
        if b"\x00" in data:
            doubts += _all_of(data, b"\x00")
        if self.holds_wrong_bytes(data):
            doubts += _line_starts(data)
        return sorted(doubts)


def _ends(patterns: Any, data: bytes) -> list[int]:
    found: list[int] = []

    def place(_unit: int, _start: int, end: int, _flags: int, _context: object) -> None:
        found.append(end)

    patterns.scan(data, match_event_handler=place)
    return found


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
        self._speaking = engine.raw_speaking if is_json else engine.text_speaking
        self._batch: list[tuple[int, bytes]] = []
        self._held = 0
        self._tail = b""
        self._long_seen: set[str] = set()

    def block(self, data: bytes) -> None:
        """Whole lines; the last block may lack its last newline. `flush` ends what blocks begin."""
        base = self.tally.records
        self.tally.bytes += len(data)
        places = self._matcher.places(data)
        lines, ended = self._lines_at(data, places, self.engine.doubts(data, is_json=self.is_json))
        self.tally.records += ended + (0 if data.endswith(b"\n") else 1)
        for number, line in lines:
            self._batch.append((base + number, line))
            self._held += len(line)
            if self._held > _BATCH:
                self.flush()

    def flush(self) -> None:
        """Read the lines that wait for it."""
        batch, self._batch, self._held = self._batch, [], 0
        if batch:
            self._confirm(batch)

    def _lines_at(self, data: bytes, places: Places, doubts: list[int]) -> tuple[list[tuple[int, bytes]], int]:
        """The lines to read, with their numbers, and how many lines end in `data`.

        They are those that hold a place, unless it is a name about which the sentence claims nothing, and those where
        a doubt proves right; no blank ones.
        """
        lines: list[tuple[int, bytes]] = []
        ends, firm = places.ends, places.firm
        names_only = len(firm) < len(ends)
        number = at = 0
        place = doubt = 0
        while place < len(ends) or doubt < len(doubts):
            marked = doubt == len(doubts) or (place < len(ends) and ends[place] - 1 <= doubts[doubt])
            here = ends[place] - 1 if marked else doubts[doubt]
            start = data.rfind(b"\n", at, here) + 1 or at
            stop = data.find(b"\n", here)
            if stop < 0:
                stop = len(data)
            number += newlines(data[at:start])
            at = start
            first, place = place, bisect_right(ends, stop + 1, place)
            doubted, doubt = doubt, bisect_right(doubts, stop, doubt)
            line = data[start:stop]
            wanted = place > first and not line.isspace() and bool(line)
            if wanted and names_only and bisect_right(firm, start) == bisect_right(firm, stop + 1):
                wanted = self._speaking.near(line)
            if wanted or (doubt > doubted and self._doubtful(line)):
                lines.append((number, line))
        return lines, number + newlines(data[at:])

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
                tally.warn(f"is {what}; it was looked at as text", number)
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
            tally.warn(f"is longer than {MAX_LINE >> 20} MiB; it was looked at as bytes", tally.records)
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
