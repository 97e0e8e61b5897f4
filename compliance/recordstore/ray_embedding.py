"""The texts of a store embedded on a Ray cluster: an actor on each GPU, or on each processor where there is none.

An actor embeds a whole window of texts in one call, as the one process of this machine does, and the windows are kept
in order. So nodes of one kind give the vectors that one machine of that kind gives, and a stopped run is gone on with
by either. Only this process reads and writes the store.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compliance.errors import InputError
from compliance.index.embedder import DIMENSIONS, MiniLM, available
from compliance.recordstore import models
from compliance.recordstore.models import FULL, Model, open_model
from compliance.scan.ray_cluster import connected

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from compliance.recordstore.store import Store, Tell

_AHEAD = 2  # windows an actor, so that none waits for its next
_TRIES = 3


class Spread(Model):
    """The full model on the actors of a cluster."""

    def __init__(self, ray: Any) -> None:
        from ray.util import ActorPool

        self.name, self.model, self.dimensions = FULL, MiniLM.model, DIMENSIONS
        self.window = models._WINDOW[FULL]
        self.ray = ray
        resources = ray.cluster_resources()
        gpus = int(resources.get("GPU", 0))
        self.count = gpus or max(1, int(resources.get("CPU", 1)))
        self.on_gpus = gpus > 0
        needs = {"num_gpus": 1, "num_cpus": 0} if self.on_gpus else {"num_cpus": 1}
        kind = ray.remote(**needs, max_restarts=_TRIES, max_task_retries=_TRIES)(_Embedding)
        self.actors = [kind.remote("cuda" if self.on_gpus else "cpu") for _ in range(self.count)]
        self.pool = ActorPool(self.actors)

    def begin(self, texts: Sequence[str]) -> None:
        """Have a window of texts embedded by an actor that is free or gets free first."""
        self.pool.submit(lambda actor, given: actor.embed.remote(given), list(texts))

    def next(self) -> NDArray[np.float32]:
        """The vectors of the window that was begun first; an `InputError` where the cluster could not make them."""
        try:
            model, rows = self.pool.get_next()
        except self.ray.exceptions.RayError as error:
            lines = str(getattr(error, "cause", None) or error).strip().splitlines()
            raise InputError(
                f"the cluster could not embed the texts: {lines[-1][:200] if lines else type(error).__name__}",
                remedy="clearance[embed] must be on all nodes; the same command goes on from what is kept",
            ) from None
        if model != self.model:
            raise InputError(f"a node has another model, {model}", remedy="install the same on all nodes")
        found: NDArray[np.float32] = rows
        return found

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row of unit length a text, in order."""
        self.begin(texts)
        return self.next()

    def close(self) -> None:
        """End the actors."""
        for actor in self.actors:
            self.ray.kill(actor)


class _Embedding:
    """On a node: the model, on its GPU or on a processor."""

    def __init__(self, device: str) -> None:
        self.model = open_model(FULL, Path(), (device,))

    def embed(self, texts: list[str]) -> tuple[str, NDArray[np.float32]]:
        """What model this is, and one row a text."""
        return self.model.model, self.model.embed(texts)


@contextmanager
def spread(address: str, cpus: int) -> Iterator[Spread]:
    """The full model on a cluster (see `connected`); an `InputError` where it is not installed here."""
    if not available():
        raise InputError("the embedding model is not installed", remedy="install clearance[embed]")
    with connected(address, cpus) as ray:
        model = Spread(ray)
        try:
            yield model
        finally:
            model.close()


def fill_spread(store: Store, model: Spread, tell: Tell | None = None) -> int:
    """Embed and keep, as `fill` does, with several windows under way; how many vectors were made."""
    catalogue, vectors = store.catalogue, store.vectors()
    start, total = store.vector_count, catalogue.text_count
    waiting: list[tuple[int, int]] = []

    def settle() -> None:
        rows = model.next()
        first, count = waiting.pop(0)
        catalogue.keep_chunks([(first, count, vectors.add(first, rows))])
        if tell is not None:
            tell(first + count - start, total - start)

    for first in range(start, total, model.window):
        texts = catalogue.texts_from(first, model.window)
        model.begin(texts)
        waiting.append((first, len(texts)))
        if len(waiting) >= _AHEAD * model.count:
            settle()
    while waiting:
        settle()
    return total - start
