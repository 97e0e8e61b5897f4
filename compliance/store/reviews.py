"""Bringing the tables of reviews to the present; they stand beside the ledger that they repeat."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy
from sqlalchemy import Connection, Engine

from compliance.errors import InputError
from compliance.store.engine import writing

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "w0001"
"""The newest revision in `reviews_migrations/versions`; a test compares the two."""
VERSION_TABLE = "review_version"


def revision(connection: Connection) -> str | None:
    """The revision of the tables of reviews; None where there are none."""
    if not sqlalchemy.inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(sqlalchemy.text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()


def upgrade(engine: Engine) -> None:
    """Make or update the tables, in one transaction and under the writers' lock."""
    with engine.connect() as connection:
        if revision(connection) == HEAD:
            return
    with writing(engine) as connection:
        found = revision(connection)
        if found == HEAD:
            return
        if found is not None and found > HEAD:
            raise InputError(
                f"the tables of reviews were made by a newer program (revision {found})",
                remedy="install that version of clearance",
            )
        from alembic import command

        command.upgrade(config(connection), "head")


def config(connection: Connection | None = None) -> Config:
    """Alembic's settings, without a file: the folder of revisions and the connection to use."""
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "reviews_migrations").replace("%", "%%"))
    settings.attributes["connection"] = connection
    return settings
