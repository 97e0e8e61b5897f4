"""The ledger's tables, and whether a database has them as this program does."""

from __future__ import annotations

from sqlalchemy import Engine

from compliance.errors import InputError
from compliance.store.revisions import Revisions

LEDGER = Revisions(folder="migrations", head="0001", version_table="alembic_version", what="the ledger was")


def must_be_current(engine: Engine) -> None:
    """An `InputError` where the database has no ledger, or one of another version of the program."""
    with engine.connect() as connection:
        found = LEDGER.of(connection)
    if found is None:
        raise InputError("there is no ledger in this database", remedy="a first check with --ledger makes one")
    LEDGER.refuse_newer(found)
    if found != LEDGER.head:
        raise InputError(
            f"the ledger's tables are of revision {found}, this program's of {LEDGER.head}",
            remedy="append to it once with this program, which updates them",
        )
