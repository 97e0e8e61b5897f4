"""A small folder of invented terms, and a small embedder: real vectors of hashed words, without a model to install."""

from __future__ import annotations

import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

sys.path.append(str(Path(__file__).parents[1] / "qa"))
from invented_terms import write_corpus


class HashedWords:
    """Words hashed into 64 numbers; it counts what it was asked to embed."""

    def __init__(self, model: str = "hashed-words") -> None:
        self.model = model
        self.embedded = 0

    def embed(self, texts: Sequence[str]):  # type: ignore[no-untyped-def]
        import numpy as np

        self.embedded += len(texts)
        rows = np.zeros((len(texts), 64), dtype=np.float32)
        for at, text in enumerate(texts):
            for word in text.lower().split():
                rows[at, zlib.crc32(word.encode()) % 64] += 1
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "terms")


@pytest.fixture
def hashed() -> HashedWords:
    return HashedWords()
