"""The catalogue of a store: files, texts and records in one SQLite file.

A batch is one transaction, with how far its file was read. So what is here after a kill is whole batches, and the next
run goes on behind them.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from compliance.errors import InputError, UsageError

FORMAT = "1"
NAME = "records.db"
OURS = (NAME, f"{NAME}-wal", f"{NAME}-shm", "columns.bin", "vectors.f16", "signs.bin", "static.safetensors", "chroma")
"""What a store consists of, beside its lock."""

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE files (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, mtime INTEGER NOT NULL,
    rows INTEGER NOT NULL, texts INTEGER NOT NULL, short INTEGER NOT NULL, beyond INTEGER NOT NULL,
    rejected INTEGER NOT NULL, done INTEGER NOT NULL
);
CREATE TABLE fields (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE makers (
    id INTEGER PRIMARY KEY, party TEXT NOT NULL, model TEXT NOT NULL, strength TEXT NOT NULL,
    UNIQUE (party, model, strength)
);
CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE exact (digest BLOB PRIMARY KEY, text INTEGER NOT NULL, near INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE bands (key INTEGER PRIMARY KEY, text INTEGER NOT NULL);
CREATE TABLE records (
    id INTEGER PRIMARY KEY, file INTEGER NOT NULL, record INTEGER NOT NULL, field INTEGER NOT NULL,
    text INTEGER NOT NULL, maker INTEGER NOT NULL, day INTEGER NOT NULL, near INTEGER NOT NULL
);
CREATE INDEX records_text ON records (text);
CREATE INDEX records_place ON records (file, record);
CREATE TABLE chunks (first INTEGER PRIMARY KEY, count INTEGER NOT NULL, crc INTEGER NOT NULL);
"""
_AT_ONCE = 400


class Held(NamedTuple):
    """A file as it was read: its identity, rows read so far, and what became of their texts."""

    id: int
    path: str
    size: int
    mtime: int
    rows: int
    texts: int
    short: int
    beyond: int
    rejected: int
    done: bool


class Record(NamedTuple):
    """One text of one row: the numbers of its file, field, text and maker; `near` says that the text is a near copy."""

    file: int
    record: int
    field: int
    text: int
    maker: int
    day: int
    near: int


class Shown(NamedTuple):
    """A record as it is shown; the text of a near copy is that of its original."""

    file: str
    record: int
    field: str
    text: str
    party: str
    model: str
    strength: str
    day: int
    near: int


class Batch(NamedTuple):
    """What one transaction adds: new texts, digests and keys that lead to texts, and records."""

    texts: list[tuple[int, str]]
    exact: list[tuple[bytes, int, int]]
    bands: list[tuple[int, int]]
    records: list[Record]


class Catalogue:
    """The open catalogue; a missing one is created where `create` says so."""

    def __init__(self, folder: Path, *, create: bool) -> None:
        self.path = folder / NAME
        if not self.path.is_file():
            if not create:
                raise InputError("holds no records", file=str(folder), remedy="clearance index RECORDS --in FOLDER")
            if any(p.name not in (*OURS, "writer.lock") for p in folder.iterdir()):
                raise UsageError(f"{folder} is not empty and holds no records", remedy="name an empty folder with --in")
        mode = "rwc" if create else "rw"
        with self.guarded():
            uri = f"{self.path.absolute().as_uri()}?mode={mode}"
            self._connection = sqlite3.connect(uri, uri=True, timeout=20, check_same_thread=False, isolation_level=None)
            self._prepare(create)

    def _prepare(self, create: bool) -> None:
        run = self._connection.execute
        run("PRAGMA cache_size = -131072")
        if create:
            run("PRAGMA journal_mode = WAL")
            run("PRAGMA synchronous = NORMAL")
            if not run("SELECT 1 FROM sqlite_master").fetchone():
                self._connection.executescript(f"BEGIN; {_SCHEMA} COMMIT;")
                run("INSERT INTO meta VALUES ('format', ?)", (FORMAT,))
        if self.told("format") != FORMAT:
            raise InputError(
                "the store has another format", file=str(self.path), remedy="index the files again with --rebuild"
            )

    @contextlib.contextmanager
    def guarded(self) -> Iterator[None]:
        """Turn SQLite's errors into ours."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            says = str(error)
            if "locked" in says:
                message, remedy = "the store is locked by another process", "wait until it has ended"
            elif "full" in says or "readonly" in says or "unable to open" in says or "disk I/O" in says:
                message, remedy = f"the store cannot be used: {says}", "see to the disk and the folder's permissions"
            else:
                message, remedy = f"the store is damaged: {says}", "index the files again with --rebuild"
            raise InputError(message, file=str(self.path), remedy=remedy) from None

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction."""
        with self.guarded():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def told(self, name: str, default: str = "") -> str:
        """A setting of the store."""
        with self.guarded():
            row = self._connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else default

    def tell(self, **settings: object) -> None:
        """Keep settings; within a transaction."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO meta VALUES (?, ?)", [(n, str(v)) for n, v in settings.items()]
        )

    @property
    def text_count(self) -> int:
        """How many texts there are; they are numbered from 0."""
        return int(self.told("texts", "0"))

    @property
    def record_count(self) -> int:
        """How many records there have been, those of files that have changed since included."""
        return int(self.told("records", "0"))

    def files(self) -> list[Held]:
        """The files that were read, in the order in which they came."""
        with self.guarded():
            return [Held(*row) for row in self._connection.execute("SELECT * FROM files ORDER BY id")]

    def file(self, path: str) -> Held | None:
        """What is held of a file."""
        with self.guarded():
            row = self._connection.execute("SELECT * FROM files WHERE path = ?", (path,)).fetchone()
        return Held(*row) if row else None

    def begin(self, path: str, size: int, mtime: int) -> Held:
        """Start a file from nothing; records of an earlier state of it are forgotten."""
        old = self.file(path)
        with self.writing():
            if old is not None:
                self._connection.execute("DELETE FROM records WHERE file = ?", (old.id,))
                self._connection.execute("DELETE FROM files WHERE id = ?", (old.id,))
            fresh = int(self.told("files", "0"))
            held = Held(fresh, path, size, mtime, 0, 0, 0, 0, 0, False)
            self._connection.execute(f"INSERT INTO files VALUES ({','.join('?' * len(held))})", held)
            self.tell(files=fresh + 1)
        return held

    def keep(self, held: Held, batch: Batch) -> None:
        """Add a batch, and how far its file was read."""
        run = self._connection.executemany
        first = self.record_count
        with self.writing():
            run("INSERT INTO texts VALUES (?, ?)", batch.texts)
            run("INSERT OR IGNORE INTO exact VALUES (?, ?, ?)", sorted(batch.exact))
            run("INSERT OR IGNORE INTO bands VALUES (?, ?)", sorted(batch.bands))
            run("INSERT INTO records VALUES (?,?,?,?,?,?,?,?)", ((first + n, *r) for n, r in enumerate(batch.records)))
            self._connection.execute(
                "UPDATE files SET rows = ?, texts = ?, short = ?, beyond = ?, rejected = ?, done = ? WHERE id = ?",
                (*held[4:], held.id),
            )
            self.tell(texts=self.text_count + len(batch.texts), records=first + len(batch.records))

    def number_of(self, table: str, **named: str) -> int:
        """The number of a field or a maker, which is new where it has none."""
        names, values = ", ".join(named), tuple(named.values())
        with self.guarded():
            where = " AND ".join(f"{n} = ?" for n in named)
            row = self._connection.execute(f"SELECT id FROM {table} WHERE {where}", values).fetchone()
            if row is None:
                marks = ",".join("?" * len(values))
                cursor = self._connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)
                return int(cursor.lastrowid or 0)
        return int(row[0])

    def makers(self) -> list[tuple[int, str, str, str]]:
        """Number, party, model and strength of every maker."""
        with self.guarded():
            return self._connection.execute("SELECT id, party, model, strength FROM makers").fetchall()

    def known(self, digests: Sequence[bytes]) -> dict[bytes, tuple[int, int]]:
        """The texts that some digests lead to, and whether as near copies."""
        rows = self._among("SELECT digest, text, near FROM exact WHERE digest IN", digests)
        return {digest: (text, near) for digest, text, near in rows}

    def met(self, keys: Sequence[int]) -> dict[int, int]:
        """The texts that some keys of near copies lead to."""
        return dict(self._among("SELECT key, text FROM bands WHERE key IN", keys))

    def texts(self, numbers: Sequence[int]) -> dict[int, str]:
        """Texts by number."""
        return dict(self._among("SELECT id, text FROM texts WHERE id IN", numbers))

    def texts_from(self, first: int, count: int) -> list[str]:
        """The texts of a range of numbers."""
        with self.guarded():
            rows = self._connection.execute(
                "SELECT text FROM texts WHERE id >= ? AND id < ? ORDER BY id", (first, first + count)
            )
            return [row[0] for row in rows]

    def holders(self, text: int, most: int) -> list[int]:
        """The numbers of the records that hold a text, ascending."""
        with self.guarded():
            rows = self._connection.execute("SELECT id FROM records WHERE text = ? ORDER BY id LIMIT ?", (text, most))
            return [row[0] for row in rows]

    def record(self, number: int) -> Shown:
        """A record by number."""
        with self.guarded():
            row = self._connection.execute(
                "SELECT f.path, r.record, d.name, t.text, m.party, m.model, m.strength, r.day, r.near FROM records r "
                "JOIN files f ON f.id = r.file JOIN fields d ON d.id = r.field JOIN makers m ON m.id = r.maker "
                "JOIN texts t ON t.id = r.text WHERE r.id = ?",
                (number,),
            ).fetchone()
        return Shown(*row)

    def texts_of(self, file: int, record: int, field: str) -> list[int]:
        """The texts of a row, or of one of its fields."""
        with self.guarded():
            rows = self._connection.execute(
                "SELECT r.text FROM records r JOIN fields d ON d.id = r.field WHERE r.file = ? AND r.record = ? "
                "AND (? = '' OR d.name = ?) ORDER BY r.id",
                (file, record, field, field),
            )
            return [row[0] for row in rows]

    def columns(self) -> Iterator[list[tuple[int, int, int, int, int]]]:
        """Number, text, file, maker and day of all records, some at a time."""
        with self.guarded():
            cursor = self._connection.execute("SELECT id, text, file, maker, day FROM records ORDER BY id")
            while rows := cursor.fetchmany(50_000):
                yield rows

    def chunks(self) -> list[tuple[int, int, int]]:
        """First text, count and checksum of each chunk of vectors, in order."""
        with self.guarded():
            return self._connection.execute("SELECT first, count, crc FROM chunks ORDER BY first").fetchall()

    def keep_chunks(self, chunks: Iterable[tuple[int, int, int]], *, instead: bool = False, **settings: object) -> None:
        """Add chunks of vectors, `instead` of all there were where it says so, and settings with them."""
        with self.writing():
            if instead:
                self._connection.execute("DELETE FROM chunks")
            self._connection.executemany("INSERT INTO chunks VALUES (?, ?, ?)", chunks)
            self.tell(**settings)

    def _among(self, query: str, values: Sequence[bytes] | Sequence[int]) -> Iterator[tuple[Any, ...]]:
        with self.guarded():
            for at in range(0, len(values), _AT_ONCE):
                some = values[at : at + _AT_ONCE]
                yield from self._connection.execute(f"{query} ({','.join('?' * len(some))})", list(some))
