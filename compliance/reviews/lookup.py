"""Finding items and waivers by name, and what may be done with them; a `UsageError` says why not."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from compliance.errors import UsageError
from compliance.reviews.facts import WHOLE_RUN
from compliance.reviews.leave import Case, Waiver, case_of, current, of_row
from compliance.reviews.tables import items, waivers


def find_item(connection: Connection, name: str) -> Any:
    """The row of the item whose id, or its first 6 letters or more, is `name`."""
    return _find(connection, items, name, "item", "clearance reviews list names them")


def find_waiver(connection: Connection, name: str) -> Any:
    """The row of the waiver whose id, or its first 6 letters or more, is `name`."""
    return _find(connection, waivers, name, "waiver", "clearance waivers list names them")


def _find(connection: Connection, table: Any, name: str, what: str, remedy: str) -> Any:
    wanted = table.c.id == name
    if len(name) >= 6:
        wanted = wanted | table.c.id.startswith(name, autoescape=True)
    rows = connection.execute(select(table).where(wanted).limit(2)).all()
    if not rows:
        raise UsageError(f"no {what} is called {name!r}", remedy=remedy)
    if len(rows) > 1:
        raise UsageError(f"{name!r} is the start of several names", remedy="give more of its letters")
    return rows[0]


def waiting_item(connection: Connection, name: str) -> tuple[Case, str]:
    """The decision and the source of an item that waits, or waited, for a person."""
    row = find_item(connection, name)
    case = case_of(connection, row.decision)
    if case is None or not row.waits:
        raise UsageError("nothing waits here: the verdict on this source permits it", remedy="clearance reviews list")
    return case, str(row.source)


def open_item(connection: Connection, name: str) -> tuple[Case, str]:
    """The decision and the source of an item that can still be worked on."""
    row = find_item(connection, name)
    case, source = waiting_item(connection, name)
    if case.superseded_by:
        newer = current(connection, case.id)
        raise UsageError(f"the decision {newer} stands in its place", remedy="work on the items of that one")
    if row.state != "open":
        raise UsageError(f"the item was {row.state} already", remedy="clearance reviews show says by whom")
    return case, source


def standing_waiver(connection: Connection, name: str, moment: datetime) -> tuple[Waiver, Case | None]:
    """A waiver as it stands towards the decision that is current now, and that decision."""
    row = find_waiver(connection, name)
    case = case_of(connection, current(connection, row.decision))
    return of_row(row, case, moment), case


def scoped(case: Case, source: str, scope: str, clauses: list[str]) -> tuple[list[str], list[str]]:
    """The sources that a waiver is for, and the clauses, by their full names."""
    if scope not in ("run", "source", "clause"):
        raise UsageError(f"no scope is called {scope!r}", remedy="run, source or clause")
    if scope != "clause":
        if clauses:
            raise UsageError("clauses go with the scope 'clause'", remedy="--scope clause --clause NAME")
        sources = [s for s in case.waiting if s not in case.rejected] if scope == "run" else [source]
        return sources, []
    if source == WHOLE_RUN or not clauses:
        raise UsageError("no clause is named", remedy="--clause NAME, as clearance reviews show prints it")
    known = sorted({name for name, _ in case.grounds[source].clauses})
    named = []
    for given in clauses:
        found = [n for n in known if given in (n, _unversioned(n))]
        if len(found) != 1:
            raise UsageError(
                f"the verdict rests on no clause {given!r}", remedy=", ".join(known)[:500] or "it has none"
            )
        named.append(found[0])
    sources = [
        s for s in case.waiting if s not in case.rejected and {n for n, _ in case.grounds[s].clauses} & set(named)
    ]
    return sources, sorted(set(named))


def _unversioned(clause: str) -> str:
    document, _, section = clause.partition("#")
    return f"{document.partition('@')[0]}#{section}"
