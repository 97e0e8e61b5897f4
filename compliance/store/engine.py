"""Opening the database: what a place means, and the settings without which a commit would not be durable."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from compliance.errors import InputError, UnreadableFile, UsageError

SQLITE_MAGIC = b"SQLite format 3\x00"
BUSY_SECONDS = 30
POSTGRES_LOCK = 0x636C6561
"""The advisory lock under which one process at a time appends."""


def is_url(place: str | Path) -> bool:
    """Whether `place` is a database URL and no path."""
    return isinstance(place, str) and "://" in place


def shown(place: str | Path) -> str:
    """`place` as messages may say it: a URL without its password."""
    if not is_url(place):
        return str(place)
    try:
        return make_url(str(place)).render_as_string(hide_password=True)
    except ArgumentError:
        return "the database URL"


def open_engine(place: str | Path, *, create: bool = False) -> Engine:
    """An engine for a path (SQLite) or a URL (PostgreSQL); only with `create` is a missing SQLite file made."""
    if is_url(place):
        return _postgres(str(place))
    return _sqlite(Path(place), create)


def _sqlite(path: Path, create: bool) -> Engine:
    if path.is_dir():
        raise UnreadableFile("this is a folder", file=str(path), remedy="name a file inside it")
    try:
        if not path.exists():
            if not create:
                raise UnreadableFile("there is no ledger here", file=str(path), remedy="check the path")
            # The payloads are private: the file is the owner's alone from its first byte on.
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            sync_folder(path.parent)
        with path.open("rb") as handle:
            head = handle.read(len(SQLITE_MAGIC))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableFile(f"cannot be opened: {reason}", file=str(path), remedy="check its permissions") from None
    if head and head != SQLITE_MAGIC:
        raise InputError("not a ledger: it is no SQLite database", file=str(path), remedy="name a ledger's file")
    engine = sqlalchemy.create_engine(
        URL.create("sqlite", database=str(path)), connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS}
    )

    @event.listens_for(engine, "connect")
    def settings(raw: Any, _record: Any) -> None:
        # SQLAlchemy says BEGIN below; the driver's own transactions would hide that from us.
        raw.isolation_level = None
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("PRAGMA synchronous=FULL")
        raw.execute("PRAGMA fullfsync=ON")  # where a plain fsync does not reach the disk (macOS)
        raw.execute("PRAGMA secure_delete=ON")
        raw.execute("PRAGMA trusted_schema=OFF")
        raw.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgres(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise UsageError("not a database URL", remedy="postgresql://user@host/name, or a path for SQLite") from None
    if parsed.get_backend_name() != "postgresql":
        raise UsageError(
            f"databases of the kind {parsed.get_backend_name()!r} are not known",
            remedy="postgresql://user@host/name, or a path for SQLite",
        )
    try:
        engine = sqlalchemy.create_engine(
            parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, connect_args={"connect_timeout": 10}
        )
    except ImportError:
        raise UsageError("the PostgreSQL driver is not installed", remedy="pip install 'psycopg[binary]'") from None

    @event.listens_for(engine, "connect")
    def settings(raw: Any, _record: Any) -> None:
        # A server may be set to answer before its log is on disk; for this session it may not.
        raw.execute("SET synchronous_commit = on")
        raw.commit()

    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that no other writer of any process can overlap; committed at the end, durable then."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({POSTGRES_LOCK})")
        yield connection


@contextmanager
def said_plainly(place: str | Path) -> Iterator[None]:
    """Turn a failure of the database into one line that names the place and the reason."""
    try:
        yield
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()
        raise UnreadableFile(
            f"the database says: {reason[0] if reason else type(error).__name__}",
            file=shown(place),
            remedy="check that it can be reached and written, and that its disk has room",
        ) from error


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
