"""The first pass: every signature at once over raw bytes, to find the few places that deserve a closer look.

Two databases hold the same signatures: one in the raw form of JSON texts, one for decoded text. A database reports
the units (see `Confirmer.units`) and the end offset of each place; it may report too much, never too little. It holds
what is quickly sought: all names of makers, of which `sentences` tells those that count, and the keys of models' ids
without their values, which are looked at where a key was found.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

from compliance.errors import CorpusError
from compliance.scan.confirm import MODEL_KEYS, MODEL_NAMES, MODEL_UNIT, OTHER_KEYS, Confirmer, Sighted
from compliance.scan.databases import CASELESS, database
from compliance.scan.raw_forms import UNUSUAL_ESCAPE, json_form, text_form, without_tails

# A byte that no text holds. The library lays its tables out better with it: a scan takes two thirds of the time.
_NEVER = b"\xff"
# No value that is looked for is longer, were each of its characters written with an escape.
_VALUE = 240
# Sets of patterns whose units are kept.
_KEPT = 4096


class Expressions:
    """The patterns of a database, the units that each stands for, and which of them ignore case."""

    def __init__(self, confirmer: Confirmer, *, raw: bool) -> None:
        form = json_form if raw else text_form
        self._found: dict[tuple[bytes, bool], list[str]] = {}
        for name, mark in confirmer.text.items():
            signature = mark.signature
            pattern = None if raw else _whole(signature.pattern)
            self._add(name, pattern or form(signature.anchor or signature.pattern), signature.caseless)
        for name, mark in confirmer.embedded.items():
            self._add(name, form(mark.signature.anchor), False)
        for name, claim in confirmer.claims.items():
            self._add(name, form(without_tails(claim.spelled)), False)
        # A quotation mark or a colon directly after the key makes a literal that prose does not hold.
        closers = ['"', "'", "[:=]", " [:=]", *([r"\\"] if raw else [])]
        leads = [f"{key}{closer}".encode() for key in MODEL_NAMES for closer in closers]
        for lead in leads:
            self._add(MODEL_UNIT, lead, True)
        self._add(MODEL_UNIT, f"(?:{OTHER_KEYS}){_open_quote(raw)}".encode(), True)
        if raw:
            self._add("", UNUSUAL_ESCAPE, False)
        self.patterns = [pattern for pattern, _ in self._found]
        self.caseless = [caseless for _, caseless in self._found]
        self.units = list(self._found.values())
        # The patterns that only names of makers have brought here.
        self.names = frozenset(i for i, units in enumerate(self.units) if confirmer.claims.keys() >= set(units))
        # The patterns that count only where a value follows.
        self.leads = frozenset(self.patterns.index(lead) for lead in leads)
        self.follows = _Value(confirmer, raw=raw).follows

    def _add(self, unit: str, pattern: bytes, caseless: bool) -> None:
        self._found.setdefault((pattern, caseless), []).append(unit)


def _open_quote(raw: bool) -> str:
    return "[\"'\\\\][\"']?" if raw else "[\"']"


class _Value:
    """What may follow the key of a model's id and the mark after it: a known id, or in raw JSON a list of any."""

    def __init__(self, confirmer: Confirmer, *, raw: bool) -> None:
        form = json_form if raw else text_form
        quote = "\\\\?[\"']" if raw else "[\"']"
        space = r"(?:[ \t]|\\[nrt])*+" if raw else r"[ \t\r\n\f\v]*+"  # taken once: long blanks cost their length
        mark = f"(?:[\"']?{space}[:=])?" if raw else f"(?:{space}[:=])?"
        self.lead = rf"{mark}{space}\[?+{space}(?:{quote})?".encode()
        self.plain = rb"(?:[a-z0-9._:/@+~-]|\\/)" if raw else rb"[a-z0-9._:/@+~-]"
        # Escapes that nobody has a reason to write may stand for anything.
        self.tokens = b"|".join([*(form(model.anchor) for model in confirmer.content.models), *([rb"\\u00"] * raw)])
        self.any_list = rb"[ \t]*+:[ \t]*+\["
        listed = b"(%b)|" % self.any_list if raw else b"((?!))|"
        pattern = listed + self.lead + b"(%b{0,%d}+(?:\\\\u00)?)" % (self.plain, _VALUE)
        self._taken = re.compile(pattern, re.IGNORECASE)
        self._token = re.compile(self.tokens, re.IGNORECASE)
        self._known = lru_cache(maxsize=_KEPT)(self._named)

    def follows(self, data: Any, end: int) -> bool:
        """Whether a known id, or a list, follows a key that ends at an offset."""
        taken = self._taken.match(data, end)
        return taken is not None and (taken[1] is not None or self._known(taken[2]))

    def _named(self, value: bytes) -> bool:
        return self._token.search(value) is not None


def whole_patterns(confirmer: Confirmer) -> list[bytes]:
    """For each pattern over raw JSON all that a place must show to count, keys with their values: for other engines."""
    found = Expressions(confirmer, raw=True)
    some = [p for i, p in enumerate(found.patterns) if i not in found.leads and i not in found.names]
    some += [json_form(without_tails(claim.anchor)) for claim in confirmer.claims.values()]
    value = _Value(confirmer, raw=True)
    known = value.lead + value.plain + b"*(?:" + value.tokens + b")"
    for between in (_open_quote(True) + r"(?:[ \t]|\\[nrt])*[:=]", "(?:[:=]| [:=])"):
        some.append(f"{MODEL_KEYS}{between}".encode() + known)
    some.append(f'{MODEL_KEYS}"'.encode() + value.any_list)
    return [p.replace(b"*+", b"*").replace(b"?+", b"?") for p in some]


def _whole(pattern: str) -> bytes | None:
    """All of a pattern in its form for text, where it has one: what an anchor alone brings up need not be looked at.

    Without its word boundaries: the values of a column follow each other in memory with nothing between them.
    """
    try:
        return text_form(pattern)
    except CorpusError:
        return None


class Places(NamedTuple):
    """Where a pass found something, by end offsets: any signature, and those that are more than a maker's name."""

    ends: list[int]
    firm: list[int]


class Matcher:
    """A compiled database over one form of the signatures."""

    def __init__(self, expressions: Expressions) -> None:
        self.units = expressions.units
        self._names = expressions.names
        self._leads = expressions.leads
        self._follows = expressions.follows
        # What never occurs comes last, where no unit is asked for.
        flags = [*(CASELESS if c else 0 for c in expressions.caseless), 0]
        self._database = database([*expressions.patterns, _NEVER], flags)
        self._last = len(expressions.patterns)
        self._units_of = lru_cache(maxsize=_KEPT)(self._named)

    def ends(self, data: Any) -> list[int]:
        """The end offsets of the signatures' places in `data`, in rising order."""
        return self.places(data).ends

    def places(self, data: Any) -> Places:
        """The end offsets of the signatures' places in `data`, in rising order."""
        found = Places([], [])
        append, firm = found.ends.append, found.firm.append
        last, names, leads, follows = self._last, self._names, self._leads, self._follows

        def place(unit: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if unit in names:
                append(end)
            elif unit != last and (unit not in leads or follows(data, end)):
                append(end)
                firm(end)

        self._database.scan(data, match_event_handler=place)
        return found

    def live(self, values: list[str]) -> dict[int, Sighted]:
        """The units that can occur in each of some decoded texts, by the text's index; clean texts are left out."""
        try:
            encoded = list(map(str.encode, values))  # three times faster than with a handler
        except UnicodeEncodeError:
            encoded = [value.encode("utf-8", "surrogatepass") for value in values]
        places: list[tuple[int, int]] = []
        append = places.append
        data = _BETWEEN.join(encoded)
        last, leads, follows = self._last, self._leads, self._follows

        def place(unit: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if unit != last and (unit not in leads or follows(data, end)):
                append((end, unit))

        self._database.scan(data, match_event_handler=place)
        if not places:
            return {}
        places.sort()
        gap = len(_BETWEEN)
        stops = list(accumulate([len(text) + gap for text in encoded]))
        live: dict[int, Sighted] = {}
        at = 0
        while at < len(places):
            first = places[at][0]
            index = bisect_left(stops, first)
            stop = stops[index]
            units: set[int] = set()
            while at < len(places) and places[at][0] <= stop:
                end, unit = places[at]
                units.add(unit)
                at += 1
            stop -= gap
            size = len(encoded[index])
            start = stop - size
            wide = size - len(values[index])  # bytes beyond one a character, wherever they stand
            live[index] = Sighted(self._units_of(frozenset(units)), first - start - wide, end - start)
        return live

    def _named(self, units: frozenset[int]) -> frozenset[str]:
        return frozenset(name for unit in units for name in self.units[unit])


# What keeps neighbouring texts apart; a match across it only makes a text be looked at for nothing.
_BETWEEN = b"\x00\x00"
