"""An archive and a place for a database, fresh for each test."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from archive import Archive

LEDGER = Path(__file__).resolve().parent.parent / "ledger"
sys.path.append(str(LEDGER))
_spec = importlib.util.spec_from_file_location("ledger_places", LEDGER / "conftest.py")
assert _spec is not None and _spec.loader is not None
_places = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_places)
server = _places.server
"""The PostgreSQL server that the tests of the ledger start."""
place = _places.place
"""Where a new database goes, on each kind of database."""


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An empty archive."""
    return Archive(tmp_path / "acme-versions")


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Where a database may be made."""
    return tmp_path / "terms.sqlite"
