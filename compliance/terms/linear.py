"""The linear model over features: loading, saving and scoring. A file of arrays and a line of JSON, never pickle."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compliance.errors import InternalError
from compliance.terms.categories import CATEGORIES
from compliance.terms.features import WIDTH

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WEIGHTS = Path(__file__).with_name("weights")
_MAX_BYTES = 8 * 1024 * 1024


class LinearModel:
    """One logistic regression a category: `coef[c]` over the hashed features, `dense[c]` over the embedding.

    `dense` is None in the lexical model. `thresholds[c]` is the probability from which a unit is a clause.
    """

    def __init__(
        self,
        coef: NDArray[np.float32],
        dense: NDArray[np.float32] | None,
        bias: NDArray[np.float32],
        thresholds: NDArray[np.float32],
        about: dict[str, Any],
    ) -> None:
        self.coef = coef
        self.dense = dense
        self.bias = bias
        self.thresholds = thresholds
        self.about = about

    @property
    def embeds(self) -> bool:
        """Whether the model reads embeddings too."""
        return self.dense is not None

    def probabilities(self, rows: list[dict[int, float]], embedded: NDArray[np.float32] | None) -> NDArray[np.float32]:
        """A row a unit, a column a category."""
        import numpy as np

        scores = np.tile(self.bias, (len(rows), 1))
        for i, row in enumerate(rows):
            places = np.fromiter(row, dtype=np.int64, count=len(row))
            values = np.fromiter(row.values(), dtype=np.float32, count=len(row))
            scores[i] += self.coef[:, places] @ values
        if self.dense is not None and embedded is not None:
            scores += embedded @ self.dense.T
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(scores, -30, 30))), dtype=np.float32)

    def save(self, path: Path) -> None:
        """Write the model; the coefficients that are not zero take two bytes each."""
        import numpy as np

        places = np.flatnonzero(np.abs(self.coef).max(axis=0) > 1e-4)
        arrays: dict[str, Any] = {
            "places": places.astype(np.int32),
            "coef": self.coef[:, places].astype(np.float16),
            "bias": self.bias,
            "thresholds": self.thresholds,
            "about": np.frombuffer(json.dumps(self.about, sort_keys=True).encode(), dtype=np.uint8),
        }
        if self.dense is not None:
            arrays["dense"] = self.dense.astype(np.float16)
        np.savez_compressed(path, allow_pickle=False, **arrays)


def load(path: Path) -> LinearModel:
    """The model in `path`; a file that is not one is a defect of the installation."""
    import numpy as np

    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ValueError("too large")
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            about = json.loads(stored["about"].tobytes())
            coef = np.zeros((len(CATEGORIES), WIDTH), dtype=np.float32)
            coef[:, stored["places"]] = stored["coef"]
            dense = stored["dense"].astype(np.float32) if "dense" in stored.files else None
            model = LinearModel(
                coef, dense, stored["bias"].astype(np.float32), stored["thresholds"].astype(np.float32), about
            )
    except (OSError, EOFError, ValueError, KeyError, IndexError, zipfile.BadZipFile) as error:
        raise InternalError(
            f"{path.name}: the clause model cannot be loaded: {str(error)[:80]}", remedy="reinstall Clearance"
        ) from None
    if about.get("categories") != list(CATEGORIES):
        raise InternalError(f"{path.name}: the clause model has other categories", remedy="reinstall Clearance")
    return model
