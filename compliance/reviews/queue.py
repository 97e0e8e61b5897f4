"""Reading: the queue of items, one item with all that was said of it, waivers, the gate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, and_, select

from compliance.errors import InputError
from compliance.ledger.entry import Entry
from compliance.ledger.log import Log
from compliance.reviews import gate
from compliance.reviews.leave import Case, Waiver, case_of, covered, current, of_row, waivers_for
from compliance.reviews.lookup import find_item
from compliance.reviews.moments import now
from compliance.reviews.project import catch_up
from compliance.reviews.tables import decisions, items, steps, waivers
from compliance.store.engine import said_plainly
from compliance.store.reviews import REVIEWS

STATES = ("open", "requested", "waived", "answered", "rejected", "superseded")


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A source that waits for a person, or the run itself (an empty `source`).

    `state` is one of `STATES`; `says` tells of waivers, beside the verdict.
    """

    id: str
    decision: str
    run: str
    source: str
    verdict: str
    rule: str
    rows: int
    state: str
    assignee: str
    due: str
    opened_at: str
    says: tuple[str, ...] = ()


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A step as the ledger has it: who did what, when, and in which words; `entry` is its index."""

    entry: int
    at: str
    by: str
    event: str
    source: str
    text: str
    evidence: tuple[str, ...] = ()
    to: str = ""
    due: str = ""
    decision: str = ""


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """An item with its history, the facts that are missing, the gate's answer, and who stands behind the verdict."""

    item: Item
    clauses: tuple[str, ...]
    reason: str
    missing: tuple[str, ...]
    decided_by: str
    decided_at: str
    rule: str
    rules: str
    profile: str
    corpora: str
    waivers: tuple[Waiver, ...]
    steps: tuple[Said, ...]
    gate: gate.Outcome


def prepare(log: Log) -> None:
    """Make the tables where they are missing, and bring them to the end of the ledger."""
    with said_plainly(log.place):
        REVIEWS.upgrade(log.engine)
    catch_up(log)


def queue(
    log: Log,
    *,
    state: str | None = None,
    assignee: str | None = None,
    decision: str | None = None,
    after: str = "",
    limit: int = 100,
    moment: datetime | None = None,
) -> list[Item]:
    """Items, those due first and then by age; without `state`, what is neither settled nor superseded,
    or all items of the decision that is named.

    `after` is the id of the item that a page ended with.
    """
    found: list[Item] = []
    with reading(log) as connection:
        cases: dict[str, tuple[Case, dict[str, tuple[Waiver, ...]], list[Waiver]]] = {}
        started = not after
        for row in connection.execute(_query(state, assignee, decision)):
            item = _item(connection, row, cases, moment or now())
            if state is not None and item.state != state:
                continue
            if started:
                found.append(item)
                if len(found) == limit:
                    break
            started = started or item.id == after
    return found


def show(log: Log, name: str, moment: datetime | None = None) -> Whole:
    """All of one item."""
    at = moment or now()
    with reading(log) as connection:
        row = connection.execute(_query("", None, None).where(items.c.id == find_item(connection, name).id)).first()
        if row is None:
            raise InputError("nothing waits here: the verdict on this source permits it")
        item = _item(connection, row, {}, at)
        case = case_of(connection, item.decision)
        assert case is not None
        query = select(steps).where(steps.c.decision == case.id).order_by(steps.c.entry_index)
        indices = [
            int(step.entry_index)
            for step in connection.execute(query)
            if step.waiver or step.source == item.source or step.event == "reopened"
        ]
        held = waivers_for(connection, case, at)
        answer = gate.outcome(connection, case.id, at)
    reason, missing = _asked(log.entry(case.entry_index), item.source)
    return Whole(
        item=item,
        clauses=tuple(dict.fromkeys(name for name, _ in case.grounds[item.source].clauses)),
        reason=reason,
        missing=missing,
        decided_by=case.by,
        decided_at=case.at,
        rule=item.rule,
        rules=case.rules,
        profile=case.profile,
        corpora=case.corpora,
        waivers=tuple(w for w in held if any(g.source == item.source for g in w.grounds) or not w.grounds),
        steps=tuple(said(log.entry(index)) for index in indices),
        gate=answer,
    )


def outcome(log: Log, decision: str, moment: datetime | None = None) -> gate.Outcome:
    """The gate's answer on a decision."""
    with reading(log) as connection:
        return gate.outcome(connection, decision, moment or now())


def all_waivers(log: Log, *, standing: str | None = None, moment: datetime | None = None) -> list[Waiver]:
    """Every waiver as it stands towards the decision that is current now, the soonest to end first."""
    at = moment or now()
    with reading(log) as connection:
        rows = connection.execute(select(waivers).order_by(waivers.c.until, waivers.c.id)).all()
        found = [of_row(row, case_of(connection, current(connection, row.decision)), at) for row in rows]
    return [waiver for waiver in found if standing is None or waiver.standing == standing]


def said(entry: Entry) -> Said:
    """A step's entry as people read it; what was destroyed is said to be."""
    event = entry.value("event") or "ruled"
    return Said(
        entry=entry.index,
        at=entry.at,
        by=_plain(entry, "by"),
        event=f"waiver {event}" if entry.kind == "waiver" else str(event),
        source=_plain(entry, "source"),
        text="(destroyed)" if "reason" in entry.erased else _plain(entry, "reason"),
        evidence=tuple(str(e) for e in entry.value("evidence") or ()),
        to=_plain(entry, "to"),
        due=_plain(entry, "due"),
        decision=_plain(entry, "decision"),
    )


@contextmanager
def reading(log: Log) -> Iterator[Connection]:
    """A connection to tables that are at the end of the ledger."""
    catch_up(log)
    engine: Engine = log.engine
    with said_plainly(log.place), engine.connect() as connection:
        yield connection


def _query(state: str | None, assignee: str | None, decision: str | None) -> Any:
    wanted = [items.c.waits == 1]
    if state in ("open", "requested", "waived") or (state is None and decision is None):
        wanted += [items.c.state == "open", decisions.c.superseded_by.is_(None)]
    elif state in ("answered", "rejected"):
        wanted.append(items.c.state == state)
    if assignee is not None:
        wanted.append(items.c.assignee == assignee)
    if decision is not None:
        wanted.append(items.c.decision == decision)
    columns = (items, decisions.c.run, decisions.c.at, decisions.c.superseded_by)
    query = select(*columns).join(decisions, decisions.c.id == items.c.decision).where(and_(*wanted))
    return query.order_by(items.c.due == "", items.c.due, decisions.c.entry_index, items.c.position)


def _item(
    connection: Connection,
    row: Any,
    cases: dict[str, tuple[Case, dict[str, tuple[Waiver, ...]], list[Waiver]]],
    moment: datetime,
) -> Item:
    if row.decision not in cases:
        case = case_of(connection, row.decision)
        assert case is not None
        held = waivers_for(connection, case, moment)
        cases[row.decision] = case, covered(case, held), held
    case, passing, held = cases[row.decision]
    mine = [w for w in held if any(g.source == row.source for g in w.grounds)]
    state = str(row.state)
    if state == "open":
        if case.superseded_by:
            state = "superseded"
        elif row.source in passing:
            state = "waived"
        elif any(w.standing == "requested" for w in mine):
            state = "requested"
    return Item(
        id=row.id,
        decision=row.decision,
        run=row.run,
        source=row.source,
        verdict=row.verdict,
        rule=row.rule,
        rows=row.rows,
        state=state,
        assignee=row.assignee,
        due=row.due,
        opened_at=row.at,
        says=tuple(w.says() for w in mine),
    )


def _asked(entry: Entry, source: str) -> tuple[str, tuple[str, ...]]:
    """The reason for the verdict on a source, and the questions that would settle it."""
    document = entry.value("document") or {}
    for answer in document.get("sources", ()):
        if answer.get("source") == source:
            asked = (f"{m.get('question')} ({m.get('ask')})" for m in answer.get("missing", ()))
            return str(answer.get("reason", "")), tuple(asked)
    return "", ()


def _plain(entry: Entry, name: str) -> str:
    value = entry.value(name)
    return value if isinstance(value, str) else ""
