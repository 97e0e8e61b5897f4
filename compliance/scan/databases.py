"""Pattern databases of Hyperscan, compiled once and kept in the user's cache."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import hyperscan

CASELESS = int(hyperscan.HS_FLAG_CASELESS)
# A pattern reports one match a scan, however often it matches.
ONCE = int(hyperscan.HS_FLAG_SINGLEMATCH)


def database(patterns: list[bytes], flags: list[int]) -> hyperscan.Database:
    """A database whose matches are told by the place of their pattern in the list."""
    spot = _cache_file(patterns, flags)
    return _read_cache(spot) or _compile(patterns, flags, spot)


def _compile(patterns: list[bytes], flags: list[int], spot: Path | None) -> hyperscan.Database:
    made = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    made.compile(expressions=patterns, ids=list(range(len(patterns))), elements=len(patterns), flags=flags)
    if spot is not None:
        with suppress(OSError, hyperscan.HyperscanError):
            spot.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial = spot.with_suffix(f".{os.getpid()}")
            partial.write_bytes(hyperscan.dumpb(made))
            os.replace(partial, spot)
    return made


def _read_cache(spot: Path | None) -> hyperscan.Database | None:
    """A database compiled before; the library itself checks its version, platform and checksum."""
    if spot is None:
        return None
    try:
        read: hyperscan.Database = hyperscan.loadb(spot.read_bytes(), mode=hyperscan.HS_MODE_BLOCK)
        read.scratch = hyperscan.Scratch(read)
        return read
    except (OSError, ValueError, hyperscan.HyperscanError):
        return None


def _cache_file(patterns: list[bytes], flags: list[int]) -> Path | None:
    home = os.environ.get("CLEARANCE_CACHE") or os.environ.get("XDG_CACHE_HOME")
    digest = hashlib.sha256(version("hyperscan").encode())
    for pattern, flag in zip(patterns, flags, strict=True):
        digest.update(b"%d/%d:%s" % (flag, len(pattern), pattern))
    try:
        base = Path(home) if home else Path.home() / ".cache"
    except RuntimeError:
        return None
    return base / "clearance" / f"patterns-{digest.hexdigest()[:32]}.hs"
