"""The answers of the portfolio with what nobody stated: rows that a manifest leaves out are not 0 rows."""

from __future__ import annotations

import msgspec
from sqlalchemy import func, select

from compliance.ledger.log import Log
from compliance.reviews import portfolio, queue
from compliance.reviews.facts import WHOLE_RUN, indexed
from compliance.reviews.tables import decisions, items, touches


class Touched(msgspec.Struct, frozen=True, kw_only=True):
    """A current decision that something touches: through which sources, and in how many of its rows.

    `rows` are those that the touched sources state, `run_rows` those of all sources of the run: null where none states
    any. `unstated` counts the touched sources that state no rows.
    """

    decision: str
    run: str
    day: str
    verdict: str
    worst: str
    sources: tuple[str, ...]
    rows: int | None
    unstated: int
    run_rows: int | None


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """The runs and rows of current decisions by the verdict on the sources; `unstated` sources state no rows."""

    verdict: str
    runs: int
    sources: int
    rows: int | None
    unstated: int


class Portfolio(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: what was asked for by kind and name, a page of the `total` runs, and the exposure over all."""

    asked: dict[str, str]
    runs: tuple[Touched, ...]
    exposure: tuple[Exposure, ...]
    rows: int | None
    unstated: int
    total: int


def touched(log: Log, asked: dict[str, str], *, limit: int, offset: int) -> Portfolio:
    """As `portfolio.touched`, with null for rows that nobody states."""
    found = portfolio.touched(log, asked, limit=limit, offset=offset)
    named = items.c.source != WHOLE_RUN
    with queue.reading(log) as connection:
        query = select(items.c.decision, items.c.source, items.c.stated).where(
            named, items.c.decision.in_([run.decision for run in found.runs])
        )
        stated: dict[str, dict[str, bool]] = {}
        for row in connection.execute(query):
            stated.setdefault(str(row.decision), {})[str(row.source)] = bool(row.stated)
        wanted = [decisions.c.superseded_by.is_(None), decisions.c.verdict != ""]
        for kind, name in asked.items():
            of_kind = select(touches.c.item).where(touches.c.kind == kind, touches.c.name == indexed(name))
            wanted.append(items.c.id.in_(of_kind))
        counted = (
            select(items.c.verdict, func.sum(items.c.stated), func.sum(1 - items.c.stated))
            .join(decisions, decisions.c.id == items.c.decision)
            .where(named, *wanted)
            .group_by(items.c.verdict)
        )
        by_verdict = {str(verdict): (int(yes), int(no)) for verdict, yes, no in connection.execute(counted)}
    return Portfolio(
        asked=found.asked,
        runs=tuple(_touched(run, stated.get(run.decision, {})) for run in found.runs),
        exposure=tuple(_exposure(e, *by_verdict.get(e.verdict, (0, 0))) for e in found.exposure),
        rows=found.rows if any(yes for yes, _ in by_verdict.values()) else None,
        unstated=sum(no for _, no in by_verdict.values()),
        total=found.total,
    )


def _touched(run: portfolio.Touched, stated: dict[str, bool]) -> Touched:
    mine = [stated[source] for source in run.sources if source in stated]
    return Touched(
        decision=run.decision,
        run=run.run,
        day=run.day,
        verdict=run.verdict,
        worst=run.worst,
        sources=run.sources,
        rows=run.rows if any(mine) else None,
        run_rows=run.run_rows if any(stated.values()) else None,
        unstated=mine.count(False),
    )


def _exposure(e: portfolio.Exposure, stated: int, unstated: int) -> Exposure:
    rows = e.rows if stated else None
    return Exposure(verdict=e.verdict, runs=e.runs, sources=e.sources, rows=rows, unstated=unstated)
