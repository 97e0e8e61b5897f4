"""Clauses are confirmed over HTTP, and the gate of the running service decides with them at once."""

from __future__ import annotations

import datetime
import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from clause_texts import BAN, TERMS, add_version, look, manifest, number_of, verdict, write_terms
from running import Running, check, run

from compliance.history.database import open_history


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_terms(tmp_path_factory.mktemp("clauses") / "terms.sqlite")


@pytest.fixture(scope="module")
def desk(place: Path) -> Iterator[Running]:
    assert run("keys", "add-tenant", "acme", "--ledger", "audit.db", folder=place.parent).returncode == 0
    running = Running(place.parent, "--words-only", "--terms", str(place))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def legal(desk: Running) -> Iterator[httpx.Client]:
    with desk.as_(desk.key("legal", "Ada Lopez")) as client:
        yield client


@pytest.fixture(scope="module")
def quillmark(legal: httpx.Client) -> int:
    document = number_of(legal, "Quillmark")
    before = verdict(legal, "nobody has looked")
    look(legal, document)
    assert verdict(legal, "nobody has said anything") == before, "looking alone changes no verdict"
    return document


def ids(client: httpx.Client, document: int) -> dict[str, str]:
    """The ids of the clauses by category."""
    found = client.get(f"/v1/terms/{document}/clauses").json()["clauses"]
    return {c["record"]["category"]: c["id"] for c in found}


def rule(client: httpx.Client, document: int, clause: str, ruling: str, **edits: str) -> httpx.Response:
    return client.post(f"/v1/terms/{document}/clauses/{clause}", json={"ruling": ruling, "edits": edits})


def test_what_waits_is_told_with_its_words_and_the_record_it_would_make(legal: httpx.Client, quillmark: int) -> None:
    queue = legal.get("/v1/terms/clauses").json()
    (told,) = [d for d in queue["documents"] if d["id"] == quillmark]
    assert (told["texts"], told["unlooked"]) == (1, 0)
    assert told["open"] + told["accepted"] + told["rejected"] == 3
    held = legal.get(f"/v1/terms/{quillmark}/clauses").json()
    (ban,) = [c for c in held["clauses"] if c["record"]["category"] == "train-competing-models"]
    assert (ban["quote"], TERMS[ban["start"] : ban["end"]]) == (BAN, BAN)
    assert ban["gating"] and ban["lead"] == "You may not:" and ban["days"] == ["2026-01-01"]
    one = legal.get(f"/v1/terms/{quillmark}/clauses/{ban['id']}").json()
    around = TERMS[ban["start"] - len(one["before"]) :]
    assert one["before"] + one["words"] + one["after"] == around and one["cut"] == [True, False]
    assert one["values"]["test"] == "competing"


def test_a_confirmed_ban_blocks_with_the_next_check_and_a_rejected_one_does_not(
    legal: httpx.Client, quillmark: int
) -> None:
    named = ids(legal, quillmark)
    assert verdict(legal, "still open")[0] == "review"
    said = rule(legal, quillmark, named["train-competing-models"], "accepted")
    assert (said.status_code, said.json()["subject"]) == (201, "Quillmark/API Terms")
    assert verdict(legal, "accepted") == ("block", "competing-output")
    assert verdict(legal, "elsewhere", trainee="embedding")[0] == "review", "another clause is still open"
    assert rule(legal, quillmark, named["scrape-output"], "accepted").status_code == 201
    legal.post(f"/v1/terms/{quillmark}/binding", json={"offers": ["general-llm"]}).raise_for_status()
    assert verdict(legal, "all said", trainee="embedding")[0] == "allow"
    assert rule(legal, quillmark, named["train-competing-models"], "rejected").status_code == 201
    assert verdict(legal, "rejected")[0] == "allow"


def test_an_edit_reaches_the_gate_and_one_that_changes_nothing_is_none(legal: httpx.Client, quillmark: int) -> None:
    scrape = ids(legal, quillmark)["scrape-output"]
    values = legal.get(f"/v1/terms/{quillmark}/clauses/{scrape}").json()["values"]
    assert rule(legal, quillmark, scrape, "accepted", **values).json()["says"] == f"accepted {scrape}"
    edited = values | {"category": "train-any-models", "test": "any"}
    said = rule(legal, quillmark, scrape, "accepted", **edited)
    assert said.json()["says"] == f"accepted {scrape}; category=train-any-models; test=any"
    assert verdict(legal, "edited", trainee="embedding") == ("block", "unqualified-output-clause")
    assert rule(legal, quillmark, scrape, "accepted").status_code == 201
    assert verdict(legal, "as found", trainee="embedding")[0] == "allow"


def test_the_ledger_says_who_said_what_of_which_words(desk: Running, legal: httpx.Client, quillmark: int) -> None:
    ban = ids(legal, quillmark)["train-competing-models"]
    said = rule(legal, quillmark, ban, "rejected")
    entry = legal.get(f"/v1/ledger/{said.headers['clearance-entry']}").json()
    assert (entry["kind"], entry["subject"]) == ("terms", "Quillmark/API Terms")
    fields = entry["fields"]
    assert fields["by"].startswith("Ada Lopez (key ") and fields["event"] == "confirmed"
    assert (fields["version"], fields["note"]) == ("2026-01-01", f"rejected {ban}")
    assert fields["sha256"] == hashlib.sha256(BAN.encode()).hexdigest()
    assert (fields["word"], fields["clause"], fields["overlay"]) == ("rejected", ban, "quillmark.yaml")
    assert fields["text_sha256"] == hashlib.sha256(TERMS.encode()).hexdigest() and "edits" not in fields
    (held,) = [c for c in legal.get(f"/v1/terms/{quillmark}/clauses").json()["clauses"] if c["id"] == ban]
    assert (held["status"], held["by"]) == ("rejected", fields["by"])
    assert legal.post("/v1/ledger/verify").json()["ok"]


def test_a_decision_says_who_confirmed_what_it_rests_on(legal: httpx.Client, quillmark: int) -> None:
    ban = ids(legal, quillmark)["train-competing-models"]
    assert rule(legal, quillmark, ban, "accepted").status_code == 201
    made = check(legal, manifest("cites"), "application/json").json()
    cited = made["sources"][0]["clauses"][0]
    assert cited["text_sha256"] == hashlib.sha256(BAN.encode()).hexdigest()
    assert BAN not in cited["says"]


def test_what_was_decided_is_decided_again_with_the_records_of_its_day(
    desk: Running, legal: httpx.Client, quillmark: int
) -> None:
    ban = ids(legal, quillmark)["train-competing-models"]
    assert rule(legal, quillmark, ban, "accepted").status_code == 201
    made = check(legal, manifest("replayed"), "application/json").json()
    held = max((desk.folder / "audit.db.confirmed").iterdir(), key=lambda p: p.stat().st_mtime)
    assert rule(legal, quillmark, ban, "rejected").status_code == 201
    assert verdict(legal, "meanwhile")[0] != made["verdict"]
    words = ("ledger", "replay", made["id"], "--ledger", desk.ledger)
    again = run(*words, "--corpora", str(held), folder=desk.folder)
    assert again.returncode == 0, again.stdout + again.stderr
    assert run(*words, folder=desk.folder).returncode != 0


def test_what_cannot_be_kept_is_refused_and_leaves_nothing(legal: httpx.Client, quillmark: int) -> None:
    named = ids(legal, quillmark)
    size = legal.get("/v1/ledger").json()["size"]
    ban = named["train-competing-models"]
    for edits in ({"test": "sometimes"}, {"category": "nothing"}, {"colour": "red"}, {"note": "two\nlines"}):
        refused = rule(legal, quillmark, ban, "accepted", **edits)
        assert (refused.status_code, refused.json()["type"]) == (400, "urn:clearance:problem:usage")
        assert refused.json()["remedy"]
    assert rule(legal, quillmark, "distill-0123456789", "accepted").status_code == 404
    assert rule(legal, 999, ban, "accepted").status_code == 404
    assert rule(legal, quillmark, ban, "perhaps").status_code == 422
    assert legal.get(f"/v1/terms/{quillmark}/clauses/distill-0123456789").status_code == 404
    assert legal.post(f"/v1/terms/{quillmark}/binding", json={"channels": ["carrier-pigeon"]}).status_code == 400
    assert legal.post(f"/v1/terms/{quillmark}/binding", json={}).status_code == 400
    assert legal.post(f"/v1/terms/{quillmark}/complete", json={"text_sha256": "0" * 64}).status_code == 404
    assert legal.post("/v1/terms/999/look", json={}).status_code == 404
    assert legal.get("/v1/ledger").json()["size"] == size


def test_a_text_without_clauses_counts_once_somebody_says_that_it_is_complete(legal: httpx.Client) -> None:
    document = number_of(legal, "Woodshop")
    look(legal, document)
    (text,) = legal.get(f"/v1/terms/{document}/clauses").json()["texts"]
    assert (text["looked"], text["found"], text["counts_as_seen"]) == (True, 0, False)
    assert verdict(legal, "spoons", maker="Woodshop")[0] == "review"
    said = legal.post(f"/v1/terms/{document}/complete", json={"text_sha256": text["text_sha256"]})
    assert said.status_code == 201
    assert verdict(legal, "no spoons", maker="Woodshop") == ("allow", "no-restriction-in-force")


def test_keys_of_a_tenant_read_and_are_bound_but_say_nothing(
    desk: Running, legal: httpx.Client, quillmark: int
) -> None:
    words = ("keys", "create", "--name", "t", "--role", "admin", "--tenant", "acme", "--ledger", desk.ledger)
    made = run(*words, folder=desk.folder)
    ban = ids(legal, quillmark)["train-competing-models"]
    assert rule(legal, quillmark, ban, "accepted").status_code == 201
    with desk.as_(made.stdout.strip()) as tenant:
        assert ids(tenant, quillmark)["train-competing-models"] == ban
        refused = rule(tenant, quillmark, ban, "rejected")
        assert refused.status_code == 403 and "service's own keys" in refused.json()["detail"]
        for call in ("complete", "binding", "look"):
            assert tenant.post(f"/v1/terms/{quillmark}/{call}", json={}).status_code == 403
        assert verdict(tenant, "of the tenant")[0] == "block"


def test_a_word_of_the_command_line_and_a_new_version_reach_the_running_gate(
    desk: Running, place: Path, legal: httpx.Client, quillmark: int
) -> None:
    ban = ids(legal, quillmark)["train-competing-models"]
    words = ("terms", "confirm", "quillmark", "--db", str(place), "--lexical", "--by", "Bo")
    assert rule(legal, quillmark, ban, "accepted").status_code == 201
    assert verdict(legal, "before Bo")[0] == "block"
    recorded = run(*words, "--reject", ban, "--ledger", desk.ledger, folder=desk.folder)
    assert recorded.returncode == 0, recorded.stderr
    newest = legal.get("/v1/ledger", params={"kind": "terms", "limit": 1}).json()["entries"][0]
    fields = legal.get(f"/v1/ledger/{newest['index']}").json()["fields"]
    assert (fields["by"], fields["note"]) == ("Bo", f"rejected {ban}")
    assert awaited(legal, "allow"), "a word of another process counts within seconds"
    with open_history(place) as held:
        changed = TERMS.replace("compete with our Services", "compete with any of our Services")
        add_version(held, place, "Quillmark", "API Terms", datetime.date(2026, 4, 1), changed)
    assert awaited(legal, "review"), "nobody has looked through the new version"
    assert verdict(legal, "of old days", when="2026-03-10")[0] == "allow"


def awaited(client: httpx.Client, wanted: str) -> bool:
    """Whether a verdict comes within seconds, and no other but the one before."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if verdict(client, f"until {wanted}")[0] == wanted:
            return True
        time.sleep(0.2)
    return False


def test_no_check_is_answered_where_what_was_confirmed_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "terms.sqlite").write_text("no database")
    running = Running(tmp_path, "--terms", "terms.sqlite", up="/healthz")
    try:
        until = time.monotonic() + 60
        while "starting" in running.client.get("/readyz").text and time.monotonic() < until:
            time.sleep(0.1)
        assert running.client.get("/readyz").json()["detail"] == "the confirmed clauses cannot be read"
        with running.as_(running.key("engineer")) as client:
            answer = check(client)
            assert (answer.status_code, answer.json()["detail"]) == (503, "the confirmed clauses cannot be read")
    finally:
        running.stop()
