"""The first pass: every signature at once over raw bytes, to find the few places that deserve a closer look.

Two databases hold the same signatures: one in the raw form of JSON texts, one for decoded text. A database reports
the units (see `Confirmer.units`) and the end offset of each place; it may report too much, never too little.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

from compliance.errors import CorpusError
from compliance.scan.confirm import MODEL_KEYS, MODEL_UNIT, OTHER_KEYS, Confirmer, Sighted
from compliance.scan.databases import CASELESS, database
from compliance.scan.raw_forms import UNUSUAL_ESCAPE, json_form, text_form

# A class with an unbounded repeat at the end of a name only makes the database report one place many times.
_TAIL = re.compile(r"\[[^\]]*\][*+]")
# Sets of patterns whose units are kept.
_KEPT = 4096


class Expressions:
    """The patterns of a database, the units that each stands for, and which of them ignore case."""

    def __init__(self, confirmer: Confirmer, *, raw: bool) -> None:
        form = json_form if raw else text_form
        quote = "\\\\?[\"']" if raw else "[\"']"
        space = r"(?:[ \t]|\\[nrt])*" if raw else r"[ \t\r\n\f\v]*"
        self._found: dict[tuple[bytes, bool], list[str]] = {}
        for name, mark in confirmer.text.items():
            signature = mark.signature
            pattern = None if raw else _whole(signature.pattern)
            self._add(name, pattern or form(signature.anchor or signature.pattern), signature.caseless)
        for name, mark in confirmer.embedded.items():
            self._add(name, form(mark.signature.anchor), False)
        for name, claim in confirmer.claims.items():
            self._add(name, form(_TAIL.sub("", claim.anchor)), False)
        tokens = b"|".join(form(model.anchor) for model in confirmer.content.models)
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
        # The patterns that only names of makers have brought here.
        self.names = frozenset(i for i, units in enumerate(self.units) if confirmer.claims.keys() >= set(units))

    def _add(self, unit: str, pattern: bytes, caseless: bool) -> None:
        self._found.setdefault((pattern, caseless), []).append(unit)


def _whole(pattern: str) -> bytes | None:
    """All of a pattern in its form for text, where it has one: what an anchor alone brings up need not be looked at."""
    try:
        return text_form(pattern)
    except CorpusError:
        return None


class Places(NamedTuple):
    """Where a pass found something, by end offsets: any signature, those that are more than a maker's name, others."""

    ends: list[int]
    firm: list[int]
    others: list[int]


class Matcher:
    """A compiled database over one form of the signatures; `more` are patterns beside them that name no unit."""

    def __init__(self, expressions: Expressions, more: tuple[bytes, ...] = ()) -> None:
        self.units = expressions.units
        self._names = expressions.names
        flags = [CASELESS if c else 0 for c in expressions.caseless] + [0] * len(more)
        self._database = database([*expressions.patterns, *more], flags)
        self._units_of = lru_cache(maxsize=_KEPT)(self._named)

    def ends(self, data: Any) -> list[int]:
        """The end offsets of the signatures' places in `data`, in rising order."""
        return self.places(data).ends

    def places(self, data: Any) -> Places:
        """The end offsets of the signatures' places, and those of the patterns beside them."""
        found = Places([], [], [])
        append, firm, signatures, names = found.ends.append, found.firm.append, len(self.units), self._names

        def place(unit: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if unit < signatures:
                append(end)
                if unit not in names:
                    firm(end)
            else:
                found.others.append(end)

        self._database.scan(data, match_event_handler=place)
        return found

    def live(self, values: list[str]) -> dict[int, Sighted]:
        """The units that can occur in each of some decoded texts, by the text's index; clean texts are left out."""
        encoded = [value.encode("utf-8", "surrogatepass") for value in values]
        places: list[tuple[int, int]] = []
        append = places.append

        def place(unit: int, _start: int, end: int, _flags: int, _context: object) -> None:
            append((end, unit))

        self._database.scan(_BETWEEN.join(encoded), match_event_handler=place)
        if not places:
            return {}
        gap = len(_BETWEEN)
        stops = list(accumulate([len(text) + gap for text in encoded]))
        found: dict[int, tuple[set[int], int, int]] = {}
        for end, unit in places:
            index = bisect_left(stops, end)
            units, first, last = found.get(index) or (set(), end, end)
            units.add(unit)
            found[index] = units, min(first, end), max(last, end)
        live: dict[int, Sighted] = {}
        for index, (units, first, last) in found.items():
            stop = stops[index] - gap
            start = stop - len(encoded[index])
            wide = stop - start - len(values[index])  # bytes beyond one a character, wherever they stand
            live[index] = Sighted(self._units_of(frozenset(units)), first - start - wide, last - start)
        return live

    def _named(self, units: frozenset[int]) -> frozenset[str]:
        return frozenset(name for unit in units for name in self.units[unit])


# What keeps neighbouring texts apart; a match across it only makes a text be looked at for nothing.
_BETWEEN = b"\x00\x00"
