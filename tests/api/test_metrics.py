"""`/metrics`: what one process counts, and the sums of several that were started together."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import httpx
from prometheus_client.multiprocess import MultiProcessCollector
from running import Running, check

from api.metrics_folder import shared_folder
from api.settings import Settings


def read(client: httpx.Client) -> dict[str, float]:
    """The samples by name and labels."""
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = [line for line in answer.text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def decided(samples: dict[str, float]) -> float:
    return sum(value for name, value in samples.items() if name.startswith("clearance_decisions_total"))


def who_decided(folder: Path) -> set[int]:
    """The workers that have decided something, as the files say in which each counts."""
    (held,) = (folder / "audit.db.metrics").iterdir()
    found = set()
    for file in held.glob("counter_*.db"):
        if any(m.name == "clearance_decisions" and m.samples for m in MultiProcessCollector.merge([str(file)])):
            found.add(int(file.stem.rpartition("_")[2]))
    return found


def test_one_process_tells_what_it_counted(admin: httpx.Client) -> None:
    before = decided(read(admin))
    assert check(admin).status_code == 201
    after = read(admin)
    assert decided(after) == before + 1
    assert after["clearance_checks_waiting"] == 0
    assert after["process_resident_memory_bytes"] > 0


def test_every_worker_tells_the_sums_of_all_and_no_count_goes_back(tmp_path: Path) -> None:
    (tmp_path / "audit.db.metrics" / "1-0").mkdir(parents=True)  # a service that ended, whose process is another now
    service = Running(tmp_path, "--workers", "2")
    try:
        token, made, workers = service.key("admin"), 0, set[int]()
        until = time.monotonic() + 60
        while len(workers) < 2 and time.monotonic() < until:
            with service.as_(token) as client:  # a connection of its own, which either worker takes
                assert check(client).status_code == 201
                made += 1
                assert decided(read(client)) == made
                workers = who_decided(tmp_path)
        assert len(workers) == 2
        with service.as_(token) as client:
            requests = sum(v for n, v in read(client).items() if re.match(r"clearance_http_requests_total.*checks", n))
            assert requests == made
            ended = next(iter(workers))
            os.kill(ended, signal.SIGKILL)
        while time.monotonic() < until:
            try:
                with service.as_(token) as client:
                    samples = read(client)
            except httpx.TransportError:
                continue
            assert decided(samples) == made
            assert samples["clearance_checks_waiting"] == 0
            if not list((tmp_path / "audit.db.metrics").glob(f"*/gauge_livesum_{ended}.db")):
                break
            time.sleep(0.2)
        else:
            raise AssertionError("the gauge of the worker that ended is still counted")
    finally:
        service.stop()


def test_a_process_by_itself_has_no_folder(tmp_path: Path) -> None:
    assert shared_folder(Settings(ledger=str(tmp_path / "audit.db"))) is None
    assert list(tmp_path.iterdir()) == []
