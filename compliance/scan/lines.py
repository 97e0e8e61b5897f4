"""Lines of JSON or text, block by block: the raw pass finds the few lines that are then read and confirmed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import numpy as np
import orjson

from compliance.scan.confirm import Confirmer, Hit, strongest
from compliance.scan.matcher import Expressions, Matcher

# A longer line is not parsed: its tree could take a hundred times its length.
MAX_LINE = 8 * 1024 * 1024
_OVERLAP = 4096
_NEWLINE, _OPEN, _CLOSE = 10, 0x7B, 0x7D
_BLANK = b" \t\r\n\x0b\x0c"
_MAX_WARNINGS = 20

Emit = Callable[[int, list[Hit]], None]


class Tally(msgspec.Struct):
    """What a stretch of a file held: lines or rows, those that could not be read, and rows by party and strength."""

    records: int = 0
    rejected: int = 0
    bytes: int = 0
    by_strength: dict[str, dict[str, int]] = {}
    by_party: dict[str, int] = {}
    warnings: list[str] = []
    complete: bool = True

    def warn(self, message: str) -> None:
        """Keep a warning, of which a file has at most twenty."""
        if len(self.warnings) < _MAX_WARNINGS:
            self.warnings.append(message)
        elif len(self.warnings) == _MAX_WARNINGS:
            self.warnings.append("more of the same was left out here; the counts are complete")

    def count(self, hits: list[Hit]) -> None:
        """Count a record's hits: each party once, by its strongest."""
        best: dict[str, Hit] = {}
        for hit in hits:
            if hit.party is not None and (hit.party not in best or _rank(hit) > _rank(best[hit.party])):
                best[hit.party] = hit
        for party, hit in best.items():
            counts = self.by_strength.setdefault(party, {"strong": 0, "medium": 0, "weak": 0})
            counts[hit.strength] += 1
        party_, strength = strongest(hits)
        if party_ is not None and strength in ("medium", "strong"):
            self.by_party[party_] = self.by_party.get(party_, 0) + 1

    def add(self, other: Tally) -> None:
        """Add the tally of the stretch that follows."""
        self.records += other.records
        self.rejected += other.rejected
        self.bytes += other.bytes
        self.complete = self.complete and other.complete
        for party, counts in other.by_strength.items():
            mine = self.by_strength.setdefault(party, {"strong": 0, "medium": 0, "weak": 0})
            for strength, number in counts.items():
                mine[strength] += number
        for party, number in other.by_party.items():
            self.by_party[party] = self.by_party.get(party, 0) + number
        for message in other.warnings:
            self.warn(message)


def _rank(hit: Hit) -> int:
    return {"weak": 1, "medium": 2, "strong": 3}[hit.strength]


class Engine:
    """The signatures in the forms that a scan needs; made once a process."""

    def __init__(self, confirmer: Confirmer) -> None:
        self.confirmer = confirmer
        self.raw = Matcher(Expressions(confirmer, raw=True))
        self.text = Matcher(Expressions(confirmer, raw=False))


def parse_line(line: bytes) -> tuple[bool, Any]:
    """Whether a line is JSON, and its value. Lone surrogates and huge numbers are read as Python reads them."""
    try:
        return True, orjson.loads(line)
    except orjson.JSONDecodeError:
        pass
    try:
        return True, json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return False, None


def line_hits(engine: Engine, line: bytes, *, is_json: bool) -> tuple[bool, list[Hit]]:
    """Whether a line could be read as what it should be, and its hits; what cannot be read is looked at as text."""
    if is_json:
        read, value = parse_line(line)
        if read:
            return True, engine.confirmer.record(value, engine.text.live)
    text = line.decode("utf-8", "replace")
    readable = not is_json and "\x00" not in text and "�" not in text
    return readable, engine.confirmer.plain(text.rstrip("\r\n"), engine.text.live)


class LineScanner:
    """Takes the blocks of a file in order and hands on the hits of each record."""

    def __init__(self, engine: Engine, emit: Emit, *, is_json: bool) -> None:
        self.engine = engine
        self.emit = emit
        self.is_json = is_json
        self.tally = Tally()
        self._matcher = engine.raw if is_json else engine.text
        self._tail = b""
        self._long_seen: set[str] = set()

    def block(self, data: bytes) -> None:
        """Whole lines; the last block may lack its last newline."""
        tally = self.tally
        base = tally.records
        array = np.frombuffer(data, np.uint8)
        newlines = np.flatnonzero(array == _NEWLINE)
        ends = self._matcher.ends(data)
        tally.bytes += len(data)
        tally.records += len(newlines) + (0 if data.endswith(b"\n") else 1)
        suspects = self._suspects(data, array, newlines)
        if not ends and suspects is None:
            return
        lines = self._lines_of(newlines, ends)
        if suspects is not None:
            lines = np.union1d(lines, suspects)
        for number in lines.tolist():
            start = int(newlines[number - 1]) + 1 if number else 0
            stop = int(newlines[number]) if number < len(newlines) else len(data)
            line = data[start:stop]
            if not line.strip(_BLANK):
                continue
            readable, hits = line_hits(self.engine, line, is_json=self.is_json)
            if not readable:
                tally.rejected += 1
                what = "not JSON" if self.is_json else "not UTF-8 text"
                tally.warn(f"record {base + number} is {what}; it was looked at as text")
            if hits:
                tally.count(hits)
                self.emit(base + number, hits)

    @staticmethod
    def _lines_of(newlines: Any, ends: list[int]) -> Any:
        if not ends:
            return np.empty(0, np.int64)
        return np.unique(np.searchsorted(newlines, np.asarray(ends, np.int64) - 1, "left"))

    def _suspects(self, data: bytes, array: Any, newlines: Any) -> Any:
        """The lines that may not be readable, or None. Only the ends of a line and its alphabet are looked at."""
        whole = (b"\x00" not in data) and (data.isascii() or _utf8_adds_up(array))
        if whole and not self.is_json:
            return None
        if whole and len(newlines):
            last = data.endswith(b"\n") or data.endswith(b"}")
            inner = newlines[:-1] if data.endswith(b"\n") else newlines
            if (
                last
                and array[0] == _OPEN
                and newlines[0] > 0
                and bool((array[newlines - 1] == _CLOSE).all())
                and bool((array[inner + 1] == _OPEN).all())
            ):
                return None
        doubtful = []
        for number, line in enumerate(data.split(b"\n")):
            bare = line.strip(_BLANK)
            if bare and not _looks_readable(bare, self.is_json):
                doubtful.append(number)
        return np.asarray(doubtful, np.int64) if doubtful else None

    def long_piece(self, piece: bytes, *, first: bool) -> None:
        """A piece of a line that is too long to be parsed: its marks are reported, at most as medium."""
        tally = self.tally
        if first:
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
            for hit in self.engine.confirmer.plain(window):
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
        for data, piece in blocks:
            if piece == 0:
                self.block(data)
            else:
                self.long_piece(data, first=piece == 1)
        return self.tally


def _utf8_adds_up(array: Any) -> bool:
    """Whether there are as many continuation bytes as the leading bytes ask for: wrong encodings fail at once."""
    continuation = int(np.count_nonzero(array.view(np.int8) < -64))
    needed = sum(int(np.count_nonzero(array >= lead)) for lead in (0xC0, 0xE0, 0xF0))
    return continuation == needed and not np.count_nonzero(array >= 0xF5)


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
