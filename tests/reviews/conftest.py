"""Desks to review at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from review_stage import Clock, Stage

from compliance.ledger.ledger import open_ledger
from compliance.reviews.desk import Desk


@pytest.fixture
def stage(place: str, tmp_path: Path) -> Iterator[Stage]:
    """A desk on a new ledger, with a clock that the test sets."""
    clock = Clock()
    with open_ledger(place, key=tmp_path / "audit.key", clock=clock) as ledger:
        yield Stage(Desk(ledger, clock), clock)
