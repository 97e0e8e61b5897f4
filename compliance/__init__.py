"""Clearance: a checker that a lab runs before it trains a model.

`compliance.gate("clearance.yaml")` is a context manager that a training script enters only where the run was cleared;
it is that of `api.client`, which is loaded when it is first asked for.
"""

from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`gate`, so that the package itself loads nothing."""
    if name != "gate":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return importlib.import_module("api.client").gate


def __dir__() -> list[str]:
    return [*globals(), "gate"]
