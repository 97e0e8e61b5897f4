"""Tenants: each sees its own alone. Every call and page is made by others with what belongs to one of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import running as running_module
from postgres_server import Server
from running import EXAMPLES, OWN_LAB, Running, check, run
from texts import write_corpus, write_history

from api.jobs_store import Task, submit
from api.keys import Principal, create_key
from api.roles import ACCESS, Role
from api.store import prepare
from api.tenants import add_tenant, key_file_of, list_tenants, place_of
from compliance.errors import UsageError
from compliance.ledger.ledger import open_ledger
from compliance.store.engine import open_engine

MARK = "secret-of-acme"
PAGES = {"Accept": "text/html"}
IDS = re.compile(r"\b[0-9a-f]{16,32}\b")
BLOCKED = next(p for p in sorted(EXAMPLES.glob("*testimony*.yaml"))).read_text("utf-8")


class House:
    """A service with two tenants and what one of them, acme, has in it."""

    def __init__(self, folder: Path, place: str) -> None:
        self.folder, self.place = folder, place
        corpus, terms = write_corpus(folder / "texts"), write_history(folder / "terms.sqlite")
        words = ("--corpus", str(corpus), "--words-only", "--terms", str(terms), "--uploads", str(folder / "uploads"))
        self.service = Running(folder, *words, ledger=place)
        self.places: dict[str, str] = {}
        self.ids: set[str] = set()
        for name in ("acme", "rival"):
            made = run("keys", "add-tenant", name, "--ledger", place, folder=folder)
            assert made.returncode == 0, made.stderr
            self.places[name] = made.stdout.strip().partition("  ")[2]
        engine = open_engine(place)
        self.tokens = {
            name: create_key(engine, name or "home", Role.ADMIN, 1, name)[1] for name in ("", "acme", "rival")
        }
        engine.dispose()
        self.clients = {name: self.service.as_(token) for name, token in self.tokens.items()}

    def stop(self) -> None:
        for client in self.clients.values():
            client.close()
        self.service.stop()


@pytest.fixture(scope="module")
def house(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    running_module.ENVIRONMENT["CLEARANCE_LEDGER_KEY"] = str(folder / "ledger.key")
    made = House(folder, server.database())
    try:
        made.ids = fill(made.clients["acme"])
        yield made
    finally:
        made.stop()
        del running_module.ENVIRONMENT["CLEARANCE_LEDGER_KEY"]


def fill(acme: httpx.Client) -> set[str]:
    """The ids of what acme makes: a check that is open to review, a job, an upload, a conversation and an opinion."""
    blocked = re.sub(
        r"(?m)^run:\s*\n(\s+)", rf"run:\n\1name: {MARK}\n\1", re.sub(r"(?m)^\s+name: .*\n", "", BLOCKED, count=1)
    )
    assert MARK in blocked
    ids: set[str] = set()
    for more in ({}, {"Prefer": "respond-async"}, {"Idempotency-Key": "one"}):
        headers = {"Content-Type": "application/yaml", **more}
        made = acme.post("/v1/checks", content=blocked.encode(), headers=headers)
        assert made.status_code in (201, 202), made.text
        ids |= set(re.findall(r"[0-9a-f]{32}\Z", made.headers["location"]))
    while acme.get("/readyz").json()["questions"] == "loading":
        continue
    told = acme.post("/v1/chat", json={"question": f"May we train on the output of Plumecraft, {MARK}?"}).text
    answer = json.loads(told.rpartition("event: answer\ndata: ")[2].partition("\n\n")[0])
    said = acme.post(f"/v1/answers/{answer['id']}/feedback", json={"ruling": "wrong", "note": MARK})
    assert said.status_code == 201
    return ids | {answer["id"], answer["session"]}


def gets(client: httpx.Client, ids: set[str]) -> dict[str, httpx.Response]:
    """Every call that reads, of the interface and of the pages, with each of the ids where its path has one."""
    found = {}
    for call in sorted(ACCESS):
        method, path = call.split(" ")
        if method != "GET":
            continue
        hole = re.search(r"\{(\w+)\}", path)
        fitting = {i for i in ids if hole and i.isdecimal() == (hole[1] == "index") and "parties" not in path}
        for id_ in sorted(fitting) or ["1"]:
            place = re.sub(r"\{\w+\}", id_, path)
            asked = {"q": "train"} if path == "/v1/search" else {"session": id_} if path == "/chat" else {}
            accept = {} if path.startswith("/v1/") else PAGES
            found[place] = client.get(place, params=asked, headers=accept)
    return found


def test_nothing_of_a_tenant_is_shown_to_others(house: House) -> None:
    acme = house.clients["acme"]
    items = acme.get("/v1/reviews").text
    size = acme.get("/v1/ledger").json()["size"]
    ids = house.ids | set(re.findall(r'"id":"([0-9a-f]{16})"', items)) | {str(n) for n in range(size)}
    own = gets(acme, ids)
    seen = {p for p, r in own.items() if r.status_code == 200}
    for kind in (
        "/v1/checks/",
        "/v1/jobs/",
        "/v1/answers/",
        "/v1/ledger/",
        "/runs/",
        "/jobs/",
        "/v1/reviews/",
        "/reviews/",
    ):
        assert any(p.startswith(kind) for p in seen | {p for p, r in own.items() if r.status_code == 303}), kind
    assert sum(MARK in r.text for r in own.values()) > 8, "the test would notice"
    private = {id_ for id_ in ids if len(id_) > 8}
    for name in ("", "rival"):
        for place, answer in gets(house.clients[name], ids).items():
            assert answer.status_code < 500, place
            text = answer.text.replace(place, "").replace(place.rpartition("/")[2], "")
            assert MARK not in text, (name, place)
            assert not private & set(IDS.findall(text)), (name, place)
            if any(id_ in place for id_ in private):
                assert answer.status_code in (303, 401, 403, 404, 422), (name, place)
                assert answer.headers.get("location", "/login").startswith("/login")


def test_others_cannot_act_on_what_is_a_tenants(house: House) -> None:
    acme, rival = house.clients["acme"], house.clients["rival"]
    size = acme.get("/v1/ledger").json()["size"]
    upload = acme.post("/v1/evidence", files={"file": ("rows.jsonl", b'{"text": "x"}\n')}).json()["id"]
    entries = acme.get("/v1/ledger", params={"kind": "answer"}).json()["entries"]
    items = re.findall(r'"id":"([0-9a-f]{16})"', acme.get("/v1/reviews").text)
    assert items
    headers = {"Content-Type": "application/yaml"}
    for other in (rival, house.clients[""]):
        used = other.post("/v1/checks", content=OWN_LAB, headers=headers, params={"evidence": upload})
        assert used.status_code == 404
        told = other.post(f"/v1/answers/{entries[0]['subject']}/feedback", json={"ruling": "wrong"})
        assert told.status_code == 404
        for call in sorted(ACCESS):
            method, path = call.split(" ")
            if method == "POST" and "{" in path:
                for id_ in (*house.ids, *items):
                    sent = other.post(re.sub(r"\{\w+\}", id_, path), json={"reason": "x"})
                    assert 400 <= sent.status_code < 500, (path, sent.text)
    assert acme.get("/v1/ledger").json()["size"] == size
    mine = acme.post("/v1/checks", content=OWN_LAB, headers=headers, params={"evidence": upload})
    assert mine.status_code == 201


def test_the_same_idempotency_key_is_another_in_another_tenant(house: House) -> None:
    answers = [check(house.clients[name], Idempotency_Key="shared") for name in ("acme", "rival", "")]
    assert [a.headers.get("idempotency-replayed") for a in answers] == [None, None, None]


def test_a_login_opens_the_tenants_pages_and_stands_in_its_ledger(house: House) -> None:
    with httpx.Client(base_url=house.service.url, timeout=60) as browser:
        came = browser.post("/login", data={"token": house.tokens["rival"]}, headers={"Origin": house.service.url})
        assert came.status_code == 303
        assert MARK not in browser.get("/", headers=PAGES).text
    logins = {name: client.get("/v1/ledger", params={"kind": "login"}).json() for name, client in house.clients.items()}
    assert {name: len(told["entries"]) for name, told in logins.items()} == {"": 0, "acme": 0, "rival": 1}


def test_what_tells_of_all_is_for_the_services_own_keys(house: House) -> None:
    assert [house.clients[name].get("/metrics").status_code for name in ("", "acme")] == [200, 403]


def test_each_ledger_verifies_with_a_key_of_its_own(house: House) -> None:
    vkeys = set()
    for client in house.clients.values():
        assert client.post("/v1/ledger/verify").json()["ok"]
        vkeys.add(client.get("/v1/ledger/key").text)
    assert len(vkeys) == 3
    for place in house.places.values():
        told = run("ledger", "verify", place, folder=house.folder)
        assert told.returncode == 0, told.stderr
    refused = run("keys", "create", "--name", "x", "--role", "admin", "--tenant", "nobody", "--ledger", house.place)
    assert (refused.returncode, "add-tenant nobody" in refused.stderr) == (64, True)


def test_places_and_keys_of_tenants_follow_from_the_services(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLEARANCE_LEDGER_KEY", str(tmp_path / "home.key"))
    engine = open_engine(place, create=True)
    prepare(engine)
    for name in ("acme", "rival", "acme"):
        add_tenant(engine, place, name)
    assert list_tenants(engine) == ["acme", "rival"]
    for name in ("", "acme", "rival"):
        with open_ledger(place_of(place, name), key=key_file_of(place, name)) as ledger:
            assert ledger.log.size() == 1, "no tenant's entries stand in another's ledger"
    assert {p.name for p in tmp_path.glob("*.key*")} >= {"home.key", "home.key.acme", "home.key.rival"}
    for name in ("", "Acme", "a-b", "../x", "a" * 41, "1a", 'a"; DROP SCHEMA public'):
        with pytest.raises(UsageError):
            add_tenant(engine, place, name)
    engine.dispose()


def test_jobs_that_wait_in_a_tenant_are_done_and_one_that_cannot_be_opened_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(running_module.ENVIRONMENT, "CLEARANCE_LEDGER_KEY", raising=False)
    place = str(tmp_path / "audit.db")
    with open_ledger(place) as ledger:
        prepare(ledger.log.engine)
        for name in ("acme", "broken"):
            add_tenant(ledger.log.engine, place, name)
        who, token = create_key(ledger.log.engine, "ops", Role.ADMIN, 1, "acme")
        _, lost = create_key(ledger.log.engine, "ops", Role.ADMIN, 1, "broken")
    Path(place_of(place, "broken")).write_text("no database")
    with open_ledger(place_of(place, "acme")) as ledger:
        prepare(ledger.log.engine)
        principal = Principal(who.id, who.name, who.role, tenant="acme")
        task = Task(name="m.yaml", profile="default")
        job, _ = submit(ledger.log.engine, principal, task, OWN_LAB, 1, None)
    service = Running(tmp_path)
    try:
        with service.as_(token) as client:
            assert client.get(f"/v1/jobs/{job.id}", params={"wait": 60}).json()["state"] == "done"
        with service.as_(lost) as client:
            assert client.get("/v1/checks").status_code >= 400
        assert "clearance: tenant broken:" in service.log.read_text()
    finally:
        service.stop()
