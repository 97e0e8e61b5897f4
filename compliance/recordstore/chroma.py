"""Vectors in a Chroma collection, for stores of up to about a hundred thousand texts.

There is one writer, by the store's lock.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compliance.errors import InputError
from compliance.recordstore.vectors import best
from compliance.store import chroma

if TYPE_CHECKING:
    from compliance.recordstore.vectors import Chunk, Numbers, Rows

_PAGE = 4_000
_FEW = 500
"""Up to so many allowed texts their vectors are fetched and compared; Chroma's own search is slower for few."""


class Chroma:
    """A collection in a folder of its own; ids are the numbers of the texts."""

    kind = "chroma"

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "chroma"
        self._opened: Any = None

    @property
    def _collection(self) -> Any:
        if self._opened is None:
            self._must_be_installed()
            try:
                self._opened = chroma.in_folder(self._folder, "records")
            except PermissionError:
                raise InputError("Chroma needs a folder that may be written", file=str(self._folder)) from None
        return self._opened

    def _must_be_installed(self) -> None:
        if not chroma.installed():
            raise InputError(
                "the store's vectors are kept by Chroma, which is not installed",
                file=str(self._folder),
                remedy="install clearance[embed]",
            )

    def sound(self, chunks: Sequence[Chunk], *, thorough: bool) -> int:
        """All chunks or none: a collection with rows missing, or that cannot be read, is filled anew."""
        if not chunks:
            return 0
        count = chunks[-1][0] + chunks[-1][1]
        self._must_be_installed()
        try:
            if not self._folder.exists() or self._collection.count() < count:
                return 0
            pages = range(0, count, _PAGE) if thorough else [max(0, count - 10)]
            for low in pages:
                ids = [str(n) for n in range(low, min(count, low + _PAGE))]
                if len(self._collection.get(ids=ids, include=["embeddings"])["ids"]) < len(ids):
                    return 0
            self._collection.query(query_embeddings=[self.rows(np.array([count - 1]))[0]], n_results=1)
        except Exception:  # Chroma raises errors of many kinds for a damaged store
            return 0
        return len(chunks)

    def cut(self, count: int) -> None:
        if count == 0:  # surplus rows need no cutting: they are written over
            self.remove()

    def add(self, first: int, rows: Rows) -> int:
        for low in range(0, len(rows), _PAGE):
            some = rows[low : low + _PAGE]
            self._collection.upsert(ids=[str(first + low + n) for n in range(len(some))], embeddings=some)
        return 0

    def rows(self, numbers: Numbers) -> Rows:
        found: dict[int, Any] = {}
        with self._readable():
            for ids in _pages(numbers):
                got = self._collection.get(ids=ids, include=["embeddings"])
                found.update(zip(map(int, got["ids"]), got["embeddings"], strict=True))
            return np.array([found[n] for n in numbers.tolist()], dtype=np.float32)

    def nearest(self, query: Rows, k: int, among: Numbers | None, count: int) -> tuple[Numbers, Rows]:
        if among is None:
            allowed: dict[str, Any] = {}
            k = min(k, count)
        elif len(among) <= max(_FEW, k):
            return best(self.rows(among), query, among, k)
        else:
            allowed = {"ids": [str(n) for n in among.tolist()]}
        with self._readable():
            found = self._collection.query(query_embeddings=[query], n_results=k, include=["distances"], **allowed)
        numbers = np.array([int(id_) for id_ in found["ids"][0]], np.int64)
        return numbers, 1 - np.array(found["distances"][0], np.float32)

    @contextlib.contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except InputError:
            raise
        except Exception as error:
            raise InputError(
                f"the vectors are damaged ({type(error).__name__})",
                file=str(self._folder),
                remedy="clearance index --in FOLDER makes them again",
            ) from None

    def remove(self) -> None:
        if self._opened is not None or self._folder.exists():
            self._opened = None
            chroma.forget_clients()
            shutil.rmtree(self._folder, ignore_errors=True)


def _pages(numbers: Numbers) -> Iterator[list[str]]:
    ids = [str(n) for n in numbers.tolist()]
    for low in range(0, len(ids), _PAGE):
        yield ids[low : low + _PAGE]
