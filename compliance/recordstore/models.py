"""What makes vectors of texts: the full model on any device, or the static one for CPUs. Nothing is fetched."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compliance.errors import InputError
from compliance.index.embedder import DIMENSIONS, MiniLM, available
from compliance.reading.cache import place_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FULL, STATIC = "full", "static"
NAMES = (FULL, STATIC)
_WINDOW = {FULL: 4_096, STATIC: 16_384}
_BATCH = {"cuda": 512, "mps": 128}
_BATCH_CPU = 32  # small batches of like lengths are fastest on a CPU
_STATIC_BATCH = 1_024


class Model:
    """A sentence-transformers model; `window` texts at a time are sorted by length, embedded, and kept.

    Where there are several GPUs, a process on each takes its share of a window. `devices` names them; tests name the
    CPU several times.
    """

    def __init__(
        self, name: str, model: str, dimensions: int, encoder: Any, batch: int, devices: Sequence[str] = ()
    ) -> None:
        self.name = name
        self.model = model
        self.dimensions = dimensions
        self.batch = batch
        self.window = _WINDOW[name] * max(1, len(devices))
        self.encoder = encoder
        self._pool = encoder.start_multi_process_pool(list(devices)) if len(devices) > 1 else None

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row of unit length a text, in order."""
        import numpy as np

        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        if self._pool is not None:  # the processes answer with arrays
            told: dict[str, Any] = {"pool": self._pool, "chunk_size": -(-len(texts) // len(self._pool["processes"]))}
        else:
            told = {"convert_to_tensor": True}
        rows = self.encoder.encode(
            list(texts), batch_size=self.batch, normalize_embeddings=True, show_progress_bar=False, **told
        )
        found = rows if self._pool is not None else rows.float().cpu().numpy()
        return np.asarray(found, dtype=np.float32)

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self.encoder.stop_multi_process_pool(self._pool)
            self._pool = None


def open_model(name: str, folder: Path, devices: Sequence[str] = (), *, spread: bool = False) -> Model:
    """The model of this name for the store in `folder`, on all GPUs if it is to be `spread`.

    An `InputError` where it is not installed.
    """
    if not available():
        raise InputError("the embedding model is not installed", remedy="install clearance[embed]")
    if name == STATIC:
        return _static(folder)
    full = MiniLM(devices[0] if devices else "")
    if spread and not devices and full.device == "cuda":
        import torch

        devices = [f"cuda:{n}" for n in range(torch.cuda.device_count())]
    batch = _BATCH.get(full.device.partition(":")[0], _BATCH_CPU)
    return Model(FULL, MiniLM.model, DIMENSIONS, full.encoder, batch, devices)


def _static(folder: Path) -> Model:
    """The static model that the store holds; a new store gets this machine's, distilled when it is first asked for."""
    from compliance.recordstore import static

    held = folder / "static.safetensors"
    if not held.is_file():
        kept = place_of(f"{static.LABEL}.safetensors")
        if not kept.is_file():
            static.distil(MiniLM("cpu").encoder, kept)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = held.with_suffix(f".{os.getpid()}")
        shutil.copyfile(kept, partial)
        os.replace(partial, held)
    try:
        digest = hashlib.sha256(held.read_bytes()).hexdigest()
        encoder, dimensions = static.load(held)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"the static model cannot be read: {str(error)[:120] or type(error).__name__}",
            file=str(held),
            remedy="delete it; clearance index makes it again",
        ) from None
    return Model(STATIC, f"{static.LABEL}-{digest[:16]}", dimensions, encoder, _STATIC_BATCH)
