"""Backups of a ledger: taken while it is written, checked, restored and gone on with, on SQLite and PostgreSQL."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from postgres_server import Server

from compliance.cli.main import main
from compliance.errors import InputError, UsageError
from compliance.ledger.backup import back_up
from compliance.ledger.kinds import Login
from compliance.ledger.ledger import open_ledger
from compliance.ledger.log import open_log
from compliance.ledger.verify import verify


def said(number: int) -> Login:
    """Something to append."""
    return Login(subject=f"key-{number}", event="in", method="key")


def test_a_copy_taken_while_others_write_verifies_and_is_gone_on_with(tmp_path: Path) -> None:
    place, key, target = tmp_path / "audit.db", tmp_path / "key", tmp_path / "copy.db"
    stop = threading.Event()
    with open_ledger(place, key=key) as ledger:
        for number in range(20):
            ledger.append("login", said(number))

        def write() -> None:
            number = 100
            while not stop.is_set():
                ledger.append("login", said(number))
                number += 1

        writer = threading.Thread(target=write)
        writer.start()
        try:
            report = back_up(str(place), target)
        finally:
            stop.set()
            writer.join()
        assert report.ok and report.size >= 21
        assert ledger.log.size() >= report.size
    assert target.stat().st_mode & 0o077 == 0
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith("copy")) == ["copy.db"]
    with open_ledger(target, key=key) as restored:  # a restored copy is a ledger: it goes on where it ended
        restored.append("login", said(7))
    after = verify(str(target))
    assert after.ok and after.size == report.size + 1


def test_a_copy_is_a_part_of_the_history_that_went_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place, copy, kept = tmp_path / "audit.db", tmp_path / "copy.db", tmp_path / "kept"
    with open_ledger(place, key=tmp_path / "key") as ledger:
        ledger.append("login", said(1))
        assert main(["ledger", "backup", str(copy), "--ledger", str(place)]) == 0
        assert "2 entries, verified" in capsys.readouterr().out
        ledger.append("login", said(2))
    with open_log(copy) as log:
        kept.write_bytes(log.checkpoint())
    assert verify(str(place), checkpoint=kept).ok
    with open_log(place) as log:
        kept.write_bytes(log.checkpoint())
    shorter = verify(str(copy), checkpoint=kept)
    assert not shorter.ok, "what was lost between the copy and the checkpoint shows"


def test_nothing_is_replaced_and_a_damaged_ledger_is_told(tmp_path: Path) -> None:
    place = tmp_path / "audit.db"
    with open_ledger(place, key=tmp_path / "key") as ledger:
        ledger.append("login", said(1))
    (tmp_path / "there").write_text("mine")
    with pytest.raises(UsageError, match="exists already"):
        back_up(str(place), tmp_path / "there")
    assert (tmp_path / "there").read_text() == "mine"
    with sqlite3.connect(place) as held:
        held.execute("UPDATE entries SET leaf = zeroblob(32)")
    held.close()
    with pytest.raises(InputError, match="faults") as told:
        back_up(str(place), tmp_path / "new")
    assert told.value.file.endswith("new.faulty") and not (tmp_path / "new").exists()


@pytest.mark.parametrize("place", ["postgresql://h/audit", "missing.db"])
def test_what_is_no_ledger_file_is_said(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises((UsageError, InputError)) as told:
        back_up(place, tmp_path / "new")
    assert told.value.remedy and not (tmp_path / "new").exists()


def test_a_dump_of_postgres_is_restored_and_gone_on_with(server: Server, tmp_path: Path) -> None:
    place, key, dump = server.database(), tmp_path / "key", "audit.dump"
    with open_ledger(place, key=key) as ledger:
        for number in range(5):
            ledger.append("login", said(number))
    new = server.database()
    name, into = (url.partition("@/")[2].partition("?")[0] for url in (place, new))
    where = ("-h", str(server.folder), "-U", "clearance")
    server.run("pg_dump", *where, "--format=custom", f"--file={server.folder / dump}", name)
    server.run("pg_restore", *where, "--no-owner", "--dbname", into, str(server.folder / dump))
    assert verify(new).ok
    with open_ledger(new, key=key) as restored:
        restored.append("login", said(9))
    after = verify(new)
    assert after.ok and after.size == 7
