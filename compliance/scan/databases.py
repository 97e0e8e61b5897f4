"""Pattern databases of Hyperscan, compiled once and kept in the user's cache."""

from __future__ import annotations

import hashlib
from contextlib import suppress

import hyperscan

from compliance.reading import cache

CASELESS = int(hyperscan.HS_FLAG_CASELESS)
# A pattern reports one match a scan, however often it matches.
ONCE = int(hyperscan.HS_FLAG_SINGLEMATCH)
# A pattern may match no bytes at all.
EMPTY = int(hyperscan.HS_FLAG_ALLOWEMPTY)


def database(patterns: list[bytes], flags: list[int]) -> hyperscan.Database:
    """A database whose matches are told by the place of their pattern in the list."""
    spot = cache.spot_of(f"patterns-{_digest(patterns, flags)}.hs")
    kept = cache.read(spot)
    made = _loaded(kept) if kept is not None else None
    if made is None:
        made = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        made.compile(expressions=patterns, ids=list(range(len(patterns))), elements=len(patterns), flags=flags)
        with suppress(hyperscan.HyperscanError):
            cache.write(spot, hyperscan.dumpb(made))
    return made


def _loaded(kept: bytes) -> hyperscan.Database | None:
    """A database compiled before; the library itself checks its version, platform and checksum."""
    try:
        read: hyperscan.Database = hyperscan.loadb(kept, mode=hyperscan.HS_MODE_BLOCK)
        read.scratch = hyperscan.Scratch(read)
        return read
    except (ValueError, hyperscan.HyperscanError):
        return None


def _digest(patterns: list[bytes], flags: list[int]) -> str:
    digest = hashlib.sha256(str(vars(hyperscan).get("__version__")).encode())
    for pattern, flag in zip(patterns, flags, strict=True):
        digest.update(b"%d/%d:%s" % (flag, len(pattern), pattern))
    return digest.hexdigest()[:32]
