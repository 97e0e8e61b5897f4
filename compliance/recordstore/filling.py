"""Vectors for the texts of a store that have none: a window of texts at a time, each kept before the next is kept."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compliance.recordstore.models import Model
    from compliance.recordstore.store import Store, Tell


def fill(store: Store, model: Model, tell: Tell | None = None) -> int:
    """Embed and keep; how many vectors were made. What was kept stays kept, however the run ends.

    One window is written while the next is embedded. The model sorts a window by length, so that little of a batch is
    padding.
    """
    catalogue, vectors = store.catalogue, store.vectors()
    start, total = store.vector_count, catalogue.text_count
    pending: tuple[int, int, Future[int]] | None = None

    def settle() -> None:
        nonlocal pending
        if pending is not None:
            first, count, crc = pending
            pending = None
            catalogue.keep_chunks([(first, count, crc.result())])
            if tell is not None:
                tell(first + count - start, total - start)

    with ThreadPoolExecutor(1) as behind:
        try:
            for first in range(start, total, model.window):
                texts = catalogue.texts_from(first, model.window)
                rows = model.embed(texts)
                settle()
                pending = (first, len(texts), behind.submit(vectors.add, first, rows))
        finally:
            settle()
    return total - start
