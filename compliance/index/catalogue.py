"""The catalogue: the passages of all texts and the words in them, in one SQLite file.

It is keyed by the content of the texts: one that has not changed is not read again. A file that is damaged or was
written by another version of the program is thrown away and built anew; where nothing may be written it is kept in
memory.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from compliance.index.passages import Passage, passages_of
from compliance.index.texts import HeldText

_MADE_BY = ("passages.py", *(f"../terms/{name}.py" for name in ("blocks", "units", "sentences", "markers", "plain")))
_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE texts (file TEXT PRIMARY KEY, sha256 TEXT NOT NULL);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY, file TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, section TEXT NOT NULL,
    lead TEXT NOT NULL, words TEXT NOT NULL, block INTEGER NOT NULL, place INTEGER NOT NULL
);
CREATE INDEX passages_file ON passages (file);
CREATE VIRTUAL TABLE lookup USING fts5 (words, lead, section, tokenize = "porter unicode61 remove_diacritics 2");
"""
_COLUMNS = 'file, start, "end", section, lead, words, block, place'
_RANKED = "SELECT rowid, -bm25(lookup, 1.0, 0.5, 0.8) FROM lookup WHERE lookup MATCH ? AND rowid BETWEEN ? AND ?"
_MANY = 12
"""For more texts than this one search of everything is faster than one of each."""
_WORD = re.compile(r"[^\W_]+")


@functools.cache
def format_() -> str:
    """What the catalogue's passages were made by: the program's own parsing code and this schema, as a hash."""
    digest = hashlib.sha256(_SCHEMA.encode())
    for name in _MADE_BY:
        path = Path(__file__).parent / name
        digest.update(path.read_bytes() if path.is_file() else b"-")
    return digest.hexdigest()[:32]


class Catalogue:
    """The passages on disk or, where that is not possible, in memory; `note` says why."""

    def __init__(self, path: Path | None) -> None:
        self.note = ""
        self._place: dict[int, int] = {}
        self._spans: dict[str, tuple[int, int]] = {}
        self._connection = self._open(path)
        self.path = path

    def _open(self, path: Path | None) -> sqlite3.Connection:
        if path is not None:
            for attempt in (1, 2):
                connection = None
                try:
                    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                    connection = sqlite3.connect(path, timeout=20, check_same_thread=False)
                    connection.execute("PRAGMA journal_mode = WAL")
                    connection.execute("PRAGMA synchronous = NORMAL")
                    if _prepared(connection):
                        return connection
                    raise sqlite3.DatabaseError("another format")
                except sqlite3.DatabaseError as error:
                    if connection is not None:
                        connection.close()
                    if attempt == 2 or _is_denied(error):
                        self.note = f"the index cannot be kept on disk ({error}); it is kept in memory"
                        break
                    _remove(path)
                except OSError as error:
                    self.note = f"the index cannot be kept on disk ({error.strerror}); it is kept in memory"
                    break
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        _prepared(connection)
        return connection

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def sync(self, texts: Sequence[HeldText]) -> int:
        """Make the catalogue hold exactly `texts`; how many of them were read anew."""
        known = dict(self._connection.execute("SELECT file, sha256 FROM texts"))
        wanted = {t.file: t.sha256 for t in texts}
        gone = [f for f, sha in known.items() if wanted.get(f) != sha]
        fresh = [t for t in texts if known.get(t.file) != t.sha256]
        if not gone and not fresh:
            return 0
        rows = [(text, passages_of(text)) for text in fresh]
        with self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            for file in gone:
                _forget(connection, file)
            for text, passages in rows:
                _forget(connection, text.file)
                connection.execute("INSERT INTO texts VALUES (?, ?)", (text.file, text.sha256))
                for passage in passages:
                    _insert(connection, passage)
        return len(fresh)

    def passages(self) -> list[Passage]:
        """All passages in the order of their ids, which count from 0 in this list as `lexical` does."""
        rows = self._connection.execute(f"SELECT {_COLUMNS} FROM passages ORDER BY id")
        ids = [row[0] for row in self._connection.execute("SELECT id FROM passages ORDER BY id")]
        self._place = {id_: at for at, id_ in enumerate(ids)}
        spans = self._connection.execute("SELECT file, min(id), max(id) FROM passages GROUP BY file")
        self._spans = {file: (low, high) for file, low, high in spans}
        return [
            Passage(file=r[0], start=r[1], end=r[2], section=r[3], lead=r[4], words=r[5], block=r[6], place=r[7])
            for r in rows
        ]

    def lexical(self, words: Iterable[str], files: Sequence[str] = ()) -> Mapping[int, float]:
        """BM25 of every passage that holds any of `words`, by its place in `passages()`; of `files` alone, if given."""
        terms = list(dict.fromkeys(w for text in words for w in _WORD.findall(text)))[:80]
        if not terms:
            return {}
        query = " OR ".join(f'"{term}"' for term in terms)
        spans = [self._spans[f] for f in dict.fromkeys(files) if f in self._spans]
        if not spans or len(spans) > _MANY:
            spans = [(0, 1 << 62)]
        place = self._place
        found: dict[int, float] = {}
        for low, high in spans:
            rows = self._connection.execute(_RANKED, (query, low, high))
            found.update((place[id_], score) for id_, score in rows if id_ in place)
        return found


def _prepared(connection: sqlite3.Connection) -> bool:
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        with connection:
            connection.executescript(_SCHEMA)
            connection.execute("INSERT INTO meta VALUES ('format', ?)", (format_(),))
        return True
    if "meta" not in tables:
        return False
    row = connection.execute("SELECT value FROM meta WHERE name = 'format'").fetchone()
    return row is not None and row[0] == format_() and connection.execute("PRAGMA quick_check").fetchone()[0] == "ok"


def _forget(connection: sqlite3.Connection, file: str) -> None:
    connection.execute("DELETE FROM lookup WHERE rowid IN (SELECT id FROM passages WHERE file = ?)", (file,))
    connection.execute("DELETE FROM passages WHERE file = ?", (file,))
    connection.execute("DELETE FROM texts WHERE file = ?", (file,))


def _insert(connection: sqlite3.Connection, p: Passage) -> None:
    cursor = connection.execute(
        f"INSERT INTO passages ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (p.file, p.start, p.end, p.section, p.lead, p.words, p.block, p.place),
    )
    connection.execute(
        "INSERT INTO lookup (rowid, words, lead, section) VALUES (?, ?, ?, ?)",
        (cursor.lastrowid, p.words, p.lead[-200:], p.section),
    )


def _is_denied(error: sqlite3.DatabaseError) -> bool:
    return "readonly" in str(error) or "unable to open" in str(error) or "locked" in str(error)


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
