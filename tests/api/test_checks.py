"""Checks over HTTP: the same document as on the command line, recorded first, found again."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import httpx
import pytest
from running import EXAMPLES, OWN_LAB, Running, check, run

from compliance.ledger.log import open_log


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_answers_as_the_command_line_does(path: Path, engineer: httpx.Client) -> None:
    answer = engineer.post(
        "/v1/checks",
        params={"name": path.name},
        content=path.read_bytes(),
        headers={"Content-Type": "application/yaml"},
    )
    printed = run("check", path.name, "--format", "json", folder=EXAMPLES)
    assert answer.status_code == 201
    assert answer.text == json.dumps(json.loads(printed.stdout), ensure_ascii=False, separators=(",", ":"))
    again = engineer.get(answer.headers["location"])
    assert again.text == answer.text


@pytest.mark.parametrize("form", ["text", "markdown", "html", "sarif"])
def test_every_form_is_as_the_command_line_prints_it(form: str, engineer: httpx.Client) -> None:
    made = engineer.post(
        "/v1/checks", params={"name": "own-lab.yaml"}, content=OWN_LAB, headers={"Content-Type": "application/yaml"}
    )
    printed = run("check", "own-lab.yaml", "--format", form, folder=EXAMPLES)
    assert engineer.get(made.headers["location"], params={"format": form}).text == printed.stdout


def test_the_profile_decides_too(engineer: httpx.Client) -> None:
    manifest = (EXAMPLES / "distillation-testimony.yaml").read_bytes()
    answer = engineer.post("/v1/checks?profile=strict", content=manifest, headers={"Content-Type": "text/yaml"})
    assert answer.json()["profile"] == "strict"
    unknown = engineer.post("/v1/checks?profile=none-such", content=manifest, headers={"Content-Type": "text/yaml"})
    assert unknown.status_code == 400
    assert unknown.json()["type"] == "urn:clearance:problem:usage"


def test_json_is_read_as_json_alone(engineer: httpx.Client) -> None:
    assert check(engineer, OWN_LAB, "application/json").status_code == 400


def test_the_entry_is_in_the_ledger_when_the_answer_comes(service: Running, engineer: httpx.Client) -> None:
    answer = check(engineer)
    with open_log(service.folder / service.ledger) as log:
        entry = log.entry(int(answer.headers["clearance-entry"]))
    assert entry.subject == answer.json()["id"]
    assert entry.raw("manifest") == OWN_LAB
    assert entry.value("by").startswith("engineer (key ")


def test_files_that_sources_name_are_not_read(engineer: httpx.Client, service: Running) -> None:
    (service.folder / "rows.jsonl").write_text('{"model": "gpt-4o"}\n')
    manifest = {
        "run": {"date": "2025-11-03"},
        "trainer": {"name": "A"},
        "trainee": {"kind": "other"},
        "sources": [{"name": "s", "files": ["rows.jsonl", "/etc/passwd", "../audit.db"], "generated_by": None}],
    }
    answer = check(engineer, json.dumps(manifest).encode(), "application/json").json()
    assert answer["verdict"] == "review"
    assert [e["file"] for e in answer["inputs"]] == ["manifest.json"]


def test_an_etag_spares_the_second_answer(engineer: httpx.Client) -> None:
    place = check(engineer).headers["location"]
    first = engineer.get(place)
    second = engineer.get(place, headers={"If-None-Match": first.headers["etag"]})
    assert (second.status_code, second.content) == (304, b"")
    assert engineer.get(place, headers={"If-None-Match": 'W/"0"'}).status_code == 200


def test_large_answers_are_compressed_where_that_is_asked(engineer: httpx.Client) -> None:
    place = check(engineer).headers["location"]
    assert engineer.get(place, headers={"Accept-Encoding": "gzip"}).headers["content-encoding"] == "gzip"
    assert "content-encoding" not in engineer.get(place, headers={"Accept-Encoding": "identity"}).headers


def test_pages_of_checks_show_each_once(engineer: httpx.Client) -> None:
    made = [int(check(engineer).headers["clearance-entry"]) for _ in range(5)]
    seen: list[int] = []
    before: int | None = None
    while True:
        page = engineer.get("/v1/checks", params={"limit": 2, **({"before": before} if before is not None else {})})
        seen += [c["entry"] for c in page.json()["checks"]]
        before = page.json()["next"]
        if before is None:
            break
    assert seen == sorted(set(seen), reverse=True)
    assert set(made) <= set(seen)


def test_a_batch_answers_as_the_command_line_does(engineer: httpx.Client, folder: Path) -> None:
    manifest = {
        "run": {"date": "2025-11-03"},
        "trainer": {"name": "A"},
        "trainee": {"kind": "other"},
        "sources": [{"name": "s", "generated_by": None, "licence": "CC-BY-4.0"}],
    }
    lines = "".join(json.dumps({"id": f"n{n}", "manifest": manifest}) + "\n" for n in range(3))
    (folder / "batch.jsonl").write_text(lines)
    answer = engineer.post("/v1/checks/batch", content=lines, headers={"Content-Type": "application/x-ndjson"})
    assert answer.status_code == 200
    assert answer.text == run("check", "--batch", "batch.jsonl", folder=folder).stdout


def test_a_batch_with_a_fault_records_nothing(engineer: httpx.Client, admin: httpx.Client) -> None:
    before = admin.get("/v1/ledger").json()["size"]
    good = '{"id": "a", "manifest": {"run": {"date": "2025-11-03"}, "trainer": {"name": "A"}, '
    good += '"trainee": {"kind": "other"}, "sources": []}}\n'
    answer = engineer.post("/v1/checks/batch", content=good + "{}\n", headers={"Content-Type": "application/x-ndjson"})
    assert (answer.status_code, answer.json()["line"]) == (400, 2)
    assert admin.get("/v1/ledger").json()["size"] == before


def test_an_idempotency_key_gives_one_entry(engineer: httpx.Client, admin: httpx.Client) -> None:
    first = check(engineer, Idempotency_Key="run-7")
    second = check(engineer, Idempotency_Key="run-7")
    assert second.content == first.content
    assert second.headers["clearance-entry"] == first.headers["clearance-entry"]
    assert second.headers["idempotency-replayed"] == "true"
    other = check(engineer, OWN_LAB + b"\n", Idempotency_Key="run-7")
    assert (other.status_code, other.json()["type"]) == (422, "urn:clearance:problem:key-reused")
    assert check(admin, Idempotency_Key="run-7").headers["clearance-entry"] != first.headers["clearance-entry"]


def test_requests_with_one_key_at_once_give_one_entry(service: Running, tokens: dict[str, str]) -> None:
    answers: list[httpx.Response] = []

    def send() -> None:
        with service.as_(tokens["engineer"]) as client:
            answers.append(check(client, Idempotency_Key="at-once"))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = {a.headers["clearance-entry"] for a in answers if a.status_code == 201}
    assert len(made) == 1
    assert {a.status_code for a in answers} == {201}


def test_a_restart_keeps_answers_keys_and_repeated_requests(folder: Path) -> None:
    first = Running(folder)
    token = first.key("engineer")
    with first.as_(token) as client:
        made = check(client, Idempotency_Key="k")
    first.stop()
    second = Running(folder)
    try:
        with second.as_(token) as client:
            assert client.get(made.headers["location"]).content == made.content
            again = check(client, Idempotency_Key="k")
        assert again.headers["clearance-entry"] == made.headers["clearance-entry"]
        assert "log in at" not in second.log.read_text(), "somebody holds a key: no token for the start"
    finally:
        second.stop()


def test_two_services_share_one_ledger(service: Running, engineer: httpx.Client, tokens: dict[str, str]) -> None:
    other = Running(service.folder)
    try:
        with other.as_(tokens["engineer"]) as client:
            entries = [check(c).headers["clearance-entry"] for _ in range(5) for c in (engineer, client)]
        assert len(set(entries)) == 10
    finally:
        other.stop()
    verified = run("ledger", "verify", service.ledger, folder=service.folder)
    assert verified.returncode == 0, verified.stdout
