"""Ways to forge a stored log, straight in its tables, and the logs to forge."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from compliance.ledger.erasure import hold, redact
from compliance.ledger.ledger import Ledger, open_ledger
from compliance.ledger.verify import Report, verify

LOGIN = {"subject": "ann", "event": "in", "method": "token"}
COLUMNS = "entry_index, kind, subject, at, leaf, leaf_hash, payload"


def decision(number: int, digest: str) -> dict[str, Any]:
    return {
        "subject": f"{number:032x}",
        "verdict": "block",
        "document": b'{"verdict":"block","n":%d}' % number,
        "manifest": b"run: {}\nnote: \xc3\xa9\xff",
        "basis": b"{}",
        "manifest_sha256": "00" * 32,
        "profile": "default",
        "corpora": "11" * 32,
        "rules": "22" * 32,
        "program": "clearance 0",
        "inputs": {"a.jsonl": "33" * 32},
        "texts": {"rules/r/rule.yaml": digest},
    }


def filled(path: Path, count: int) -> Ledger:
    """A log of `count` entries in commits of several sizes, with texts, a rotation, a hold and a redaction."""
    ledger = open_ledger(path)
    text = b"rule: r\n"
    digest = "sha256:" + hashlib.sha256(text).hexdigest()
    ledger.append("decision", decision(1, digest), texts={digest: text})
    ledger.append("login", LOGIN)
    hold(ledger, "case 1", [1], reason="suit", by="legal")
    ledger.rotate_key("yearly", "ops")
    redact(ledger, {2: ["method"]}, reason="asked", by="dpo")
    while (size := ledger.log.size()) < count:
        bulk = min(1 + size % 7, count - size) if size < 40 else count - size
        ledger.append_many([("login", {**LOGIN, "subject": f"user {size + i}"}) for i in range(bulk)])
    return ledger


def forged(original: Path, folder: Path, forge: Callable[[sqlite3.Connection], Any]) -> Report:
    """The verifier's report on a copy of a log that was forged."""
    copy = folder / "forged.db"
    for leftover in folder.glob("forged.db*"):
        leftover.unlink()
    shutil.copy(original, copy)
    connection = sqlite3.connect(copy, isolation_level=None)
    connection.execute("PRAGMA journal_mode=MEMORY")
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("BEGIN")
    forge(connection)
    connection.execute("COMMIT")
    connection.close()
    return verify(str(copy))


def named(report: Report) -> set[int]:
    return {f.entry for f in report.faults if f.entry is not None}


def rehash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def shift(connection: sqlite3.Connection, start: int, by: int) -> None:
    """Move all rows from `start` on, as one who drops or puts in an entry would."""
    connection.execute("UPDATE entries SET entry_index = -1 - (entry_index + ?) WHERE entry_index >= ?", (by, start))
    connection.execute("UPDATE entries SET entry_index = -1 - entry_index WHERE entry_index < 0")


def rewrite(connection: sqlite3.Connection, index: int, change: Callable[[dict[str, Any]], None]) -> None:
    """Change a leaf and everything that follows from it, except what only the key can make."""
    last: str | None = None
    rows = connection.execute("SELECT entry_index, leaf FROM entries WHERE entry_index >= ? ORDER BY 1", (index,))
    for at, leaf in rows.fetchall():
        said = json.loads(leaf)
        if at == index:
            change(said)
        else:
            said["prev"] = last
        new = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
        last = "sha256:" + rehash(new).hex()
        connection.execute("UPDATE entries SET leaf = ?, leaf_hash = ? WHERE entry_index = ?", (new, rehash(new), at))
