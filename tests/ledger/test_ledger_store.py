"""The tables and their migrations agree."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from compliance.errors import InputError
from compliance.store.engine import open_engine
from compliance.store.migrate import LEDGER, must_be_current
from compliance.store.schema import metadata


def test_the_newest_revision_is_the_one_that_the_program_expects() -> None:
    assert ScriptDirectory.from_config(LEDGER.config()).get_heads() == [LEDGER.head]


def test_migrations_make_the_tables_of_the_schema(place: str) -> None:
    engine = open_engine(place, create=True)
    LEDGER.upgrade(engine)
    LEDGER.upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_a_newer_ledger_is_not_touched(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "audit.db", create=True)
    LEDGER.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("UPDATE alembic_version SET version_num = '9999'"))
    for refuse in (LEDGER.upgrade, must_be_current):
        with pytest.raises(InputError, match="newer program"):
            refuse(engine)
    engine.dispose()


def test_downgrade_takes_the_tables_away(place: str) -> None:
    from alembic import command

    engine = open_engine(place, create=True)
    LEDGER.upgrade(engine)
    with engine.begin() as connection:
        command.downgrade(LEDGER.config(connection), "base")
        assert set(sqlalchemy.inspect(connection).get_table_names()) == {"alembic_version"}
    engine.dispose()
