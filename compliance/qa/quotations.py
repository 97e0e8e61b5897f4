"""The quotations of a sentence, and where their words stand in a stored text.

A quotation is verbatim where its words and their order are those of the text. Blanks, line breaks, kinds of dashes and
of quotation marks, Markdown's marks and the case of the first letter may differ: none of them says anything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from compliance.index.texts import HeldText

LEAST_WORDS = 3
LEAST_LETTERS = 12
LONGEST = 1200
"""A quotation of less carries no sentence, and one of more is none."""

_CLOSES = {"“": "”", "«": "»", "„": "“”", "\u2018": "\u2019"}
_TOKEN = re.compile(r"(?P<markup>\]\([^)\s]{0,300}\)|[*_\\\[\]`\u200b])|[^\W_]+|[^\w\s]")
_LIKE = str.maketrans({"\u2018": "'", "\u2019": "'", "“": '"', "”": '"', "„": '"', "\u2013": "-", "\u2014": "-"})


class Quotation(msgspec.Struct, frozen=True):
    """A quotation in a sentence: `sentence[start:end]` with its marks, and the words between them."""

    start: int
    end: int
    words: str

    @property
    def carries(self) -> bool:
        """Whether it is long enough for a sentence to rest on it."""
        return len(self.words.split()) >= LEAST_WORDS and LEAST_LETTERS <= len(self.words) <= LONGEST


class Quoted(msgspec.Struct, frozen=True):
    """A quotation of a draft and where it stands in a stored text (code points)."""

    file: str
    start: int
    end: int


def quotations(sentence: str) -> list[Quotation] | None:
    """The quotations of a sentence in their order; None where a quotation mark has no other."""
    found: list[Quotation] = []
    at = 0
    while at < len(sentence):
        mark = sentence[at]
        end = None
        if mark == '"':
            end = sentence.find('"', at + 1)
        elif mark in _CLOSES:
            end = _closing(sentence, at)
        elif mark == "'" and (at == 0 or not sentence[at - 1].isalnum()):
            end = _single(sentence, at)
        elif mark in "”»":
            return None
        if end == -1:
            return None
        if end is not None:
            found.append(Quotation(at, end + 1, sentence[at + 1 : end]))
            at = end
        at += 1
    return found


def _closing(sentence: str, at: int) -> int:
    """The mark that closes the one at `at`, those that open in between closed first; -1 without one."""
    opens, closes = sentence[at], _CLOSES[sentence[at]]
    depth = 0
    for place in range(at, len(sentence)):
        if sentence[place] == opens:
            depth += 1
        elif sentence[place] in closes:
            if opens == "\u2018" and sentence[place + 1 : place + 2].isalnum():
                continue  # an apostrophe
            depth -= 1
            if not depth:
                return place
    return -1


def _single(sentence: str, at: int) -> int | None:
    """The end of a quotation in straight single marks; None where the mark is an apostrophe."""
    match = re.compile(r"'(?!\w)").search(sentence, at + 1)
    return match.start() if match and len(sentence[at + 1 : match.start()].split()) >= LEAST_WORDS else None


def places(words: str, texts: Sequence[HeldText]) -> list[Quoted]:
    """Where `words` stand first in each of `texts` that holds them."""
    sought, _ = folded(words)
    if not sought.strip() or len(words) > LONGEST:
        return []
    found = []
    for text in texts:
        tokens, spans = _folded_text(text.text)
        starts = [tokens.find(way) for way in (sought, f" {sought[1].swapcase()}{sought[2:]}")]
        first = min((start for start in starts if start >= 0), default=None)
        if first is not None:
            token = tokens.count(" ", 0, first)
            last = token + sought.count(" ") - 2
            found.append(Quoted(text.file, spans[token][0], spans[last][1]))
    return found


def folded(text: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The words and marks of a text, each between two blanks and without Markdown's, and where each stands in it."""
    tokens = [match for match in _TOKEN.finditer(text) if not match["markup"]]
    return f" {' '.join(match.group().translate(_LIKE) for match in tokens)} ", tuple(match.span() for match in tokens)


_folded_text = lru_cache(maxsize=64)(folded)
