"""Bringing a database to the present tables, once, whichever process comes first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy
from sqlalchemy import Connection, Engine

from compliance.errors import InputError
from compliance.store.engine import writing

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0001"
"""The newest revision in `migrations/versions`; a test compares the two."""


def revision(connection: Connection) -> str | None:
    """The revision that the database is at; None where it has no tables of ours."""
    if not sqlalchemy.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sqlalchemy.text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(engine: Engine) -> None:
    """Make or update the tables, in one transaction and under the writers' lock."""
    with engine.connect() as connection:
        if revision(connection) == HEAD:
            return
    with writing(engine) as connection:
        found = revision(connection)
        if found == HEAD:
            return
        _refuse_newer(found)
        from alembic import command

        command.upgrade(config(connection), "head")


def must_be_current(engine: Engine) -> None:
    """An `InputError` where the database has no ledger, or one of another version of the program."""
    with engine.connect() as connection:
        found = revision(connection)
    if found is None:
        raise InputError("there is no ledger in this database", remedy="a first check with --ledger makes one")
    _refuse_newer(found)
    if found != HEAD:
        raise InputError(
            f"the ledger's tables are of revision {found}, this program's of {HEAD}",
            remedy="append to it once with this program, which updates them",
        )


def config(connection: Connection | None = None) -> Config:
    """Alembic's settings, without a file: the folder of revisions and the connection to use."""
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    settings.attributes["connection"] = connection
    return settings


def _refuse_newer(found: str | None) -> None:
    if found is not None and found > HEAD:
        raise InputError(
            f"the ledger was made by a newer program (revision {found})", remedy="install that version of clearance"
        )
