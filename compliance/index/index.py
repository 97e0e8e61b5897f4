"""The index of a folder of terms: its texts, their passages, and both ways of finding them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from compliance.corpus.corpus import load_corpus
from compliance.index.catalogue import Catalogue
from compliance.index.recorded import NOTE as RECORDED
from compliance.index.recorded import recorded_shelf
from compliance.index.texts import HeldText, Shelf, read_shelf
from compliance.reading.cache import spot_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from compliance.index.embedder import Embedder
    from compliance.index.passages import Passage
    from compliance.index.vectors import VectorStore

WITHOUT_VECTORS = "searched by words alone, which finds less: install clearance[embed] to search by meaning too"


class Index:
    """Passages found by words, and by meaning where the vectors are there. `notes` say what is missing."""

    def __init__(
        self,
        shelf: Shelf,
        catalogue: Catalogue,
        store: VectorStore | None,
        notes: Sequence[str] = (),
        phrases: Sequence[str] = (),
    ) -> None:
        self.shelf = shelf
        self.texts: dict[str, HeldText] = {t.file: t for t in shelf.texts}
        self.catalogue = catalogue
        self.store = store
        self.read_anew = catalogue.sync(shelf.texts)
        self.passages: list[Passage] = catalogue.passages()
        self.keys = [p.key for p in self.passages]
        self.by_file: dict[str, list[int]] = {}
        for at, passage in enumerate(self.passages):
            self.by_file.setdefault(passage.file, []).append(at)
        self._notes = list(notes)
        self._wanted = {key: p.embedded for key, p in zip(self.keys, self.passages, strict=True)}
        self._wanted.update((phrase_key(phrase), phrase) for phrase in phrases)

    @property
    def embedder(self) -> Embedder | None:
        """What embeds questions as the passages were embedded."""
        return self.store.embedder if self.store is not None else None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know of the state of the index."""
        store = (self.store.note,) if self.store is not None else ()
        skipped = tuple(f"not read: {line}" for line in self.shelf.skipped[:5])
        return tuple(dict.fromkeys(n for n in (*self._notes, self.catalogue.note, *store, *skipped) if n))

    def embed(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Make the vectors that are missing; how many were made. Until then search goes by words."""
        if self.store is None:
            return 0
        return self.store.fill(self._wanted, progress)

    @property
    def pending(self) -> int:
        """How many passages have no vector yet."""
        return 0 if self.store is None else len(self.store.missing(self._wanted))

    def lexical(self, words: Sequence[str], files: Sequence[str] = ()) -> Mapping[int, float]:
        """BM25 scores by passage, of `files` alone if given."""
        return self.catalogue.lexical(words, files)

    def phrases(self, phrases: Sequence[str]) -> NDArray[np.float32] | None:
        """The vectors of phrases that were named when the index was opened; None until all of them are there."""
        return None if self.store is None else self.store.rows([phrase_key(p) for p in phrases])

    def like(self, passages: Sequence[int], model: int) -> NDArray[np.float32] | None:
        """The cosines of passages with one passage, or None where there are no vectors."""
        row = None if self.store is None else self.store.rows([self.keys[model]])
        found = None if row is None else self.semantic(passages, row)
        return None if found is None else found[:, 0]

    def semantic(self, passages: Sequence[int], queries: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """Cosines of passages (rows) with queries (columns), or None where there are no vectors."""
        if self.store is None:
            return None
        return self.store.scores([self.keys[p] for p in passages], queries)


def phrase_key(phrase: str) -> str:
    """The key under which the vector of a phrase is kept beside those of passages."""
    return hashlib.sha256(f"phrase {phrase}".encode()).hexdigest()[:32]


def open_index(
    roots: Sequence[Path],
    *,
    cache: Path | None = None,
    semantic: bool = True,
    device: str = "",
    phrases: Sequence[str] = (),
) -> Index:
    """The index of the texts below `roots`, or of the corpora's paraphrases where none is named.

    It is kept in `cache` (default: the user's cache folder), its vectors on the Chroma server if one is set.

    Vectors are not yet made: see `embed`. Those of `phrases` are kept with the passages'.
    """
    notes: list[str] = []
    if roots:
        shelf = read_shelf(roots)
    else:
        shelf = recorded_shelf(load_corpus())
        notes.append(RECORDED)
    folder = cache if cache is not None else cache_folder(roots)
    catalogue = Catalogue(folder / "catalogue.sqlite" if folder is not None else None)
    store = None
    if semantic:
        from compliance.index import embedder
        from compliance.index.vectors import VectorStore
        from compliance.store import chroma

        if embedder.available() and chroma.installed():
            place = chroma.server() or (folder / "vectors" if folder is not None else None)
            store = VectorStore(place, embedder.MiniLM(device))
        else:
            notes.append(WITHOUT_VECTORS)
    return Index(shelf, catalogue, store, notes, phrases)


def cache_folder(roots: Sequence[Path]) -> Path | None:
    """Where the index of these folders is kept in the user's cache, if there is one."""
    name = hashlib.sha256("\0".join(str(r.resolve()) for r in roots).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return spot_of(f"index-{name}")
