"""Files to a pack, and packs to one: in memory that does not grow with the rows, but for some bytes a unit.

Kept hashes go to sorted runs in a file without a name. At the end they are gone through range by range: repeated units
and hashes of too many units are left out, and then units that have too few of their own.
"""

from __future__ import annotations

import hashlib
import itertools
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from compliance.errors import InputError, UnsafeInput
from compliance.fingerprint.pack import COMMON, LEAST_KEPT, VERSION, Header, Input, Pack, Parameters, write_pack
from compliance.fingerprint.rows import Read, read_rows
from compliance.fingerprint.shingles import Numbers
from compliance.fingerprint.sketch import Sketcher

_BATCH = 300_000  # words whose hashes are made at once
_RUN = 4_000_000  # hashes of a sorted run, and about so many of a range
_MOST = (1 << 32) - 1
_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)

Tell = Callable[[int], None]


class _Runs:
    """Pairs (hash, unit) in sorted runs, read back in order of the hash."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115
        self._lengths: list[int] = []
        self._held: list[Numbers] = []
        self._size = 0

    def add(self, hashes: npt.NDArray[Any], units: npt.NDArray[Any]) -> None:
        """Take some pairs."""
        self._held.append((hashes.astype(np.uint64) << _SHIFT) | units.astype(np.uint64))
        self._size += len(hashes)
        if self._size >= _RUN:
            self._flush()

    def _flush(self) -> None:
        if self._size:
            run = np.sort(np.concatenate(self._held))
            self._file.write(run.tobytes())
            self._lengths.append(len(run))
        self._held, self._size = [], 0

    def ranges(self) -> Iterator[Numbers]:
        """All pairs, a sorted range of hashes at a time; no hash is in two ranges."""
        self._flush()
        self._file.flush()
        total = sum(self._lengths)
        if not total:
            return
        mapped = np.memmap(self._file, np.uint64, "r", 0, (total,))
        ends = np.cumsum(self._lengths)
        runs = [mapped[end - length : end] for end, length in zip(ends, self._lengths, strict=True)]
        pieces = -(-total // _RUN)
        edges = [np.uint64((n << 32) // pieces << 32) for n in range(1, pieces)]
        cuts = [[0, *(int(c) for c in np.searchsorted(run, edges)), len(run)] for run in runs]
        for piece in range(pieces):
            yield np.sort(np.concatenate([r[c[piece] : c[piece + 1]] for r, c in zip(runs, cuts, strict=True)]))

    def close(self) -> None:
        """Give the file back."""
        self._file.close()


class Builder:
    """Takes rows or packs, and writes one pack; a context, since it keeps a file without a name meanwhile."""

    def __init__(self, dataset: str, teachers: Sequence[str]) -> None:
        if not dataset.strip() or len(dataset) > 300 or any(len(t) > 300 for t in teachers):
            raise InputError("a pack needs the name of its data set, of at most 300 characters", field="dataset")
        self.dataset = dataset.strip()
        self.teachers = tuple(dict.fromkeys(teachers))
        self.rows = 0
        self.inputs: list[Input] = []
        self._runs = _Runs()
        self._units: list[tuple[npt.NDArray[Any], ...]] = []  # rows, lengths, kinds, digests
        self._count = 0

    def add_file(self, path: Path, tell: Tell | None = None) -> Read:
        """Take every row of a file."""
        sketcher = Sketcher()
        digest = _sha256(path)
        first = self.rows

        def take(value: Any, number: int) -> None:
            sketcher.add(first + number, value)
            self.rows = first + number + 1
            if sketcher.held >= _BATCH:
                self._add(sketcher)

        read = read_rows(path, take, tell, documents=False)
        self._add(sketcher)
        if self.rows > first:
            self.rows = max(self.rows, first + read.rows)
            size = path.stat().st_size
            self.inputs.append(Input(name=path.name, sha256=digest, bytes=size, rows=self.rows - first))
        return read

    def add_pack(self, pack: Pack) -> None:
        """Take what another pack holds; its rows are counted on from ours."""
        known = {i.sha256 for i in self.inputs}
        for item in pack.header.inputs:
            if item.sha256 in known:
                says = f"the file {item.name!r} is in another of the packs already"
                raise InputError(says, file=pack.path, remedy="leave one of them out")
        for low in range(0, pack.header.hashes, _RUN):
            part = slice(low, low + _RUN)
            self._runs.add(pack.hashes[part], pack.owners[part].astype(np.uint64) + np.uint64(self._count))
        unlike = np.arange(self._count, self._count + pack.header.units, dtype=np.uint64)
        self._more(pack.rows.astype(np.int64) + self.rows, pack.lengths, pack.kinds, unlike)
        self.rows += pack.header.rows
        self.inputs += pack.header.inputs

    def _add(self, sketcher: Sketcher) -> None:
        if sketcher.held:
            made = sketcher.take()
            self._runs.add(made.hashes, made.owners + self._count)
            self._more(made.rows, made.lengths, made.kinds, made.digests)

    def _more(self, rows: npt.NDArray[Any], *told: npt.NDArray[Any]) -> None:
        self._units.append((rows.astype(np.uint32), *told))
        self._count += len(rows)
        if self._count > _MOST or self.rows > _MOST:
            raise UnsafeInput("more rows than a pack can number", remedy="build several packs")

    def __enter__(self) -> Builder:
        return self

    def __exit__(self, *_: object) -> None:
        self._runs.close()

    def write(self, path: Path) -> Header:
        """Leave out what is repeated or common, and write the pack; an error where nothing is left."""
        if not self.rows:
            raise InputError("no rows were found", remedy="name files of JSON, CSV, Parquet or Arrow that hold rows")
        rows, lengths, kinds, digests = (
            np.concatenate([u[n] for u in self._units]) if self._units else np.zeros(0, np.uint64) for n in range(4)
        )
        first = np.zeros(len(rows), bool)
        first[np.unique(digests, return_index=True)[1]] = True
        counts = np.zeros(len(rows), np.int64)
        for pairs in self._own(first, first):
            counts += np.bincount((pairs & _LOW).astype(np.int64), minlength=len(rows))
        stays = counts >= LEAST_KEPT
        if not stays.any():
            says = f"none of {self.rows:,} rows holds enough text of its own to be recognised by"
            raise InputError(says, remedy="rows need some 25 words that are not repeated all over the set")
        number = np.cumsum(stays) - 1
        with tempfile.TemporaryFile() as hashes, tempfile.TemporaryFile() as owners:
            for pairs in self._own(first, stays):
                hashes.write((pairs >> _SHIFT).astype("<u4").tobytes())
                owners.write(number[(pairs & _LOW).astype(np.int64)].astype("<u4").tobytes())
            header = Header(
                format=VERSION, dataset=self.dataset, teachers=self.teachers, rows=self.rows,
                packed=len(np.unique(rows[stays])), hashes=int(counts[stays].sum()), units=int(stays.sum()),
                inputs=tuple(self.inputs), parameters=Parameters(),
            )  # fmt: skip
            told = (rows[stays], counts[stays].astype(np.uint8), lengths[stays], kinds[stays])
            write_pack(path, header, itertools.chain(_blocks(hashes), _blocks(owners), told))
        return header

    def _own(self, first: npt.NDArray[np.bool_], units: npt.NDArray[np.bool_]) -> Iterator[Numbers]:
        """The pairs of `units`, without hashes that stand in too many of the units that repeat no other."""
        for pairs in self._runs.ranges():
            kept = pairs[first[(pairs & _LOW).astype(np.int64)]]
            _, times = np.unique(kept >> _SHIFT, return_counts=True)
            kept = kept[np.repeat(times <= COMMON, times)]
            yield kept[units[(kept & _LOW).astype(np.int64)]]


def _blocks(file: Any) -> Iterator[npt.NDArray[np.uint32]]:
    file.seek(0)
    while data := file.read(4 * _RUN):
        yield np.frombuffer(data, "<u4")


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""  # the reading that follows says why
