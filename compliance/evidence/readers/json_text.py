"""JSON in every form in which files hold it: a document, an array, lines, server-sent events, values one after another.

Values are handed on one at a time, so a file may be larger than memory. What cannot be read is counted and said:
values in = values read + values rejected.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from compliance.evidence.claims import WarningKind
from compliance.evidence.readers import limits
from compliance.evidence.readers.collector import Collector

Feed = Callable[[Any, int, int], None]  # value, index from 0, line from 1 (0 where it is not known)

_BLANK = re.compile(r"[\s,]*")
_SPACE = re.compile(r"\s*")
_FORGET = 1 << 16
_NEXT = re.compile(r"\}\s*(?:,\s*)?\{")


class JsonReader:
    """Decodes values leniently: a repeated key and a constant that is no JSON are said, not refused."""

    def __init__(self, out: Collector) -> None:
        self._out = out
        self._decoder = json.JSONDecoder(object_pairs_hook=self._pairs, parse_constant=self._constant, strict=False)

    def value(self, text: str) -> Any:
        """The value of a whole text; ValueError or RecursionError where it is none."""
        return self._decoder.decode(text)

    def at(self, text: str, start: int) -> tuple[Any, int]:
        """The value that begins at `start`, and where it ends."""
        return self._decoder.raw_decode(text, start)

    def _pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        mapping = dict(pairs)
        if len(mapping) != len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    self._out.warn("duplicate-key", f"the key {key[:80]!r} stands twice; the last one is read")
                seen.add(key)
        return mapping

    def _constant(self, word: str) -> None:
        self._out.warn("not-a-number", f"{word} is no JSON value; read as nothing")


def fault(error: Exception) -> tuple[WarningKind, str]:
    """The kind of warning and the words for what made a value unreadable."""
    if isinstance(error, RecursionError):
        return "too-deep", "nested too deep to be read"
    message = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
    return "malformed", f"not JSON: {message[:100]}"


def read_lines(lines: Iterable[tuple[int, str]], reader: JsonReader, out: Collector, feed: Feed) -> None:
    """Feed the value of every line; blank lines are none, and a line that is no JSON is rejected."""
    index = 0
    pending: tuple[int, str, Exception] | None = None
    for number, line in lines:
        text = line.strip()
        if not text:
            continue
        if pending is not None:
            _reject(pending, out, index - 1, last=False)
            pending = None
        try:
            value = reader.value(text.rstrip(",") if text[-1:] == "," else text)
        except (ValueError, RecursionError) as error:
            pending = (number, text, error)
        else:
            out.measure(text)
            feed(value, index, number)
        index += 1
    if pending is not None:
        _reject(pending, out, index - 1, last=True)
    out.records += index


def _reject(pending: tuple[int, str, Exception], out: Collector, index: int, *, last: bool) -> None:
    number, text, error = pending
    out.rejected += 1
    kind, says = fault(error)
    if last and kind == "malformed" and text[:1] in "{[" and text[-1:] not in "}]":
        kind, says = "truncated", "the last line is cut off"
    if index == 0 and kind == "malformed" and text[:1] not in "{[" and text[-1:] in "}]":
        kind, says = "truncated", "the first line is cut off"
    out.warn(kind, says, line=number, record=index)


def read_events(lines: Iterable[tuple[int, str]], reader: JsonReader, out: Collector, feed: Feed) -> None:
    """Feed the data of server-sent events; the end mark is none."""
    index = 0
    for number, line in lines:
        if not line.startswith("data:"):
            continue
        text = line[5:].strip()
        if not text or text == "[DONE]":
            continue
        try:
            value = reader.value(text)
        except (ValueError, RecursionError) as error:
            out.rejected += 1
            kind, says = fault(error)
            out.warn(kind, says, line=number, record=index)
        else:
            out.measure(text)
            feed(value, index, number)
        index += 1
    out.records += index


def read_values(chunks: Iterator[str], reader: JsonReader, out: Collector, feed: Feed) -> None:
    """Feed the elements of an array, or values one after another, as they come.

    An element that is cut off or broken is rejected, and the reading goes on at the next one that can be told.
    """
    text, at, index, ended, want = "", 0, 0, False, 0
    opened = False
    while True:
        if not opened and text:
            at = _SPACE.match(text, at).end()  # type: ignore[union-attr]
            opened = True
            if text[at : at + 1] == "[":
                at += 1
        at = _BLANK.match(text, at).end() if opened else at  # type: ignore[union-attr]
        while opened and text[at : at + 1] == "]":
            at = _BLANK.match(text, at + 1).end()  # type: ignore[union-attr]
        if at < len(text):
            try:
                value, end = reader.at(text, at)
                if end == len(text) and not ended and not isinstance(value, (dict, list, str)):
                    raise ValueError("a number may go on")
            except (ValueError, RecursionError) as error:
                if ended or len(text) - at > limits.LINE or isinstance(error, RecursionError):
                    at, index = _recover(text, at, error, ended, out, index)
                    if at < 0:
                        break
                    if at > _FORGET:  # an error counts the lines before it: many errors in a long text took for ever
                        text, at = text[at:], 0
                    continue
                want = max(limits.CHUNK, len(text) - at)
            else:
                out.measure(text[at:end])
                feed(value, index, 0)
                index, at, want = index + 1, end, 0
                continue
        if ended:
            break
        text, at = text[at:], 0
        size = 0
        while size <= want:
            piece = next(chunks, None)
            if piece is None:
                ended = True
                break
            text += piece
            size += len(piece) or 1
    out.records += index


def _recover(text: str, at: int, error: Exception, ended: bool, out: Collector, index: int) -> tuple[int, int]:
    """Where the reading goes on behind a broken element (-1: nowhere), with the element counted as rejected."""
    out.rejected += 1
    following = _NEXT.search(text, at + 1)
    kind, says = fault(error)
    if following is None:
        if ended and kind == "malformed":
            kind, says = "truncated", f"the list is cut off: {len(text) - at} characters were lost"
        elif not ended:
            says = f"{says}; the rest was not read"
        out.warn(kind, says, record=index)
        return -1, index + 1
    out.warn(kind, says, record=index)
    return following.end() - 1, index + 1
