"""A store: a folder with the catalogue, the columns and the vectors of some records.

Which model made the vectors, and which kind of vectors they are, stands in the catalogue. A store of up to about a
hundred thousand texts is kept by Chroma where that is installed, a larger one in arrays; it moves when it has grown.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from compliance.errors import InputError
from compliance.reading.cache import place_of
from compliance.recordstore.catalogue import OURS, Catalogue
from compliance.recordstore.chroma import Chroma
from compliance.recordstore.columns import Columns
from compliance.store import chroma
from compliance.store.lock import one_writer

if TYPE_CHECKING:
    from compliance.recordstore.models import Model
    from compliance.recordstore.vectors import Vectors

KINDS = ("chroma", "arrays")
CHROMA_MOST = 100_000
"""Texts that a store may have before it moves from Chroma to arrays."""

Tell = Callable[[int, int], None]


def default_folder() -> Path:
    """Where records are kept when no folder is named: in the user's cache."""
    return place_of("records")


class Store:
    """An open store; `notes` say what had to be mended."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        self.folder = folder
        self.notes: list[str] = []
        if not create and not folder.is_dir():
            raise InputError("no such store", file=str(folder), remedy="clearance index RECORDS --in FOLDER")
        self.catalogue = Catalogue(folder, create=create)
        self.columns = Columns(folder, self.catalogue)

    def close(self) -> None:
        """Close the catalogue."""
        self.catalogue.close()

    @property
    def model(self) -> str:
        """The model that made the vectors, exactly."""
        return self.catalogue.told("model")

    @property
    def model_name(self) -> str:
        """The model as it is chosen on the command line."""
        return self.catalogue.told("model_name")

    @property
    def kind(self) -> str:
        """The kind of vectors; empty before there are any."""
        return self.catalogue.told("kind")

    @property
    def vector_count(self) -> int:
        """How many texts have vectors: those with the lowest numbers."""
        chunks = self.catalogue.chunks()
        return chunks[-1][0] + chunks[-1][1] if chunks else 0

    def vectors(self, kind: str = "") -> Vectors:
        """The vectors, of another kind if so asked."""
        if (kind or self.kind) == "chroma":
            return Chroma(self.folder)
        from compliance.recordstore.vectors import Arrays

        return Arrays(self.folder, int(self.catalogue.told("dimensions", "0")))

    def checked_vectors(self) -> Vectors:
        """The vectors for reading; an `InputError` where some of them are missing or damaged."""
        vectors = self.vectors()
        chunks = self.catalogue.chunks()
        if vectors.sound(chunks, thorough=False) < len(chunks):
            raise InputError(
                "the vectors are damaged", file=str(self.folder), remedy="clearance index --in FOLDER makes them again"
            )
        return vectors

    def mend(self, kind: str = "") -> None:
        """See that the vectors are sound and of this kind; a writer does so first.

        Damaged ones are forgotten: the texts are here, and `filling` makes them again.
        """
        if not self.kind:
            return
        vectors = self.vectors()
        chunks = self.catalogue.chunks()
        whole = vectors.sound(chunks, thorough=True)
        if whole < len(chunks):
            lost = self.vector_count - chunks[whole][0]
            self.notes.append(f"{lost:,} vectors were damaged or missing and are made again")
            self.catalogue.keep_chunks(chunks[:whole], instead=True)
        if self.kind != self._kind_for(kind):
            self._move(self._kind_for(kind))
        else:
            vectors.cut(self.vector_count)

    def complete(self, model_name: str) -> bool:
        """Whether every text has a vector, and by this model where one is asked for."""
        return self.vector_count == self.catalogue.text_count and model_name in ("", self.model_name)

    def adopt(self, model: Model, kind: str = "") -> None:
        """Make the store one of this model; vectors of another model are thrown away."""
        if self.model and self.model != model.model:
            self.notes.append("the vectors were made by another model and are made anew")
            self.vectors().remove()
            self.catalogue.keep_chunks((), instead=True, kind="")
        fresh = not self.kind
        self.catalogue.keep_chunks(
            (), instead=fresh, kind=self.kind or self._kind_for(kind), model=model.model, model_name=model.name,
            dimensions=model.dimensions,
        )  # fmt: skip
        if fresh:
            self.vectors().cut(0)

    def _kind_for(self, asked: str) -> str:
        if asked:
            return asked
        if self.kind == "arrays" or self.catalogue.text_count > CHROMA_MOST or not chroma.installed():
            return "arrays"
        return "chroma"

    def _move(self, kind: str) -> None:
        """Carry the vectors over to the other kind, without embedding anything; a kill leaves the old ones in use."""
        import numpy as np

        old, new = self.vectors(), self.vectors(kind)
        new.cut(0)
        chunks = []
        for first, count, _ in self.catalogue.chunks():
            chunks.append((first, count, new.add(first, old.rows(np.arange(first, first + count)))))
        self.catalogue.keep_chunks(chunks, instead=True, kind=kind)
        old.remove()
        self.notes.append(f"{self.vector_count:,} vectors were moved to {kind}")


@contextlib.contextmanager
def writing(folder: Path, *, rebuild: bool = False) -> Iterator[Store]:
    """The store for its one writer; `rebuild` starts it from nothing."""
    with one_writer(folder):
        if rebuild:
            _empty(folder)
        store = Store(folder, create=True)
        try:
            yield store
        finally:
            store.close()


def _empty(folder: Path) -> None:
    for name in OURS:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
