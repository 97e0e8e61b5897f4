"""The gate for a chat model's drafts: a sentence stands if it quotes a stored text of the right version verbatim.

It reads a draft as it comes, so that sentences can be shown while the next are written. What it lets through holds each
quotation as the text has it, not as the model wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from compliance.qa.own_words import BESIDE, CUT, Limits, cut_short, fault, limits_more
from compliance.qa.quotations import Quotation, Quoted, places, quotations
from compliance.terms.plain import plain

if TYPE_CHECKING:
    from compliance.index.texts import HeldText

_END = re.compile(r"(?P<paragraph>\n[^\S\n]*\n)|\n|(?<=[.!?\u2026])[\"\u201d\u2019)\]*_]*(?=[^\S\n]+[A-Z\u201c\"(*_-])")
_ITEM = re.compile(r"^\s*(?:[-*•>]+|\(?\d{1,2}[.)]|#+)\s+")
_NO_SENTENCE = re.compile(r"\s*(?:\(?\d{1,2}[.)]|(?:yes|no)[.!])", re.IGNORECASE)
_EMPHASIS = re.compile(r"\*{1,3}|(?<!\w)_{1,3}|_{1,3}(?!\w)|\s*\[\d{1,2}\](?!\()")
_THOUGHT = re.compile(r"<think>.*?</think>", re.DOTALL)
_THINKS = "<think>"
_QUOTED_LONGEST = 700
_ENDED = re.compile(r"[.!?;]|.[*_)\]\"\u201d]*[.!?;]")
MAX_DRAFT = 20_000
MAX_SENTENCE = 2_000
MAX_KEPT = 12
MAX_STRUCK = 24
"""So much of a draft is read and so long may a sentence be (characters); so many may stand, or be struck at most."""
NOTHING_QUOTED, NOT_HELD, AGAIN, TOO_LONG, TOO_MANY = (
    "no quotation",
    "a quotation that stands in no text of this version",
    "said before",
    "too long",
    "more than are shown",
)


class Gated(msgspec.Struct, frozen=True):
    """What is left of a draft: its sentences that stand, their quotations, how many were struck, and why."""

    text: str
    quoted: tuple[Quoted, ...]
    struck: int
    why: tuple[tuple[str, int], ...] = ()


class Gate:
    """Reads a draft piece by piece; without `limits` only its quotations are checked."""

    def __init__(self, texts: Sequence[HeldText], limits: Limits | None = None) -> None:
        self._texts = {text.file: text for text in texts}
        self._limits = limits
        self._waiting = ""
        self._read = 0
        self._kept: list[str] = []
        self._quoted: list[Quoted] = []
        self._why: dict[str, int] = {}

    @property
    def full(self) -> bool:
        """Whether nothing more of the draft will be read."""
        return self._read >= MAX_DRAFT or len(self._kept) >= MAX_KEPT or sum(self._why.values()) >= MAX_STRUCK

    @property
    def kept(self) -> int:
        """How many sentences stand so far."""
        return len(self._kept)

    def read(self, piece: str) -> list[str]:
        """Read on; the sentences that are complete now and stand."""
        piece = piece[: MAX_DRAFT - self._read]
        self._read += len(piece)
        self._waiting += piece
        if piece.isalnum() and len(self._waiting) <= MAX_SENTENCE:
            return []  # no sentence ends within a word
        self._waiting = _THOUGHT.sub("", self._waiting)
        if _THINKS in self._waiting:
            return []
        *complete, self._waiting = sentences(self._waiting)
        if len(self._waiting) > MAX_SENTENCE:
            complete, self._waiting = [*complete, self._waiting], ""
        return self._passed(complete)

    def close(self) -> list[str]:
        """The draft has ended: what still waited and stands."""
        complete, self._waiting = sentences(self._waiting.partition(_THINKS)[0]), ""
        return self._passed(complete)

    def gated(self) -> Gated:
        """What is left of the draft."""
        return Gated(
            " ".join(self._kept),
            tuple(dict.fromkeys(self._quoted)),
            sum(self._why.values()),
            tuple(sorted(self._why.items(), key=lambda reason: -reason[1])),
        )

    def _passed(self, complete: list[str]) -> list[str]:
        passed = []
        for sentence in complete:
            if not sentence.strip():
                continue
            words, quoted, why = self._weigh(sentence)
            why = why or (AGAIN if words in self._kept else TOO_MANY if len(self._kept) >= MAX_KEPT else "")
            if why:
                self._why[why] = self._why.get(why, 0) + 1
                continue
            passed.append(words)
            self._kept.append(words)
            self._quoted += quoted
        return passed

    def _weigh(self, sentence: str) -> tuple[str, list[Quoted], str]:
        """A sentence as it may stand with its quotations, or why it may not."""
        if len(sentence) > MAX_SENTENCE:
            return "", [], TOO_LONG
        sentence = " ".join(_EMPHASIS.sub("", _ITEM.sub("", sentence)).split())
        found = quotations(sentence)
        if found == [] and (marked := self._marked(sentence)):
            sentence, found = marked, quotations(marked)
        if not found or not any(quotation.carries for quotation in found):
            return "", [], NOTHING_QUOTED
        placed = [self._found(quotation.words) for quotation in found]
        if not all(placed):
            return "", [], NOT_HELD
        return self._worded(sentence, found, placed)

    def _worded(
        self, sentence: str, found: list[Quotation], placed: list[list[Quoted]]
    ) -> tuple[str, list[Quoted], str]:
        """The sentence with each quotation as its text has it."""
        own = _without(sentence, found, ["…"] * len(found))
        shown, quoted, bears = [], [], False
        for quotation, (place, *_) in zip(found, placed, strict=True):
            if self._limits is not None and quotation.carries:
                before, after = self._limits.governs(place.file, place.start, place.end)
                bears = bears or self._limits.bears(place, self._texts[place.file].text[place.start : place.end])
                if cut_short(own, quotation.words, before):
                    return "", [], CUT
                if limits_more(after) and not limits_more(own):
                    place = Quoted(place.file, place.start, place.end + len(after))
                    if place.end - place.start > _QUOTED_LONGEST:
                        return "", [], CUT
            if quotation.carries:
                quoted.append(place)
            shown.append(f"“{plain(self._texts[place.file].text[place.start : place.end])}”")
        if self._limits is not None:
            if not bears:
                return "", [], BESIDE
            texts = [self._texts[place.file] for several in placed for place in several]
            if why := fault(own, texts, self._limits):
                return "", [], why
        return _without(sentence, found, shown), quoted, ""

    def _marked(self, sentence: str) -> str:
        """A sentence that is one of a text, or ends in one after a colon, with the marks that the model left out."""
        for at in (0, sentence.find(": ") + 2):
            place = next(iter(self._found(sentence[at:])), None)
            if place is not None and _ENDED.match(self._texts[place.file].text, place.end - 1):
                return f"{sentence[:at]}“{sentence[at:]}”"
        return ""

    def _found(self, words: str) -> list[Quoted]:
        """Where words stand; those that end in a mark of the sentence around them count without it."""
        texts = list(self._texts.values())
        return places(words, texts) or places(words.rstrip(" .,;:!?…"), texts)


def gate(draft: str, texts: Sequence[HeldText], limits: Limits | None = None) -> Gated:
    """`draft` without the sentences that carry no quotation from `texts`. Blanks may differ, words may not."""
    reader = Gate(texts, limits)
    reader.read(draft)
    reader.close()
    return reader.gated()


def sentences(draft: str) -> list[str]:
    """A draft cut after its sentences; a line ends one, and so does a stop, but not inside a quotation."""
    pieces, at = [], 0
    for match in _END.finditer(draft):
        piece = draft[at : match.end()]
        if not (_is_open(piece) or _NO_SENTENCE.fullmatch(piece)) or match["paragraph"]:
            pieces.append(piece)
            at = match.end()
    return [*pieces, draft[at:]]


def _is_open(piece: str) -> bool:
    """Whether a quotation has begun and not ended."""
    return len(piece) <= MAX_SENTENCE and (piece.count("“") > piece.count("”") or piece.count('"') % 2 == 1)


def _without(sentence: str, found: list[Quotation], instead: list[str]) -> str:
    """The sentence with something else in the place of each quotation."""
    parts, at = [], 0
    for quotation, words in zip(found, instead, strict=True):
        parts += [sentence[at : quotation.start], words]
        at = quotation.end
    return " ".join("".join([*parts, sentence[at:]]).split())
