"""Appending: in order, together or not at all, from threads, coroutines and other processes."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy
from postgres_server import Server

from compliance.errors import ClearanceError, InputError, UnreadableFile, UsageError
from compliance.ledger import log as log_module
from compliance.ledger.ledger import Ledger, default_key_file, open_ledger
from compliance.ledger.log import open_log
from compliance.ledger.verify import verify
from compliance.store.engine import open_engine, shown

LOGIN = {"subject": "ann", "event": "in", "method": "token"}


def named(number: int) -> dict[str, str]:
    return {**LOGIN, "subject": f"user {number}"}


def test_the_first_entry_records_the_key(ledger: Ledger) -> None:
    first = ledger.log.entry(0)
    assert (first.kind, first.value("event")) == ("key", "created")
    assert ledger.log.vkeys() == [(0, first.value("vkey"))]
    assert ledger.append("login", LOGIN).index == 1
    assert verify(str(ledger.log.place)).ok


def test_every_kind_can_be_appended_and_read_back(ledger: Ledger) -> None:
    said = {
        "answer": {
            "subject": "q1",
            "question": "May we?",
            "answer": b"\xff no",
            "program": "p",
            "citations": [{"a": 1}],
        },
        "login": LOGIN,
        "review": {"subject": "d1", "ruling": "block", "reason": "as it says", "source": "chats", "by": "ann"},
        "terms": {"subject": "openai/terms", "event": "seen", "version": "2025-01-01", "sha256": "00"},
        "waiver": {"subject": "w1", "event": "granted", "reason": "agreed", "sources": ["a"], "until": "2027-01-01"},
    }
    made = ledger.append_many(list(said.items()))
    assert [e.index for e in made] == [1, 2, 3, 4, 5]
    for entry, (kind, body) in zip(made, said.items(), strict=True):
        stored = ledger.log.entry(entry.index)
        assert (stored.kind, stored.subject, stored.leaf_hash) == (kind, body["subject"], entry.leaf_hash)
        for name, value in body.items():
            assert (stored.raw(name) if isinstance(value, bytes) else stored.value(name)) == value
    assert verify(str(ledger.log.place)).ok


def test_kinds_of_the_ledgers_own_are_not_for_callers(ledger: Ledger) -> None:
    for kind in ("key", "redaction", "hold"):
        with pytest.raises(UsageError, match="by the ledger itself"):
            ledger.append(kind, {})


def test_a_batch_with_a_fault_appends_nothing(ledger: Ledger) -> None:
    with pytest.raises(InputError):
        ledger.append_many([("login", LOGIN), ("login", {})])
    assert ledger.log.size() == 1


def test_threads_and_coroutines_get_their_own_entries(ledger: Ledger) -> None:
    found: dict[int, str | None] = {}

    def caller(start: int) -> None:
        for number in range(start, start + 20):
            entry = ledger.append("login", named(number))
            found[entry.index] = entry.subject

    async def coroutine(start: int) -> None:
        for number in range(start, start + 20):
            entry = await ledger.append_async("login", named(number))
            found[entry.index] = entry.subject
        for entry in await ledger.append_many_async([("login", named(start))] * 2):
            found[entry.index] = entry.subject

    async def everyone() -> None:
        await asyncio.gather(*(coroutine(1000 + 100 * at) for at in range(8)))

    threads = [threading.Thread(target=caller, args=(100 * at,)) for at in range(8)]
    for thread in threads:
        thread.start()
    asyncio.run(everyone())
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(1, 1 + 8 * 20 + 8 * 22))
    assert found == {e.index: e.subject for e in ledger.log.entries(kind="login")}
    assert verify(str(ledger.log.place)).ok


def test_an_answer_means_that_another_connection_sees_it(ledger: Ledger) -> None:
    with open_log(ledger.log.place) as reader:
        for number in range(5):
            entry = ledger.append("login", named(number))
            assert reader.entry(entry.index).leaf_hash == entry.leaf_hash
            assert reader.checkpoint().split(b"\n")[1] == b"%d" % (entry.index + 1)


def append_some(place: str, key: Path, count: int) -> None:
    with open_ledger(place, key=key) as ledger:
        for number in range(count):
            ledger.append("login", named(number))
    os._exit(0)


def test_processes_that_start_at_once_share_one_log(place: str, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=append_some, args=(place, tmp_path / "k", 40)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    report = verify(place)
    assert (report.faults, report.size) == ([], 121)


def test_checkpoints_that_stay_are_few(ledger: Ledger) -> None:
    for _ in range(3):
        ledger.append("login", LOGIN)
    ledger.append_many([("login", LOGIN)] * 300)
    ledger.append("login", LOGIN)
    ledger.append("login", LOGIN)
    with ledger.log.engine.connect() as connection:
        sizes = connection.execute(sqlalchemy.text("SELECT size FROM checkpoints ORDER BY size")).scalars().all()
    assert sizes == [1, 304, 306]
    assert verify(str(ledger.log.place)).ok


def test_proofs_from_what_is_stored(ledger: Ledger) -> None:
    from compliance.ledger.verify import tree

    ledger.append_many([("login", named(i)) for i in range(599)])
    leaf = tree.of_leaf(ledger.log.entry(300).leaf)
    root = ledger.log.root(600)
    assert tree.included(leaf, 300, 600, ledger.log.inclusion(300, 600), root)
    assert tree.consistent(257, 600, ledger.log.root(257), root, ledger.log.consistency(257, 600))


def test_find_by_index_id_and_first_letters(ledger: Ledger) -> None:
    ids = ["0123456789abcdef", "0123456789abff", "abcdef%1"]
    made = [ledger.append("login", {**LOGIN, "subject": i}) for i in (*ids, ids[0])]
    assert ledger.log.find("2").index == 2
    assert ledger.log.find(ids[0]).index == made[3].index
    assert ledger.log.find("0123456789abc").index == made[3].index
    assert ledger.log.find("abcdef%").index == made[2].index
    for name, says in (("012345", "several"), ("abcdef_", "no entry"), ("01", "no entry"), ("99", "no entry")):
        with pytest.raises(UsageError, match=says):
            ledger.log.find(name)
    with pytest.raises(UsageError, match="no decision"):
        ledger.log.find(ids[0], "decision")


def test_pages_of_entries(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "PAGE", 3)
    ledger.append_many([("login", LOGIN)] * 7)
    assert [e.index for e in ledger.log.entries()] == list(range(8))
    assert [e.index for e in ledger.log.entries(start=5, newest_first=True)] == [5, 4, 3, 2, 1, 0]
    assert [e.index for e in ledger.log.entries(kind="key")] == [0]


def test_sqlite_is_set_to_be_durable_and_private(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with open_ledger(path) as ledger, ledger.log.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        for file in tmp_path.iterdir():
            assert file.stat().st_mode & 0o077 == 0, file
    assert default_key_file(path) == tmp_path / "audit.db.key"


def test_postgres_waits_for_its_disk(server: Server, tmp_path: Path) -> None:
    url = server.database()
    engine = open_engine(url)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {url.split('/')[3].split('?')[0]} SET synchronous_commit = off")
        connection.commit()
    engine.dispose()
    with open_ledger(url, key=tmp_path / "k") as ledger, ledger.log.engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"


def test_a_server_that_comes_back_is_used_again(server: Server, tmp_path: Path) -> None:
    url = server.database()
    with open_ledger(url, key=tmp_path / "k") as ledger:
        ledger.append("login", LOGIN)
        server.crash()
        try:
            ledger.append("login", LOGIN)
        except UnreadableFile as error:
            assert "database says" in error.message
        ledger.append("login", named(3))
        assert ledger.log.entry(ledger.log.size() - 1).subject == "user 3"
    assert verify(url).ok


def test_an_append_that_fails_is_told_to_its_caller_and_the_next_succeeds(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with open_ledger(path) as ledger:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("ALTER TABLE nodes RENAME TO gone")
        other.execute("ALTER TABLE checkpoints RENAME TO lost")
        with pytest.raises(UnreadableFile, match="checkpoints"):
            ledger.append("login", LOGIN)
        other.execute("ALTER TABLE lost RENAME TO checkpoints")
        other.execute("ALTER TABLE gone RENAME TO nodes")
        other.close()
        assert ledger.append("login", LOGIN).index == 1
    assert verify(str(path)).ok


def test_a_closed_ledger_refuses(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "audit.db")
    ledger.close()
    ledger.close()
    with pytest.raises(UsageError, match="closed"):
        ledger.append("login", LOGIN)


def test_the_wrong_key_and_no_key_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    open_ledger(path).close()
    open_ledger(tmp_path / "other.db").close()
    with pytest.raises(InputError, match="not the key"):
        open_ledger(path, key=tmp_path / "other.db.key")
    (tmp_path / "audit.db.key").unlink()
    with pytest.raises(UnreadableFile, match="signing key is not here"):
        open_ledger(path)
    with open_log(path) as log:
        assert log.size() == 1


def test_rotation_is_vouched_for_by_the_old_key(ledger: Ledger, tmp_path: Path) -> None:
    before = ledger.log.vkeys()[0][1]
    (tmp_path / "before").write_text(before)
    ledger.append("login", LOGIN)
    made = ledger.rotate_key("yearly", "ops")
    ledger.append("login", LOGIN)
    assert (tmp_path / "audit.key").stat().st_mode & 0o777 == 0o600
    assert [since for since, _ in ledger.log.vkeys()] == [0, made.index]
    report = verify(str(ledger.log.place), key=tmp_path / "before")
    assert report.ok and report.keys == [before, made.value("vkey")]
    assert ledger.log.checkpoint_at(made.index + 1).count(b"\xe2\x80\x94") == 2
    assert ledger.log.checkpoint().count(b"\xe2\x80\x94") == 1


def test_a_rotation_that_was_cut_short_is_finished_at_the_next_start(place: str, tmp_path: Path) -> None:
    key = tmp_path / "audit.key"
    with open_ledger(place, key=key) as ledger:
        old = key.read_bytes()
        vkey = ledger.rotate_key("yearly", "ops").value("vkey")
        new = key.read_bytes()
    key.write_bytes(old)
    waiting = tmp_path / f"audit.key.{vkey.split('+')[1]}.new"
    waiting.write_bytes(new)
    waiting.chmod(0o600)
    with open_ledger(place, key=key) as ledger:
        ledger.append("login", LOGIN)
    assert key.read_bytes() == new and not waiting.exists()
    assert verify(place).ok


def test_a_rotation_by_another_process_is_followed(place: str, tmp_path: Path) -> None:
    key = tmp_path / "audit.key"
    with open_ledger(place, key=key) as first, open_ledger(place, key=key) as second:
        first.append("login", LOGIN)
        second.rotate_key("yearly", "ops")
        first.append("login", LOGIN)
        first.rotate_key("again", "ops")
        second.append("login", LOGIN)
    report = verify(place)
    assert (report.faults, report.size, len(report.keys)) == ([], 6, 3)


def test_a_broken_table_of_keys_leads_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    open_ledger(path).close()
    for vkey in ("", "a+b+c", "x+../../../../x+AAAA", "x+00000000+AAAA"):
        connection = sqlite3.connect(path)
        connection.execute("UPDATE public_keys SET vkey = ?", (vkey,))
        connection.commit()
        connection.close()
        with pytest.raises(InputError, match=r"table of keys is broken|not the key"):
            open_ledger(path)
    assert not verify(str(path)).ok


def test_no_key_no_append(place: str, tmp_path: Path) -> None:
    key = tmp_path / "audit.key"
    with open_ledger(place, key=key) as first, open_ledger(place, key=key) as second:
        second.rotate_key("yearly", "ops")
        key.unlink()
        with pytest.raises(UnreadableFile, match="signing key is not here"):
            first.append("login", LOGIN)
    assert verify(place).size == 2


def test_the_clock_is_written_as_utc(tmp_path: Path) -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
    with open_ledger(tmp_path / "audit.db", clock=lambda: moment) as ledger:
        assert ledger.append("login", LOGIN).at == "2026-01-02T03:04:05.000006Z"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda p: p.mkdir(), "folder"),
        (lambda p: p.write_bytes(b"hello"), "no SQLite"),
        (lambda p: sqlite3.connect(p).execute("CREATE TABLE t(a)").connection.close(), "no ledger"),
        (lambda p: None, "no ledger"),
    ],
)
def test_what_is_no_ledger_is_refused(make: object, says: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    make(path)  # type: ignore[operator]
    with pytest.raises(InputError, match=says):
        open_log(path)


def test_urls_are_refused_plainly_and_shown_without_their_password() -> None:
    for url in ("mysql://h/x", "postgresql://u:secret@127.0.0.1:1/x", "://"):
        with pytest.raises(ClearanceError) as raised:
            open_log(url)
        assert "secret" not in raised.value.one_line()
    assert shown("postgresql://u:secret@h/x") == "postgresql://u:***@h/x"
