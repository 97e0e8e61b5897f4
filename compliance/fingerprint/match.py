"""Rows held against packs: which rows of a file stem from which set.

Every shingle of a row is looked up, and a packed unit is found again where enough of its kept hashes stand in one row.
So it makes no difference what else the row holds: other text around it, another template, more turns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from compliance.domain.evidence import Strength
from compliance.evidence.claims import Warning_
from compliance.fingerprint.pack import KINDS, Pack
from compliance.fingerprint.parts import texts
from compliance.fingerprint.rows import read_rows
from compliance.fingerprint.shingles import Shingler, words

MANY = 10  # packed rows found again, from which on chance and quotation are no explanation
# What makes a match, of the kept hashes of a unit: so many; this share; and as many as stand for a run of shared words
# that is no phrase of the language. Measured with benchmarks/fingerprint.py.
_LEAST_HITS = 7
_LEAST_SHARE = 1 / 3
_LEAST_SHINGLES = 16
_FIRST = 5
_BATCH = 300_000
_MAP_BITS = (16, 28)  # of the positions in a map: at most 32 MiB a pack
_BLOCK = 1 << 22
_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_PROMPT = KINDS.index("prompt")

Tell = Callable[[int], None]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A row that was recognised, as what, and how much of the packed text is in it; rows are counted from 0."""

    row: int
    packed_row: int
    part: str
    likeness: float


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What of a file stems from one packed set.

    `rows` were recognised: `answers` of them by an answer or a whole row, the others by the question alone. `exact` of
    them hold every kept hash of what they were recognised by. `distinct` counts the rows of the set that came up.
    """

    dataset: str
    teachers: tuple[str, ...]
    pack: str
    rows: int
    share: float
    answers: int
    exact: int
    distinct: int
    distinct_answers: int
    strength: Strength
    first: tuple[Place, ...]


class FileMatch(msgspec.Struct, frozen=True, kw_only=True):
    """A file, how many rows were read of it, and the sets that were found in it, the largest first."""

    file: str
    rows: int
    rejected: int
    whole: bool
    found: tuple[Found, ...]
    warnings: tuple[Warning_, ...]


class _Lookup:
    """A pack made ready for being asked: a map of bits that most strange hashes fail."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        bits = int(np.clip(int(pack.header.hashes).bit_length() + 4, *_MAP_BITS))
        self.shift = np.uint32(32 - bits)
        self.map = np.zeros(1 << (bits - 3), np.uint8)
        for low in range(0, pack.header.hashes, _BLOCK):
            at = pack.hashes[low : low + _BLOCK] >> self.shift
            np.bitwise_or.at(self.map, at >> 3, np.left_shift(1, at & 7).astype(np.uint8))
        share = np.maximum(_LEAST_SHARE, _LEAST_SHINGLES / pack.lengths.astype(np.float32))
        self.needed = np.maximum(_LEAST_HITS, np.ceil(pack.sizes * share)).astype(np.uint8)

    def units(self, hashes: npt.NDArray[np.uint32], rows: npt.NDArray[np.int64]) -> tuple[Any, Any, Any]:
        """The (row, unit, hits) that are enough hits for a match."""
        at = hashes >> self.shift
        near = (self.map[at >> 3] >> (at & 7).astype(np.uint8)) & 1 > 0
        keys = np.unique((hashes[near].astype(np.uint64) << _SHIFT) | rows[near].astype(np.uint64))
        wanted = (keys >> _SHIFT).astype(np.uint32)
        low = np.searchsorted(self.pack.hashes, wanted, "left")
        times = np.searchsorted(self.pack.hashes, wanted, "right") - low
        total = int(times.sum())
        places = np.repeat(low - (np.cumsum(times) - times), times) + np.arange(total)
        pairs = (np.repeat(keys & _LOW, times) << _SHIFT) | self.pack.owners[places].astype(np.uint64)
        found, hits = np.unique(pairs, return_counts=True)
        units = (found & _LOW).astype(np.int64)
        enough = hits >= self.needed[units]
        return (found[enough] >> _SHIFT).astype(np.int64), units[enough], hits[enough]


class _Tally:
    """What of one file was found of one pack so far."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.rows = self.answers = self.exact = 0
        self.seen = np.zeros(pack.header.rows, bool)
        self.answered = np.zeros(pack.header.rows, bool)
        self.first: list[Place] = []

    def add(self, numbers: npt.NDArray[np.int64], units: npt.NDArray[np.int64], hits: npt.NDArray[Any]) -> None:
        """Count matches of a batch: `numbers` are the rows of the file, ascending, one or several times each."""
        if not len(numbers):
            return
        pack = self.pack
        packed, sizes, prompt = pack.rows[units], pack.sizes[units], pack.kinds[units] == _PROMPT
        self.seen[packed] = True
        self.answered[packed[~prompt]] = True
        self.rows += len(np.unique(numbers))
        self.answers += len(np.unique(numbers[~prompt]))
        self.exact += len(np.unique(numbers[hits == sizes]))
        if len(self.first) < _FIRST:
            likeness = hits / sizes
            order = np.lexsort((packed, -likeness, prompt, numbers))
            best = order[np.unique(numbers[order], return_index=True)[1]]
            for n in best[: _FIRST - len(self.first)].tolist():
                place = Place(row=int(numbers[n]), packed_row=int(packed[n]), part=KINDS[int(pack.kinds[units[n]])],
                              likeness=round(float(likeness[n]), 2))  # fmt: skip
                self.first.append(place)

    def found(self, rows: int) -> Found:
        """The result for a file of so many rows."""
        header = self.pack.header
        answered = int(self.answered.sum())
        return Found(
            dataset=header.dataset, teachers=header.teachers, pack=self.pack.path, rows=self.rows,
            share=round(self.rows / rows, 6), answers=self.answers, exact=self.exact, distinct=int(self.seen.sum()),
            distinct_answers=answered, strength="strong" if answered >= MANY else "medium", first=tuple(self.first),
        )  # fmt: skip


class Matcher:
    """Packs made ready, against which any number of files is held."""

    def __init__(self, packs: Sequence[Pack]) -> None:
        self._lookups = [_Lookup(pack) for pack in packs]
        self._shingler = Shingler()

    def file(self, path: Path, tell: Tell | None = None) -> FileMatch:
        """What of a file's rows stems from the packs."""
        tallies = [_Tally(lookup.pack) for lookup in self._lookups]
        held: list[list[bytes]] = []
        owners: list[int] = []
        size = 0

        def look() -> None:
            nonlocal size
            hashes, owner = self._shingler.hashes(held)
            rows = np.array(owners, np.int64)[owner] if len(owner) else owner
            short = (hashes & _LOW).astype(np.uint32)
            base = int(rows[0]) if len(rows) else 0
            for lookup, tally in zip(self._lookups, tallies, strict=True):
                local, units, hits = lookup.units(short, rows - base)
                tally.add(local + base, units, hits)
            held.clear()
            owners.clear()
            size = 0

        def take(row: Any, number: int) -> None:
            nonlocal size
            for text in texts(row):
                found = words(text)
                held.append(found)
                owners.append(number)
                size += len(found)
            if size >= _BATCH:
                look()

        read = read_rows(path, take, tell)
        look()
        found = (t.found(max(read.rows, 1)) for t in tallies if t.rows)
        return FileMatch(
            file=str(path), rows=read.rows, rejected=read.rejected, whole=read.whole, warnings=read.warnings,
            found=tuple(sorted(found, key=lambda f: (-f.rows, f.dataset, f.pack))),
        )  # fmt: skip
