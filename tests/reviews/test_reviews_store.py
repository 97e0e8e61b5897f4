"""The tables of reviews are those that the revisions make."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy
from alembic import command
from alembic.script import ScriptDirectory

from compliance.errors import InputError
from compliance.ledger.ledger import open_ledger
from compliance.reviews.tables import metadata
from compliance.store.engine import open_engine, writing
from compliance.store.reviews import REVIEWS


def test_the_newest_revision_is_the_one_that_is_asked_for() -> None:
    assert ScriptDirectory.from_config(REVIEWS.config()).get_current_head() == REVIEWS.head


def test_the_revisions_make_the_tables_and_remove_them(place: str, tmp_path: Path) -> None:
    open_ledger(place, key=tmp_path / "k").close()
    engine = open_engine(place)
    REVIEWS.upgrade(engine)
    REVIEWS.upgrade(engine)
    found = sqlalchemy.inspect(engine)
    for table in metadata.sorted_tables:
        columns = {c["name"]: c["nullable"] for c in found.get_columns(table.name)}
        assert columns == {c.name: bool(c.nullable) for c in table.columns}
        assert {i["name"] for i in found.get_indexes(table.name)} == {i.name for i in table.indexes}
    with writing(engine) as connection:
        command.downgrade(REVIEWS.config(connection), "base")
    left = set(sqlalchemy.inspect(engine).get_table_names())
    assert not left & {t.name for t in metadata.sorted_tables}
    assert "entries" in left
    engine.dispose()


def test_tables_of_a_newer_program_are_left_alone(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "audit.db", create=True)
    REVIEWS.upgrade(engine)
    with writing(engine) as connection:
        connection.execute(sqlalchemy.text(f"UPDATE {REVIEWS.version_table} SET version_num = 'w9999'"))
    with pytest.raises(InputError, match="newer"):
        REVIEWS.upgrade(engine)
    engine.dispose()
