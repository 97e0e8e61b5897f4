"""The parts of `clearance ledger` that write: erasing, holding, retention, a new key. Each says why and by whom."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from compliance.cli.ledger_common import clean, log_of, place_of

if TYPE_CHECKING:
    from compliance.ledger.entry import Entry
    from compliance.ledger.ledger import Ledger


def register(part: Callable[..., argparse.ArgumentParser]) -> None:
    """Add these parts with the parser maker of `clearance ledger`."""

    def duty(name: str, help_: str, run: Any) -> argparse.ArgumentParser:
        parser = part(name, help_, run, json_=False)
        parser.add_argument("--reason", required=True)
        parser.add_argument("--by", required=True, metavar="WHO")
        return parser

    erasing = duty("redact", "destroy fields of an entry; their commitments stay", redact)
    erasing.add_argument("entry", help="an index, or an id or its first letters")
    erasing.add_argument("--field", action="append", metavar="NAME", help="only this field (may be repeated)")
    holding = duty("hold", "put entries under a legal hold", hold)
    holding.add_argument("name")
    holding.add_argument("entries", nargs="+", help="indexes, or ids or their first letters")
    duty("release", "lift a legal hold", release).add_argument("name")
    expiring = duty("expire", "destroy the fields of old entries that no hold covers", expire)
    expiring.add_argument("--older-than", type=int, required=True, metavar="DAYS")
    expiring.add_argument("--kind", action="append", required=True, help="may be repeated")
    duty("rotate-key", "put a new signing key in place, vouched for by the old one", rotate)


def redact(options: argparse.Namespace) -> int:
    """Destroy fields of an entry."""
    from compliance.ledger.erasure import redact as destroy

    with _ledger(options) as ledger:
        entry = ledger.log.find(options.entry)
        return _done(destroy(ledger, {entry.index: options.field}, reason=options.reason, by=options.by))


def hold(options: argparse.Namespace) -> int:
    """Place a legal hold."""
    from compliance.ledger.erasure import hold as place

    with _ledger(options) as ledger:
        indices = [ledger.log.find(name).index for name in options.entries]
        return _done(place(ledger, options.name, indices, reason=options.reason, by=options.by))


def release(options: argparse.Namespace) -> int:
    """Lift a legal hold."""
    from compliance.ledger.erasure import release as lift

    with _ledger(options) as ledger:
        return _done(lift(ledger, options.name, reason=options.reason, by=options.by))


def expire(options: argparse.Namespace) -> int:
    """Apply a retention period."""
    from datetime import UTC, datetime, timedelta

    from compliance.errors import UsageError
    from compliance.ledger.erasure import expire as destroy

    if not 0 <= options.older_than <= 36_500:
        raise UsageError("days are a number from 0 to 36,500", remedy="--older-than 365")
    before = datetime.now(UTC) - timedelta(days=options.older_than)
    with _ledger(options) as ledger:
        made = destroy(ledger, before, options.kind, reason=options.reason, by=options.by)
    return _done(*made)


def rotate(options: argparse.Namespace) -> int:
    """Put a new key in place."""
    with _ledger(options) as ledger:
        return _done(ledger.rotate_key(options.reason, options.by))


def _ledger(options: argparse.Namespace) -> Ledger:
    from compliance.ledger.ledger import open_ledger

    log_of(options).close()  # one that is not there is not made: a misspelt name must not end in a new, empty ledger
    return open_ledger(place_of(options.ledger))


def _done(*entries: Entry) -> int:
    for entry in entries:
        print(clean(f"entry {entry.index}: {entry.kind} {entry.subject}"))
    if not entries:
        print("nothing to do")
    return 0
