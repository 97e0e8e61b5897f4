"""One transaction of the log: entries, tree nodes and a signed checkpoint become durable together, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, insert, select, update

from compliance.errors import InputError, InternalError
from compliance.ledger import log
from compliance.ledger.entry import Draft, Entry, place
from compliance.ledger.keys import SigningKey, checkpoint
from compliance.ledger.tree import STEP, Edge, leaf_hash
from compliance.store.engine import writing
from compliance.store.schema import checkpoints, entries, nodes, public_keys, texts

Clock = Callable[[], datetime]
FindKey = Callable[[str], SigningKey]
"""The signing key whose verifier key this is; another process may have put a new one in place."""
Operation = Callable[[Connection], Sequence[Draft]]
"""Work to do inside the transaction, and the drafts that record it; what it raises undoes all."""

_INSERT_ENTRIES = insert(entries)
_INSERT_NODES = insert(nodes)
_INSERT_CHECKPOINT = insert(checkpoints)
_MOVE_CHECKPOINT = (
    update(checkpoints)
    .where(checkpoints.c.size == bindparam("latest"))
    .values(size=bindparam("new_size"), note=bindparam("new_note"))
)


def now() -> datetime:
    """The time of day that entries carry."""
    return datetime.now(UTC)


class Appender:
    """Appends under the writers' lock; it remembers the tree's edge, and reads it anew after another process."""

    def __init__(self, engine: Engine, find_key: FindKey, clock: Clock = now) -> None:
        self.engine = engine
        self.clock = clock
        self.key: SigningKey | None = None
        self._find_key = find_key
        self._edge = Edge()
        self._last: bytes | None = None
        self._latest = 0
        self._latest_stays = True
        self._known_texts: set[str] = set()
        self._stale = True

    def commit(
        self,
        drafts: Sequence[Draft],
        *,
        held_texts: Mapping[str, bytes] | None = None,
        operation: Operation | None = None,
        next_key: SigningKey | None = None,
    ) -> list[Entry]:
        """Append; when this returns, the entries are on disk and under a signed checkpoint.

        With `next_key`, the checkpoint is signed by both keys and the next one takes over.
        """
        try:
            with writing(self.engine) as connection:
                if self._stale or log.size(connection) != self._edge.size:
                    self._reload(connection)
                if operation is not None:
                    drafts = [*drafts, *operation(connection)]
                if not drafts:
                    return []
                edge = self._edge.copy()
                made = self._entries(connection, drafts, edge)
                new_texts = self._texts(connection, held_texts or {})
                if next_key is not None:
                    row = {"since_entry": made[-1].index, "vkey": next_key.vkey}
                    connection.execute(insert(public_keys), row)
                signers = [k for k in (self.key, next_key) if k is not None]
                stays = next_key is not None or edge.size >> STEP != self._latest >> STEP
                self._checkpoint(connection, edge, signers)
        except BaseException:
            # Whether a commit that failed took place is for the database to say, at the next append.
            self._stale = True
            raise
        self._edge, self._last = edge, made[-1].leaf_hash
        self._latest, self._latest_stays = edge.size, stays
        self._known_texts |= new_texts
        self.key = next_key or self.key
        return made

    def _entries(self, connection: Connection, drafts: Sequence[Draft], edge: Edge) -> list[Entry]:
        at = self.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        last = self._last
        made: list[Entry] = []
        grown: list[dict[str, Any]] = []
        for draft in drafts:
            index = edge.size
            leaf = place(draft, index, at, last)
            last = leaf_hash(leaf)
            for level, position, root in edge.add(last):
                grown.append({"level": level, "position": position, "hash": root})
            made.append(Entry(index, draft.kind, draft.subject, at, leaf, last, draft.payload))
        rows = [
            {
                "entry_index": e.index,
                "kind": e.kind,
                "subject": e.subject,
                "at": e.at,
                "leaf": e.leaf,
                "leaf_hash": e.leaf_hash,
                "payload": e.payload,
            }
            for e in made
        ]
        connection.execute(_INSERT_ENTRIES, rows)
        if grown:
            connection.execute(_INSERT_NODES, grown)
        return made

    def _texts(self, connection: Connection, held: Mapping[str, bytes]) -> set[str]:
        new = {digest for digest in held if digest not in self._known_texts}
        for digest in sorted(new):
            known = connection.execute(select(texts.c.sha256).where(texts.c.sha256 == digest)).first()
            if known is None:
                connection.execute(insert(texts), {"sha256": digest, "content": held[digest]})
        return new

    def _checkpoint(self, connection: Connection, edge: Edge, signers: list[SigningKey]) -> None:
        note = checkpoint(edge.size, edge.root(), signers)
        if self._latest_stays:
            connection.execute(_INSERT_CHECKPOINT, {"size": edge.size, "note": note})
        else:
            row = {"latest": self._latest, "new_size": edge.size, "new_note": note}
            if connection.execute(_MOVE_CHECKPOINT, row).rowcount != 1:
                raise InternalError("the latest checkpoint is not where it was", remedy="clearance ledger verify")

    def _reload(self, connection: Connection) -> None:
        size = log.size(connection)
        self._edge = log.tree(connection).edge(size)
        query = select(entries.c.leaf_hash).where(entries.c.entry_index == size - 1)
        last = connection.execute(query).scalar()
        self._last = bytes(last) if last is not None else None
        sizes = connection.execute(select(checkpoints.c.size).order_by(checkpoints.c.size.desc()).limit(2))
        latest, before = [*sizes.scalars().all(), 0, 0][:2]
        held = log.vkeys(connection)
        if latest != size:
            raise InputError(
                f"the ledger has {size} entries, its latest checkpoint speaks of {latest}",
                remedy="clearance ledger verify says what is missing",
            )
        if held and (self.key is None or self.key.vkey != held[-1][1]):
            self.key = self._find_key(held[-1][1])
        self._latest = latest
        rotated = bool(held) and held[-1][0] >= before
        self._latest_stays = latest == 0 or rotated or latest >> STEP != before >> STEP
        self._known_texts = set()
        self._stale = False
