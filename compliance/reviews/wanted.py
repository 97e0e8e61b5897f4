"""Which items a list shows, in which order, and how its next page is found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from compliance.errors import UsageError
from compliance.reviews.people import same
from compliance.reviews.tables import decisions, items, waivers

PAGE = 200
"""So many rows are fetched at a time."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for. Without `state` and `decision`: what is neither settled nor superseded."""

    state: str | None = None
    verdict: str | None = None
    assignee: str | None = None
    """A name in any spelling; an empty one for items that nobody has."""
    due_by: str = ""
    """Only items with a due day, on this day or before."""
    text: str = ""
    """Words of the run, the source or the rule."""
    decision: str | None = None


def rows(connection: Connection, wanted: Wanted, after: str = "") -> Iterator[Any]:
    """The rows of items, those due first and then by age, from the one behind the item `after` on."""
    query = _query(connection, wanted)
    place = _place(connection, after) if after else None
    while True:
        page = connection.execute((query.where(_behind(place)) if place else query).limit(PAGE)).all()
        yield from page
        if len(page) < PAGE:
            return
        place = (page[-1].due, int(page[-1].entry_index), int(page[-1].position))


def row(connection: Connection, item: str) -> Any:
    """The row of one item that waits, or waited; None where there is none."""
    return connection.execute(_select().where(items.c.waits == 1, items.c.id == item)).first()


def people(connection: Connection) -> list[str]:
    """Everybody who has an item that is not settled, by name."""
    held = _select().where(*_standing(), items.c.assignee != "").subquery()
    return [
        str(name) for name in connection.execute(select(held.c.assignee).distinct().order_by(held.c.assignee)).scalars()
    ]


def counts(connection: Connection) -> dict[str, int]:
    """How many items are not settled, by verdict."""
    query = select(items.c.verdict, func.count()).join(decisions, decisions.c.id == items.c.decision)
    found = connection.execute(query.where(*_standing()).group_by(items.c.verdict))
    return {str(verdict): int(number) for verdict, number in found}


def _select() -> Any:
    columns = (items, decisions.c.run, decisions.c.at, decisions.c.superseded_by, decisions.c.entry_index)
    return select(*columns).join(decisions, decisions.c.id == items.c.decision)


def _standing() -> tuple[ColumnElement[bool], ...]:
    return items.c.waits == 1, items.c.state == "open", decisions.c.superseded_by.is_(None)


def _query(connection: Connection, wanted: Wanted) -> Any:
    held: list[ColumnElement[bool]] = [items.c.waits == 1]
    if wanted.state in ("open", "requested", "waived") or (wanted.state is None and wanted.decision is None):
        held += _standing()[1:]
    elif wanted.state in ("answered", "rejected"):
        held.append(items.c.state == wanted.state)
    elif wanted.state == "superseded":
        held.append(decisions.c.superseded_by.is_not(None))
    if wanted.state in ("requested", "waived"):  # leave for another manifest covers nothing
        held.append(exists().where(waivers.c.manifest_sha256 == decisions.c.manifest_sha256))
    if wanted.verdict is not None:
        held.append(items.c.verdict == wanted.verdict)
    if wanted.assignee is not None:
        held.append(items.c.assignee.in_(_spellings(connection, wanted.assignee)))
    if wanted.due_by:
        held += [items.c.due != "", items.c.due <= wanted.due_by]
    if wanted.text:
        words = wanted.text.lower()
        held.append(
            or_(
                *(
                    func.lower(c).contains(words, autoescape=True)
                    for c in (decisions.c.run, items.c.source, items.c.rule)
                )
            )
        )
    if wanted.decision is not None:
        held.append(items.c.decision == wanted.decision)
    return (
        _select().where(and_(*held)).order_by(items.c.due == "", items.c.due, decisions.c.entry_index, items.c.position)
    )


def _spellings(connection: Connection, name: str) -> list[str]:
    if not name:
        return [""]
    held = connection.execute(select(items.c.assignee).where(items.c.assignee != "").distinct()).scalars()
    return [str(other) for other in held if same(str(other), name)]


def _place(connection: Connection, item: str) -> tuple[str, int, int]:
    found = row(connection, item)
    if found is None:
        raise UsageError(f"no item is called {item!r}", remedy="begin with the first page")
    return found.due, int(found.entry_index), int(found.position)


def _behind(place: tuple[str, int, int]) -> ColumnElement[bool]:
    due, index, position = place
    index_behind = or_(
        decisions.c.entry_index > index, and_(decisions.c.entry_index == index, items.c.position > position)
    )
    here = and_(items.c.due == due, index_behind)
    return here if not due else or_(here, items.c.due == "", items.c.due > due)
