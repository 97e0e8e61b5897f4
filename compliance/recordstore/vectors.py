"""Vectors of texts, one row a text in the order of their numbers: the interface, and memory-mapped arrays.

Arrays are two files: the vectors in half precision, and their signs, a bit a number. A query looks at the signs of all
texts (or of those that a filter allows), and then compares the vectors of the few thousand whose signs are most alike.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]
Chunk = tuple[int, int, int]
"""First row, number of rows, checksum (0: none is kept)."""

CANDIDATES = 2_048
"""Texts whose vectors are compared, if so many are allowed; more where more results are wanted."""

_PER_RESULT = 64
_SPARSE = 8
_BLOCK = 1 << 13  # rows of signs, so that they stay in the processor's cache


class Vectors(Protocol):
    """Vectors of unit length. `count` says how many of them a reader may rely on."""

    kind: str

    def sound(self, chunks: Sequence[Chunk], *, thorough: bool) -> int:
        """How many leading chunks are there undamaged; `thorough` reads all of them."""

    def cut(self, count: int) -> None:
        """Forget all rows from `count` on; a writer does so before it adds."""

    def add(self, first: int, rows: Rows) -> int:
        """Add rows behind the `first` ones, safe on the disk; their checksum."""

    def rows(self, numbers: Numbers) -> Rows:
        """Some rows."""

    def nearest(self, query: Rows, k: int, among: Numbers | None, count: int) -> tuple[Numbers, Rows]:
        """The `k` rows most alike to `query` and their cosines; `among` (ascending) allows only some."""

    def remove(self) -> None:
        """Delete everything."""


class Arrays:
    """Two files below a folder, as long as they need to be."""

    kind = "arrays"

    def __init__(self, folder: Path, dimensions: int) -> None:
        self._files = (folder / "vectors.f16", folder / "signs.bin")
        self._dimensions = dimensions
        self._widths = (2 * dimensions, -(-dimensions // 64) * 8)
        self._mapped: tuple[npt.NDArray[np.float16], npt.NDArray[np.uint64]] | None = None

    def sound(self, chunks: Sequence[Chunk], *, thorough: bool) -> int:
        count = min(
            path.stat().st_size // width if path.exists() else 0
            for path, width in zip(self._files, self._widths, strict=True)
        )
        whole = sum(1 for first, rows, _ in chunks if first + rows <= count)
        start = 0 if thorough else max(0, whole - 1)
        for at in range(start, whole):
            first, rows, crc = chunks[at]
            parts = zip(self._files, self._widths, strict=True)
            if zlib.crc32(b"".join(_bytes(path, first * w, rows * w) for path, w in parts)) != crc:
                return at
        return whole

    def cut(self, count: int) -> None:
        self._mapped = None
        for path, width in zip(self._files, self._widths, strict=True):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with path.open("ab"):
                pass
            os.truncate(path, count * width)

    def add(self, first: int, rows: Rows) -> int:
        self._mapped = None
        halves = rows.astype("<f2")
        parts = (halves.tobytes(), _signs(halves).tobytes())
        for path, width, data in zip(self._files, self._widths, parts, strict=True):
            with path.open("r+b") as out:
                out.seek(first * width)
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
        return zlib.crc32(b"".join(parts))

    def rows(self, numbers: Numbers) -> Rows:
        return self._map()[0][numbers].astype(np.float32)

    def nearest(self, query: Rows, k: int, among: Numbers | None, count: int) -> tuple[Numbers, Rows]:
        vectors, signs = self._map()
        wanted = max(CANDIDATES, _PER_RESULT * k)
        if (count if among is None else len(among)) > wanted:
            asked = _signs(query.astype(np.float16)[None])[0]
            if among is None:
                among = _least(_apart(signs[:count], asked), wanted)
            elif len(among) * _SPARSE < count:
                among = among[_least(_apart(signs[among], asked), wanted)]
            else:  # in order is faster than picked out, where a good part is wanted
                among = among[_least(_apart(signs[:count], asked)[among], wanted)]
        elif among is None:
            among = np.arange(count)
        return best(vectors[among].astype(np.float32), query, among, k)

    def remove(self) -> None:
        self._mapped = None
        for path in self._files:
            path.unlink(missing_ok=True)

    def _map(self) -> tuple[npt.NDArray[np.float16], npt.NDArray[np.uint64]]:
        if self._mapped is None:
            count = min(p.stat().st_size // w for p, w in zip(self._files, self._widths, strict=True))
            if not count:
                return np.zeros((0, self._dimensions), np.float16), np.zeros((0, self._widths[1] // 8), np.uint64)
            self._mapped = (
                np.memmap(self._files[0], "<f2", "r", 0, (count, self._dimensions)).view(np.ndarray),
                np.memmap(self._files[1], "<u8", "r", 0, (count, self._widths[1] // 8)).view(np.ndarray),
            )
        return self._mapped


def best(rows: Rows, query: Rows, numbers: Numbers, k: int) -> tuple[Numbers, Rows]:
    """Of some rows the `k` that are most alike to the query, and their cosines; equal ones by number."""
    scores = rows @ query.astype(np.float32)
    if len(scores) > 4 * k:
        kept = np.flatnonzero(scores >= np.partition(scores, len(scores) - k)[len(scores) - k])
        scores, numbers = scores[kept], numbers[kept]
    order = np.lexsort((numbers, -scores))[:k]
    return numbers[order], scores[order]


def _signs(halves: npt.NDArray[np.float16]) -> npt.NDArray[np.uint64]:
    """A bit a number, in whole words of 64."""
    packed = np.packbits(halves > 0, axis=1)
    short = -packed.shape[1] % 8
    return np.ascontiguousarray(np.pad(packed, ((0, 0), (0, short)))).view("<u8")


def _apart(signs: npt.NDArray[np.uint64], asked: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint16]:
    """In how many signs each row differs from those asked for."""
    apart = np.zeros(len(signs), np.uint16)
    for low in range(0, len(signs), _BLOCK):
        block, total = signs[low : low + _BLOCK], apart[low : low + _BLOCK]
        for word in range(signs.shape[1]):
            total += np.bitwise_count(block[:, word] ^ asked[word])
    return apart


def _least(apart: npt.NDArray[np.uint16], wanted: int) -> Numbers:
    """About `wanted` places, ascending, that differ least."""
    edge = int(np.searchsorted(np.cumsum(np.bincount(apart)), wanted))
    places = np.flatnonzero(apart <= edge)
    if len(places) > 2 * wanted:  # many at the same distance: the first of them
        nearer = np.flatnonzero(apart < edge)
        places = np.sort(np.concatenate([nearer, np.flatnonzero(apart == edge)[: 2 * wanted - len(nearer)]]))
    return places


def _bytes(path: Path, start: int, length: int) -> bytes:
    with path.open("rb") as stream:
        stream.seek(start)
        return stream.read(length)
