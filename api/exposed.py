"""The answers of the portfolio with what nobody stated: rows that a manifest leaves out are not 0 rows."""

from __future__ import annotations

from collections import Counter

import msgspec
from sqlalchemy import ColumnElement, func, select

from compliance.ledger.log import Log
from compliance.reviews import portfolio, queue
from compliance.reviews.facts import WHOLE_RUN, indexed
from compliance.reviews.tables import decisions, items, touches


class Touched(msgspec.Struct, frozen=True, kw_only=True):
    """A current decision that something touches: through which sources, and in how many of its rows.

    `rows` are those that the touched sources state, `run_rows` those of all sources of the run: null where none states
    any. `unstated` counts the touched sources that state no rows, or 0.
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
    """The runs and rows of current decisions by the verdict on the sources; `unstated` sources state no rows, or 0."""

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
    silent: list[ColumnElement[bool]] = [items.c.rows == 0, items.c.source != WHOLE_RUN]
    with queue.reading(log) as connection:
        query = select(items.c.decision, items.c.source).where(
            *silent, items.c.decision.in_([run.decision for run in found.runs])
        )
        unstated = {(str(row.decision), str(row.source)) for row in connection.execute(query)}
        wanted = [decisions.c.superseded_by.is_(None), decisions.c.verdict != ""]
        for kind, name in asked.items():
            of_kind = select(touches.c.item).where(touches.c.kind == kind, touches.c.name == indexed(name))
            wanted.append(items.c.id.in_(of_kind))
        counted = (
            select(items.c.verdict, func.count())
            .join(decisions, decisions.c.id == items.c.decision)
            .where(*silent, *wanted)
            .group_by(items.c.verdict)
        )
        by_verdict = Counter({str(verdict): int(count) for verdict, count in connection.execute(counted)})
    return Portfolio(
        asked=found.asked,
        runs=tuple(
            Touched(
                decision=run.decision, run=run.run, day=run.day, verdict=run.verdict, worst=run.worst,
                sources=run.sources, rows=run.rows or None, run_rows=run.run_rows or None,
                unstated=sum((run.decision, source) in unstated for source in run.sources),
            )
            for run in found.runs
        ),
        exposure=tuple(
            Exposure(
                verdict=e.verdict, runs=e.runs, sources=e.sources, rows=e.rows or None, unstated=by_verdict[e.verdict]
            )
            for e in found.exposure
        ),
        rows=found.rows or None,
        unstated=by_verdict.total(),
        total=found.total,
    )  # fmt: skip
