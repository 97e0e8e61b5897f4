"""Reading the log: entries, checkpoints, proofs. Needs no key and changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Engine, and_, func, select

from compliance.errors import UsageError
from compliance.ledger.entry import Entry
from compliance.ledger.tree import Tree
from compliance.store.engine import open_engine, said_plainly
from compliance.store.migrate import must_be_current
from compliance.store.schema import checkpoints, entries, nodes, public_keys, texts

COLUMNS = (
    entries.c.entry_index,
    entries.c.kind,
    entries.c.subject,
    entries.c.at,
    entries.c.leaf,
    entries.c.leaf_hash,
    entries.c.payload,
)
PAGE = 500

_NEWEST = select(func.max(entries.c.entry_index))


def open_log(place: str | Path) -> Log:
    """The log at a path or URL, to read."""
    engine = open_engine(place)
    try:
        with said_plainly(place):
            must_be_current(engine)
    except BaseException:
        engine.dispose()
        raise
    return Log(engine, place)


class Log:
    """What is stored, as it is stored; `clearance ledger verify` says whether it is as it was written."""

    def __init__(self, engine: Engine, place: str | Path) -> None:
        self.engine = engine
        self.place = place

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def __enter__(self) -> Log:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def size(self) -> int:
        """How many entries there are."""
        with said_plainly(self.place), self.engine.connect() as connection:
            return size(connection)

    def entry(self, index: int) -> Entry:
        """The entry at `index`."""
        with said_plainly(self.place), self.engine.connect() as connection:
            row = connection.execute(select(*COLUMNS).where(entries.c.entry_index == index)).first()
        if row is None:
            raise UsageError(f"the ledger has no entry {index}", remedy="clearance ledger list shows what there is")
        return of_row(row)

    def entries(
        self, *, kind: str | None = None, subject: str | None = None, start: int = 0, newest_first: bool = False
    ) -> Iterator[Entry]:
        """Entries in order, read page by page; `start` is the first index, or the last where the newest come first."""
        column = entries.c.entry_index
        wanted = []
        if kind is not None:
            wanted.append(entries.c.kind == kind)
        if subject is not None:
            wanted.append(entries.c.subject == subject)
        place = start
        while True:
            bound = column <= place if newest_first else column >= place
            query = select(*COLUMNS).where(and_(bound, *wanted)).limit(PAGE)
            with said_plainly(self.place), self.engine.connect() as connection:
                rows = connection.execute(query.order_by(column.desc() if newest_first else column)).all()
            for row in rows:
                yield of_row(row)
            if len(rows) < PAGE:
                return
            place = rows[-1][0] + (-1 if newest_first else 1)

    def find(self, name: str, kind: str | None = None) -> Entry:
        """What `name` means: an index, or the newest entry on a subject, of which the first 6 letters will do."""
        if re.fullmatch(r"0|[1-9][0-9]{0,14}", name) and int(name) < self.size():
            entry = self.entry(int(name))
            if kind is None or entry.kind == kind:
                return entry
        wanted = entries.c.subject == name
        if len(name) >= 6:
            wanted = wanted | entries.c.subject.startswith(name, autoescape=True)
        if kind is not None:
            wanted = and_(wanted, entries.c.kind == kind)
        query = select(*COLUMNS).where(wanted).order_by(entries.c.entry_index.desc()).limit(PAGE)
        with said_plainly(self.place), self.engine.connect() as connection:
            rows = connection.execute(query).all()
        exact = [row for row in rows if row.subject == name]
        found = exact or rows
        if not found:
            raise UsageError(
                f"the ledger has no {kind or 'entry'} called {name!r}", remedy="clearance ledger list shows them"
            )
        if len({row.subject for row in found}) > 1:
            raise UsageError(f"{name!r} is the start of several names", remedy="give more of its letters")
        return of_row(found[0])

    def checkpoint(self) -> bytes:
        """The latest signed note."""
        with said_plainly(self.place), self.engine.connect() as connection:
            query = select(checkpoints.c.note).order_by(checkpoints.c.size.desc()).limit(1)
            return bytes(connection.execute(query).scalar() or b"")

    def checkpoint_at(self, of_size: int) -> bytes:
        """The signed note of a size, where one was kept."""
        with said_plainly(self.place), self.engine.connect() as connection:
            query = select(checkpoints.c.note).where(checkpoints.c.size == of_size)
            return bytes(connection.execute(query).scalar() or b"")

    def vkeys(self) -> list[tuple[int, str]]:
        """The verifier keys, each with the index of the entry that records it."""
        with said_plainly(self.place), self.engine.connect() as connection:
            return vkeys(connection)

    def text(self, digest: str) -> bytes | None:
        """A stored text by its tagged hash."""
        with said_plainly(self.place), self.engine.connect() as connection:
            found = connection.execute(select(texts.c.content).where(texts.c.sha256 == digest)).scalar()
        return bytes(found) if found is not None else None

    def inclusion(self, index: int, of_size: int) -> list[bytes]:
        """The proof that an entry is in the tree of `of_size` entries."""
        with said_plainly(self.place), self.engine.connect() as connection:
            return tree(connection).inclusion(index, of_size)

    def consistency(self, old: int, of_size: int) -> list[bytes]:
        """The proof that the tree of `of_size` entries continues that of `old`."""
        with said_plainly(self.place), self.engine.connect() as connection:
            return tree(connection).consistency(old, of_size)

    def root(self, of_size: int) -> bytes:
        """The root of the first `of_size` entries."""
        with said_plainly(self.place), self.engine.connect() as connection:
            return tree(connection).root(of_size)


def size(connection: Connection) -> int:
    """How many entries there are."""
    newest = connection.execute(_NEWEST).scalar()
    return 0 if newest is None else int(newest) + 1


def vkeys(connection: Connection) -> list[tuple[int, str]]:
    """The verifier keys in the order in which they came."""
    query = select(public_keys.c.since_entry, public_keys.c.vkey).order_by(public_keys.c.since_entry)
    return [(int(since), str(vkey)) for since, vkey in connection.execute(query)]


def tree(connection: Connection) -> Tree:
    """The tree over what is stored."""

    def run(level: int, first: int, count: int) -> Sequence[bytes]:
        if level:
            query = select(nodes.c.hash).where(
                nodes.c.level == level, nodes.c.position >= first, nodes.c.position < first + count
            )
            found = connection.execute(query.order_by(nodes.c.position)).scalars().all()
        else:
            column = entries.c.entry_index
            query = select(entries.c.leaf_hash).where(column >= first, column < first + count)
            found = connection.execute(query.order_by(column)).scalars().all()
        if len(found) != count:
            raise UsageError(
                "hashes of the ledger are missing", remedy="clearance ledger verify says which entries are gone"
            )
        return [bytes(h) for h in found]

    return Tree(run)


def of_row(row: Sequence[Any]) -> Entry:
    """A stored row as an entry."""
    index, kind, subject, at, leaf, leaf_hash, payload = row
    return Entry(int(index), kind, subject, at, bytes(leaf), bytes(leaf_hash), bytes(payload))
