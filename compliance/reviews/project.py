"""From entries of the ledger to the tables: each entry once, in order, whoever wrote it.

Nothing is taken on trust: leave that one person both asked for and granted, that was never asked for, or that was
granted too late is kept as broken.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from compliance.ledger.entry import Entry
from compliance.ledger.log import COLUMNS, Log, of_row, size
from compliance.reviews import facts
from compliance.reviews.facts import text
from compliance.reviews.moments import stored
from compliance.reviews.people import same
from compliance.reviews.tables import decisions, insert_all, items, metadata, state, steps, touches, waivers
from compliance.store.engine import said_plainly, writing
from compliance.store.schema import entries

PAGE = 10
"""So many entries are taken in under one lock: writers wait for no more than that."""
MANY = 50_000
"""So many rows are held in memory before they are written."""
_KINDS = ("decision", "review", "waiver", "redaction")

Rows = dict[str, list[tuple[Any, ...]]]
"""Rows to insert, by table; in the order of the table's columns."""


class Ready(NamedTuple):
    """An entry, and of a decision what is read from it, which takes longer than to store it."""

    entry: Entry
    read: tuple[facts.Document, list[facts.SourceFacts]] | None


def catch_up(log: Log) -> None:
    """Bring the tables to where the ledger ends now; what is recorded meanwhile is left for the next time."""
    with said_plainly(log.place):
        with log.engine.connect() as connection:
            at, end = _next(connection), size(connection)
        while at < end:
            stop = min(at + PAGE, end)
            with log.engine.connect() as connection:
                found = _page(connection, at, stop)
            with writing(log.engine) as connection:
                now = _next(connection)
                if now == at:  # else another process has taken it in meanwhile
                    _apply(connection, found)
                    now = _taken(connection, stop)
            at = now


def rebuild(log: Log) -> None:
    """Make the tables again from the ledger alone; what is known of states of the corpora stays."""
    with said_plainly(log.place), writing(log.engine) as connection:
        for table in metadata.sorted_tables:
            if table.name != "review_corpora":
                connection.execute(delete(table))
        advance(connection)


def advance(connection: Connection) -> None:
    """Take in all that the ledger holds beyond the tables, within the caller's transaction."""
    at, end = _next(connection), size(connection)
    while at < end:
        stop = min(at + PAGE, end)
        _apply(connection, _page(connection, at, stop))
        at = _taken(connection, stop)


def _page(connection: Connection, start: int, stop: int) -> list[Ready]:
    column = entries.c.entry_index
    query = select(*COLUMNS).where(column >= start, column < stop, entries.c.kind.in_(_KINDS)).order_by(column)
    found = [of_row(row) for row in connection.execute(query)]
    return [Ready(entry, facts.read(entry) if entry.kind == "decision" else None) for entry in found]


def _taken(connection: Connection, stop: int) -> int:
    connection.execute(delete(state).where(state.c.name == "next"))
    connection.execute(insert(state), {"name": "next", "value": stop})
    return stop


def _next(connection: Connection) -> int:
    return int(connection.execute(select(state.c.value).where(state.c.name == "next")).scalar() or 0)


def _apply(connection: Connection, found: Iterable[Ready]) -> None:
    held: Rows = {"items": [], "touches": []}
    for entry, read in found:
        if entry.kind == "decision":
            _decision(connection, entry, read, held)
            if len(held["touches"]) > MANY:
                _flush(connection, held)
            continue
        _flush(connection, held)
        if entry.kind == "review":
            _review(connection, entry)
        elif entry.kind == "waiver":
            _waiver(connection, entry)
        else:
            _redaction(connection, entry)
    _flush(connection, held)


def _flush(connection: Connection, held: Rows) -> None:
    for table, name in ((items, "items"), (touches, "touches")):
        if held[name]:
            insert_all(connection, table, held[name])
            held[name] = []


def _decision(
    connection: Connection, entry: Entry, read: tuple[facts.Document, list[facts.SourceFacts]] | None, held: Rows
) -> None:
    name = entry.subject
    if name is None:
        return
    run_key = facts.run_key(entry)
    fresh = {"entry_index": entry.index, "at": entry.at, "superseded_by": None, "why": ""}
    others = (decisions.c.run_key == run_key, decisions.c.id != name, decisions.c.superseded_by.is_(None))
    connection.execute(
        update(decisions).where(*others).values(superseded_by=name, why="the same run was checked again")
    )
    known = connection.execute(select(decisions.c.id).where(decisions.c.id == name)).first()
    if known is not None:
        connection.execute(update(decisions).where(decisions.c.id == name).values(**fresh))
        # It stands again, unanswered: what was answered went into another manifest.
        again = (items.c.decision == name, items.c.state == "answered")
        connection.execute(update(items).where(*again).values(state="open"))
        return
    document, sources = read if read is not None else (None, [])
    row = {
        **fresh,
        "id": name,
        "run": text(document.run) if document else "",
        "day": text(document.date) if document else "",
        "run_key": run_key,
        "by": _said(entry, "by"),
        "rows": min(sum(s.rows or 0 for s in sources), facts.MAX_COUNT),
        "verdict": document.verdict if document else "",
        **{k: _said(entry, k) for k in ("manifest_sha256", "profile", "corpora", "rules", "program")},
    }
    connection.execute(insert(decisions), row)
    for position, source in enumerate(sources):
        grounds = source.grounds
        item = facts.item_id(name, grounds.source)
        waits = source.waits
        held["items"].append(
            (item, name, position, grounds.source, grounds.verdict, grounds.rule, source.rows or 0,
             json.dumps(grounds.clauses), int(waits), "open" if waits else "", "", "", int(source.rows is not None))
        )  # fmt: skip
        held["touches"] += [(item, name, *touch) for touch in source.touches]


def _review(connection: Connection, entry: Entry) -> None:
    event, decision, source = _said(entry, "event"), entry.subject or "", _said(entry, "source")
    _step(connection, entry, decision, source, "", event or "ruled")
    mine = (items.c.id == facts.item_id(decision, source), items.c.waits == 1)
    if event == "assigned":
        values = {name: _said(entry, field) for name, field in (("assignee", "to"), ("due", "due")) if entry.raw(field)}
        if values:
            connection.execute(update(items).where(*mine).values(**values))
    elif event == "rejected":
        connection.execute(update(items).where(*mine).values(state="rejected"))
    elif event in ("answered", "reopened"):
        if event == "answered":
            connection.execute(update(items).where(*mine, items.c.state == "open").values(state="answered"))
        instead = _said(entry, "decision")
        if instead and instead != decision:
            values = {"superseded_by": instead, "why": _said(entry, "reason")}
            connection.execute(update(decisions).where(decisions.c.id == decision).values(**values))


def _waiver(connection: Connection, entry: Entry) -> None:
    name, event = entry.subject or "", _said(entry, "event")
    row = connection.execute(select(waivers).where(waivers.c.id == name)).first()
    decision = str(row.decision) if row is not None else _said(entry, "decision")
    _step(connection, entry, decision, "", name, f"waiver {event}")
    by = _said(entry, "by")
    if event == "requested":
        if row is not None:
            _break(connection, name, "its name was used twice")
            return
        connection.execute(insert(waivers), _requested(entry, name, by))
    elif row is None:
        # Leave that nobody asked for: kept, so that it is seen, and never in force.
        connection.execute(insert(waivers), {**_requested(entry, name, ""), "broken": "nobody asked for it"})
    elif event == "granted":
        fault = _fault(row, entry, by)
        if not row.granted_by:
            connection.execute(update(waivers).where(waivers.c.id == name).values(granted_by=by, granted_at=entry.at))
        if fault:
            _break(connection, name, fault)
    elif event == "withdrawn":
        values = {"withdrawn_by": by or "somebody", "withdrawn_at": entry.at}
        connection.execute(update(waivers).where(waivers.c.id == name).values(**values))


def _requested(entry: Entry, name: str, by: str) -> dict[str, Any]:
    missing = [field for field in ("until", "grounds", "decision", "scope") if entry.raw(field) is None]
    if not stored(_said(entry, "until")):
        missing.append("until")
    return {
        "id": name,
        **{k: _said(entry, k) for k in ("decision", "manifest_sha256", "profile", "scope", "reason")},
        **{k: json.dumps(entry.value(k) or []) for k in ("sources", "clauses", "grounds")},
        "until": _said(entry, "until"),
        "until_said": _said(entry, "until_said") or _said(entry, "until"),
        "requested_by": by,
        "requested_at": entry.at,
        "requested_entry": entry.index,
        "granted_by": "",
        "granted_at": "",
        "withdrawn_by": "",
        "withdrawn_at": "",
        "broken": f"its record does not say {missing[0]}" if missing else ("" if by else "nobody is named who asked"),
    }


def _fault(row: Any, entry: Entry, by: str) -> str:
    if not by or same(by, row.requested_by):
        return "one person both asked for it and granted it"
    if row.granted_by:
        return "" if same(by, row.granted_by) else "it was granted twice"
    if entry.at >= row.until:
        return "it was granted after its end"
    if row.withdrawn_by:
        return "it was granted after it was withdrawn"
    return ""


def _redaction(connection: Connection, entry: Entry) -> None:
    erased = entry.value("erased")
    for index in erased if isinstance(erased, dict) else {}:
        if not str(index).isdigit():
            continue
        query = select(*COLUMNS).where(entries.c.entry_index == int(index))
        found = connection.execute(query).first()
        if found is not None:
            _forget(connection, of_row(found))


def _forget(connection: Connection, entry: Entry) -> None:
    """Say of an entry only what is left of it; a waiver of which words are gone is broken."""
    if entry.kind == "decision" and entry.raw("document") is None:
        names = connection.execute(select(decisions.c.id).where(decisions.c.entry_index == entry.index)).scalars().all()
        for name in names:
            connection.execute(delete(items).where(items.c.decision == name))
            connection.execute(delete(touches).where(touches.c.decision == name))
            connection.execute(
                update(decisions).where(decisions.c.id == name).values(verdict="", run="", day="", rows=0)
            )
    step = connection.execute(select(steps).where(steps.c.entry_index == entry.index)).first()
    if step is None:
        return
    if step.event == "assigned" and entry.raw("to") is None:
        mine = items.c.id == facts.item_id(str(step.decision), str(step.source))
        connection.execute(update(items).where(mine).values(assignee=""))
    if not step.waiver:
        return
    by = _said(entry, "by")
    if step.event == "waiver requested":
        kept = _requested(entry, str(step.waiver), by)
        values = {k: kept[k] for k in ("reason", "requested_by", "sources", "clauses", "grounds")}
    else:
        values = {"granted_by": by} if step.event == "waiver granted" else {"withdrawn_by": by or "somebody"}
    connection.execute(update(waivers).where(waivers.c.id == step.waiver).values(**values))
    _break(connection, str(step.waiver), "words of its record were destroyed")


def _break(connection: Connection, name: str, why: str) -> None:
    connection.execute(update(waivers).where(waivers.c.id == name).values(broken=why))


def _step(connection: Connection, entry: Entry, decision: str, source: str, waiver: str, event: str) -> None:
    row = {"entry_index": entry.index, "decision": decision, "source": source, "waiver": waiver, "event": event}
    connection.execute(insert(steps), row)


def _said(entry: Entry, field: str) -> str:
    value = entry.value(field)
    return text(value) if isinstance(value, str) else ""
