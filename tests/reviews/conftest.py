"""Ledgers to review on: a SQLite file, and a PostgreSQL server of the tests' own."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parent.parent / "ledger"))

from postgres_server import Server, binaries
from review_stage import Clock, Stage

from compliance.ledger.ledger import open_ledger
from compliance.reviews.desk import Desk


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server with an empty cluster, which refuses to run as root and so runs as another user."""
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    user = None
    if os.geteuid() == 0:
        import pwd

        names = {entry.pw_name for entry in pwd.getpwall()}
        user = "postgres" if "postgres" in names else "nobody"
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 1 << 30
    folder = Path(tempfile.mkdtemp(prefix="clearance-pg-", dir=memory if roomy else None))
    if user:
        shutil.chown(folder, user)
    made = Server(programs, folder, user)
    try:
        made.run("initdb", "-D", "data", "-U", "clearance", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        made.start()
        yield made
        made.run("pg_ctl", "-D", "data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new ledger goes, on each kind of database."""
    if request.param == "sqlite":
        return str(tmp_path / "audit.db")
    server: Server = request.getfixturevalue("server")
    return str(server.database())


@pytest.fixture
def stage(place: str, tmp_path: Path) -> Iterator[Stage]:
    """A desk on a new ledger, with a clock that the test sets."""
    clock = Clock()
    with open_ledger(place, key=tmp_path / "audit.key", clock=clock) as ledger:
        yield Stage(Desk(ledger, clock), clock)
