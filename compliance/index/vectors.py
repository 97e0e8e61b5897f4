"""Vectors of passages, kept in a Chroma collection by the hash of what was embedded.

Chroma has exactly one writer here: who holds the lock file may write, everybody else reads. The embedding function is
ours, and telemetry is off. A collection that is damaged, or was made by another model, is deleted and filled again.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compliance.store.lock import if_free

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from compliance.index.embedder import Embedder

COLLECTION = "passages"
_PAGE = 4_000
_AT_ONCE = 1_024


def installed() -> bool:
    """Whether Chroma and numpy are installed."""
    return all(importlib.util.find_spec(name) is not None for name in ("chromadb", "numpy"))


class VectorStore:
    """Vectors by key, read into one matrix; `fill` adds those that are missing. `note` says what went wrong."""

    def __init__(self, folder: Path | None, embedder: Embedder) -> None:
        self.folder = folder
        self.embedder = embedder
        self.note = ""
        self._row: dict[str, int] = {}
        self._matrix: NDArray[np.float32] | None = None
        self._lock = threading.Lock()
        self._collection = self._open()
        self._read()

    def _open(self) -> Any:
        if self.folder is not None:
            for _ in range(2):
                try:
                    collection = _collection(self.folder, self.embedder.model)
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
        import chromadb

        return chromadb.EphemeralClient(settings=_settings()).get_or_create_collection(
            f"{COLLECTION}-{os.getpid()}-{id(self)}", metadata={"model": self.embedder.model}, embedding_function=None
        )

    def _discard(self) -> bool:
        """Delete the folder, unless another process is writing to it or it may not be deleted."""
        if self.folder is None:
            return False
        with _writer(self.folder) as mine:
            if mine:
                _forget_client()
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
            if mine and stale:
                writing.submit(self._collection.delete, ids=stale[:5_000])
            if wanted:
                self._matrix, self._row = np.concatenate(rows), names
            return done

    def _keep(self, keys: list[str], vectors: NDArray[np.float32]) -> None:
        try:
            self._collection.upsert(ids=keys, embeddings=vectors)
        except Exception as error:  # a full or read-only disk must not keep a question from being answered
            self.note = f"vectors could not be kept on disk ({type(error).__name__}); they are kept in memory"

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


def _settings() -> Any:
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False, is_persistent=False)


def _collection(folder: Path, model: str) -> Any:
    import chromadb
    from chromadb.config import Settings

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not os.access(folder, os.W_OK):
        raise PermissionError(13, "Permission denied")
    client = chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))
    return client.get_or_create_collection(
        COLLECTION, metadata={"model": model, "hnsw:space": "cosine"}, embedding_function=None
    )


def _forget_client() -> None:
    """Make Chroma forget the clients that it keeps by path; the next one opens the folder afresh."""
    from chromadb.api.shared_system_client import SharedSystemClient

    SharedSystemClient.clear_system_cache()


def _writer(folder: Path | None) -> contextlib.AbstractContextManager[bool]:
    """Whether this process is the one writer of a folder, for as long as the block lasts."""
    return contextlib.nullcontext(True) if folder is None else if_free(folder.with_name(folder.name + ".lock"))
