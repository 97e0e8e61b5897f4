"""Several processes on one PostgreSQL database: they share keys, sessions, jobs, repeated requests and the ledger."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import running as running_module
from postgres_server import Server
from running import OWN_LAB, Running, check, run
from sqlalchemy import update

from api.store import jobs, moment
from compliance.store.engine import open_engine, writing

ASYNC = {"Prefer": "respond-async"}
PAGES = {"Accept": "text/html"}


class Pair:
    """Two services on one database, one folder of uploads and one key of the ledger; and who may use them."""

    def __init__(self, folder: Path, place: str) -> None:
        self.folder, self.place = folder, place
        self.services = [self.another(), self.another()]
        self.token = self.services[0].key("admin")
        self.clients = [service.as_(self.token) for service in self.services]

    def another(self) -> Running:
        return Running(self.folder, "--uploads", str(self.folder / "uploads"), ledger=self.place)

    def decisions(self) -> list[dict[str, Any]]:
        """Every decision in the ledger."""
        found: list[dict[str, Any]] = []
        page: dict[str, Any] = {"next": None}
        while True:
            asked = {"limit": 200, "kind": "decision"} | ({"before": page["next"]} if page["next"] else {})
            page = self.clients[1].get("/v1/ledger", params=asked).json()
            found += page["entries"]
            if page["next"] is None:
                return found

    def stop(self) -> None:
        for client in self.clients:
            client.close()
        for service in self.services:
            service.process.send_signal(signal.SIGCONT)
            service.stop()


@pytest.fixture(scope="module")
def pair(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("pair")
    before = running_module.ENVIRONMENT.get("CLEARANCE_LEDGER_KEY")
    running_module.ENVIRONMENT["CLEARANCE_LEDGER_KEY"] = str(folder / "ledger.key")
    made = Pair(folder, server.database())
    yield made
    made.stop()
    del running_module.ENVIRONMENT["CLEARANCE_LEDGER_KEY"]
    assert before is None


def batch(count: int, name: str, sources: int = 1) -> bytes:
    rows = [{"name": f"rows {n}", "kind": "human-data", "licence": "CC-BY-4.0"} for n in range(sources)]
    base = {"trainer": {"name": "Northlight Research"}, "trainee": {"kind": "general-llm"}, "sources": rows}
    lines = [
        {"id": f"{n}", "manifest": {**base, "run": {"date": "2025-11-03", "name": f"{name} {n}"}}} for n in range(count)
    ]
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def at_once(calls: list[Any]) -> list[Any]:
    """What calls return that run at the same time."""
    found: list[Any] = [None] * len(calls)

    def keep(n: int) -> None:
        found[n] = calls[n]()

    threads = [threading.Thread(target=keep, args=(n,)) for n in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def submit(client: httpx.Client, body: bytes) -> str:
    taken = client.post("/v1/checks/batch", content=body, headers={"Content-Type": "application/x-ndjson", **ASYNC})
    assert taken.status_code == 202, taken.text
    return str(taken.headers["location"])


def ended(client: httpx.Client, job: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(5):
        found = client.get(job, params={"wait": 30}).json()
        if found["state"] in ("done", "failed"):
            break
    return found


def test_every_answer_of_both_is_in_the_one_ledger(pair: Pair) -> None:
    before = len(pair.decisions())
    answers = at_once([lambda c=client: check(c) for client in pair.clients * 6])
    entries = {a.headers["clearance-entry"] for a in answers}
    assert len(entries) == 12
    held = pair.decisions()
    assert len(held) == before + 12
    assert entries <= {str(e["index"]) for e in held}
    assert pair.clients[0].post("/v1/ledger/verify").json()["ok"]


def test_a_repeated_request_has_one_entry_whichever_process_gets_it(pair: Pair) -> None:
    before = len(pair.decisions())
    answers = at_once([lambda c=client: check(c, Idempotency_Key="both") for client in pair.clients * 6])
    assert {a.status_code for a in answers} == {201}
    assert len({(a.headers["clearance-entry"], a.content) for a in answers}) == 1
    assert len(pair.decisions()) == before + 1
    other = check(pair.clients[1], OWN_LAB + b"\n# other\n", Idempotency_Key="both")
    assert (other.status_code, other.json()["type"]) == (422, "urn:clearance:problem:key-reused")


def test_a_login_at_one_holds_at_the_other_until_it_ends_at_either(pair: Pair) -> None:
    one, two = (httpx.Client(base_url=service.url, timeout=60) for service in pair.services)
    with one, two:
        came = one.post("/login", data={"token": pair.token}, headers={"Origin": pair.services[0].url})
        assert came.status_code == 303
        two.cookies.set("clearance_session", one.cookies["clearance_session"])
        page = two.get("/", headers=PAGES)
        assert page.status_code == 200
        csrf = page.text.partition('name="csrf" value="')[2].partition('"')[0]
        gone = two.post("/logout", data={"csrf": csrf}, headers={"Origin": pair.services[1].url})
        assert gone.status_code == 303, gone.text
        assert one.get("/", headers=PAGES).status_code == 303
    token = pair.services[1].key("engineer")
    with pair.services[0].as_(token) as client:
        assert client.get("/v1/checks").status_code == 200
        assert run("keys", "revoke", token.split("_")[1], "--ledger", pair.place, folder=pair.folder).returncode == 0
        assert client.get("/v1/checks").status_code == 401


def test_what_one_took_in_the_other_reads(pair: Pair) -> None:
    one, two = pair.clients
    sent = one.post("/v1/evidence", files={"file": ("rows.jsonl", b'{"text": "x"}\n')})
    headers = {"Content-Type": "application/yaml"}
    made = two.post("/v1/checks", content=OWN_LAB, headers=headers, params={"evidence": sent.json()["id"]})
    assert made.status_code == 201
    assert "rows.jsonl" in made.text
    assert one.get(made.headers["location"]).content == made.content


def test_jobs_of_both_are_done_once_each(pair: Pair) -> None:
    before = len(pair.decisions())
    places = at_once([lambda c=pair.clients[n % 2], n=n: submit(c, batch(5, f"job {n}")) for n in range(6)])
    found = [ended(pair.clients[(n + 1) % 2], place) for n, place in enumerate(places)]
    assert {job["state"] for job in found} == {"done"}
    entries = {one["entry"] for job in found for one in job["checks"]}
    assert len(entries) == 30
    assert entries == {e["index"] for e in pair.decisions()[: len(pair.decisions()) - before]}


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_job_of_a_process_that_ends_or_hangs_is_recorded_once(how: signal.Signals, pair: Pair) -> None:
    count, before = 60, len(pair.decisions())
    job = submit(pair.clients[0], batch(count, how.name, 30))
    while (seen := pair.clients[0].get(job).json())["done"] < 5:
        assert seen["state"] in ("waiting", "running"), "too quick for this test"
    engine = open_engine(pair.place)
    holder = None
    for service in pair.services:  # whoever has it stops speaking for it when it is hit
        service.process.send_signal(signal.SIGSTOP)
        at = [r.held_until for r in _rows(engine, job)]
        time.sleep(4)
        if at == [r.held_until for r in _rows(engine, job)]:
            holder = service
            break
        service.process.send_signal(signal.SIGCONT)
    assert holder is not None
    other = pair.services[1 - pair.services.index(holder)]
    holder.process.send_signal(how)
    with writing(engine) as connection:  # its lease runs out
        connection.execute(update(jobs).where(jobs.c.id == job.rpartition("/")[2]).values(held_until=moment()))
    engine.dispose()
    with other.as_(pair.token) as client:
        told = ended(client, job)
        assert (told["state"], told["done"]) == ("done", count), told
        if how is signal.SIGSTOP:
            holder.process.send_signal(signal.SIGCONT)
            with holder.as_(pair.token) as back:
                after = submit(back, batch(1, "after"))  # it goes on with other jobs
                assert ended(back, after)["state"] == "done"
                assert ended(back, job) == told
        else:
            holder.stop()
            at = pair.services.index(holder)
            pair.services[at] = pair.another()
            pair.clients[at].close()
            pair.clients[at] = pair.services[at].as_(pair.token)
        made = [e["index"] for e in pair.decisions()][: len(pair.decisions()) - before]
        assert len(made) == count + (how is signal.SIGSTOP)
        assert {one["entry"] for one in told["checks"]} <= set(made)
        assert client.post("/v1/ledger/verify").json()["ok"]


def _rows(engine: Any, job: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(jobs.select().where(jobs.c.id == job.rpartition("/")[2])))


def children(pid: int) -> list[int]:
    """The processes that a process started and that run."""
    told = Path(f"/proc/{pid}/task/{pid}/children")
    if not told.exists():
        pytest.skip("the system does not list a process's children")
    return [int(word) for word in told.read_text().split() if "spawn_main" in _words(int(word))]


def _words(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def test_one_command_starts_several_workers_and_another_where_one_ends(tmp_path: Path) -> None:
    service = Running(tmp_path, "--workers", "2")
    try:
        token = service.token
        held = children(service.process.pid)
        assert len(held) == 2
        for pid in (service.process.pid, *held):
            assert token not in _words(pid) + Path(f"/proc/{pid}/environ").read_text()

        def ask() -> str:
            with service.as_(token) as client:  # a connection of its own, which either may take
                return check(client, Idempotency_Key="k").headers["clearance-entry"]

        assert len(set(at_once([ask] * 12))) == 1
        os.kill(held[0], signal.SIGKILL)
        until = time.monotonic() + 60
        while len(now := children(service.process.pid)) < 2 or held[0] in now:
            assert time.monotonic() < until
            time.sleep(0.2)
        assert held[1] in now
        assert ask() == ask()
    finally:
        service.stop()
    assert "Traceback" not in service.log.read_text()
    assert run("ledger", "verify", service.ledger, folder=tmp_path).returncode == 0
