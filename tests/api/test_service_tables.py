"""The service's tables: made and updated by revisions; a job that two processes hold is recorded once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from running import OWN_LAB
from sqlalchemy import func, select, update

from api import jobs_store, work
from api.jobs_store import Done, Task
from api.keys import Principal, any_live, create_key, list_keys
from api.problems import problem
from api.roles import Role
from api.store import hooks, jobs, metadata, moment, prepare
from compliance.ledger.entry import Entry
from compliance.ledger.ledger import Ledger, open_ledger
from compliance.store.engine import open_engine, writing
from compliance.store.schema import metadata as of_the_ledger
from compliance.store.service import SERVICE

WHO = Principal("0" * 12, "ci", Role.ENGINEER)


@pytest.fixture
def ledger(place: str, tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(place, key=tmp_path / "key") as opened:
        prepare(opened.log.engine)
        yield opened


def test_the_newest_revision_is_the_one_that_is_asked_for() -> None:
    assert ScriptDirectory.from_config(SERVICE.config()).get_heads() == [SERVICE.head]


def test_the_revisions_make_the_tables(ledger: Ledger) -> None:
    with ledger.log.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": SERVICE.version_table})
        differ = compare_metadata(context, [metadata, of_the_ledger])
    assert [d for d in differ if d[0] != "remove_table" or d[1].name != "alembic_version"] == []


def test_tables_from_before_the_revisions_are_updated_and_keep_their_keys(place: str) -> None:
    engine = open_engine(place, create=True)
    with writing(engine) as connection:
        command.upgrade(SERVICE.config(connection), SERVICE.first)
        connection.execute(sqlalchemy.text(f"DROP TABLE {SERVICE.version_table}"))
        row = "('0123456789ab', 'ci', 'engineer', :hash, '2026-01-01', '9999-01-01', NULL)"
        connection.execute(sqlalchemy.text(f"INSERT INTO api_keys VALUES {row}"), {"hash": b"h"})
    prepare(engine)
    assert any_live(engine)
    create_key(engine, "new", Role.LEGAL, 1)
    with writing(engine) as connection:
        command.downgrade(SERVICE.config(connection), SERVICE.first)
    SERVICE.upgrade(engine)
    assert [key.name for key in list_keys(engine)] == ["ci", "new"]
    with writing(engine) as connection:
        command.downgrade(SERVICE.config(connection), "base")
    assert set(sqlalchemy.inspect(engine).get_table_names()) == {SERVICE.version_table}
    engine.dispose()


def overdue(ledger: Ledger) -> None:
    """Let every lease run out."""
    with writing(ledger.log.engine) as connection:
        connection.execute(update(jobs).values(held_until=moment()))


def test_a_process_that_comes_back_after_its_lease_records_nothing(ledger: Ledger) -> None:
    engine = ledger.log.engine
    made = work.decide(OWN_LAB, "m.yaml", "default", (), WHO.signature, False)
    job, _ = jobs_store.submit(engine, WHO, Task(name="m.yaml", profile="default"), OWN_LAB, 1, None)

    def record(row: Any) -> list[Entry]:
        def taken(connection: sqlalchemy.Connection, index: int) -> bool:
            return jobs_store.finish(
                connection, row, [Done(id=made.id, verdict=made.verdict, entry=index)], "https://h/"
            )

        return asyncio.run(ledger.append_many_async([("decision", made.body)], texts=made.texts, taken=taken))

    slow = jobs_store.claim(engine)
    assert jobs_store.claim(engine) is None
    assert jobs_store.hold(engine, slow, 0)
    overdue(ledger)
    quick = jobs_store.claim(engine)
    assert not jobs_store.hold(engine, slow, 0)
    before = ledger.log.size()
    assert record(slow) == []
    for give_up in (partial(jobs_store.let_go, engine, slow), partial(jobs_store.put_off, engine, slow)):
        give_up()
        assert jobs_store.find(engine, job.id).state == "running"
    jobs_store.fail(engine, slow, problem("internal"), "https://h/")
    (entry,) = record(quick)
    assert record(slow) == record(quick) == []
    ended = jobs_store.find(engine, job.id)
    assert (ended.state, [one.entry for one in ended.checks]) == ("done", [entry.index])
    assert ledger.log.size() == before + 1
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(hooks)).scalar() == 1
