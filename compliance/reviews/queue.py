"""Reading: the queue of items, one item with all that was said of it, waivers, the gate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, and_, or_, select

from compliance.errors import InputError
from compliance.ledger.entry import Entry
from compliance.ledger.log import Log
from compliance.reviews import gate
from compliance.reviews.leave import Case, Waiver, attested, case_of, covered, current, of_row, waivers_for
from compliance.reviews.lookup import find_item, find_waiver, standing_waiver
from compliance.reviews.moments import now, utc
from compliance.reviews.project import catch_up
from compliance.reviews.tables import steps, waivers
from compliance.reviews.wanted import Wanted, counts, people, rows
from compliance.reviews.wanted import row as row_of
from compliance.store.engine import said_plainly
from compliance.store.reviews import REVIEWS

STATES = ("open", "requested", "waived", "answered", "rejected", "superseded")
STANDINGS = ("requested", "in-force", "expired", "withdrawn", "broken")
CURRENT = ("requested", "in-force")
_Held = tuple[Case, dict[str, tuple[Waiver, ...]], list[Waiver]]


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
    rows: int | None
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
    verdict: str | None = None,
    assignee: str | None = None,
    due_by: str = "",
    text: str = "",
    decision: str | None = None,
    after: str = "",
    limit: int = 100,
    moment: datetime | None = None,
) -> list[Item]:
    """Items, those due first and then by age; see `Wanted` for what may be asked.

    `after` is the id of the item that a page ended with.
    """
    wanted = Wanted(state=state, verdict=verdict, assignee=assignee, due_by=due_by, text=text, decision=decision)
    found: list[Item] = []
    with reading(log) as connection:
        cases: dict[str, _Held] = {}
        for row in rows(connection, wanted, after):
            item = _item(connection, row, cases, moment or now())
            if state is None or item.state == state:
                found.append(item)
                if len(found) == limit:
                    break
    return found


def standing(log: Log) -> tuple[dict[str, int], list[str]]:
    """How many items are not settled, by verdict, and who has one."""
    with reading(log) as connection:
        return counts(connection), people(connection)


def show(log: Log, name: str, moment: datetime | None = None) -> Whole:
    """All of one item."""
    at = moment or now()
    with reading(log) as connection:
        row = row_of(connection, find_item(connection, name).id)
        if row is None:
            raise InputError("nothing waits here: the verdict on this source permits it")
        item = _item(connection, row, {}, at)
        case = case_of(connection, item.decision)
        assert case is not None
        every = waivers_for(connection, case, at)
        held = [w for w in every if any(g.source == item.source for g in w.grounds) or not w.grounds]
        mine = {w.id for w in held}
        query = select(steps).where(steps.c.decision == case.id).order_by(steps.c.entry_index)
        indices = [
            int(step.entry_index)
            for step in connection.execute(query)
            if step.waiver in mine or (not step.waiver and step.source == item.source) or step.event == "reopened"
        ]
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
        waivers=tuple(held),
        steps=tuple(said(log.entry(index)) for index in indices),
        gate=answer,
    )


def outcome(log: Log, decision: str, moment: datetime | None = None) -> gate.Outcome:
    """The gate's answer on a decision."""
    with reading(log) as connection:
        return gate.outcome(connection, decision, moment or now())


def all_waivers(
    log: Log,
    *,
    standing: str | None = None,
    after: str = "",
    limit: int | None = None,
    moment: datetime | None = None,
) -> list[Waiver]:
    """Waivers as they stand towards the decision that is current now, the soonest to end first.

    `standing` is one of `STANDINGS`, or `current` for what is asked for or in force; `after` is the id of the waiver
    that a page ended with.
    """
    at = moment or now()
    found: list[Waiver] = []
    with reading(log) as connection:
        query = select(waivers).order_by(waivers.c.until, waivers.c.id)
        if standing in ("current", "requested", "in-force"):
            query = query.where(waivers.c.until > utc(at), waivers.c.withdrawn_by == "", waivers.c.broken == "")
        if after:
            last = find_waiver(connection, after)
            until, name = waivers.c.until, waivers.c.id
            query = query.where(or_(until > last.until, and_(until == last.until, name > last.id)))
        for row in connection.execute(query).all():
            case = case_of(connection, current(connection, row.decision))
            waiver = attested(connection, of_row(row, case, at))
            if standing in (None, waiver.standing) or (standing == "current" and waiver.standing in CURRENT):
                found.append(waiver)
                if len(found) == limit:
                    break
    return found


def waiver(log: Log, name: str, moment: datetime | None = None) -> Waiver:
    """One waiver, as it stands towards the decision that is current now."""
    with reading(log) as connection:
        return attested(connection, standing_waiver(connection, name, moment or now())[0])


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


def _item(
    connection: Connection,
    row: Any,
    cases: dict[str, _Held],
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
        rows=row.rows if row.stated else None,
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
