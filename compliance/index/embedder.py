"""Our own embedding function: all-MiniLM-L6-v2 from an installed package, on a GPU or the CPU, never fetched."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from compliance.terms.embedding import DIMENSIONS, WEIGHTS_SHA256, available, weights_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["DIMENSIONS", "Embedder", "MiniLM", "available"]
_BATCH = 32


class Embedder(Protocol):
    """Texts to rows of unit length; `model` names what made them, for vectors of two models cannot be compared."""

    model: str

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row a text, in order."""


class MiniLM:
    """The model of the installed package; `device` is chosen when it is not given."""

    model = f"all-MiniLM-L6-v2-{WEIGHTS_SHA256[:16]}"

    def __init__(self, device: str = "") -> None:
        folder = weights_folder()
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        self.device = device or _device(torch)
        dtype = (
            torch.float16
            if self.device == "cuda"
            else torch.bfloat16
            if _has_bf16() and self.device == "cpu"
            else torch.float32
        )
        self.encoder: Any = SentenceTransformer(
            str(folder), device=self.device, local_files_only=True, model_kwargs={"dtype": dtype}
        )

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        if not texts:
            return np.zeros((0, DIMENSIONS), dtype=np.float32)
        rows = self.encoder.encode(
            list(texts), batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False, convert_to_tensor=True
        )
        found: NDArray[np.float32] = rows.float().cpu().numpy()
        return found


def _device(torch: Any) -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _has_bf16() -> bool:
    """Whether this CPU multiplies bfloat16 by itself, which doubles the rate and changes no ranking."""
    try:
        return "avx512_bf16" in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
