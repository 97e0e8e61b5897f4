"""Across all runs: which a teacher, a data set or a clause touches, how many rows are exposed, what ends next."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, func, select

from compliance.errors import UsageError
from compliance.ledger.log import Log
from compliance.reviews import queue
from compliance.reviews.facts import WHOLE_RUN, indexed
from compliance.reviews.leave import Waiver
from compliance.reviews.tables import decisions, items, touches

KINDS = ("teacher", "dataset", "clause", "document", "rule")


class Touched(msgspec.Struct, frozen=True, kw_only=True):
    """A current decision that something touches: through which sources, and in how many of its rows."""

    decision: str
    run: str
    day: str
    verdict: str
    worst: str
    sources: tuple[str, ...]
    rows: int
    run_rows: int


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """The runs and rows of current decisions by the verdict on the sources."""

    verdict: str
    runs: int
    sources: int
    rows: int


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """Something that ends: leave, or the day by which an item is due."""

    at: str
    what: str
    name: str
    run: str
    says: str


class Portfolio(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: what was asked for by kind and name, a page of the `total` runs, and the exposure over all."""

    asked: dict[str, str]
    runs: tuple[Touched, ...]
    exposure: tuple[Exposure, ...]
    rows: int
    total: int


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """Something that current decisions rest on: how many runs it touches, and in how many rows a person must decide."""

    kind: str
    name: str
    runs: int
    rows: int


def touched(log: Log, asked: dict[str, str], *, limit: int = 1000, offset: int = 0) -> Portfolio:
    """The current decisions that touch everything asked for (by kind, see `KINDS`), the most exposed first.

    A clause is named in full or without its version: `openai/terms-of-use#2(c)`. Without anything asked for: all.
    The page of runs begins behind the first `offset` of them.
    """
    unknown = sorted(asked.keys() - set(KINDS))
    if unknown:
        raise UsageError(f"nothing is indexed by {unknown[0]!r}", remedy="ask by " + ", ".join(KINDS))
    wanted: list[ColumnElement[bool]] = [decisions.c.superseded_by.is_(None), decisions.c.verdict != ""]
    for kind, name in asked.items():
        of_kind = select(touches.c.item).where(touches.c.kind == kind, touches.c.name == indexed(name))
        wanted.append(items.c.id.in_(of_kind))
    with queue.reading(log) as connection:
        query = (
            select(items, decisions.c.run, decisions.c.day, decisions.c.verdict.label("run_verdict"),
                   decisions.c.rows.label("run_rows"))
            .join(decisions, decisions.c.id == items.c.decision)
            .where(and_(*wanted))
            .order_by(decisions.c.entry_index, items.c.position)
        )  # fmt: skip
        by_run: dict[str, list[Any]] = {}
        for row in connection.execute(query):
            by_run.setdefault(str(row.decision), []).append(row)
        summed = select(
            items.c.verdict,
            func.count(items.c.decision.distinct()).label("runs"),
            func.count().label("sources"),
            func.sum(items.c.rows).label("rows"),
        ).join(decisions, decisions.c.id == items.c.decision)
        sums = connection.execute(summed.where(and_(*wanted)).group_by(items.c.verdict)).all()
    runs = sorted((_touched(rows) for rows in by_run.values()), key=lambda t: (-t.rows, t.run, t.decision))
    exposure = tuple(
        Exposure(verdict=s.verdict, runs=int(s.runs), sources=int(s.sources), rows=int(s.rows or 0))
        for s in sorted(sums, key=lambda s: _SEVERITY.index(s.verdict))
    )
    shown = tuple(runs[offset : offset + limit])
    return Portfolio(asked=asked, runs=shown, exposure=exposure, rows=sum(e.rows for e in exposure), total=len(runs))


def leading(log: Log, kind: str, *, limit: int = 8) -> list[Named]:
    """What touches most runs that wait, of a kind; a clause by its name without version."""
    if kind not in KINDS:
        raise UsageError(f"nothing is indexed by {kind!r}", remedy="ask by " + ", ".join(KINDS))
    runs, rows = func.count(items.c.decision.distinct()), func.sum(items.c.rows)
    query = (
        select(touches.c.name, runs, rows)
        .join(items, items.c.id == touches.c.item)
        .join(decisions, decisions.c.id == items.c.decision)
        .where(touches.c.kind == kind, items.c.waits == 1, items.c.source != WHOLE_RUN)
        .where(decisions.c.superseded_by.is_(None), decisions.c.verdict != "")
        .group_by(touches.c.name)
        .order_by(rows.desc(), runs.desc(), touches.c.name)
        .limit(2 * limit)
    )
    if kind == "clause":
        query = query.where(touches.c.name.not_like("%@%#%"), touches.c.name.not_like("%#"))
    with queue.reading(log) as connection:
        found = connection.execute(query).all()
    bare = {str(row[0]) for row in found}
    return [
        Named(kind=kind, name=str(name), runs=int(number), rows=int(total or 0))
        for name, number, total in found
        if kind != "teacher" or str(name).partition("/")[2] not in bare  # a model is indexed with its maker and without
    ][:limit]


def ending(log: Log, *, limit: int = 50, moment: datetime | None = None) -> list[Ending]:
    """What ends next: leave that is in force or asked for, and items by their due day; the soonest first."""
    held = [w for w in queue.all_waivers(log, moment=moment) if w.standing in ("in-force", "requested")]
    found = [_leave(w) for w in held[:limit]]
    with queue.reading(log) as connection:
        query = (
            select(items, decisions.c.run)
            .join(decisions, decisions.c.id == items.c.decision)
            .where(items.c.state == "open", items.c.due != "", decisions.c.superseded_by.is_(None))
            .order_by(items.c.due)
            .limit(limit)
        )
        due = connection.execute(query).all()
        named = select(decisions.c.id, decisions.c.run).where(decisions.c.id.in_({e.run for e in found}))
        runs = {str(row.id): str(row.run) for row in connection.execute(named)}
    found = [msgspec.structs.replace(e, run=runs.get(e.run, "")) for e in found]
    found += [
        Ending(at=row.due, what="item", name=row.id, run=row.run, says=f"{row.verdict}, {row.assignee or 'nobody'}")
        for row in due
    ]
    return sorted(found, key=lambda e: (e.at, e.name))[:limit]


_SEVERITY = ("block", "review", "allow-with-obligations", "allow")


def _touched(rows: list[Any]) -> Touched:
    first = rows[0]
    return Touched(
        decision=first.decision,
        run=first.run,
        day=first.day,
        verdict=first.run_verdict,
        worst=min((row.verdict for row in rows), key=_SEVERITY.index),
        sources=tuple(row.source for row in rows),
        rows=sum(row.rows for row in rows),
        run_rows=first.run_rows,
    )


def _leave(waiver: Waiver) -> Ending:
    return Ending(at=waiver.until, what="waiver", name=waiver.id, run=waiver.decision, says=waiver.says())
