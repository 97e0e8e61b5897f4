"""Reading the stored bytes: from SQLite with the standard library, from PostgreSQL with psycopg."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .log import Row, Stored
from .note import Malformed

ENTRIES = "SELECT entry_index, kind, subject, at, leaf, leaf_hash, payload FROM entries ORDER BY entry_index"
NODES = "SELECT level, position, hash FROM nodes"
CHECKPOINTS = "SELECT size, note FROM checkpoints ORDER BY size"
KEYS = "SELECT since_entry, vkey FROM public_keys ORDER BY since_entry"
TEXTS = "SELECT sha256, content FROM texts ORDER BY sha256"


@contextmanager
def stored_in_sqlite(path: Path) -> Iterator[Stored]:
    """The log in a SQLite file, as it stood at one moment; nothing is written."""
    waiting = path.with_name(path.name + "-wal").exists()
    place = f"file:{quote(str(path.absolute()))}"
    try:
        connection = _open_sqlite(f"{place}?mode=ro")
    except sqlite3.OperationalError:
        if waiting:
            raise
        # In a folder that may not be written SQLite cannot make its side files; without a log to apply none is needed.
        connection = _open_sqlite(f"{place}?mode=ro&immutable=1")
    try:
        connection.execute("BEGIN")
        yield _stored(lambda sql: connection.execute(sql))
    finally:
        connection.close()


def _open_sqlite(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=30)
    try:
        connection.text_factory = bytes
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("PRAGMA query_only=ON")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


@contextmanager
def stored_in_postgres(url: str) -> Iterator[Stored]:
    """The log in a PostgreSQL database, as it stood at one moment; nothing is written."""
    try:
        import psycopg
    except ImportError:
        raise Malformed("reading from PostgreSQL needs psycopg: pip install 'psycopg[binary]'") from None
    scheme, _, rest = url.partition("://")
    try:
        with psycopg.connect(f"{scheme.split('+')[0]}://{rest}", connect_timeout=10) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")

            def rows(sql: str) -> Iterator[Any]:
                if sql is not ENTRIES:
                    yield from connection.execute(sql)
                    return
                with connection.cursor("entries") as cursor:  # by name: the server hands out rows as they are read
                    cursor.itersize = 1000
                    yield from cursor.execute(sql)

            yield _stored(rows)
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()
        raise Malformed(f"the database says: {reason[0] if reason else type(error).__name__}") from None


def _stored(query: Any) -> Stored:
    return Stored(
        rows=(
            Row(
                _number(i),
                _bytes(kind),
                None if subject is None else _bytes(subject),
                _bytes(at),
                _bytes(leaf),
                _bytes(leaf_hash),
                _bytes(payload),
            )
            for i, kind, subject, at, leaf, leaf_hash, payload in query(ENTRIES)
        ),
        nodes={(_number(level), _number(position)): _bytes(h) for level, position, h in query(NODES)},
        checkpoints=[(_number(size), _bytes(note)) for size, note in query(CHECKPOINTS)],
        public_keys=[(_number(since), _bytes(vkey).decode(errors="replace")) for since, vkey in query(KEYS)],
        texts=((_bytes(digest).decode(errors="replace"), _bytes(content)) for digest, content in query(TEXTS)),
    )


def _number(value: Any) -> int:
    if type(value) is not int:
        raise Malformed("a number of the ledger's tables is no number")
    return value


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    return str(value).encode(errors="replace")
