"""Bringing the tables of terms to the present, beside those of a ledger where both share a database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy
from sqlalchemy import Connection, Engine

from compliance.errors import InputError
from compliance.store.engine import writing

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "h0002"
"""The newest revision in `history_migrations/versions`; a test compares the two."""
VERSION_TABLE = "history_version"
_FIRST = "h0001"
_BEFORE_REVISIONS = "history_meta"


def revision(connection: Connection) -> str | None:
    """The revision of the tables of terms; None where there are none."""
    found = sqlalchemy.inspect(connection)
    if found.has_table(VERSION_TABLE):
        return connection.execute(sqlalchemy.text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    return _FIRST if found.has_table(_BEFORE_REVISIONS) else None


def upgrade(engine: Engine) -> None:
    """Make or update the tables, in one transaction and under the writers' lock."""
    with writing(engine) as connection:
        found = revision(connection)
        if found == HEAD:
            return
        refuse_newer(found)
        from alembic import command

        settings = config(connection)
        if found == _FIRST and not sqlalchemy.inspect(connection).has_table(VERSION_TABLE):
            command.stamp(settings, _FIRST)
        command.upgrade(settings, "head")


def config(connection: Connection | None = None) -> Config:
    """Alembic's settings, without a file: the folder of revisions and the connection to use."""
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "history_migrations").replace("%", "%%"))
    settings.attributes["connection"] = connection
    return settings


def refuse_newer(found: str | None) -> None:
    """An `InputError` where a newer program made the tables."""
    if found is not None and found > HEAD:
        raise InputError(
            f"the tables of terms were made by a newer program (revision {found})",
            remedy="install that version of clearance",
        )
