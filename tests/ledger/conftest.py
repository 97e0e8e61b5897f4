"""Ledgers to test on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from compliance.ledger.ledger import Ledger, open_ledger


@pytest.fixture
def ledger(place: str, tmp_path: Path) -> Iterator[Ledger]:
    """An open, new ledger."""
    with open_ledger(place, key=tmp_path / "audit.key") as opened:
        yield opened
