"""Texts to hashed shingles: runs of `WORDS` words, each as a number of 64 bits.

Words are letters and digits, folded: case, white space, punctuation and mark-up make no difference. In scripts that
put no spaces between words each character is a word. The numbers depend on nothing but the text, on any machine.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

WORDS = 5
SCHEME = "blake2b-64 of words, 5-word sums, splitmix64"

Numbers = npt.NDArray[np.uint64]
Indexes = npt.NDArray[np.int64]

_ASCII = bytes(ord(chr(c).lower()) if chr(c).isascii() and chr(c).isalnum() else 32 for c in range(256))
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_WORD = re.compile(f"[{_UNSPACED}\U00020000-\U0003ffff]|[^\\W_{_UNSPACED}\U00020000-\U0003ffff]+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]")
_MEMO = 1 << 20
_FACTORS = tuple(
    np.uint64(f)
    for f in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F)
)


def words(text: str) -> list[bytes]:
    """The folded words of a text, in order."""
    if text.isascii():
        return text.encode().translate(_ASCII).split()
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    folded = _INVISIBLE.sub("", text).casefold()
    return [w.encode("utf-8", "surrogatepass") for w in _WORD.findall(folded)]


class _Memo(dict[bytes, int]):
    """Words and their numbers; emptied when it has grown large, so that no input can fill the memory."""

    def __missing__(self, word: bytes) -> int:
        number = int.from_bytes(hashlib.blake2b(word, digest_size=8, person=b"clearance-word").digest(), "little")
        if len(self) >= _MEMO:
            self.clear()
        if len(word) <= 64:
            self[word] = number
        return number


class Shingler:
    """Hashes the shingles of many texts at once."""

    def __init__(self) -> None:
        self._memo = _Memo()

    def hashes(self, texts: Sequence[list[bytes]]) -> tuple[Numbers, Indexes]:
        """The shingles of some texts, given as words, and for each the index of its text; none spans two texts."""
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        total = int(lengths.sum())
        every = chain.from_iterable(texts)
        numbers: Any = np.fromiter(map(self._memo.__getitem__, every), np.uint64, total)
        if total < WORDS:
            return np.zeros(0, np.uint64), np.zeros(0, np.int64)
        owners = np.repeat(np.arange(len(texts)), lengths)
        last = total - WORDS + 1
        mixed = numbers[:last] * _FACTORS[0]
        for step in range(1, WORDS):
            mixed += numbers[step : step + last] * _FACTORS[step]
        whole = owners[:last] == owners[WORDS - 1 :]
        return _finish(mixed[whole]), owners[:last][whole]


def _finish(numbers: Numbers) -> Numbers:
    """The mixing steps of splitmix64, so that every bit of the result depends on every bit of the sum."""
    numbers ^= numbers >> np.uint64(30)
    numbers *= np.uint64(0xBF58476D1CE4E5B9)
    numbers ^= numbers >> np.uint64(27)
    numbers *= np.uint64(0x94D049BB133111EB)
    numbers ^= numbers >> np.uint64(31)
    return numbers


def count(texts: Sequence[list[bytes]]) -> int:
    """How many shingles some texts have together."""
    return sum(max(0, len(t) - WORDS + 1) for t in texts)
