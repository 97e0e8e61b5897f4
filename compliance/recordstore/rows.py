"""A row to its texts: each with the field that it stands in, the model that the row's marks point to, and the day."""

from __future__ import annotations

import datetime
from typing import Any, NamedTuple

import msgspec

from compliance.evidence.readers.dates import day_of
from compliance.evidence.readers.vocabulary import ROW_DATES, snake
from compliance.fingerprint.shingles import words
from compliance.recordstore.copies import normalised
from compliance.scan.confirm import Confirmer, Hit
from compliance.scan.fields import Link, path_of, walk
from compliance.scan.lines import Engine
from compliance.scan.signatures import RANK, load_signatures

LEAST_WORDS = 4
"""Shorter texts mean too little to be found by meaning; they are counted and left out."""

_MOST_TEXTS = 2_000  # of one row
_MOST_PLACES = 400  # of one row, in which a date is looked for
_LONGEST_PATH = 500
_LAYERS = 2  # of JSON in texts of JSON


class Maker(NamedTuple):
    """Whose model a row's marks point to: the party, the model where it is named, and how strongly."""

    party: str = ""
    model: str = ""
    strength: str = ""


class Entry(NamedTuple):
    """One text of a row, as it is kept."""

    field: str
    text: str
    maker: Maker


class Row(NamedTuple):
    """The texts of a row, its day (as an ordinal; 0 where none is known), and how many texts were left out."""

    entries: list[Entry]
    day: int
    short: int
    beyond: int


class RowReader:
    """Turns decoded rows into entries; the signatures are compiled once."""

    def __init__(self) -> None:
        self._engine = Engine(Confirmer(load_signatures().content))

    def row(self, value: Any) -> Row:
        """The texts of one decoded row."""
        texts, short, beyond = _texts(value)
        if not texts:
            return Row([], 0, short, beyond)
        hits = self._engine.confirmer.record(value, self._engine.text.live)
        makers = [(scope, Maker(h.party or "", h.model or "", h.strength)) for h in hits if (scope := _scope(h)) != "-"]
        entries = [Entry(field, text, _maker(field, makers)) for field, text in texts]
        return Row(entries, _day(value) or _hit_day(hits), short, beyond)


def _texts(value: Any) -> tuple[list[tuple[str, str]], int, int]:
    """The fields of a row that hold a text worth finding; how many were too short, and how many too many."""
    found: list[tuple[str, str]] = []
    short = beyond = 0
    stack: list[tuple[Any, str, int]] = [(value, "", 0)]
    while stack:
        inside, before, layer = stack.pop()
        fields, _ = walk(inside, frozenset())
        for link, _, text, _ in fields:
            inner = _unpacked(text) if layer < _LAYERS and text[:1] in "[{" else None
            if inner is not None:
                stack.append((inner, _path(before, link), layer + 1))
                continue
            kept = normalised(text)
            if " " not in kept and kept.isascii():
                short += 1  # a name, an id, a link or one word
            elif len(words(kept)) < LEAST_WORDS:
                short += 1
            elif len(found) >= _MOST_TEXTS:
                beyond += 1
            else:
                found.append((_path(before, link), kept))
    return found, short, beyond


def _path(before: str, link: Link) -> str:
    path = path_of(link)[:_LONGEST_PATH]
    return f"{before}.{path}" if before and path and path[0] != "[" else before + path


def _unpacked(text: str) -> Any:
    """The value of a text that is JSON itself, as logs keep their messages; None where it is not."""
    try:
        value = msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, (dict, list)) else None


def _scope(hit: Hit) -> str:
    """The part of a row that a hit speaks for: what stands beside it, or its own text; '-' for nothing."""
    if hit.party is None or hit.strength == "weak":
        return "-"
    if hit.model is None and hit.signature.startswith("claim"):
        return hit.field
    cut = max(hit.field.rfind("."), hit.field.rfind('["'))
    return hit.field[:cut] if cut > 0 else ""


def _maker(field: str, makers: list[tuple[str, Maker]]) -> Maker:
    """The maker whose mark stands nearest to a field, of equally near ones the strongest, then one with a model."""
    best, found = (-1, 0, False), Maker()
    for scope, maker in makers:
        if scope and not (field.startswith(scope) and field[len(scope) : len(scope) + 1] in ("", ".", "[")):
            continue
        rank = (len(scope), RANK[maker.strength], bool(maker.model))
        if rank > best:
            best, found = rank, maker
    return found


def _day(value: Any) -> int:
    """The first day that a date field of a row names, the outermost first."""
    level, places = [value], 0
    while level and places < _MOST_PLACES:
        inner: list[Any] = []
        for place in level[:_MOST_PLACES]:
            places += 1
            if isinstance(place, dict):
                for key, item in place.items():
                    if isinstance(item, (dict, list)):
                        inner.append(item)
                    elif isinstance(key, str) and len(key) < 40 and snake(key) in ROW_DATES and (day := _ordinal(item)):
                        return day
            elif isinstance(place, list):
                inner += [item for item in place[:20] if isinstance(item, (dict, list))]
        level = inner
    return 0


def _hit_day(hits: list[Hit]) -> int:
    return next((day for h in hits if h.date and (day := _ordinal(h.date))), 0)


def _ordinal(value: Any) -> int:
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.toordinal()
    text = day_of(value)
    try:
        return datetime.date.fromisoformat(text).toordinal() if text else 0
    except ValueError:
        return 0
