"""JSON texts to plain values, with the line of every fault and of every value."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from compliance.errors import MalformedText
from compliance.reading.files import Text
from compliance.reading.limits import MAX_DEPTH, MAX_DIGITS, MAX_NODES, short, too_deep, too_many

Path_ = tuple[str | int, ...]

_TOKEN = re.compile(r'"(?:[^"\\]+|\\.)*+"|[\[\]{},:]|[^\s\[\]{},:"]+', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)
_NOT_STRUCTURE = bytes(set(range(256)) - set(b'[]{},"'))


def parse_json(text: Text) -> Any:
    """The value that a JSON text holds."""
    _refuse_unbounded(text)
    try:
        value = json.loads(
            text.content,
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_int=_whole,
            parse_float=_fraction,
        )
    except _DuplicateKey as error:
        raise MalformedText(
            f"the key {short(error.word)!r} stands twice",
            file=text.name,
            line=_duplicate_line(text),
            remedy="keep one of the two",
        ) from None
    except _BadNumber as error:
        spot = re.search(r"(?<=[\s:,\[{])" + re.escape(error.word[:400]), text.content)
        raise MalformedText(
            f"{short(error.word, 40)} is not a number that can be read",
            file=text.name,
            line=text.line_at(spot.start()) if spot else None,
            remedy=f"write at most {MAX_DIGITS} digits",
        ) from None
    except json.JSONDecodeError as error:
        raise MalformedText(
            f"not JSON: {error.msg}", file=text.name, line=text.line_at(error.pos), remedy="correct the text there"
        ) from None
    except RecursionError:
        raise too_deep(text, None) from None
    if "\\ud" in text.content or "\\uD" in text.content:
        _refuse_half_characters(text)
    return value


def json_line_of(text: Text, wanted: Path_) -> int | None:
    """The line (from 1) of the key or item at `wanted` in a JSON text; None where there is none."""
    steps = list(wanted)
    for path, offset, _ in _walk(text.content):
        if path == steps:
            return text.line_at(offset)
    return None


class _Refused(ValueError):
    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


class _DuplicateKey(_Refused):
    """A key that stands twice in one object."""


class _BadNumber(_Refused):
    """A number that JSON or our limits do not know."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _DuplicateKey(key)
            seen.add(key)
    return mapping


def _no_constant(word: str) -> float:
    raise _BadNumber(word)


def _whole(word: str) -> int:
    if len(word.lstrip("-")) > MAX_DIGITS:
        raise _BadNumber(word)
    return int(word)


def _fraction(word: str) -> float:
    value = float(word)
    if value - value != 0:
        raise _BadNumber(word)
    return value


def _refuse_unbounded(text: Text) -> None:
    """Refuse what is too deep or too much before a value of it is built."""
    plain = text.content.encode("utf-8", "replace").replace(rb"\\", b"").replace(rb"\"", b"")
    bare = plain.translate(None, _NOT_STRUCTURE).replace(b'""', b"")
    del plain
    if bare.count(b'"') <= 2 * MAX_NODES:  # beyond that even to take the strings out would cost too much
        bare = re.sub(rb'"[^"]*"', b"", bare)
    depth = 0
    for byte in bare[: 2 * MAX_NODES].translate(None, b',"'):
        depth += 1 if byte in b"[{" else -1
        if depth > MAX_DEPTH:
            raise too_deep(text, _line_of_depth(text))
    if len(bare) - bare.count(b"]") - bare.count(b"}") > MAX_NODES:
        raise too_many(text)


def _line_of_depth(text: Text) -> int | None:
    depth = 0
    for match in _TOKEN.finditer(text.content):
        depth += (match[0] in ("[", "{")) - (match[0] in ("]", "}"))
        if depth > MAX_DEPTH:
            return text.line_at(match.start())
    return None


def _refuse_half_characters(text: Text) -> None:
    r"""Refuse a `\ud800` without its other half: no text in UTF-8 can hold it."""
    high_ends = -1
    for match in _ESCAPE.finditer(text.content):
        code = int(match.group(1), 16) if match.group(1) else 0
        low = 0xDC00 <= code < 0xE000
        if match.start() != high_ends if low else high_ends >= 0:
            break
        high_ends = match.end() if 0xD800 <= code < 0xDC00 else -1
    else:
        if high_ends < 0:
            return
    raise MalformedText(
        "half a character (a surrogate without its pair)",
        file=text.name,
        line=text.line_at(match.start()),
        remedy="write the character itself",
    )


def _duplicate_line(text: Text) -> int | None:
    return next((text.line_at(offset) for _, offset, twice in _walk(text.content) if twice), None)


def _walk(content: str) -> Iterator[tuple[list[str | int], int, bool]]:
    """Every key and item: its path (one list, changed as the walk goes on), its place, whether its key stood before."""
    path: list[str | int] = []
    frames: list[set[str] | None] = []  # the keys seen in an object, None in a list
    key_next = False
    for match in _TOKEN.finditer(content):
        token = match[0]
        if token == ",":
            if not frames:
                return
            if frames[-1] is None:
                path[-1] = int(path[-1]) + 1
            else:
                key_next = True
        elif token in ("]", "}"):
            if not frames:
                return
            frames.pop()
            path.pop()
            key_next = False
        elif token != ":":
            if key_next and frames and token[0] == '"':
                key_next = False
                seen = frames[-1]
                key = _decoded(token)
                path[-1] = key
                yield path, match.start(), seen is not None and key in seen
                if seen is not None:
                    seen.add(key)
                continue
            if not frames or frames[-1] is None:
                yield path, match.start(), False
            if token in ("[", "{"):
                frames.append(None if token == "[" else set())
                path.append(0 if token == "[" else "")
                key_next = token == "{"


def _decoded(token: str) -> str:
    try:
        return str(json.loads(token)) if "\\" in token else token[1:-1]
    except ValueError:
        return token[1:-1]
