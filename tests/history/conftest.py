"""An archive and a place for a database, fresh for each test."""

from __future__ import annotations

from pathlib import Path

import pytest
from archive import Archive


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An empty archive."""
    return Archive(tmp_path / "acme-versions")


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Where a database may be made."""
    return tmp_path / "terms.sqlite"
