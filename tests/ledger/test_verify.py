"""Whatever is done to a stored log, the verifier finds it and names the entry."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tampering import COLUMNS, LOGIN, filled, forged, named, rehash, rewrite, shift

from compliance.ledger.ledger import open_ledger
from compliance.ledger.verify import verify
from compliance.ledger.verify.words import describe

SIZES = (9, 60, 300)
tampering = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, Path]]:
    """Logs of several sizes, each in one file."""
    made = {}
    for size in SIZES:
        path = tmp_path_factory.mktemp("log") / "audit.db"
        filled(path, size).close()
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.close()
        made[size] = path
    yield made


def rows(path: Path, table: str = "entries", columns: str = COLUMNS, order: str = "1") -> list[Any]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(f"SELECT {columns} FROM {table} ORDER BY {order}").fetchall()
    finally:
        connection.close()


def test_untouched_logs_verify(logs: dict[int, Path]) -> None:
    for size, path in logs.items():
        report = verify(str(path))
        assert (report.faults, report.size, report.entries, report.erased) == ([], size, size, 1)
        assert len(report.keys) == 2


@given(size=st.sampled_from(SIZES), data=st.data())
@tampering
def test_a_flipped_bit_is_found_and_named(
    size: int, data: st.DataObject, logs: dict[int, Path], tmp_path: Path
) -> None:
    index = data.draw(st.integers(0, size - 1))
    column = data.draw(st.sampled_from(["kind", "subject", "at", "leaf", "leaf_hash", "payload"]))
    value = rows(logs[size])[index][COLUMNS.split(", ").index(column)]
    text = isinstance(value, str)
    flipped = bytearray(value.encode() if text else value)
    bit = data.draw(st.integers(0, len(flipped) * 8 - 1))
    flipped[bit // 8] ^= 1 << bit % 8
    cast = "CAST(? AS TEXT)" if text else "?"
    report = forged(
        logs[size],
        tmp_path,
        lambda c: c.execute(f"UPDATE entries SET {column} = {cast} WHERE entry_index = ?", (bytes(flipped), index)),
    )
    assert index in named(report), report.faults
    others_rest_on_it = column in ("leaf", "payload") and index in (0, 3, 4, 5)  # keys, a hold, a redaction
    assert named(report) == {index} or others_rest_on_it, report.faults


@given(size=st.sampled_from(SIZES), data=st.data(), hidden=st.booleans())
@tampering
def test_a_dropped_entry_is_found_and_named(
    size: int, data: st.DataObject, hidden: bool, logs: dict[int, Path], tmp_path: Path
) -> None:
    index = data.draw(st.integers(0, size - 1))

    def forge(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM entries WHERE entry_index = ?", (index,))
        if hidden:
            shift(connection, index + 1, -1)

    report = forged(logs[size], tmp_path, forge)
    assert index in named(report), report.faults


@given(size=st.sampled_from(SIZES), data=st.data(), fitted=st.booleans())
@tampering
def test_an_inserted_entry_is_found_and_named(
    size: int, data: st.DataObject, fitted: bool, logs: dict[int, Path], tmp_path: Path
) -> None:
    index, model = data.draw(st.integers(0, size)), data.draw(st.integers(1, size - 1))
    stored = rows(logs[size])
    _, kind, subject, at, leaf, leaf_hash, payload = stored[model]
    if fitted:  # a forger who gives it the right place and the right predecessor
        prev = f'"sha256:{rehash(stored[index - 1][4]).hex()}"'.encode() if index else b"null"
        head, _, tail = leaf.partition(b'"index":')
        tail = b"%d,%s" % (index, tail.split(b",", 1)[1])
        front, _, back = tail.partition(b'"prev":')
        leaf = head + b'"index":' + front + b'"prev":' + prev + b',"v":1}'
        assert back.endswith(b',"v":1}')
        leaf_hash = rehash(leaf)

    def forge(connection: sqlite3.Connection) -> None:
        shift(connection, index, 1)
        row = (index, kind, subject, at, leaf, leaf_hash, payload)
        connection.execute(f"INSERT INTO entries ({COLUMNS}) VALUES (?,?,?,?,?,?,?)", row)

    report = forged(logs[size], tmp_path, forge)
    twin = not fitted and model == index - 1  # of two neighbours that are the same either may be called the copy
    assert index in named(report) or (twin and model in named(report)), report.faults


@given(size=st.sampled_from(SIZES), data=st.data())
@tampering
def test_reordered_entries_are_found_and_named(
    size: int, data: st.DataObject, logs: dict[int, Path], tmp_path: Path
) -> None:
    first, second = sorted(data.draw(st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True)))

    def forge(connection: sqlite3.Connection) -> None:
        for old, new in ((first, -1), (second, first), (-1, second)):
            connection.execute("UPDATE entries SET entry_index = ? WHERE entry_index = ?", (new, old))

    report = forged(logs[size], tmp_path, forge)
    assert {first, second} <= named(report), report.faults


@given(size=st.sampled_from(SIZES), data=st.data())
@tampering
def test_a_cut_tail_is_found_and_named(size: int, data: st.DataObject, logs: dict[int, Path], tmp_path: Path) -> None:
    left = data.draw(st.integers(0, size - 1))
    report = forged(logs[size], tmp_path, lambda c: c.execute("DELETE FROM entries WHERE entry_index >= ?", (left,)))
    assert set(range(left, min(size, left + 50))) <= named(report), report.faults


@given(size=st.sampled_from(SIZES), data=st.data())
@tampering
def test_an_entry_rewritten_with_its_hash_is_found_and_named(
    size: int, data: st.DataObject, logs: dict[int, Path], tmp_path: Path
) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaf = rows(logs[size])[index][4].replace(b'"at":"2', b'"at":"1', 1)

    def forge(connection: sqlite3.Connection) -> None:
        connection.execute(
            "UPDATE entries SET leaf = ?, leaf_hash = ?, at = '1' || substr(at, 2) WHERE entry_index = ?",
            (leaf, rehash(leaf), index),
        )

    report = forged(logs[size], tmp_path, forge)
    if index < size - 1:
        assert named(report) == {index}, report.faults
    else:  # nothing follows it: its checkpoint says that one of those since the last sound one was rewritten
        assert len(report.faults) == 1 and min(named(report)) <= index, report.faults


@given(size=st.sampled_from(SIZES), data=st.data())
@tampering
def test_history_rewritten_to_the_end_is_found(
    size: int, data: st.DataObject, logs: dict[int, Path], tmp_path: Path
) -> None:
    index = data.draw(st.integers(0, size - 1))

    def forge(connection: sqlite3.Connection) -> None:
        rewrite(connection, index, lambda said: said.update(at="1999-01-01T00:00:00.000000Z"))
        connection.execute("UPDATE entries SET at = '1999-01-01T00:00:00.000000Z' WHERE entry_index = ?", (index,))

    report = forged(logs[size], tmp_path, forge)
    fault = next(f for f in report.faults if "was rewritten" in f.says)
    last = int(fault.says.split("up to ")[1].split()[0])
    assert fault.entry is not None and fault.entry <= index <= last


@pytest.mark.parametrize(
    ("table", "column", "cast"),
    [
        ("nodes", "hash", "?"),
        ("checkpoints", "note", "?"),
        ("texts", "content", "?"),
        ("texts", "sha256", "CAST(? AS TEXT)"),
        ("public_keys", "vkey", "CAST(? AS TEXT)"),
    ],
)
@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_a_flipped_bit_in_what_repeats_evidence_is_found(
    table: str, column: str, cast: str, data: st.DataObject, logs: dict[int, Path], tmp_path: Path
) -> None:
    path = logs[300]
    rowid, value = data.draw(st.sampled_from(rows(path, table, f"rowid, {column}")))
    flipped = bytearray(value.encode() if isinstance(value, str) else value)
    bit = data.draw(st.integers(0, len(flipped) * 8 - 1))
    flipped[bit // 8] ^= 1 << bit % 8
    report = forged(
        path,
        tmp_path,
        lambda c: c.execute(f"UPDATE {table} SET {column} = {cast} WHERE rowid = ?", (bytes(flipped), rowid)),
    )
    assert not report.ok


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
def test_a_flipped_bit_anywhere_in_the_file_is_found_or_changes_nothing(
    data: st.DataObject, logs: dict[int, Path], tmp_path: Path
) -> None:
    content = bytearray(logs[60].read_bytes())
    bit = data.draw(st.integers(16 * 8, len(content) * 8 - 1))
    content[bit // 8] ^= 1 << bit % 8
    copy = tmp_path / "flipped.db"
    copy.write_bytes(content)
    try:
        report = verify(str(copy))
    except ValueError:
        return
    if report.ok:
        assert rows(copy) == rows(logs[60])


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("DELETE FROM nodes", "is missing"),
        ("INSERT INTO nodes VALUES (8, 9, x'00')", "does not have"),
        ("DELETE FROM texts", "that it names is missing"),
        ("DELETE FROM public_keys", "table of public keys"),
        ("DELETE FROM checkpoints WHERE size = 5", "no checkpoint vouches"),
        ("DELETE FROM checkpoints WHERE size = 300", "no checkpoint covers it"),
        ("UPDATE checkpoints SET size = 299 WHERE size = 300", "speaks of 300"),
        ("UPDATE entries SET payload = CAST('{}' AS BLOB) WHERE entry_index = 7", "is gone, and no redaction"),
        ("UPDATE entries SET payload = CAST('[]' AS BLOB) WHERE entry_index = 7", "not what a ledger writes"),
        ("DELETE FROM entries", "it is missing"),
        ("DELETE FROM entries; DELETE FROM checkpoints", "records no key"),
    ],
)
def test_other_forgeries_are_told(sql: str, says: str, logs: dict[int, Path], tmp_path: Path) -> None:
    def forge(connection: sqlite3.Connection) -> None:
        for statement in sql.split("; "):
            connection.execute(statement)

    report = forged(logs[300], tmp_path, forge)
    assert any(says in f.says for f in report.faults), report.faults
    assert any(says in line for line in describe(report))


def test_a_checkpoint_kept_elsewhere_finds_a_history_rewritten_with_the_key(tmp_path: Path) -> None:
    path, kept, vkey = tmp_path / "audit.db", tmp_path / "kept", tmp_path / "vkey"
    with open_ledger(path) as ledger:
        ledger.append("login", LOGIN)
        kept.write_bytes(ledger.log.checkpoint())
        vkey.write_text(ledger.log.vkeys()[0][1] + "\n")
        ledger.append("login", LOGIN)
    assert verify(str(path), checkpoint=kept, key=vkey).ok
    shutil.copy(path, tmp_path / "older.db")
    with open_ledger(path) as ledger:
        ledger.append("login", LOGIN)
        newer = tmp_path / "newer"
        newer.write_bytes(ledger.log.checkpoint())
    rolled_back = verify(str(tmp_path / "older.db"), checkpoint=newer)
    assert named(rolled_back) == {3}
    assert verify(str(tmp_path / "older.db")).ok  # why a checkpoint must be kept elsewhere

    key, origin = tmp_path / "audit.db.key", ledger.log.vkeys()[0][1].split("+")[0]
    for suffix in ("", "-wal", "-shm"):
        (tmp_path / f"audit.db{suffix}").unlink(missing_ok=True)
    import compliance.ledger.ledger as module

    class Insider:
        """Gives the forger's log the name of the true one."""

        token_hex = staticmethod(lambda _: origin.rpartition("/")[2])

    secrets, module.secrets = module.secrets, Insider  # type: ignore[assignment]
    try:
        with open_ledger(path, key=key) as ledger:
            for _ in range(5):
                ledger.append("login", {**LOGIN, "subject": "nobody"})
    finally:
        module.secrets = secrets
    assert verify(str(path), key=vkey).ok
    report = verify(str(path), checkpoint=kept, key=vkey)
    assert [f.says for f in report.faults] == [
        "the first 2 entries are not those that the checkpoint you gave was signed over: history was rewritten"
    ]


def test_checkpoints_and_keys_of_other_logs_are_refused(logs: dict[int, Path], tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with open_ledger(other) as ledger:
        (tmp_path / "note").write_bytes(ledger.log.checkpoint())
        (tmp_path / "vkey").write_text(ledger.log.vkeys()[0][1])
    path = str(logs[9])
    assert "of another log" in verify(path, checkpoint=tmp_path / "note").faults[0].says
    assert "not one of this log's" in verify(path, key=tmp_path / "vkey").faults[0].says
    for option in ({"checkpoint": tmp_path / "vkey"}, {"key": tmp_path / "note"}, {"key": other}):
        with pytest.raises(ValueError, match=str(tmp_path)):
            verify(path, **option)


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"SQLite format 3\x00", b"SQLite format 3\x00" + b"\x00" * 5000, b"PK"]
)
def test_what_is_no_ledger_is_said_to_be_none(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    try:
        assert not verify(str(path)).ok
    except ValueError as error:
        assert str(error)


def test_a_ledger_in_a_folder_that_may_not_be_written(logs: dict[int, Path], tmp_path: Path) -> None:
    folder = tmp_path / "read-only"
    folder.mkdir()
    shutil.copy(logs[9], folder / "audit.db")
    before = (folder / "audit.db").read_bytes()
    folder.chmod(0o500)
    try:
        assert verify(str(folder / "audit.db")).ok
    finally:
        folder.chmod(0o700)
    assert [p.name for p in folder.iterdir()] == ["audit.db"]
    assert (folder / "audit.db").read_bytes() == before


def test_postgres_is_verified_as_well(place: str, tmp_path: Path) -> None:
    with open_ledger(place, key=tmp_path / "k") as ledger:
        ledger.append_many([("login", LOGIN)] * 20)
        with ledger.log.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE entries SET subject = 'eve' WHERE entry_index = 7")
            connection.exec_driver_sql("DELETE FROM entries WHERE entry_index = 12")
    assert named(verify(place)) == {7, 12}
