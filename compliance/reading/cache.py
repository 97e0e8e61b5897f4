"""The user's cache: what would else be made anew at each start, under names that tell the content."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path

from compliance.errors import UsageError


def spot_of(name: str) -> Path | None:
    """Where something of this name is kept: below CLEARANCE_CACHE, XDG_CACHE_HOME or ~/.cache; None without a home."""
    home = os.environ.get("CLEARANCE_CACHE") or os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(home) if home else Path.home() / ".cache") / "clearance" / name
    except RuntimeError:
        return None


def place_of(name: str) -> Path:
    """As `spot_of`, for what must be kept; a `UsageError` where there is no place for it."""
    spot = spot_of(name)
    if spot is None:
        raise UsageError("there is no folder for what is kept between runs", remedy="set CLEARANCE_CACHE to a folder")
    return spot


def read(spot: Path | None) -> bytes | None:
    """What is kept there, if anything."""
    if spot is not None:
        with suppress(OSError):
            return spot.read_bytes()
    return None


def write(spot: Path | None, content: bytes) -> bool:
    """Keep something, whole or not at all; whether it was kept. A cache that cannot be written is passed over."""
    if spot is None:
        return False
    try:
        spot.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = spot.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        partial.write_bytes(content)
        os.replace(partial, spot)
    except OSError:
        return False
    return True
