"""Deciding again from what an entry holds: the same bytes, or what differs.

Deciding is pure, so the same basis, corpora, rules and program give the same bytes. Who decides is handed in: the
ledger records decisions and loads neither corpora nor rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from compliance.decision.model import Decision
from compliance.errors import InputError, UsageError
from compliance.ledger.entry import Entry
from compliance.ledger.record import PROGRAM, document

MOST_DIFFERENCES = 200


class Decides(Protocol):
    """What replay needs of the program: its present state, and a decision on a manifest's bytes."""

    @property
    def corpora(self) -> str:
        """The hash of the corpora that are installed."""

    @property
    def rules(self) -> str:
        """The hash of the rules that are installed, under the profile asked for."""

    def decide(self, basis: bytes) -> Decision:
        """The decision on what an entry was decided from."""


@dataclass(frozen=True)
class Difference:
    """A place in the decision's document that is not as it was; None stands for absent."""

    at: str
    then: Any
    now: Any


@dataclass(frozen=True)
class Replayed:
    """The outcome: what is installed otherwise than it was, and, where it was decided again, what differs."""

    index: int
    id: str
    state: tuple[Difference, ...]
    decided: bool
    differences: tuple[Difference, ...] = ()
    verdict_then: str = ""
    verdict_now: str = ""

    @property
    def same(self) -> bool:
        """Whether the very bytes came out again."""
        return self.decided and not self.differences


def replay(entry: Entry, program: Callable[[str], Decides], *, now: bool = False) -> Replayed:
    """Decide an entry again with `program(profile)`; without `now`, only where the stored state is installed."""
    if entry.kind != "decision":
        raise UsageError(f"entry {entry.index} is of the kind {entry.kind!r}", remedy="replay takes a decision")
    basis, stored = entry.raw("basis"), entry.raw("document")
    if basis is None or stored is None:
        raise InputError(
            f"entry {entry.index} cannot be decided again: {', '.join(entry.erased)} was destroyed",
            remedy="clearance ledger list --kind redaction says when and why",
        )
    decides = program(entry.value("profile") or "default")
    present = {"corpora": decides.corpora, "rules": decides.rules, "program": PROGRAM}
    state = tuple(
        Difference(name, entry.value(name), held) for name, held in present.items() if entry.value(name) != held
    )
    if state and not now:
        return Replayed(entry.index, entry.subject or "", state, decided=False)
    fresh = document(decides.decide(basis))
    then, today = _plain(stored), _plain(fresh)
    found = tuple(_some(differences(then, today))) if stored != fresh else ()
    if stored != fresh and not found:
        found = (Difference("the order of its keys or the spelling of its text", len(stored), len(fresh)),)
    return Replayed(
        entry.index,
        entry.subject or "",
        state,
        decided=True,
        differences=found,
        verdict_then=str(then.get("verdict")),
        verdict_now=str(today.get("verdict")),
    )


def differences(then: Any, now: Any, at: str = "") -> Iterator[Difference]:
    """Every place where two documents differ; sources are matched by name, other lists by position."""
    if isinstance(then, dict) and isinstance(now, dict):
        for key in sorted(then.keys() | now.keys()):
            yield from differences(then.get(key), now.get(key), f"{at}.{key}" if at else str(key))
    elif isinstance(then, list) and isinstance(now, list):
        old, new = _keyed(then), _keyed(now)
        for key in [*old, *(k for k in new if k not in old)]:
            yield from differences(old.get(key), new.get(key), f"{at}[{key}]")
    elif then != now:
        yield Difference(at, then, now)


def _keyed(items: list[Any]) -> dict[Any, Any]:
    names = [item.get("source") if isinstance(item, dict) else None for item in items]
    if items and all(isinstance(n, str) for n in names) and len(set(names)) == len(names):
        return dict(zip(names, items, strict=True))
    return dict(enumerate(items))


def _plain(stored: bytes) -> dict[str, Any]:
    value = msgspec.json.decode(stored)
    return value if isinstance(value, dict) else {}


def _some(found: Iterator[Difference]) -> Iterator[Difference]:
    for number, difference in enumerate(found):
        if number == MOST_DIFFERENCES:
            yield Difference("more", None, None)
            return
        yield difference
