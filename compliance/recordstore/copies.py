"""Texts that are the same, or nearly, so that they are embedded once.

The same are texts of the same words, whatever their case, space and punctuation. Near copies share four fifths of their
runs of words: MinHash proposes them, and the shared runs are then counted.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from compliance.fingerprint.shingles import WORDS, Numbers, Shingler, words

LONGEST = 2_000
"""Characters of a text that are kept and compared; the models read about half of that."""

NEAR = 0.8
BANDS = 4
_ROWS = 4
_LEAST = 12
"""Shingles that a text needs for near copies: in shorter ones a single word may be all that matters."""

_BREAKS = re.compile(r"\s+")
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ud800-\udfff]")
_DRAWN = np.frombuffer(hashlib.shake_256(b"clearance near copies").digest(16 * BANDS * _ROWS), "<u8")
_FACTORS, _SHIFTS = _DRAWN[: BANDS * _ROWS] | np.uint64(1), _DRAWN[BANDS * _ROWS :]


def normalised(text: str) -> str:
    """The beginning of a text as it is kept: composed characters, single spaces, nothing that cannot be seen."""
    text = text[: 4 * LONGEST]
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return _BREAKS.sub(" ", _UNSEEN.sub(" ", text)).strip()[:LONGEST].rstrip()


def digest_of(text: str) -> tuple[list[bytes], bytes]:
    """The words of a text, and 16 bytes that stand for them (for the text itself where it has none)."""
    found = words(text)
    told = b" ".join(found) if found else text.encode("utf-8", "surrogatepass")
    return found, hashlib.blake2b(told, digest_size=16, person=b"clearance-text").digest()


class Sketch:
    """The shingles of some texts, given as words, and the keys under which near copies meet."""

    def __init__(self, shingler: Shingler, texts: Sequence[list[bytes]]) -> None:
        self._lengths = [len(t) for t in texts]
        self._hashes, owners = shingler.hashes(texts)
        self._starts = np.searchsorted(owners, np.arange(len(texts) + 1))
        self._keys = _band_keys(self._hashes, owners, len(texts)).tolist()

    def keys(self, at: int) -> list[int]:
        """The keys of one of the texts; none where it is too short for near copies."""
        found: list[int] = self._keys[at] if self._lengths[at] >= _LEAST + WORDS - 1 else []
        return found

    def shingles(self, at: int) -> Numbers:
        """The different shingles of one of the texts."""
        return np.unique(self._hashes[self._starts[at] : self._starts[at + 1]])


def shingles_of(shingler: Shingler, text: str) -> Numbers:
    """The different shingles of one text."""
    return np.unique(shingler.hashes([words(text)])[0])


def likeness(one: Numbers, other: Numbers) -> float:
    """The share of different shingles that two texts have in common."""
    shared = len(np.intersect1d(one, other, assume_unique=True))
    return shared / max(1, len(one) + len(other) - shared)


def _band_keys(hashes: Numbers, owners: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.int64]:
    """A row of `BANDS` keys for each text; rows of texts without shingles are 0."""
    keys = np.zeros((count, BANDS), np.int64)
    if not len(hashes):
        return keys
    present, starts = np.unique(owners, return_index=True)
    for band in range(BANDS):
        mixed = np.full(len(present), band, np.uint64)
        for row in range(_ROWS):
            place = band * _ROWS + row
            smallest = np.minimum.reduceat(hashes * _FACTORS[place] + _SHIFTS[place], starts)
            mixed = (mixed ^ (smallest >> np.uint64(7))) * _FACTORS[row]
            mixed ^= mixed >> np.uint64(29)
        keys[present, band] = mixed.view(np.int64)
    return keys
