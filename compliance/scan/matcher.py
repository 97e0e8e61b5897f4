"""The first pass: every signature at once over raw bytes, to find the few places that deserve a closer look.

Two databases hold the same signatures: one in the raw form of JSON texts, one for decoded text. A database reports
the units (see `Confirmer.units`) and the end offset of each place; it may report too much, never too little.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import accumulate
from typing import Any

from compliance.scan.confirm import MODEL_KEYS, MODEL_UNIT, OTHER_KEYS, Confirmer
from compliance.scan.databases import CASELESS, database
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
    """A compiled database over one form of the signatures; `more` are patterns beside them that name no unit."""

    def __init__(self, expressions: Expressions, more: tuple[bytes, ...] = ()) -> None:
        self.units = expressions.units
        flags = [CASELESS if c else 0 for c in expressions.caseless] + [0] * len(more)
        self._database = database([*expressions.patterns, *more], flags)

    def ends(self, data: Any) -> list[int]:
        """The end offsets of the signatures' places in `data`, in rising order."""
        return self.ends_and_more(data)[0]

    def ends_and_more(self, data: Any) -> tuple[list[int], list[int]]:
        """The end offsets of the signatures' places, and those of the patterns beside them."""
        found: list[int] = []
        others: list[int] = []
        append, signatures = found.append, len(self.units)

        def place(unit: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if unit < signatures:
                append(end)
            else:
                others.append(end)

        self._database.scan(data, match_event_handler=place)
        return found, others

    def live(self, values: list[str]) -> dict[int, set[str]]:
        """The units that can occur in each of some decoded texts, by the text's index; clean texts are left out."""
        joined = _BETWEEN.join(values)
        found: list[tuple[int, int]] = []
        append = found.append

        def place(unit: int, _start: int, end: int, _flags: int, _context: object) -> None:
            append((end, unit))

        self._database.scan(joined.encode("utf-8", "surrogatepass"), match_event_handler=place)
        live: dict[int, set[str]] = {}
        if found:
            gap = len(_BETWEEN)
            lengths = [len(v) if v.isascii() else len(v.encode("utf-8", "surrogatepass")) for v in values]
            stops = list(accumulate([length + gap for length in lengths]))
            for end, unit in found:
                live.setdefault(bisect_left(stops, end), set()).update(self.units[unit])
        return live


# What keeps neighbouring texts apart; a match across it only makes a text be looked at for nothing.
_BETWEEN = "\x00\x00"
