"""Vectors of passages, kept in a Chroma collection by the hash of what was embedded.

A folder has exactly one writer: who holds the lock file may write, everybody else reads. One that is damaged, or was
made by another model, is deleted and filled again. On a server, which others share, nothing is ever deleted: the key of
a vector is the hash of its text, so whoever comes first embeds it for all.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compliance.store import chroma
from compliance.store.lock import if_free

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from compliance.index.embedder import Embedder

COLLECTION = "passages"
_PAGE = 4_000
_AT_ONCE = 1_024


class VectorStore:
    """Vectors by key, read into one matrix; `fill` adds those that are missing. `note` says what went wrong.

    They lie in a folder, on the Chroma server of an address, or, with None, in memory.
    """

    def __init__(self, place: Path | str | None, embedder: Embedder) -> None:
        self.folder = place if isinstance(place, Path) else None
        self.server = place if isinstance(place, str) else ""
        self.embedder = embedder
        self.note = ""
        self._row: dict[str, int] = {}
        self._matrix: NDArray[np.float32] | None = None
        self._lock = threading.Lock()
        self._collection = self._open()
        self._read()

    def _open(self) -> Any:
        if self.server:
            model = self.embedder.model
            try:
                return chroma.on_server(self.server, chroma.name_for(model, COLLECTION), model=model)
            except Exception as error:  # Chroma, its client and the network raise errors of many kinds
                self._away(error)
        if self.folder is not None:
            for _ in range(2):
                try:
                    collection = chroma.in_folder(self.folder, COLLECTION, model=self.embedder.model)
                    if (collection.metadata or {}).get("model") == self.embedder.model:
                        collection.count()
                        return collection
                    self.note = "the vectors were made by another model and are made anew"
                except OSError as error:
                    self.note = f"vectors cannot be kept on disk ({error.strerror}); they are kept in memory"
                    break
                except Exception as error:  # Chroma raises errors of many kinds for a damaged store
                    self.note = f"the vector store was damaged and is built anew ({type(error).__name__})"
                if not self._discard():
                    break
        return chroma.in_memory(f"{COLLECTION}-{os.getpid()}-{id(self)}", model=self.embedder.model)

    def _away(self, error: Exception) -> None:
        self.note = f"the Chroma server cannot be used ({type(error).__name__}); vectors are kept in memory"
        self.server = ""

    def _discard(self) -> bool:
        """Delete the folder, unless another process is writing to it or it may not be deleted."""
        if self.folder is None:
            return False
        with _writer(self.folder) as mine:
            if mine:
                chroma.forget_clients()
                shutil.rmtree(self.folder, ignore_errors=True)
            return mine and not self.folder.exists()

    def _read(self) -> None:
        import numpy as np

        keys: list[str] = []
        rows: list[Any] = []
        try:
            offset = 0
            while True:
                page = self._collection.get(include=["embeddings"], limit=_PAGE, offset=offset)
                if not page["ids"]:
                    break
                keys += page["ids"]
                rows.append(np.asarray(page["embeddings"], dtype=np.float32))
                offset += len(page["ids"])
        except Exception as error:  # what was opened may still prove damaged when it is read
            if self.server:
                self._away(error)
            else:
                self.note = f"the vector store was damaged and is built anew ({type(error).__name__})"
            keys, rows = [], []
            self._discard()
            self._collection = self._open()
        self._row = {key: at for at, key in enumerate(keys)}
        self._matrix = np.concatenate(rows) if rows else None

    def missing(self, texts: Mapping[str, str]) -> list[str]:
        """The keys of `texts` that have no vector yet."""
        return [key for key in texts if key not in self._row]

    def fill(self, texts: Mapping[str, str], progress: Callable[[int, int], None] | None = None) -> int:
        """Embed and keep the texts whose keys have no vector, forget keys that are not wanted; how many were new."""
        import numpy as np

        # One thread writes while the next texts are embedded; leaving the block waits for it.
        with self._lock, _writer(self.folder) as mine, ThreadPoolExecutor(1) as writing:
            wanted = sorted(self.missing(texts), key=lambda k: len(texts[k]))
            stale = [key for key in self._row if key not in texts]
            done = 0
            rows = [self._matrix] if self._matrix is not None else []
            names = dict(self._row)
            for at in range(0, len(wanted), _AT_ONCE):
                keys = wanted[at : at + _AT_ONCE]
                vectors = self.embedder.embed([texts[k] for k in keys])
                if mine:
                    writing.submit(self._keep, keys, vectors)
                names.update({key: len(names) + i for i, key in enumerate(keys)})
                rows.append(vectors)
                done += len(keys)
                if progress is not None:
                    progress(done, len(wanted))
            if mine and stale and not self.server:
                writing.submit(self._collection.delete, ids=stale[:5_000])
            if wanted:
                self._matrix, self._row = np.concatenate(rows), names
            return done

    def _keep(self, keys: list[str], vectors: NDArray[np.float32]) -> None:
        try:
            self._collection.upsert(ids=keys, embeddings=vectors)
        except Exception as error:  # a full or read-only disk must not keep a question from being answered
            where = "on the server" if self.server else "on disk"
            self.note = f"vectors could not be kept {where} ({type(error).__name__}); they are kept in memory"

    def rows(self, keys: list[str]) -> NDArray[np.float32] | None:
        """The vectors of `keys`, or None where one of them is missing."""
        if self._matrix is None or any(key not in self._row for key in keys):
            return None
        found: NDArray[np.float32] = self._matrix[[self._row[key] for key in keys]]
        return found

    def scores(self, keys: list[str], queries: NDArray[np.float32]) -> NDArray[np.float32]:
        """The cosine of each key's vector (rows) with each query (columns); 0 for a key without a vector."""
        import numpy as np

        if self._matrix is None:
            return np.zeros((len(keys), len(queries)), dtype=np.float32)
        at = np.fromiter((self._row.get(key, -1) for key in keys), dtype=np.int64, count=len(keys))
        found: NDArray[np.float32] = self._matrix[np.maximum(at, 0)] @ queries.T
        found[at < 0] = 0
        return found


def _writer(folder: Path | None) -> contextlib.AbstractContextManager[bool]:
    """Whether this process is the one writer of a folder, for as long as the block lasts."""
    return contextlib.nullcontext(True) if folder is None else if_free(folder.with_name(folder.name + ".lock"))
