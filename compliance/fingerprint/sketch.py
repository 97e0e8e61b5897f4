"""Rows to units, and units to the few hashes that are kept of each: the smallest, a fair sample of any text.

The order goes by the upper bits of the 64 and the lower 32 are kept, so that those kept are spread evenly.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from compliance.fingerprint.pack import CHUNK, KEPT, KINDS, LEAST_KEPT, LEAST_SHINGLES
from compliance.fingerprint.parts import parts
from compliance.fingerprint.shingles import Indexes, Numbers, Shingler, count, words

_ORDER_BITS = np.uint64(44)  # of a hash; 20 bits are left for the unit, of which a batch has far fewer than 2**20

Words = list[list[bytes]]


@dataclass(slots=True)
class Sketches:
    """The units of a batch: kept hashes with the unit of each, and for each unit its row, kind and digest.

    Units have the same digest where they are the same part of rows that say the same from end to end.
    """

    hashes: npt.NDArray[np.uint32]
    owners: Indexes
    rows: npt.NDArray[np.uint32]
    lengths: npt.NDArray[np.uint8]
    kinds: npt.NDArray[np.uint8]
    digests: Numbers


class Sketcher:
    """Gathers rows until there are enough for arrays to be worth it, and then makes their sketches."""

    def __init__(self) -> None:
        self._shingler = Shingler()
        self._texts: Words = []
        self._units: list[tuple[int, int, int]] = []  # row, kind, texts
        self._digests: list[int] = []
        self.held = 0  # words

    def add(self, row: int, value: Any) -> int:
        """Take a row; the number of its units, 0 where its texts are too short or everybody's."""
        told = parts(value)
        answers, prompts, other = ([words(t) for t in ts] for ts in (told.answers, told.prompts, told.other))
        found = units_of(answers, prompts, other)
        digest = _digest([*prompts, [], *answers, [], *other]) if found else b""
        for number, (kind, texts) in enumerate(found):
            self._units.append((row, KINDS.index(kind), len(texts)))
            self._digests.append(int.from_bytes(digest[8 * number : 8 * number + 8], "little"))
            self._texts += texts
            self.held += sum(map(len, texts))
        return len(found)

    def take(self) -> Sketches:
        """The sketches of what was added since the last time."""
        hashes, texts = self._shingler.hashes(self._texts)
        told = np.array(self._units, np.int64).reshape(-1, 3)
        owners = np.repeat(np.arange(len(told)), told[:, 2])[texts]
        digests = np.array(self._digests, np.uint64)
        self._texts, self._units, self._digests, self.held = [], [], [], 0
        chunks, unit_of_chunk = _chunks(owners, len(told))
        kept, chunk = _smallest(hashes, chunks)
        lengths = np.bincount(chunks, minlength=len(unit_of_chunk))
        full = (np.bincount(chunk, minlength=len(unit_of_chunk)) >= LEAST_KEPT) & (lengths >= LEAST_SHINGLES)
        number = np.cumsum(full) - 1
        stays = full[chunk]
        kept, chunk = kept[stays], number[chunk[stays]]
        units = told[unit_of_chunk[full]]
        order = np.arange(len(unit_of_chunk)) - np.searchsorted(unit_of_chunk, unit_of_chunk)
        digests = digests[unit_of_chunk[full]] + order[full].astype(np.uint64)
        return Sketches(
            hashes=(kept & np.uint64(0xFFFFFFFF)).astype(np.uint32), owners=chunk,
            rows=units[:, 0].astype(np.uint32), lengths=np.minimum(lengths[full], 255).astype(np.uint8),
            kinds=units[:, 1].astype(np.uint8), digests=digests,
        )  # fmt: skip


def units_of(answers: Words, prompts: Words, other: Words) -> list[tuple[str, Words]]:
    """What of a row is recognised by itself: its answers, its questions, or both together where both are short."""
    if not answers:
        if not prompts:
            return [("text", other)] if count(other) >= LEAST_SHINGLES else []
        answers = other
    found = []
    if count(answers) >= LEAST_SHINGLES:
        found.append(("answer", answers))
    elif answers and count(answers) + count(prompts) >= LEAST_SHINGLES > count(prompts):
        return [("row", answers + prompts)]
    if count(prompts) >= LEAST_SHINGLES:
        found.append(("prompt", prompts))
    return found


def _digest(texts: Words) -> bytes:
    """16 bytes that stand for all words of a row."""
    return hashlib.blake2b(b"\n".join(b" ".join(t) for t in texts), digest_size=16, person=b"clearance-row").digest()


def _chunks(owners: Indexes, units: int) -> tuple[Indexes, Indexes]:
    """Units cut into stretches of about `CHUNK` shingles: the stretch of each shingle, the unit of each stretch."""
    lengths = np.bincount(owners, minlength=units)
    pieces = np.maximum(1, np.rint(lengths / CHUNK).astype(np.int64))
    place = np.arange(len(owners)) - (np.cumsum(lengths) - lengths)[owners]
    first = np.cumsum(pieces) - pieces
    stretch = first[owners] + place * pieces[owners] // np.maximum(lengths, 1)[owners]
    return stretch, np.repeat(np.arange(units), pieces)


def _smallest(hashes: Numbers, owners: Indexes) -> tuple[Numbers, Indexes]:
    """The `KEPT` smallest distinct hashes of each owner; owners ascend."""
    order_key = (owners.astype(np.uint64) << _ORDER_BITS) | (hashes >> (np.uint64(64) - _ORDER_BITS))
    order = np.argsort(order_key, kind="stable")
    key, hashes, owners = order_key[order], hashes[order], owners[order]
    distinct = np.ones(len(key), bool)
    distinct[1:] = key[1:] != key[:-1]
    hashes, owners = hashes[distinct], owners[distinct]
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    lengths = np.diff(starts, append=len(owners))
    rank = np.arange(len(owners)) - np.repeat(starts, lengths)
    small = rank < KEPT
    return hashes[small], owners[small]
