"""What filters ask for, of every record, in rows of 16 bytes that are read without the database.

The file repeats what the catalogue says and is made again from it where it is missing or of another length. A record
that is gone keeps its place, with a text of no number.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from compliance.recordstore.catalogue import Catalogue, Record

GONE = 0xFFFFFFFF
ROW = np.dtype([("text", "<u4"), ("file", "<u4"), ("maker", "<u4"), ("day", "<u4")])


class Columns:
    """The columns below a folder."""

    def __init__(self, folder: Path, catalogue: Catalogue) -> None:
        self._path = folder / "columns.bin"
        self._catalogue = catalogue

    def add(self, records: list[Record]) -> None:
        """Write the columns of records that the catalogue is about to take; what a killed run left over is cut off."""
        self._cut(self._catalogue.record_count)
        rows = np.array([(r.text, r.file, r.maker, r.day) for r in records], ROW)
        with self._path.open("ab") as out:
            out.write(rows.tobytes())
            out.flush()
            os.fsync(out.fileno())

    def _cut(self, count: int) -> None:
        size = self._path.stat().st_size if self._path.exists() else 0
        if size < count * ROW.itemsize:
            self.make()
        elif size > count * ROW.itemsize:
            os.truncate(self._path, count * ROW.itemsize)

    def forget(self, file: int) -> None:
        """Mark the records of a file as gone."""
        count = self._catalogue.record_count
        self._cut(count)
        if count:
            rows = np.memmap(self._path, ROW, "r+", 0, (count,))
            rows["text"][rows["file"] == file] = GONE
            rows.flush()

    def make(self) -> None:
        """Write the file anew from the catalogue."""
        partial = self._path.with_suffix(".new")
        following = 0
        with partial.open("wb") as out:
            for part in self._catalogue.columns():
                ids = np.array([row[0] for row in part], np.int64)
                rows = np.zeros(int(ids[-1]) + 1 - following, ROW)
                rows["text"] = GONE
                rows[ids - following] = np.array([row[1:] for row in part], ROW)
                following = int(ids[-1]) + 1
                out.write(rows.tobytes())
            rows = np.zeros(self._catalogue.record_count - following, ROW)
            rows["text"] = GONE
            out.write(rows.tobytes())
        os.replace(partial, self._path)

    def read(self) -> Read:
        """The columns of all records that there are now."""
        count = self._catalogue.record_count
        if not count:
            return Read(np.zeros(0, ROW))
        size = self._path.stat().st_size if self._path.exists() else 0
        if size < count * ROW.itemsize:
            self.make()
        return Read(np.memmap(self._path, ROW, "r", 0, (count,)))


class Read:
    """Columns by name; each is taken out of the rows when it is first asked for, 4 bytes a record."""

    def __init__(self, rows: npt.NDArray[Any]) -> None:
        self.rows = rows
        self._taken: dict[str, npt.NDArray[np.uint32]] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, name: str) -> npt.NDArray[np.uint32]:
        if name not in self._taken:
            self._taken[name] = np.ascontiguousarray(self.rows[name])
        return self._taken[name]
