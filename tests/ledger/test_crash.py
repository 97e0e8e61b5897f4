"""Killed at any moment, a ledger has lost nothing that it answered for, and verifies."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from postgres_server import Server

from compliance.ledger.ledger import open_ledger
from compliance.ledger.log import open_log
from compliance.ledger.verify import verify

Writers = subprocess.Popen[str]


@pytest.fixture
def writers(tmp_path: Path) -> Iterator[Writers]:
    """A process that starts writers on request."""
    script = Path(__file__).with_name("crash_child.py")
    with subprocess.Popen(
        [sys.executable, script, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)


def answered_until_killed(
    writers: Writers, place: str, key: Path, seconds: float, *, from_first_answer: bool
) -> dict[int, str]:
    """Start a writer and kill it so long after its start, or its first answer; what it had acknowledged, by index."""
    assert writers.stdin is not None and writers.stdout is not None
    writers.stdin.write(f"{place} {key}\n")
    writers.stdin.flush()
    head = writers.stdout.readline()
    assert head.startswith("pid "), head
    found: dict[int, str] = {}
    if from_first_answer:
        take(found, writers.stdout.readline())
    time.sleep(seconds)
    os.kill(int(head.split()[1]), signal.SIGKILL)
    for line in writers.stdout:
        if line == "gone\n":
            return found
        take(found, line)
    raise AssertionError("the writers' process ended")


def take(found: dict[int, str], line: str) -> None:
    """Keep an acknowledgement; the last line of a killed process may be cut short."""
    assert not line.startswith("failed"), line
    words = line.split()
    if len(words) == 2 and words[0].isdigit() and len(words[1]) == 64:
        found[int(words[0])] = words[1]


def check(place: str, acknowledged: dict[int, str]) -> None:
    report = verify(place)
    assert report.ok, report.faults
    with open_log(place) as log:
        stored = {entry.index: entry.leaf_hash.hex() for entry in log.entries()}
    lost = {index for index, digest in acknowledged.items() if stored.get(index) != digest}
    assert not lost


def test_a_hundred_kills_on_sqlite(writers: Writers, tmp_path: Path) -> None:
    chance = random.Random(5)
    total = 0
    for log in range(10):
        place = str(tmp_path / f"audit{log}.db")
        acknowledged: dict[int, str] = {}
        for kill in range(10):
            seconds = chance.uniform(0.001, 0.12)
            acknowledged |= answered_until_killed(
                writers, place, tmp_path / f"k{log}", seconds, from_first_answer=kill % 2 == 1
            )
            if Path(place).exists() and Path(place).stat().st_size and acknowledged:
                check(place, acknowledged)
        with open_ledger(place, key=tmp_path / f"k{log}") as ledger:
            ledger.append("login", {"subject": "after", "event": "in", "method": "m"})
        check(place, acknowledged)
        total += len(acknowledged)
    assert total >= 50


def test_kills_of_the_writer_on_postgres(writers: Writers, server: Server, tmp_path: Path) -> None:
    chance = random.Random(6)
    place, key = server.database(), tmp_path / "k"
    open_ledger(place, key=key).close()
    acknowledged: dict[int, str] = {}
    for _ in range(30):
        seconds = chance.uniform(0.001, 0.12)
        acknowledged |= answered_until_killed(writers, place, key, seconds, from_first_answer=True)
        check(place, acknowledged)
    assert len(acknowledged) >= 30


def test_a_crash_of_the_postgres_server(writers: Writers, server: Server, tmp_path: Path) -> None:
    place, key = server.database(), tmp_path / "k"
    assert writers.stdin is not None and writers.stdout is not None
    writers.stdin.write(f"{place} {key}\n")
    writers.stdin.flush()
    acknowledged: dict[int, str] = {}
    crashed = False
    for line in writers.stdout:
        if line == "gone\n":
            break
        if not line.startswith("failed"):  # how the writer ends when its server is gone
            take(acknowledged, line)
        if len(acknowledged) > 100 and not crashed:
            crashed = True
            server.crash()
    assert crashed
    check(place, acknowledged)


@given(share=st.floats(0, 1), garbage=st.binary(max_size=64))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_a_write_ahead_log_that_a_power_cut_left_in_part(
    share: float, garbage: bytes, torn: tuple[Path, int], tmp_path: Path
) -> None:
    original, size = torn
    copy = tmp_path / "copy.db"
    for leftover in tmp_path.glob("copy.db*"):
        leftover.unlink()
    shutil.copy(original, copy)
    log = original.with_name(original.name + "-wal").read_bytes()
    copy.with_name("copy.db-wal").write_bytes(log[: int(len(log) * share)] + garbage)
    report = verify(str(copy))
    assert report.ok, report.faults
    assert 1 <= report.size <= size
    assert report.size == size or share < 1


@pytest.fixture(scope="module")
def torn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A ledger's files as they lie while it is open, most of it in the write-ahead log."""
    live, kept = tmp_path_factory.mktemp("live") / "audit.db", tmp_path_factory.mktemp("kept") / "audit.db"
    open_ledger(live).close()
    with open_ledger(live) as ledger:
        for number in range(60):
            ledger.append_many([("login", {"subject": f"u{number}", "event": "in", "method": "m"})] * (1 + number % 4))
        for suffix in ("", "-wal"):
            shutil.copy(f"{live}{suffix}", f"{kept}{suffix}")
        return kept, ledger.log.size()
