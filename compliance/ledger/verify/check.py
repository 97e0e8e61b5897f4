"""The door of the verifier: what was handed over, and which check it needs."""

from __future__ import annotations

import sqlite3
import zipfile
from pathlib import Path

from .bundle import check_bundle
from .log import LogCheck
from .note import MOST_BYTES, Checkpoint, Key, Malformed, read_checkpoint, read_key
from .result import Report
from .stores import stored_in_postgres, stored_in_sqlite


def verify(what: str, *, checkpoint: Path | None = None, key: Path | None = None) -> Report:
    """Check a ledger (a path or a PostgreSQL URL) or a bundle (a path).

    `checkpoint` and `key` are files with a signed note and with a verifier key, kept elsewhere than the ledger.
    `OSError` where a file cannot be read, `ValueError` where one is not what it should be; faults are in the report.
    """
    kept = _checkpoint(checkpoint) if checkpoint is not None else None
    pinned = _key(key) if key is not None else None
    if "://" in what:
        report = Report("ledger")
        with stored_in_postgres(what) as stored:
            LogCheck(stored, report).run(kept, pinned)
        return report
    path = Path(what)
    with path.open("rb") as handle:
        head = handle.read(16)
    if head == b"SQLite format 3\x00":
        return _sqlite(path, kept, pinned)
    if zipfile.is_zipfile(path):
        report = Report("bundle")
        check_bundle(path, report, kept, pinned)
        return report
    raise Malformed("neither a ledger nor a bundle of evidence")


def _sqlite(path: Path, kept: Checkpoint | None, pinned: Key | None) -> Report:
    report = Report("ledger")
    try:
        with stored_in_sqlite(path) as stored:
            LogCheck(stored, report).run(kept, pinned)
    except sqlite3.Error as error:
        if "no such table" in str(error):
            raise Malformed("a database, but no ledger") from None
        report.fault(f"the database is damaged: {error}", report.entries)
    return report


def _small(path: Path) -> bytes:
    with path.open("rb") as handle:
        data = handle.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise Malformed(f"{path}: too long for a key or a checkpoint")
    return data


def _checkpoint(path: Path) -> Checkpoint:
    try:
        return read_checkpoint(_small(path))
    except Malformed as error:
        raise Malformed(f"{path}: {error}") from None


def _key(path: Path) -> Key:
    try:
        return read_key(_small(path).decode("utf-8", "replace"))
    except Malformed as error:
        raise Malformed(f"{path}: {error}") from None
