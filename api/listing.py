"""Pages of the ledger, read with as few rows as a page needs."""

from __future__ import annotations

import msgspec
from sqlalchemy import select

from compliance.ledger.entry import Entry
from compliance.ledger.log import COLUMNS, Log, of_row
from compliance.store.schema import entries


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """A decision in short; `verdict` and the rest are empty where they were destroyed."""

    id: str
    verdict: str
    run: str
    trainer: str
    date: str
    sources: int
    profile: str
    at: str
    by: str
    entry: int


class _Brief(msgspec.Struct, frozen=True):
    """Of a decision's document what a list shows."""

    run: str = ""
    trainer: str = ""
    date: str = ""
    sources: list[msgspec.Raw] = []


def page(log: Log, limit: int, before: int | None, kind: str | None) -> tuple[list[Entry], int | None]:
    """Entries below the index `before`, the newest first, and the `before` of the next page."""
    query = select(*COLUMNS)
    if before is not None:
        query = query.where(entries.c.entry_index < before)
    if kind is not None:
        query = query.where(entries.c.kind == kind)
    with log.engine.connect() as connection:
        rows = connection.execute(query.order_by(entries.c.entry_index.desc()).limit(limit + 1)).all()
    found = [of_row(row) for row in rows[:limit]]
    return found, found[-1].index if len(rows) > limit else None


def page_of_checks(log: Log, limit: int, before: int | None) -> tuple[list[Check], int | None]:
    """A page of decisions in short."""
    found, after = page(log, limit, before, "decision")
    return [brief(entry) for entry in found], after


def brief(entry: Entry) -> Check:
    """A decision's entry in short."""
    document = entry.raw("document")
    said = msgspec.json.decode(document, type=_Brief) if document is not None else _Brief()
    return Check(
        id=entry.subject or "",
        verdict=entry.value("verdict") or "",
        run=said.run,
        trainer=said.trainer,
        date=said.date,
        sources=len(said.sources),
        profile=entry.value("profile") or "",
        at=entry.at,
        by=entry.value("by") or "",
        entry=entry.index,
    )
