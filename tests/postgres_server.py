"""A PostgreSQL server of the tests' own, on a socket that nobody else can reach."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Server:
    """A running PostgreSQL server that nobody else can reach."""

    binaries: Path
    folder: Path
    user: str | None
    databases: int = 0

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs as the server's user."""
        options: dict[str, Any] = {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}
        done = subprocess.run(
            [self.binaries / program, *arguments],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=120,
            check=False,
            **options,
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")

    def start(self) -> None:
        """Start it, on a socket in its folder and on no network."""
        options = f"-c listen_addresses='' -k {self.folder} -c fsync=on"
        self.run("pg_ctl", "-D", "data", "-w", "-l", "log", "-o", options, "start")

    def crash(self) -> None:
        """End it as a power cut would, and start it again."""
        self.run("pg_ctl", "-D", "data", "-m", "immediate", "-w", "stop")
        self.start()

    def database(self) -> str:
        """The URL of a new, empty database."""
        self.databases += 1
        name = f"ledger{self.databases}"
        self.run("createdb", "-h", str(self.folder), "-U", "clearance", name)
        return f"postgresql://clearance@/{name}?host={self.folder}"


def binaries() -> Path | None:
    """The folder of PostgreSQL's server programs."""
    found = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found is None and not debian:
        return None
    return (Path(found) if found else debian[-1]).resolve().parent
