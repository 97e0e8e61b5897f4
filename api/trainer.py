"""The gate as a callback of the Hugging Face Trainer: training begins only where the service cleared the run.

from api.trainer import clearance_callback

trainer = Trainer(..., callbacks=[clearance_callback("clearance.yaml")])
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from api.client import cleared


def clearance_callback(manifest: str | Path | Mapping[str, Any], **how: Any) -> Any:
    """A `TrainerCallback` that asks when training begins, and raises where the run is not cleared.

    `how` are the arguments of `api.client.gate`. Every process of a distributed launch asks and stops by itself.
    """
    from transformers import TrainerCallback

    class Clearance(TrainerCallback):  # type: ignore[misc, unused-ignore]
        """Asks once; `decision` is the answer."""

        decision: dict[str, Any] | None = None

        def on_train_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            """Raise unless the run is cleared."""
            self.decision = cleared(manifest, **how)

    return Clearance()
