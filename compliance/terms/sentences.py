"""Sentences and enumerated parts of a block, as offsets."""

from __future__ import annotations

import re
from itertools import pairwise

from compliance.terms.markers import INLINE_MARKER, readings

Span = tuple[int, int]

_STOP = re.compile(r"[.!?][\"\u201d\u2019')\]*_]*(?=\s)|[\u3002\uff01\uff1f\uff1b]|\n[ \t]*\n")
_ABBREVIATED = re.compile(
    r"(?:\b(?:e\.g|i\.e|cf|vs|v|no|nos|inc|ltd|llc|l\.l\.c|corp|co|u\.s|u\.k|art|sec|etc|approx|dr|mr|ms|mrs|st|al|"
    r"para|p|pp|s|n\.b|[a-z])\.|\b[A-Z]\.)[\"\u201d\u2019')\]*_]*$",
    re.IGNORECASE,
)
_OPENS_SENTENCE = re.compile(r"\s*[\"\u201c\u2018'(\[*_]*[A-Z0-9\u201c(\[*_\u4e00-\u9fff]")
_SEMICOLON = re.compile(r";\s+(?:and/or\s+|and\s+|or\s+)?")
_CONTRAST = re.compile(
    r"\b(?:is|are) (?:allowed|permitted|fine|welcome),? (?P<cut>(?:while|whereas|but) )"
    r"(?=[^.;]{5,200}?\b(?:is|are) not\W*$)",
    re.IGNORECASE,
)
_LONG = 160
_SHORT = 240
_MAX_SENTENCE = 8000
_TRIM_LEFT = re.compile(r"[\s,;:.]*(?:(?:and/or|and|or|;)\s+)?", re.IGNORECASE)
_TRIM_RIGHT = re.compile(r"[\s;,]*(?:[;,]\s*(?:and/or|and|or))?[\s;,.:*_]*$", re.IGNORECASE)


def sentences(text: str, start: int, end: int) -> list[Span]:
    """The sentences of `text[start:end]`."""
    found: list[Span] = []
    at = start
    for stop in _STOP.finditer(text, start, end):
        cut = stop.end()
        ideograph = stop.group()[0] in "\u3002\uff01\uff1f\uff1b"
        if not ideograph and stop.group()[0] in ".":
            if _ABBREVIATED.search(text, max(at, cut - 12), cut):
                word = re.search(r"\S+$", text[at:cut])
                following = text[cut : cut + 40].lstrip()
                ends_anyway = word and word.group().lower().startswith(("inc", "ltd", "llc", "etc", "corp"))
                if not (ends_anyway and re.match(r"(You|The|This|These|We|If|In|Our|Your|For)\b", following)):
                    continue
            if not _OPENS_SENTENCE.match(text, cut, end):
                continue
        if cut > at:
            found.append((at, cut))
        at = cut
    if at < end:
        found.append((at, end))
    bounded = [piece for a, b in found for piece in _bounded(text, a, b)]
    return [s for s in (trim(text, a, b) for a, b in bounded) if s[1] > s[0]]


def _bounded(text: str, start: int, end: int) -> list[Span]:
    """A sentence of a length that a sentence has: what is longer is no prose, and is cut at blanks."""
    pieces: list[Span] = []
    while end - start > _MAX_SENTENCE:
        blank = text.rfind(" ", start + _MAX_SENTENCE // 2, start + _MAX_SENTENCE)
        cut = blank if blank > start else start + _MAX_SENTENCE
        pieces.append((start, cut))
        start = cut
    return [*pieces, (start, end)]


def trim(text: str, start: int, end: int) -> Span:
    """`start:end` without blanks at either side."""
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def trim_clause(text: str, start: int, end: int) -> Span:
    """`start:end` without the separators and conjunctions around a part of a list."""
    left = _TRIM_LEFT.match(text, start, end)
    start = left.end() if left else start
    right = _TRIM_RIGHT.search(text[start:end])
    return start, start + right.start() if right else end


class Part:
    """An enumerated part of a sentence: its span and the heads (as spans) whose words it completes."""

    __slots__ = ("end", "heads", "start")

    def __init__(self, start: int, end: int, heads: tuple[Span, ...]) -> None:
        self.start = start
        self.end = end
        self.heads = heads


def parts(text: str, start: int, end: int) -> list[Part]:
    """The parts of a long sentence that enumerates "(a) ..., (b) ...", or its parts between semicolons; else itself."""
    marks = _series(text, start, end) if end - start > _SHORT else []
    if marks:
        return _enumerated(text, start, end, marks)
    contrast = _CONTRAST.search(text, start, end)
    if contrast:
        return [Part(start, contrast.start("cut"), ()), Part(contrast.end("cut"), end, ())]
    cuts = [m for m in _SEMICOLON.finditer(text, start, end)] if end - start > _LONG else []
    if not cuts:
        return [Part(start, end, ())]
    edges = [start, *(m.end() for m in cuts), end]
    first = (edges[0], edges[1])
    spans = list(pairwise(edges))
    return [Part(a, b, () if i == 0 else (first,)) for i, (a, b) in enumerate(spans) if b - a > 1]


def _series(text: str, start: int, end: int) -> list[tuple[int, int, int]]:
    """The inline markers that count on from one another: (start, end, depth). A lone "(a)" is none."""
    marks: list[tuple[int, int, int]] = []
    open_: list[tuple[str, int, list[int]]] = []  # series, last value, indexes into marks
    for match in INLINE_MARKER.finditer(text, start, end):
        values = readings(match[1])
        for depth in range(len(open_) - 1, -1, -1):
            series, last, members = open_[depth]
            if values.get(series) == last + 1:
                del open_[depth + 1 :]
                members.append(len(marks))
                open_[depth] = (series, last + 1, members)
                marks.append((match.start(), match.end(), depth))
                break
        else:
            first = [s for s, v in values.items() if v == 1]
            if first:
                open_.append((first[0], 1, [len(marks)]))
                marks.append((match.start(), match.end(), len(open_) - 1))
    counted = [sum(1 for m in marks if m[2] == depth) for depth in range(8)]
    return [m for m in marks if m[2] < 8 and counted[m[2]] >= 2]


def _enumerated(text: str, start: int, end: int, marks: list[tuple[int, int, int]]) -> list[Part]:
    found: list[Part] = []
    heads: dict[int, Span] = {0: (start, marks[0][0])}
    if marks[0][0] - start > 1:
        found.append(Part(start, marks[0][0], ()))
    for i, (_, after, depth) in enumerate(marks):
        stop = marks[i + 1][0] if i + 1 < len(marks) else end
        chain = tuple(heads[d] for d in sorted(heads) if d <= depth)
        found.append(Part(after, stop, chain))
        if i + 1 < len(marks) and marks[i + 1][2] > depth:
            heads[marks[i + 1][2]] = (after, stop)
    return found
