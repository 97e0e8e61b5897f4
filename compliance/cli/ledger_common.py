"""What the parts of `clearance ledger` share: which ledger is meant, and how its words reach a terminal."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compliance.ledger.log import Log

VARIABLE = "CLEARANCE_LEDGER"


def place_of(named: str | None) -> str:
    from compliance.errors import UsageError

    place = named or os.environ.get(VARIABLE)
    if not place:
        raise UsageError("no ledger is named", remedy=f"--ledger PATH, or set {VARIABLE}")
    return place


def log_of(options: argparse.Namespace) -> Log:
    from compliance.ledger.log import open_log

    return open_log(place_of(options.ledger))


def clean(text: str) -> str:
    return "".join(c if c.isprintable() else "\ufffd" for c in text)
