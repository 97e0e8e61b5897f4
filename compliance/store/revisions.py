"""Sets of tables that have revisions of their own: which one a database is at, and bringing it to the newest, once.

Several sets share a database, each with a version table and a folder of Alembic's revisions.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy
from sqlalchemy import Connection, Engine

from compliance.errors import InputError
from compliance.store.engine import writing

if TYPE_CHECKING:
    from alembic.config import Config


@dataclass(frozen=True, slots=True)
class Revisions:
    """The revisions of one set of tables.

    `head` is the newest revision in `folder`, a folder beside this module (a test compares the two); `what` names the
    set in errors. Databases from before the set had revisions are known by the table `unversioned` and are at `first`.
    """

    folder: str
    head: str
    version_table: str
    what: str
    unversioned: str = ""
    first: str = ""

    def of(self, connection: Connection) -> str | None:
        """The revision that a database is at; None where it has none of these tables."""
        tables = sqlalchemy.inspect(connection)
        if tables.has_table(self.version_table):
            query = sqlalchemy.text(f"SELECT version_num FROM {self.version_table}")
            return connection.execute(query).scalar()
        return self.first if self.unversioned and tables.has_table(self.unversioned) else None

    def upgrade(self, engine: Engine) -> None:
        """Make or update the tables, in one transaction and under the writers' lock, whichever process comes first."""
        with engine.connect() as connection:
            if self.of(connection) == self.head:
                return
        with writing(engine) as connection:
            found = self.of(connection)
            if found == self.head:
                return
            self.refuse_newer(found)
            from alembic import command

            settings = self.config(connection)
            if found and not sqlalchemy.inspect(connection).has_table(self.version_table):
                command.stamp(settings, found)
            command.upgrade(settings, "head")

    def config(self, connection: Connection | None = None) -> Config:
        """Alembic's settings, without a file: the folder of revisions, the version table and the connection to use."""
        from alembic.config import Config

        settings = Config()
        settings.set_main_option("script_location", str(Path(__file__).parent / self.folder).replace("%", "%%"))
        settings.attributes.update(connection=connection, version_table=self.version_table)
        return settings

    def refuse_newer(self, found: str | None) -> None:
        """An `InputError` where a newer program made the tables."""
        if found is not None and found > self.head:
            raise InputError(
                f"{self.what} made by a newer program (revision {found})", remedy="install that version of clearance"
            )
