"""What all tests share.

No property is timed, since machines differ, and CI looks at the same examples each time. Databases are tried on SQLite
and on a PostgreSQL server of the tests' own, which is started once.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from postgres_server import Server, binaries

settings.register_profile("any-machine", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "any-machine")


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
    # In memory where there is room: a crash of the server loses no file, and a slow disk makes its recovery slow.
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
    """Where a new database goes, on each kind of server."""
    if request.param == "sqlite":
        return str(tmp_path / "new.db")
    server: Server = request.getfixturevalue("server")
    return server.database()
