"""A copy of a ledger's file while it is written to, checked from its bytes before it counts.

The signing key is not part of it: it is kept elsewhere, or a thief of the copy could go on with the log.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from compliance.errors import InputError, UnreadableFile, UsageError
from compliance.ledger.verify import Report, verify
from compliance.store.engine import is_url

PAGES = 1_000
"""So many pages are copied at a time; between two of them the writer goes on."""


def back_up(place: str, target: Path) -> Report:
    """Copy the SQLite ledger at `place` to a new file, and what the verifier says of the copy.

    A copy with a fault is left where it is, under its name with `.faulty` at the end, and is an `InputError`.
    """
    if is_url(place):
        remedy = "pg_dump --format=custom copies a PostgreSQL database, then clearance ledger verify the restored one"
        raise UsageError("a database on a server is backed up with the server's tools", remedy=remedy)
    source = Path(place)
    if not source.is_file():
        raise UnreadableFile("there is no ledger here", file=place, remedy="check the path")
    if target.exists():
        raise UsageError(f"{target} exists already", remedy="name a new file: a backup replaces none")
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with (
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as held,
            closing(sqlite3.connect(target)) as copy,
        ):
            held.backup(copy, pages=PAGES)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, and nothing beside it
        with target.open("rb") as written:
            os.fsync(written.fileno())
    except (sqlite3.Error, OSError) as error:
        target.unlink(missing_ok=True)
        raise InputError(f"cannot be copied: {error}", file=place, remedy="check the path and the disk") from None
    report = verify(str(target))
    if not report.ok:
        faulty = target.with_name(target.name + ".faulty")
        target.rename(faulty)
        raise InputError(
            f"the ledger has {len(report.faults)} faults, and so has its copy",
            file=str(faulty),
            remedy="clearance ledger verify names them; keep older backups",
        )
    return report
