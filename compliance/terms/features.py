"""Units to numbers: hashed features of ideas, their order, polarity and n-grams, with prior signals beside them."""

from __future__ import annotations

import zlib
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from compliance.terms.concepts import Words
from compliance.terms.party import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compliance.terms.units import Unit

WIDTH = 1 << 14
"""How many hashed features there are."""
_NEAR = 14
_WEAK = 0.35
VERDICT = 10.0
"""Prior verdicts weigh most: the few examples may refine them, and not drown them."""


class Reading(NamedTuple):
    """A unit with the words of itself, of what governs it, and of its headings."""

    unit: Unit
    words: Words
    lead: Words
    section: Words
    subject: Subject
    banned: bool
    defines: str
    signals: frozenset[str]


def bucket(name: str) -> int:
    """The place of a named feature."""
    return zlib.crc32(name.encode()) % WIDTH


def named(reading: Reading) -> Iterator[tuple[str, float]]:
    """The features of a reading by name, with their values."""
    words = reading.words
    for signal in reading.signals:
        yield f"signal {signal}", VERDICT if signal.startswith("= ") else 1.0
    yield f"subject {reading.subject}", 1.0
    polarity = "banned" if reading.banned else "free"
    yield polarity, 1.0
    yield f"{polarity} {reading.subject}", 1.0
    if reading.defines:
        yield "defines", 1.0
    ideas = {hit.idea for hit in words.hits}
    for idea in ideas:
        yield f"has {idea}", 1.0
        yield f"{polarity} has {idea}", 1.0
        yield f"{reading.subject} has {idea}", 0.7
    for hit in {h.idea for h in reading.lead.hits}:
        yield f"lead {hit}", 0.5
    for hit in {h.idea for h in reading.section.hits}:
        yield f"section {hit}", 0.5
    pairs: set[str] = set()
    for i, a in enumerate(words.hits):
        for b in words.hits[i + 1 : i + 12]:
            if b.start - a.end > _NEAR:
                break
            if a.idea != b.idea and b.start >= a.start:
                pairs.add(f"{a.idea} > {b.idea}")
    for pair in pairs:
        yield pair, 0.5
    tokens = [t for t in words.tokens if any(c.isalnum() for c in t)]
    for gram in set(tokens):
        yield f"1 {gram}", _WEAK
    for gram in {f"{a} {b}" for a, b in pairwise(tokens)}:
        yield f"2 {gram}", _WEAK
    length = len(tokens)
    yield f"length {min(length // 8, 12)}", 0.5


def hashed(reading: Reading) -> dict[int, float]:
    """The features of a reading by place; features that meet in one place add up."""
    found: dict[int, float] = {}
    for name, value in named(reading):
        place = bucket(name)
        found[place] = found.get(place, 0.0) + value
    return found
