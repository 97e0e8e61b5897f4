"""What a scan would else make anew each time it starts: kept in the user's cache, under names that tell the content."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def spot_of(name: str) -> Path | None:
    """Where something of this name is kept; None where the user has no folder."""
    home = os.environ.get("CLEARANCE_CACHE") or os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(home) if home else Path.home() / ".cache") / "clearance" / name
    except RuntimeError:
        return None


def read(spot: Path | None) -> bytes | None:
    """What is kept there, if anything."""
    if spot is not None:
        with suppress(OSError):
            return spot.read_bytes()
    return None


def write(spot: Path | None, content: bytes) -> None:
    """Keep something, whole or not at all. A cache that cannot be written is passed over."""
    if spot is None:
        return
    with suppress(OSError):
        spot.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = spot.with_suffix(f".{os.getpid()}")
        partial.write_bytes(content)
        os.replace(partial, spot)
