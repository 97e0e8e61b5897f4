"""The first pass: every signature at once over raw bytes, to find the few places that deserve a closer look.

Two databases hold the same signatures: one in the raw form of JSON texts, one for decoded text. A database reports
the units (see `Confirmer.units`) and the end offset of each place; it may report too much, never too little.
"""

from __future__ import annotations

import hashlib
import os
import re
from bisect import bisect_left
from contextlib import suppress
from importlib.metadata import version
from itertools import accumulate
from pathlib import Path
from typing import Any

import hyperscan

from compliance.scan.confirm import MODEL_KEYS, MODEL_UNIT, OTHER_KEYS, Confirmer
from compliance.scan.raw_forms import UNUSUAL_ESCAPE, json_form, text_form

# A class with an unbounded repeat at the end of a name only makes the database report one place many times.
_TAIL = re.compile(r"\[[^\]]*\][*+]")


class Expressions:
    """The patterns of a database, the units that each stands for, and which of them ignore case."""

    def __init__(self, confirmer: Confirmer, *, raw: bool) -> None:
        form = json_form if raw else text_form
        quote = "\\\\?[\"']" if raw else "[\"']"
        space = r"(?:[ \t]|\\[nrt])*" if raw else r"[ \t\r\n\f\v]*"
        self._found: dict[tuple[bytes, bool], list[str]] = {}
        for name, (signature, _) in confirmer.text.items():
            self._add(name, form(signature.anchor or signature.pattern), signature.caseless)
        for name, (signature, _) in confirmer.embedded.items():
            self._add(name, form(signature.anchor), False)
        for name, claim in confirmer.claims.items():
            self._add(name, form(_TAIL.sub("", claim.anchor)), False)
        tokens = b"|".join(form(model.anchor) for model, _ in confirmer.models)
        plain = rb"(?:[a-z0-9._:/@+~-]|\\/)*" if raw else rb"[a-z0-9._:/@+~-]*"
        value = plain + b"(?:" + tokens + (rb"|\\u00" if raw else b"") + b")"
        # A quotation mark or a colon directly after the key makes a literal that prose does not hold.
        open_quote = "[\"'\\\\][\"']?" if raw else "[\"']"
        for lead in (f"{MODEL_KEYS}{open_quote}{space}[:=]", f"{MODEL_KEYS}(?:[:=]| [:=])"):
            self._add(MODEL_UNIT, rf"{lead}{space}\[?{space}(?:{quote})?".encode() + value, True)
        self._add(MODEL_UNIT, f"(?:{OTHER_KEYS}){open_quote}".encode(), True)
        if raw:
            self._add(MODEL_UNIT, rf'{MODEL_KEYS}"[ \t]*:[ \t]*\['.encode(), True)
            self._add("", UNUSUAL_ESCAPE, False)
        self.patterns = [pattern for pattern, _ in self._found]
        self.caseless = [caseless for _, caseless in self._found]
        self.units = list(self._found.values())

    def _add(self, unit: str, pattern: bytes, caseless: bool) -> None:
        self._found.setdefault((pattern, caseless), []).append(unit)


class Matcher:
    """A compiled database over one form of the signatures."""

    def __init__(self, expressions: Expressions) -> None:
        self.units = expressions.units
        spot = _cache_file(expressions)
        self._database = _read_cache(spot) or _compile(expressions, spot)

    def ends(self, data: Any) -> list[int]:
        """The end offsets of all places in `data`, in rising order."""
        found: list[int] = []
        append = found.append

        def place(_unit: int, _start: int, end: int, _flags: int, _context: object) -> None:
            append(end)

        self._database.scan(data, match_event_handler=place)
        return found

    def live(self, values: list[str]) -> dict[int, set[str]]:
        """The units that can occur in each of some decoded texts, by the text's index; clean texts are left out."""
        encoded = [value.encode("utf-8", "surrogatepass") for value in values]
        found: list[tuple[int, int]] = []
        append = found.append

        def place(unit: int, _start: int, end: int, _flags: int, _context: object) -> None:
            append((end, unit))

        self._database.scan(_BETWEEN.join(encoded), match_event_handler=place)
        live: dict[int, set[str]] = {}
        if found:
            stops = list(accumulate(len(e) + len(_BETWEEN) for e in encoded))
            for end, unit in found:
                live.setdefault(bisect_left(stops, end), set()).update(self.units[unit])
        return live


def _compile(expressions: Expressions, spot: Path | None) -> hyperscan.Database:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=expressions.patterns,
        ids=list(range(len(expressions.patterns))),
        elements=len(expressions.patterns),
        flags=[hyperscan.HS_FLAG_CASELESS if c else 0 for c in expressions.caseless],
    )
    if spot is not None:
        with suppress(OSError, hyperscan.HyperscanError):
            spot.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial = spot.with_suffix(f".{os.getpid()}")
            partial.write_bytes(hyperscan.dumpb(database))
            os.replace(partial, spot)
    return database


def _read_cache(spot: Path | None) -> hyperscan.Database | None:
    """A database compiled before; the library itself checks its version, platform and checksum."""
    if spot is None:
        return None
    try:
        database: hyperscan.Database = hyperscan.loadb(spot.read_bytes(), mode=hyperscan.HS_MODE_BLOCK)
        database.scratch = hyperscan.Scratch(database)
        return database
    except (OSError, ValueError, hyperscan.HyperscanError):
        return None


def _cache_file(expressions: Expressions) -> Path | None:
    home = os.environ.get("CLEARANCE_CACHE") or os.environ.get("XDG_CACHE_HOME")
    digest = hashlib.sha256(version("hyperscan").encode())
    for pattern, caseless in zip(expressions.patterns, expressions.caseless, strict=True):
        digest.update(b"%d%d:%s" % (caseless, len(pattern), pattern))
    try:
        base = Path(home) if home else Path.home() / ".cache"
    except RuntimeError:
        return None
    return base / "clearance" / f"patterns-{digest.hexdigest()[:32]}.hs"


# What keeps neighbouring texts apart; a match across it only makes a text be looked at for nothing.
_BETWEEN = b"\x00\x00"
