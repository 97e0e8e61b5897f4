"""Destroying what may not be kept, and keeping what may not be destroyed.

A redaction destroys fields together with their salts. The leaf keeps their commitments, so the tree and every proof
stay as they were; an entry of the kind `redaction`, written in the same transaction, says what went, when and why.
Under a legal hold nothing of the held entries can be destroyed; holds are entries too, so the log itself is what
says what is held.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, select, update

from compliance.errors import UsageError
from compliance.ledger import log
from compliance.ledger.entry import Draft, Entry, draft, without
from compliance.ledger.kinds import KINDS, LASTING, Hold, Redaction
from compliance.ledger.ledger import Ledger
from compliance.store.engine import said_plainly
from compliance.store.schema import entries

AT_ONCE = 1_000
"""Entries that one redaction entry speaks of at most."""


def redact(ledger: Ledger, chosen: Mapping[int, Sequence[str] | None], *, reason: str, by: str) -> Entry:
    """Destroy fields of entries (None: all of them); the entry that records it."""

    def operation(connection: Connection) -> list[Draft]:
        held = held_entries(connection)
        erased: dict[str, list[str]] = {}
        for index, names in sorted(chosen.items()):
            entry = _entry(connection, index)
            gone = sorted(entry.fields if names is None else set(names))
            _must_be_free(entry, gone, held)
            payload, subject = without(entry, set(gone))
            connection.execute(
                update(entries).where(entries.c.entry_index == index).values(payload=payload, subject=subject)
            )
            erased[str(index)] = gone
        subject = ",".join(erased)
        subject = subject if len(subject) <= 100 else f"{len(erased)} entries"
        return [draft("redaction", Redaction(subject=subject, erased=erased, reason=reason, by=by))]

    if not chosen:
        raise UsageError("nothing to destroy", remedy="name an entry")
    made = ledger.perform(operation)[0]
    _scrub(ledger)
    return made


def hold(ledger: Ledger, name: str, indices: Iterable[int], *, reason: str, by: str) -> Entry:
    """Place a legal hold on entries."""
    wanted = sorted(set(indices))

    def operation(connection: Connection) -> list[Draft]:
        if name in holds(connection):
            raise UsageError(f"a hold called {name!r} is in place already", remedy="choose another name")
        for index in wanted:
            _entry(connection, index)
        return [draft("hold", Hold(subject=name, event="placed", entries=wanted, reason=reason, by=by))]

    if not wanted:
        raise UsageError("a hold on nothing", remedy="name the entries")
    return ledger.perform(operation)[0]


def release(ledger: Ledger, name: str, *, reason: str, by: str) -> Entry:
    """Lift a legal hold."""

    def operation(connection: Connection) -> list[Draft]:
        if name not in holds(connection):
            raise UsageError(f"no hold called {name!r} is in place", remedy="clearance ledger list --kind hold")
        return [draft("hold", Hold(subject=name, event="released", reason=reason, by=by))]

    return ledger.perform(operation)[0]


def expire(ledger: Ledger, before: datetime, kinds: Sequence[str], *, reason: str, by: str) -> list[Entry]:
    """Retention: destroy all fields of older entries of some kinds, except what is held; the redactions made."""
    unknown = sorted(set(kinds) - (KINDS.keys() - LASTING))
    if unknown or not kinds:
        raise UsageError(
            f"entries of the kind {unknown[0]!r} do not expire" if unknown else "no kind is named",
            remedy="choose among " + ", ".join(sorted(KINDS.keys() - LASTING)),
        )
    limit = before.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    with said_plainly(ledger.log.place), ledger.log.engine.connect() as connection:
        held = held_entries(connection)
        query = select(entries.c.entry_index).where(
            entries.c.kind.in_(kinds), entries.c.at < limit, entries.c.payload != b"{}"
        )
        due = [int(i) for i in connection.execute(query.order_by(entries.c.entry_index)).scalars()]
    due = [index for index in due if index not in held]
    return [
        redact(ledger, dict.fromkeys(due[at : at + AT_ONCE]), reason=reason, by=by)
        for at in range(0, len(due), AT_ONCE)
    ]


def holds(connection: Connection) -> dict[str, frozenset[int]]:
    """The legal holds in place, and the entries of each."""
    found: dict[str, frozenset[int]] = {}
    query = select(entries.c.entry_index).where(entries.c.kind == "hold").order_by(entries.c.entry_index)
    for index in connection.execute(query).scalars().all():
        entry = _entry(connection, int(index))
        name = entry.value("subject")
        if entry.value("event") == "placed":
            found[name] = frozenset(entry.value("entries") or ())
        else:
            found.pop(name, None)
    return found


def held_entries(connection: Connection) -> dict[int, str]:
    """The entries under a hold, and a hold of each."""
    return {index: name for name, indices in holds(connection).items() for index in indices}


def _entry(connection: Connection, index: int) -> Entry:
    row = connection.execute(select(*log.COLUMNS).where(entries.c.entry_index == index)).first()
    if row is None:
        raise UsageError(f"the ledger has no entry {index}", remedy="clearance ledger list shows what there is")
    return log.of_row(row)


def _must_be_free(entry: Entry, names: Sequence[str], held: Mapping[int, str]) -> None:
    if entry.index in held:
        raise UsageError(
            f"entry {entry.index} is under the legal hold {held[entry.index]!r}", remedy="release the hold first"
        )
    if entry.kind in LASTING:
        raise UsageError(
            f"entry {entry.index} is of the kind {entry.kind!r}, without which the log could not be verified"
        )
    missing = sorted(set(names) - entry.fields.keys())
    if missing or not names:
        raise UsageError(
            f"entry {entry.index} has no field {missing[0]!r}" if missing else f"entry {entry.index} is empty already",
            remedy="clearance ledger show names its fields",
        )


def _scrub(ledger: Ledger) -> None:
    """Take what was destroyed out of the database's own files: its write-ahead log, its dead rows."""
    engine = ledger.log.engine
    with said_plainly(ledger.log.place), engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            connection.rollback()
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM entries")
