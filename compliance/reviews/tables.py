"""The tables of reviews, as SQLAlchemy Core sees them; `compliance/store` makes them.

None of them is evidence: each row repeats what entries of the ledger say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, LargeBinary, MetaData, Table, Text, insert

metadata = MetaData()

_number = BigInteger().with_variant(Integer, "sqlite")

state = Table(
    "review_state",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", _number, nullable=False),
)
"""How far the ledger was read: `next` is the index of the first entry that was not."""

decisions = Table(
    "review_decisions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("entry_index", _number, nullable=False),
    Column("at", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("day", Text, nullable=False),
    Column("run_key", Text, nullable=False),
    Column("manifest_sha256", Text, nullable=False),
    Column("profile", Text, nullable=False),
    Column("corpora", Text, nullable=False),
    Column("rules", Text, nullable=False),
    Column("program", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("rows", _number, nullable=False),
    Column("superseded_by", Text),
    Column("why", Text, nullable=False),
    Index("review_decisions_run", "run_key"),
    Index("review_decisions_entry", "entry_index"),
    Index("review_decisions_superseded", "superseded_by"),
)
"""One row a decision. `run_key` is the same for checks of one manifest with the same evidence under one profile;
`superseded_by` is the decision that stands in its place, `why` says what became of it."""

items = Table(
    "review_items",
    metadata,
    Column("id", Text, primary_key=True),
    Column("decision", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("rows", _number, nullable=False),
    Column("grounds", Text, nullable=False),
    Column("waits", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("assignee", Text, nullable=False),
    Column("due", Text, nullable=False),
    Column("stated", Integer, nullable=False),
    Index("review_items_decision", "decision", "position"),
    Index("review_items_waits", "waits", "state"),
)
"""One row a source of a decision; those that wait (`review`, `block`) are items to work on. `stated` says
whether its `rows` are: where they are not, they stand as 0."""

touches = Table(
    "review_touches",
    metadata,
    Column("item", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Index("review_touches_name", "kind", "name"),
    Index("review_touches_decision", "decision"),
)
"""What a source of a decision rests on: teachers, data sets, clauses, documents, licences, rules, and plain names."""

steps = Table(
    "review_steps",
    metadata,
    Column("entry_index", _number, primary_key=True, autoincrement=False),
    Column("decision", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("waiver", Text, nullable=False),
    Column("event", Text, nullable=False),
    Index("review_steps_decision", "decision"),
    Index("review_steps_waiver", "waiver"),
)
"""The steps on a decision or waiver; who took them and what they said is read from the ledger."""

waivers = Table(
    "review_waivers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("decision", Text, nullable=False),
    Column("manifest_sha256", Text, nullable=False),
    Column("profile", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("sources", Text, nullable=False),
    Column("clauses", Text, nullable=False),
    Column("grounds", Text, nullable=False),
    Column("until", Text, nullable=False),
    Column("until_said", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("requested_at", Text, nullable=False),
    Column("requested_entry", _number, nullable=False),
    Column("granted_by", Text, nullable=False),
    Column("granted_at", Text, nullable=False),
    Column("withdrawn_by", Text, nullable=False),
    Column("withdrawn_at", Text, nullable=False),
    Column("broken", Text, nullable=False),
    Index("review_waivers_manifest", "manifest_sha256"),
    Index("review_waivers_decision", "decision"),
    Index("review_waivers_until", "until"),
)
"""Leave that was asked for. Empty text stands for what has not happened; `until` is UTC and sorts by time."""

corpora = Table(
    "review_corpora",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("records", LargeBinary, nullable=False),
)
"""The digest of each record of a state of the corpora, so that two states can be compared later."""


def insert_all(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows whose values stand in the order of the table's columns.

    A decision has thousands: to hand them to the driver as they are takes half the time of the general way, which
    looks at each value.
    """
    compiled = insert(table).compile(dialect=connection.dialect)
    names = [column.name for column in table.columns]
    if compiled.positional:
        connection.exec_driver_sql(str(compiled), list(rows))
    else:
        connection.exec_driver_sql(str(compiled), [dict(zip(names, row, strict=True)) for row in rows])
