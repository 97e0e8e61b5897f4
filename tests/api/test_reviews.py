"""Reviews, waivers and the portfolio over HTTP: who may take which step, and what becomes of a run."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
from reviewing import LATER, ask, gate, stopped, waiting
from running import Running, check

from api.client import gate as enter
from compliance.errors import ClearanceError

STEPS = {
    "assign": {"to": "ann", "due": "2099-01-31"},
    "answer": {"facts": {"collected_by": "api"}},
    "waivers": {"reason": "few rows", "until": LATER},
    "reject": {"reason": "no licence can be had"},
}


@pytest.fixture(scope="module")
def legal(service: Running, tokens: dict[str, str]) -> Iterator[httpx.Client]:
    with service.as_(tokens["legal"]) as client:
        yield client


def entries(client: httpx.Client) -> int:
    return int(client.get("/v1/ledger", params={"limit": 1}).json()["size"])


def test_two_people_let_a_run_start_and_the_verdict_stays(
    engineer: httpx.Client, legal: httpx.Client, admin: httpx.Client
) -> None:
    decision, item = waiting(engineer)
    assert gate(engineer, decision)["may_start"] is False
    asked = ask(legal, item)
    assert (asked.status_code, asked.json()["standing"]) == (201, "requested")
    place = asked.headers["location"]
    alone = legal.post(f"{place}/approve", json={})
    assert (alone.status_code, alone.json()["remedy"]) == (400, "a second person must approve")
    assert gate(engineer, decision)["may_start"] is False
    granted = admin.post(f"{place}/approve", json={"reason": "read it"})
    assert granted.status_code == 201
    assert admin.get(f"/v1/ledger/{granted.headers['clearance-entry']}").json()["fields"]["event"] == "granted"
    outcome = gate(engineer, decision)
    assert (outcome["may_start"], outcome["verdict"]) == (True, "block")
    assert outcome["until"] == "2099-06-30T16:00:00.000000Z"
    assert admin.post(f"{place}/withdraw", json={"reason": "the provider objected"}).status_code == 201
    assert gate(engineer, decision)["may_start"] is False
    held = engineer.get(place).json()
    assert held["standing"] == "withdrawn"
    assert {held["requested_by"].split(" (")[0], held["approver"].split(" (")[0]} == {"legal", "admin"}


def test_a_training_script_goes_on_under_a_waiver_and_stops_without(
    service: Running, tokens: dict[str, str], engineer: httpx.Client, legal: httpx.Client, admin: httpx.Client
) -> None:
    manifest = stopped()
    with (
        pytest.raises(ClearanceError, match="not cleared: block"),
        enter(manifest, url=service.url, key=tokens["engineer"]),
    ):
        pass
    (item,) = engineer.get("/v1/reviews", params={"q": manifest["run"]["name"]}).json()["items"]
    place = ask(legal, item["id"]).headers["location"]
    assert admin.post(f"{place}/approve", json={"reason": "read it"}).status_code == 201
    with enter(manifest, url=service.url, key=tokens["engineer"]) as decision:
        assert (decision["verdict"], decision["gate"]["may_start"]) == ("block", True)
    assert admin.post(f"{place}/withdraw", json={"reason": "the provider objected"}).status_code == 201
    with (
        pytest.raises(ClearanceError, match="not cleared: block"),
        enter(manifest, url=service.url, key=tokens["engineer"]),
    ):
        pass


def test_a_second_key_of_one_name_is_no_second_person(
    service: Running, engineer: httpx.Client, legal: httpx.Client
) -> None:
    decision, item = waiting(engineer)
    place = ask(legal, item).headers["location"]
    with service.as_(service.key("legal", "legal")) as other:
        assert other.post(f"{place}/approve", json={}).status_code == 400
    with service.as_(service.key("legal", "somebody else")) as other:
        assert other.post(f"{place}/approve", json={}).status_code == 201
    assert gate(engineer, decision)["may_start"] is True


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("role", ["engineer", "auditor", "legal", "admin"])
def test_who_may_take_which_step(name: str, role: str, service: Running, tokens: dict[str, str]) -> None:
    with service.as_(tokens["admin"]) as admin, service.as_(tokens[role]) as client:
        _, item = waiting(admin)
        before = entries(admin)
        answer = client.post(f"/v1/reviews/{item}/{name}", json=STEPS[name])
        if role in ("legal", "admin"):
            assert answer.status_code == 201, answer.text
            assert entries(admin) == before + (2 if name == "answer" else 1)
        else:
            assert (answer.status_code, entries(admin)) == (403, before)
        assert client.post(f"/v1/reviews/{item}/comments", json={"text": "seen"}).status_code == 201


@pytest.mark.parametrize("role", ["engineer", "auditor"])
def test_who_may_not_approve_or_withdraw(role: str, service: Running, tokens: dict[str, str]) -> None:
    with service.as_(tokens["legal"]) as legal, service.as_(tokens[role]) as client:
        _, item = waiting(legal)
        place = ask(legal, item).headers["location"]
        assert client.post(f"{place}/approve", json={}).status_code == 403
        assert client.post(f"{place}/withdraw", json={"reason": "no"}).status_code == 403
        assert client.post("/v1/reviews/recheck").status_code == 403
        assert client.get(place).json()["standing"] == "requested"


def test_an_answer_decides_again_in_the_place_of_the_old_decision(engineer: httpx.Client, legal: httpx.Client) -> None:
    decision, item = waiting(engineer)
    said = {"facts": {"generated_by.feature": "model-distillation"}, "reason": "the bill says so"}
    answer = legal.post(f"/v1/reviews/{item}/answer", json=said)
    assert answer.status_code == 201, answer.text
    newer = answer.json()["decision"]
    assert answer.headers["location"] == f"/v1/checks/{newer}"
    assert legal.get(answer.headers["location"]).json()["verdict"] == answer.json()["verdict"]
    assert newer in gate(engineer, decision)["why"]
    step = legal.get(f"/v1/reviews/{item}").json()["steps"][-1]
    assert (step["event"], step["decision"], step["text"]) == ("answered", newer, "the bill says so")
    assert legal.post(f"/v1/reviews/{item}/answer", json=said).status_code == 400, "it was answered already"


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"facts": {"role": "evaluation"}},
        {"facts": {"nothing": 1}},
        {"facts": {"run.purpose": "x"}},
        {"facts": {"collected_by": "x"}},
        {"facts": {"collected_by": {"a": [{}]}}},
        {"edits": [{"at": []}]},
        {"edits": [{"at": ["sources", "answers"], "drop": True}]},
        {"facts": {"collected_by": "api"}, "edits": [{"at": ["run", "name"], "value": "x"}]},
        {"unknown": 1},
    ],
)
def test_an_answer_that_fits_nothing_is_refused_and_leaves_nothing(
    said: dict[str, object], legal: httpx.Client
) -> None:
    _, item = waiting(legal)
    before = entries(legal)
    answer = legal.post(f"/v1/reviews/{item}/answer", json=said)
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert entries(legal) == before


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("waivers", {"reason": "x", "until": "2099-01-01"}),
        ("waivers", {"reason": "x", "until": "2020-01-01T00:00Z"}),
        ("waivers", {"reason": " ", "until": LATER}),
        ("waivers", {"reason": "x", "until": LATER, "scope": "clause"}),
        ("waivers", {"reason": "x", "until": LATER, "scope": "clause", "clauses": ["nobody/terms#1"]}),
        ("waivers", {"reason": "x", "until": LATER, "scope": "everything"}),
        ("assign", {}),
        ("assign", {"to": "\u200b"}),
        ("assign", {"due": "2026-02-31"}),
        ("comments", {"text": ""}),
        ("comments", {"text": "x" * 20_001}),
        ("comments", {"text": "x", "evidence": ["y"] * 101}),
        ("reject", {"reason": ""}),
    ],
)
def test_a_step_that_says_too_little_is_refused(path: str, body: dict[str, object], legal: httpx.Client) -> None:
    _, item = waiting(legal)
    before = entries(legal)
    answer = legal.post(f"/v1/reviews/{item}/{path}", json=body)
    assert answer.status_code in (400, 422), answer.text
    assert entries(legal) == before


def test_what_is_not_there_is_not_found(legal: httpx.Client) -> None:
    for path in ("reviews/" + "0" * 16, "waivers/w" + "0" * 16, "checks/" + "0" * 32 + "/gate"):
        assert legal.get(f"/v1/{path}").status_code == 404
    assert legal.post(f"/v1/reviews/{'0' * 16}/comments", json={"text": "x"}).status_code == 404
    assert legal.post(f"/v1/waivers/w{'0' * 16}/approve", json={}).status_code == 404
    assert legal.get("/v1/reviews", params={"after": "0" * 16}).status_code == 400


def test_the_queue_is_read_in_pages_and_by_what_is_asked(legal: httpx.Client, engineer: httpx.Client) -> None:
    made = [waiting(engineer, "page rows")[1] for _ in range(5)]
    for item in made[:2]:
        assert legal.post(f"/v1/reviews/{item}/assign", json={"to": "Zoë", "due": "2098-01-01"}).status_code == 201
    ask(legal, made[2])

    def ids(**asked: str) -> list[str]:
        found: list[str] = []
        after = ""
        while True:
            page = legal.get("/v1/reviews", params={"q": "page rows", "limit": 2, "after": after, **asked}).json()
            found += [item["id"] for item in page["items"]]
            if page["next"] is None:
                return found
            after = page["next"]

    assert ids() == made
    assert ids(assignee="ZOË") == ids(due_by="2098-01-01") == made[:2]
    assert ids(assignee="") == made[2:]
    assert ids(state="requested") == [made[2]]
    assert ids(state="open") == [*made[:2], *made[3:]]
    assert ids(verdict="review") == []


def test_what_has_not_changed_is_not_sent_again(legal: httpx.Client) -> None:
    decision, item = waiting(legal)
    place = ask(legal, item).headers["location"]
    for path in (f"/v1/reviews/{item}", place, f"/v1/checks/{decision}/gate"):
        tag = {"If-None-Match": legal.get(path).headers["etag"]}
        again = legal.get(path, headers=tag)
        assert (again.status_code, again.content) == (304, b"")
    legal.post(f"/v1/reviews/{item}/reject", json={"reason": "no"})
    assert legal.get(f"/v1/reviews/{item}", headers=tag).status_code == 200


def test_a_recheck_says_what_it_did(legal: httpx.Client) -> None:
    waiting(legal)
    report = legal.post("/v1/reviews/recheck").json()
    assert report["stored"] > 0
    assert report["selected"] == 0, "the state of the corpora was remembered at the start, and has not changed"
    assert report["reopened"] == []


def test_a_portfolio_is_asked_by_teacher_data_set_and_clause(legal: httpx.Client, engineer: httpx.Client) -> None:
    decision, item = waiting(engineer, "portfolio rows")
    clause = legal.get(f"/v1/reviews/{item}").json()["clauses"][0]
    for asked in ({"dataset": "Portfolio Rows"}, {"dataset": "portfolio rows", "teacher": "OpenAI", "clause": clause}):
        found = legal.get("/v1/portfolio", params=asked).json()
        assert [(r["decision"], r["rows"]) for r in found["runs"]] == [(decision, 800)]
        assert (found["total"], found["rows"], found["next"]) == (1, 800, None)
        assert found["exposure"] == [{"verdict": "block", "runs": 1, "sources": 1, "rows": 800, "unstated": 0}]
    every = legal.get("/v1/portfolio", params={"limit": 1}).json()
    assert (len(every["runs"]), every["next"]) == (1, 1)
    following = legal.get("/v1/portfolio", params={"limit": 1, "offset": 1}).json()
    assert following["runs"] != every["runs"]
    assert legal.get("/v1/portfolio", params={"teacher": "nobody"}).json()["runs"] == []


def test_rows_that_nobody_states_are_null_and_no_zero(legal: httpx.Client, engineer: httpx.Client) -> None:
    decision, _ = waiting(engineer, "silent rows", rows=None)
    (run,) = (found := legal.get("/v1/portfolio", params={"dataset": "silent rows"}).json())["runs"]
    assert (run["decision"], run["rows"], run["run_rows"], run["unstated"]) == (decision, None, None, 1)
    assert (found["rows"], found["unstated"]) == (None, 1)
    assert found["exposure"] == [{"verdict": "block", "runs": 1, "sources": 1, "rows": None, "unstated": 1}]
    manifest = stopped("half silent")
    manifest["sources"].append({**manifest["sources"][0], "name": "silent half"})
    del manifest["sources"][1]["rows"]
    assert check(engineer, json.dumps(manifest).encode(), "application/json").status_code == 201
    asked = {"teacher": "gpt-4o", "limit": 200}
    runs = legal.get("/v1/portfolio", params=asked).json()["runs"]
    (half,) = [r for r in runs if r["sources"] == ["half silent", "silent half"]]
    assert (half["rows"], half["run_rows"], half["unstated"]) == (800, 800, 1)


def test_0_rows_that_somebody_states_are_stated(legal: httpx.Client, engineer: httpx.Client) -> None:
    decision, item = waiting(engineer, "empty for now", rows=0)
    assert legal.get(f"/v1/reviews/{item}").json()["item"]["rows"] == 0
    (run,) = (found := legal.get("/v1/portfolio", params={"dataset": "empty for now"}).json())["runs"]
    assert (run["decision"], run["rows"], run["run_rows"], run["unstated"]) == (decision, 0, 0, 0)
    assert (found["rows"], found["unstated"]) == (0, 0)
    assert found["exposure"] == [{"verdict": "block", "runs": 1, "sources": 1, "rows": 0, "unstated": 0}]
    _, silent = waiting(engineer, "silent for now", rows=None)
    assert legal.get(f"/v1/reviews/{silent}").json()["item"]["rows"] is None


def test_a_recheck_is_a_job_on_request(legal: httpx.Client, engineer: httpx.Client) -> None:
    waiting(legal)
    place, asynchronous = "/v1/reviews/recheck", {"Prefer": "respond-async"}
    taken = legal.post(place, headers=asynchronous)
    assert (taken.status_code, taken.json()["kind"]) == (202, "recheck")
    job = legal.get(taken.headers["location"], params={"wait": 60}).json()
    assert (job["state"], job["checks"], job["report"]["reopened"]) == ("done", [], [])
    assert job["done"] == job["of"] == job["report"]["stored"] > 0
    assert legal.get(f"{taken.headers['location']}/result").json() == job["report"]
    assert engineer.get(taken.headers["location"]).status_code == 404
    assert engineer.post(place, headers=asynchronous).status_code == 403
    at_once = legal.post(place, headers=asynchronous, params={"wait": 60})
    assert (at_once.status_code, at_once.json()["selected"]) == (201, 0)


def test_what_ends_next_is_told(legal: httpx.Client, admin: httpx.Client) -> None:
    _, item = waiting(legal)
    place = ask(legal, item).headers["location"]
    admin.post(f"{place}/approve", json={})
    legal.post(f"/v1/reviews/{item}/assign", json={"due": "2097-05-05"})
    ending = legal.get("/v1/portfolio/ending", params={"limit": 200}).json()["ending"]
    assert ("waiver", place.rpartition("/")[2]) in [(e["what"], e["name"]) for e in ending]
    assert ("item", item, "2097-05-05") in [(e["what"], e["name"], e["at"]) for e in ending]
    assert [e["at"] for e in ending] == sorted(e["at"] for e in ending)
    listed = legal.get("/v1/waivers", params={"standing": "in-force", "limit": 200}).json()["waivers"]
    assert place.rpartition("/")[2] in [w["id"] for w in listed]
