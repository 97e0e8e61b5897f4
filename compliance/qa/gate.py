"""The gate for a chat model's drafts: a sentence stands if it quotes a stored text of the right version verbatim."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from compliance.index.texts import HeldText

_QUOTATION = re.compile(r"[“\"]([^”\"]{12,1200})[”\"]")
_STOP = re.compile('(?<=[.!?\u2026])["\u201d\u2019)\\]]*(?=\\s+[A-Z\u201c"(])')
MAX_DRAFT = 20_000


class Quoted(msgspec.Struct, frozen=True):
    """A quotation of a draft and where it stands."""

    file: str
    start: int
    end: int


class Gated(msgspec.Struct, frozen=True):
    """What is left of a draft: its sentences that stand, their quotations, and how many sentences were struck."""

    text: str
    quoted: tuple[Quoted, ...]
    struck: int


def gate(draft: str, texts: Sequence[HeldText]) -> Gated:
    """`draft` without the sentences that carry no quotation from `texts`. Blanks may differ, words may not."""
    kept: list[str] = []
    quoted: list[Quoted] = []
    struck = 0
    for sentence in _sentences(draft[:MAX_DRAFT]):
        quotations = _QUOTATION.findall(sentence)
        found = [_place(q, texts) for q in quotations]
        if quotations and all(place is not None for place in found):
            kept.append(sentence.strip())
            quoted += [place for place in found if place is not None]
        else:
            struck += 1
    return Gated(" ".join(kept), tuple(dict.fromkeys(quoted)), struck)


def _sentences(draft: str) -> list[str]:
    """The sentences of a draft; a stop inside a quotation ends none."""
    pieces: list[str] = []
    folded = " ".join(draft.split())
    at = 0
    for stop in [*(m.end() for m in _STOP.finditer(folded)), len(folded)]:
        piece = folded[at:stop]
        at = stop
        if pieces and (pieces[-1].count("“") > pieces[-1].count("”") or pieces[-1].count('"') % 2):
            pieces[-1] += piece
        elif piece.strip():
            pieces.append(piece)
    return pieces


def _place(quotation: str, texts: Sequence[HeldText]) -> Quoted | None:
    words = quotation.split()
    if len(words) < 3:
        return None
    pattern = re.compile(r"\s+".join(re.escape(word) for word in words))
    for text in texts:
        at = text.text.find(quotation)
        if at >= 0:
            return Quoted(text.file, at, at + len(quotation))
        match = pattern.search(text.text)
        if match:
            return Quoted(text.file, match.start(), match.end())
    return None
