"""The database of terms on SQLite and PostgreSQL: answers, revisions, and what happens when it is in the way."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from archive import BAN, Archive, page, run
from other_user import as_somebody

from compliance.errors import InputError
from compliance.history.database import open_history
from compliance.history.tables import metadata
from compliance.ledger.ledger import open_ledger
from compliance.store import engine
from compliance.store.engine import open_engine, writing
from compliance.store.history import TERMS


def versions(db: str | Path) -> dict[str, int]:
    found = json.loads(run("list", "--db", db, "--format", "json").out)
    return {d["document"]: d["versions"] for d in found["documents"]}


def test_both_kinds_of_database_answer_alike(archive: Archive, place: str, tmp_path: Path) -> None:
    archive.record("2025-01-02", page())
    archive.record("2025-01-03", page(BAN))
    done = run("sync", archive.folder, "--db", place)
    assert (done.code, done.error) == (0, "")
    assert "0 new versions" in run("sync", archive.folder, "--db", place).out
    file = tmp_path / "API terms.md"
    file.write_text(page(BAN))
    assert (
        "1 new versions"
        in run("ingest", file, "--party", "Beta", "--date", "2025-02-01", "--db", place, "--lexical").out
    )
    assert versions(place) == {"Acme/Terms of Service": 2, "Beta/API terms": 1}
    assert run("alerts", "--db", place, "--exit-code").code == 2
    assert BAN in run("show", "beta", "--db", place).out
    told = json.loads(run("confirm", "beta", "--db", place, "--format", "json", "--accept", "all", "--by", "Ada").out)
    assert [c["status"] for c in told["clauses"]] == ["accepted"]
    assert told["clauses"][0]["quote"] == BAN[:-1]
    assert told["open"] == 0


def test_the_revisions_make_the_tables_that_the_program_knows(place: str) -> None:
    made = open_engine(place, create=True)
    TERMS.upgrade(made)
    with made.connect() as connection:
        found = sa.inspect(connection)
        for table in metadata.sorted_tables:
            columns = {c["name"]: c["nullable"] for c in found.get_columns(table.name)}
            assert columns == {c.name: bool(c.nullable) for c in table.columns}
            assert {i["name"] for i in found.get_indexes(table.name) if not i.get("duplicates_constraint")} == {
                i.name for i in table.indexes
            }
        assert TERMS.of(connection) == TERMS.head
    made.dispose()


def test_the_newest_revision_is_the_one_that_the_program_wants() -> None:
    from alembic.script import ScriptDirectory

    assert ScriptDirectory.from_config(TERMS.config()).get_current_head() == TERMS.head


def test_tables_from_before_the_revisions_keep_their_versions(archive: Archive, place: str) -> None:
    archive.record("2025-01-02", page(BAN))
    run("sync", archive.folder, "--db", place)
    from alembic import command

    made = open_engine(place)
    with writing(made) as connection:
        command.downgrade(TERMS.config(connection), "h0001")
        connection.execute(sa.text(f"DROP TABLE {TERMS.version_table}"))
        assert sa.inspect(connection).has_table("history_meta")
        assert not sa.inspect(connection).has_table("history_clauses")
    made.dispose()
    assert versions(place) == {"Acme/Terms of Service": 1}
    assert "1 unconfirmed" in run("confirm", "acme", "--db", place, "--lexical").out


def test_a_newer_database_is_left_alone(place: str) -> None:
    with open_history(place, create=True) as held, writing(held.engine) as connection:
        connection.execute(sa.text(f"UPDATE {TERMS.version_table} SET version_num = 'h9999'"))
    with pytest.raises(InputError, match="newer program"), open_history(place):
        pass


def test_terms_and_a_ledger_share_a_database(archive: Archive, place: str, tmp_path: Path) -> None:
    with open_ledger(place, key=tmp_path / "audit.key"):
        pass
    archive.record("2025-01-02", page(BAN))
    assert run("sync", archive.folder, "--db", place).code == 0
    with open_ledger(place, key=tmp_path / "audit.key"):
        pass
    assert versions(place) == {"Acme/Terms of Service": 1}


def test_a_locked_database_is_said_and_loses_nothing(
    archive: Archive, db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.record("2025-01-02", page())
    run("sync", archive.folder, "--db", db)
    archive.record("2025-01-03", page(BAN))
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.1)
    with contextlib.closing(sqlite3.connect(db, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = run("sync", archive.folder, "--db", db)
        assert done.code == 65
        assert "locked" in done.error and str(db) in done.error and "\n" not in done.error
        other.execute("ROLLBACK")
    assert "1 new versions" in run("sync", archive.folder, "--db", db).out


def test_a_database_that_may_only_be_read_is_said(archive: Archive, tmp_path: Path) -> None:
    folder = tmp_path / "held"
    folder.mkdir()
    db = folder / "terms.sqlite"
    archive.record("2025-01-02", page())
    run("sync", archive.folder, "--db", db)
    file = folder / "more.md"
    file.write_text(page(BAN))
    for path in (file, db):
        path.chmod(0o444)
    folder.chmod(0o555)
    before = db.read_bytes()
    arguments = ["terms", "ingest", str(file), "--party", "B", "--date", "2025-01-01", "--db", str(db), "--no-clauses"]
    command = as_somebody([sys.executable, "-m", "compliance", *arguments], folder)
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    folder.chmod(0o755)
    assert done.returncode == 65, done.stderr
    assert done.stderr.count("\n") == 1
    assert str(db) in done.stderr and "written" in done.stderr
    assert db.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"SQLite format 3\x00" + b"\xff" * 5000, "database"), (b"hello there", "no SQLite file")],
    ids=["damaged", "text"],
)
def test_a_file_that_is_no_database_is_left_as_it_is(db: Path, content: bytes, words: str) -> None:
    db.write_bytes(content)
    done = run("list", "--db", db)
    assert done.code == 65
    assert words in done.error and str(db) in done.error
    assert db.read_bytes() == content


def test_a_server_that_is_not_there_is_said_without_its_password(archive: Archive) -> None:
    archive.record("2025-01-02", page())
    done = run("sync", archive.folder, "--db", "postgresql://ada:hush-hush@127.0.0.1:1/terms")
    assert done.code == 65
    assert "hush" not in done.error and "127.0.0.1" in done.error and "\n" not in done.error
