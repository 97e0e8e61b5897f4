"""Markers of list items: bullets, "1.", "(a)", "iv)", "2.1", with or without Markdown's escapes and emphasis."""

from __future__ import annotations

import re
from typing import NamedTuple

_ROMAN: tuple[str, ...] = (
    "i",
    "ii",
    "iii",
    "iv",
    "v",
    "vi",
    "vii",
    "viii",
    "ix",
    "x",
    "xi",
    "xii",
    "xiii",
    "xiv",
    "xv",
    "xvi",
)
_ROMAN += ("xvii", "xviii", "xix", "xx", "xxi", "xxii", "xxiii", "xxiv", "xxv")
_ROMAN_VALUE = {word: value for value, word in enumerate(_ROMAN, 1)}

_BLANK = r"[ \t\u00a0\u2003]"
_INDENT = re.compile(rf"(?:{_BLANK}|>)*")
_BULLET = re.compile(rf"(?P<bullet>[*+\-\u2022\u2023\u25e6\u25aa\u25cf\u00b7\u2013\u2014]){_BLANK}+")
_ENUMERATOR = re.compile(
    r"(?P<emphasis>[*_]{0,3})(?P<open>\\?[(\[])?"
    r"(?P<ordinal>[0-9]{1,3}(?:\.[0-9]{1,3}){0,4}|[ivxIVX]{1,5}|[a-zA-Z])"
    rf"(?P<close>(?:\\?[.)\]:]){{0,2}})[*_]{{0,3}}{_BLANK}+"
)
INLINE_MARKER = re.compile(r"(?<![\w)])\(([ivx]{1,5}|[a-z]|[1-9][0-9]?|[A-Z])\)(?=[\s*_\u201c\"\u00a0]|[A-Z][a-z])")


class Marker(NamedTuple):
    """A marker at the head of a line: `length` code points, `form` its style, `ordinals` the values it can stand for.

    A letter such as "i" can be the ninth letter or the first Roman number; which one shows from its neighbours.
    """

    indent: int
    length: int
    text: str
    form: str
    ordinals: dict[str, int]


def readings(word: str) -> dict[str, int]:
    """The series that `word` can belong to, each with its value in it: {"letter": 9, "roman": 1} for "i"."""
    found: dict[str, int] = {}
    low = word.lower()
    if re.fullmatch(r"[0-9]+", word):
        return {"number": int(word)}
    if "." in word:
        return {"dotted" + str(word.count(".")): int(word.rsplit(".", 1)[1])}
    case = "upper-" if word.isupper() else ""
    if len(low) == 1:
        found[case + "letter"] = ord(low) - 96
    if low in _ROMAN_VALUE:
        found[case + "roman"] = _ROMAN_VALUE[low]
    return found


def line_marker(line: str) -> Marker | None:
    """The marker with which `line` starts an item, or None."""
    indent = _INDENT.match(line)
    assert indent is not None
    width = sum(4 if c == "\t" else 1 for c in indent.group())
    bullet = _BULLET.match(line, indent.end())
    start = bullet.end() if bullet else indent.end()
    if not line[start:].strip():
        return None
    numbered = _ENUMERATOR.match(line, start)
    values = readings(numbered["ordinal"]) if numbered else {}
    if numbered and values and _is_enumerator(numbered, line):
        form = ("(" if numbered["open"] else "") + "#" + (")" if ")" in numbered["close"] else "")
        return Marker(width, numbered.end(), numbered.group().strip(" \t*_\u00a0"), form, values)
    return Marker(width, bullet.end(), bullet["bullet"], "bullet", {}) if bullet else None


def _is_enumerator(match: re.Match[str], line: str) -> bool:
    """Whether a match is a marker: "2 apples", "I agree" and "U. S." are none; a bare "2.1 You may not" is one."""
    ordinal, bare = match["ordinal"], not match["open"] and not match["close"]
    if not line[match.end() :].strip():
        return False
    if bare:
        return "." in ordinal
    lone_capital = len(ordinal) == 1 and ordinal.isupper() and not match["open"] and match["close"].endswith(".")
    return not (lone_capital and line[match.end() : match.end() + 1].islower())
