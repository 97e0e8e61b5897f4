"""The database of versions: opening it, adding to it, and reading documents in order of time."""

from __future__ import annotations

import datetime
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from compliance.errors import InputError, UnreadableFile, UsageError
from compliance.history.adding import NewVersion, add_text, add_version, document_id, source_id
from compliance.history.passages import Passage
from compliance.history.tables import documents, passages, sources, texts, units, versions
from compliance.store.engine import is_url, open_engine, said_plainly, shown, writing
from compliance.store.history import TERMS

_MAX_TEXT = 32 * 1024 * 1024
_MAGIC = b"SQLite format 3\x00"


class DocumentKey(NamedTuple):
    """A document of a source: `party` is the service as the source names it, `name` the kind of terms."""

    id: int
    source: str
    party: str
    name: str

    @property
    def label(self) -> str:
        """The document as commands name it: `party/name`."""
        return f"{self.party}/{self.name}"


class Version(NamedTuple):
    """A dated version; `recorded_at` is UTC in ISO 8601. Without `text_sha256` it has no text, and `note` says why."""

    id: int
    document: int
    recorded_at: str
    origin: str
    text_sha256: str | None
    note: str

    @property
    def day(self) -> str:
        """The day it was recorded."""
        return self.recorded_at[:10]

    @property
    def when(self) -> datetime.datetime:
        """The time it was recorded."""
        return datetime.datetime.fromisoformat(self.recorded_at)


class History:
    """An open database; `place` is what messages call it."""

    def __init__(self, engine: Engine, place: str) -> None:
        self.engine = engine
        self.place = place

    def close(self) -> None:
        """Release the connections."""
        self.engine.dispose()

    def source(self, name: str) -> tuple[str | None, str]:
        """The head and the attribution of a source; (None, "") where it is new."""
        with self.reading() as connection:
            row = connection.execute(
                sa.select(sources.c.head, sources.c.attribution).where(sources.c.name == name)
            ).first()
        return (row.head, row.attribution) if row else (None, "")

    def attributions(self) -> dict[str, str]:
        """The attribution that each source asks for."""
        with self.reading() as connection:
            rows = connection.execute(sa.select(sources.c.name, sources.c.attribution).order_by(sources.c.name))
            return {r.name: r.attribution for r in rows}

    def add(self, source: str, found: list[NewVersion], *, head: str | None = None, attribution: str = "") -> int:
        """Add versions and move the source's head, all or nothing; how many were new."""
        with said_plainly(self.place), writing(self.engine) as connection:
            at = source_id(connection, source, head, attribution)
            added = 0
            for version in found:
                if version.facts is not None:
                    add_text(connection, version.facts)
                added += add_version(connection, document_id(connection, at, version), version)
            return added

    def documents(self) -> list[DocumentKey]:
        """Every document, by party and name."""
        with self.reading() as connection:
            query = (
                sa.select(documents.c.id, sources.c.name.label("source"), documents.c.party, documents.c.name)
                .join(sources, sources.c.id == documents.c.source)
                .order_by(documents.c.party, documents.c.name, sources.c.name)
            )
            return [DocumentKey(r.id, r.source, r.party, r.name) for r in connection.execute(query)]

    def find(self, label: str) -> DocumentKey:
        """The document called `label`: `party/name`, or a part of it that only one has; case does not matter."""
        every = self.documents()
        wanted = label.casefold().removesuffix(".md")
        exact = [d for d in every if d.label.casefold() == wanted]
        found = exact or [d for d in every if wanted in d.label.casefold()]
        if len(found) == 1:
            return found[0]
        if not found:
            raise UsageError(f"no document is called {label!r}", remedy="clearance terms list names them")
        names = ", ".join(sorted({d.label for d in found})[:4])
        raise UsageError(f"{len(found)} documents match {label!r}: {names}", remedy="name one as party/document")

    def versions(self, document: int) -> list[Version]:
        """The versions of a document in order of time."""
        with self.reading() as connection:
            query = (
                sa.select(versions)
                .where(versions.c.document == document)
                .order_by(versions.c.recorded_at, versions.c.id)
            )
            return [
                Version(r.id, r.document, r.recorded_at, r.origin, r.text_sha256, r.note)
                for r in connection.execute(query)
            ]

    def text(self, sha256: str) -> StoredText:
        """A stored text with its passages."""
        with self.reading() as connection:
            row = connection.execute(sa.select(texts).where(texts.c.sha256 == sha256)).first()
            if row is None:
                raise InputError(f"the database has no text {sha256[:12]}", file=self.place, remedy="sync again")
            found = connection.execute(
                sa.select(passages.c.plain, passages.c.lead, units.c.section, units.c.start, units.c.end)
                .join(passages, passages.c.sha256 == units.c.passage)
                .where(units.c.text_sha256 == sha256)
                .order_by(units.c.position)
            )
            return StoredText(
                sha256, row.language, row.failure, row.title, tuple(Passage(*r) for r in found), bytes(row.content)
            )

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read with; failures are one line."""
        with said_plainly(self.place), self.engine.connect() as connection:
            yield connection


class StoredText:
    """A text as stored: facts, passages, and the words themselves, unpacked when asked for."""

    def __init__(
        self, sha256: str, language: str, failure: str, title: str, found: tuple[Passage, ...], packed: bytes
    ) -> None:
        self.sha256 = sha256
        self.language = language
        self.failure = failure
        self.title = title
        self.passages = found
        self.packed = packed

    @cached_property
    def content(self) -> str:
        """The text itself."""
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(self.packed, _MAX_TEXT)
        return data.decode("utf-8", "replace")


@contextmanager
def open_history(place: str | Path, *, create: bool = False) -> Iterator[History]:
    """The database at a path (SQLite) or URL (PostgreSQL); only with `create` is a missing one made."""
    _checked(place, create)
    with said_plainly(place):
        history = History(open_engine(place, create=create), shown(place))
    try:
        _tables(history, create)
        yield history
    finally:
        history.close()


def _checked(place: str | Path, create: bool) -> None:
    """Say what is wrong with a path before the engine does, in words that fit a database of terms."""
    if is_url(place):
        return
    path = Path(place)
    if not path.exists():
        if not create:
            raise UnreadableFile(
                "there is no database of terms here", file=str(path), remedy="clearance terms sync makes one"
            )
        if not path.parent.is_dir():
            raise UnreadableFile("its folder does not exist", file=str(path), remedy="make the folder first")
        return
    if not path.is_dir() and not path.is_file():
        raise UnreadableFile("not a file that can hold a database", file=str(path), remedy="name another file")
    if path.is_file():
        try:
            with path.open("rb") as handle:
                head = handle.read(len(_MAGIC))
        except OSError as error:
            raise UnreadableFile(
                f"cannot be opened: {error.strerror}", file=str(path), remedy="check its permissions"
            ) from None
        if head and head != _MAGIC:
            raise InputError(
                "not a database of terms: it is no SQLite file", file=str(path), remedy="name another file"
            )


def _tables(history: History, create: bool) -> None:
    with history.reading() as connection:
        found = TERMS.of(connection)
    if found == TERMS.head:
        return
    TERMS.refuse_newer(found)
    if found is None and not create:
        raise InputError(
            "there are no terms in this database", file=history.place, remedy="clearance terms sync puts some there"
        )
    with said_plainly(history.place):
        TERMS.upgrade(history.engine)
