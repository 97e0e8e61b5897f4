"""Checks that take longer: progress, results, and a service that ends in between."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from running import OWN_LAB, Running, check

ASYNC = {"Prefer": "respond-async"}
LINES = {"Content-Type": "application/x-ndjson"}


def manifest(name: str, sources: int = 1) -> dict[str, Any]:
    return {
        "run": {"date": "2025-11-03", "name": name},
        "trainer": {"name": "Northlight Research"},
        "trainee": {"kind": "general-llm"},
        "sources": [{"name": f"rows {n}", "kind": "human-data", "licence": "CC-BY-4.0"} for n in range(sources)],
    }


def batch(count: int, sources: int = 1) -> bytes:
    lines = [json.dumps({"id": f"line {n}", "manifest": manifest(f"run {n}", sources)}) for n in range(count)]
    return ("\n".join(lines) + "\n").encode()


def events(client: httpx.Client, place: str) -> list[tuple[str, Any]]:
    """Everything that a stream of events says until its end."""
    text = client.get(f"{place}/events").text
    blocks = [b.split("\n") for b in text.split("\n\n") if b and not b.startswith(":")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


def test_a_job_comes_to_the_answer_of_the_check(engineer: httpx.Client) -> None:
    at_once = check(engineer).json()
    taken = check(engineer, **ASYNC)
    assert taken.status_code == 202
    place = taken.headers["location"]
    assert taken.json()["kind"] == "check"
    told = events(engineer, place)
    assert told[-1][0] == "done"
    assert all(name == "progress" for name, _ in told[:-1])
    job = engineer.get(place).json()
    assert (job["state"], job["done"], job["of"]) == ("done", 1, 1)
    assert job["checks"][0]["id"] == at_once["id"]
    result = engineer.get(f"{place}/result")
    assert (result.status_code, result.json()) == (200, {**at_once, "inputs": result.json()["inputs"]})
    assert result.headers["clearance-entry"] == str(job["checks"][0]["entry"])


def test_who_waits_gets_the_answer_itself(engineer: httpx.Client) -> None:
    headers = {"Content-Type": "application/yaml", **ASYNC}
    made = engineer.post("/v1/checks", content=OWN_LAB, headers=headers, params={"wait": 30})
    assert made.status_code == 201
    assert made.json()["verdict"] == check(engineer).json()["verdict"]
    taken = check(engineer, **ASYNC).headers["location"]
    assert engineer.get(taken, params={"wait": 30}).json()["state"] == "done"


def test_a_large_batch_is_a_job_and_its_lines_are_those_of_a_small_one(engineer: httpx.Client) -> None:
    body = batch(250)
    taken = engineer.post("/v1/checks/batch", content=body, headers=LINES)
    assert (taken.status_code, taken.json()["of"]) == (202, 250)
    told = events(engineer, taken.headers["location"])
    assert told[-1][0] == "done", told[-1]
    done = [e["done"] for name, e in told if name == "progress"]
    assert done == sorted(done)
    lines = engineer.get(taken.headers["location"] + "/result").text
    small = b"\n".join(body.split(b"\n")[:3]) + b"\n"
    assert engineer.post("/v1/checks/batch", content=small, headers=LINES).text == "".join(
        f"{line}\n" for line in lines.split("\n")[:3]
    )
    ids = [json.loads(line)["id"] for line in lines.split("\n") if line]
    assert ids == [f"line {n}" for n in range(250)]


def test_a_batch_with_a_fault_fails_with_its_line_and_records_nothing(
    engineer: httpx.Client, admin: httpx.Client
) -> None:
    before = admin.get("/v1/ledger").json()["size"]
    body = batch(3) + b'{"id": "x", "manifest": {"run": {}}}\n'
    taken = engineer.post("/v1/checks/batch", content=body, headers={**LINES, **ASYNC})
    job = engineer.get(taken.headers["location"], params={"wait": 30}).json()
    assert (job["state"], job["problem"]["status"], job["problem"]["line"]) == ("failed", 422, 4)
    assert admin.get("/v1/ledger").json()["size"] == before
    result = engineer.get(taken.headers["location"] + "/result")
    assert (result.status_code, result.json()["type"]) == (409, "urn:clearance:problem:not-ready")


def test_a_repeated_request_is_one_job(engineer: httpx.Client, admin: httpx.Client) -> None:
    key = {"Idempotency-Key": "job-1", **ASYNC}
    first, second = check(engineer, **key), check(engineer, **key)
    assert first.json()["id"] == second.json().get("id") or second.status_code == 201
    assert second.headers["idempotency-replayed"] == "true"
    other = check(engineer, OWN_LAB + b"\n# other\n", **key)
    assert (other.status_code, other.json()["type"]) == (422, "urn:clearance:problem:key-reused")


def test_a_job_is_seen_by_its_key_and_by_who_audits(
    service: Running, tokens: dict[str, str], engineer: httpx.Client
) -> None:
    place = check(engineer, **ASYNC).headers["location"]
    with service.as_(service.key("engineer", "another")) as other:
        for part in ("", "/events", "/result"):
            assert other.get(place + part).status_code == 404
    with service.as_(tokens["auditor"]) as auditor:
        assert auditor.get(place, params={"wait": 30}).status_code == 200


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path


@pytest.mark.parametrize("signal_", [signal.SIGKILL, signal.SIGTERM])
def test_a_job_survives_the_end_of_the_service_and_is_recorded_once(signal_: int, place: Path) -> None:
    running = Running(place)
    token = running.key("admin")
    count = 150
    with running.as_(token) as client:
        taken = client.post("/v1/checks/batch", content=batch(count, 30), headers={**LINES, **ASYNC})
        assert taken.status_code == 202
        job = taken.headers["location"]
        while client.get(job).json()["done"] < 20:
            assert client.get(job).json()["state"] in ("waiting", "running"), "too quick for this test"
    running.process.send_signal(signal_)
    running.process.wait(60)
    running.client.close()
    again = Running(place)
    try:
        with again.as_(token) as client:
            told = client.get(job, params={"wait": 60}).json()
            assert (told["state"], told["done"]) == ("done", count), told
            found = client.get("/v1/checks", params={"limit": 200}).json()
            assert len({c["entry"] for c in told["checks"]}) == count
            assert client.get("/v1/ledger", params={"kind": "decision"}).status_code == 200
            assert found["checks"][0]["entry"] == told["checks"][-1]["entry"]
            assert client.post("/v1/ledger/verify").json()["ok"]
            assert client.get("/v1/ledger").json()["size"] <= count + 3
    finally:
        again.stop()
