"""Prior knowledge of how each category is worded, as named signals out of `signals.yaml`."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import NamedTuple

from compliance.errors import InternalError
from compliance.reading.structured import decode, parse

SIGNALS = Path(__file__).with_name("signals.yaml")
_MACRO = re.compile(r"\{([A-Z]+)\}")
_IN_LEAD = ("helps others", "permits", "non-commercial", "derivative", "competes")


class Signals(NamedTuple):
    """The compiled patterns by name, and the names of which a unit must show one to be judged at all."""

    patterns: dict[str, re.Pattern[str]]
    enough: frozenset[str]


@functools.cache
def signals() -> Signals:
    """The signals on board."""
    try:
        value = parse(decode(SIGNALS.read_bytes(), str(SIGNALS)), frozenset())
        macros: dict[str, str] = value["macros"]
        patterns = {
            str(name): re.compile("|".join(_expanded(str(a), macros) for a in alternatives), re.IGNORECASE)
            for name, alternatives in value["signals"].items()
        }
        weak = frozenset(map(str, value["not_enough_alone"]))
    except (OSError, KeyError, TypeError, AttributeError, re.error) as error:
        raise InternalError(f"signals.yaml cannot be used: {error}", remedy="reinstall Clearance") from None
    return Signals(patterns, frozenset(patterns) - weak)


def _expanded(pattern: str, macros: dict[str, str]) -> str:
    """`pattern` with its macros, and those in them, written out."""
    while _MACRO.search(pattern):
        pattern = _MACRO.sub(lambda m: macros[m[1]], pattern)
    return pattern


def signals_of(plain: str, lead: str) -> frozenset[str]:
    """The names of the signals in a unit's words, and of those in its lead-in that matter there ("lead ...")."""
    patterns = signals().patterns
    found = {name for name, pattern in patterns.items() if pattern.search(plain)}
    found |= {f"lead {name}" for name in _IN_LEAD if patterns[name].search(lead)}
    return frozenset(found)
