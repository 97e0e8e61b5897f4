"""What is sent by somebody who means harm, or errs: one shape of answer, no crash, no secret, no script."""

from __future__ import annotations

import json
import socket
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from running import OWN_LAB, Running, check

BASE: dict[str, Any] = {
    "run": {"date": "2025-11-03"},
    "trainer": {"name": "A"},
    "trainee": {"kind": "other"},
    "sources": [],
}


def is_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem that an answer is."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["status"] == status
    assert found["type"].startswith("urn:clearance:problem:")
    assert found["request"] == answer.headers["x-request-id"]
    return found


@pytest.mark.parametrize(
    ("call", "status"),
    [
        ("GET /nothing", 404),
        ("GET /v1/checks/" + "0" * 32, 404),
        ("GET /v1/checks/..%2f..%2fetc%2fpasswd", 404),
        ("GET /v1/checks/%00", 422),
        ("GET /v1/checks/0", 422),
        ("GET /v1/checks?limit=0", 422),
        ("GET /v1/checks?limit=x", 422),
        ("GET /v1/checks?before=-1", 422),
        ("GET /v1/checks?before=99999999999999999999", 422),
        ("GET /v1/rules/..%2fvocabulary", 404),
        ("GET /v1/rules/..", 404),
        ("GET /v1/rules/none-such", 404),
        ("GET /v1/corpora/parties/none-such", 404),
        ("GET /v1/ledger/999999", 404),
        ("GET /v1/ledger/999999/proof", 404),
        ("GET /v1/ledger?kind=none", 422),
        ("DELETE /v1/checks", 405),
        ("PUT /v1/ledger/0", 405),
        ("OPTIONS /v1/checks", 405),
        ("POST /v1/checks", 415),
    ],
)
def test_every_error_has_one_shape(call: str, status: int, admin: httpx.Client) -> None:
    method, path = call.split(" ", 1)
    found = is_problem(admin.request(method, path), status)
    if status == 405:
        assert found["title"]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/yaml", 400),
        (b"\xff\xfe\x00", "application/yaml", 400),
        (b"a: \xc3\x28", "application/yaml", 400),
        (b"{", "application/json", 400),
        (b"[" * 100_000, "application/json", 422),
        (b"[" * 100_000, "application/yaml", 422),
        (b"null", "application/json", 422),
        (b"[]", "application/json", 422),
        (b'"x"', "application/json", 422),
        (b"a: &a [*a]", "application/yaml", 400),
        (b"!!python/object/apply:os.system [id]", "application/yaml", 400),
        (OWN_LAB, "text/html", 415),
        (OWN_LAB, "application/yaml; charset=utf-16", 415),
        (OWN_LAB, "", 415),
        (json.dumps({**BASE, "sources": [{"name": 7}]}).encode(), "application/json", 422),
        (json.dumps({**BASE, "sources": [{"name": "x" * 9999}]}).encode(), "application/json", 422),
        (json.dumps({**BASE, "more": 1}).encode(), "application/json", 422),
        (json.dumps({**BASE, "sources": [{"name": "a"}, {"name": "A"}]}).encode(), "application/json", 422),
        (b'{"run": {"date": "2025-11-03"}, "run": {}}', "application/json", 400),
    ],
)
def test_bad_manifests_are_told_what_is_wrong(body: bytes, kind: str, status: int, engineer: httpx.Client) -> None:
    found = is_problem(check(engineer, body, kind), status)
    assert found.get("detail")
    assert "/work" not in json.dumps(found) and "Traceback" not in json.dumps(found)


def test_a_fault_names_line_and_field(engineer: httpx.Client) -> None:
    found = is_problem(check(engineer, OWN_LAB.replace(b"general-llm", b"general"), "application/yaml"), 422)
    assert found["file"] == "manifest.yaml"
    assert found["line"] > 1
    assert found["field"] == "trainee.kind"


def test_halves_of_characters_are_refused_or_written(engineer: httpx.Client) -> None:
    body = b'{"run": {"date": "2025-11-03", "name": "\\ud800"}, "trainer": {"name": "A"}, '
    body += b'"trainee": {"kind": "other"}, "sources": []}'
    answer = check(engineer, body, "application/json")
    assert answer.status_code in (201, 400, 422), answer.text


def test_a_huge_body_is_refused_by_its_length_and_by_its_bytes(engineer: httpx.Client, service: Running) -> None:
    big = b"#" * (5 * 1024 * 1024)
    headers = {"Content-Type": "application/yaml"}
    is_problem(engineer.post("/v1/checks", content=big, headers=headers), 413)

    def parts() -> Any:
        for _ in range(5):
            yield big[: 1024 * 1024]

    is_problem(engineer.post("/v1/checks", content=parts(), headers=headers), 413)
    assert service.client.get("/readyz").status_code == 200


def test_no_credential_no_reading(service: Running) -> None:
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as raw:
        raw.sendall(b"POST /v1/checks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n")
        assert raw.recv(4096).startswith(b"HTTP/1.1 401")  # though no byte of the body was sent


def test_other_host_names_are_refused(service: Running) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", "", "localhost@evil"):
        assert service.client.get("/healthz", headers={"Host": host}).status_code == 421
    assert service.client.get("/healthz", headers={"Host": "localhost:1"}).status_code == 200


def test_request_ids_are_kept_where_they_are_harmless(service: Running) -> None:
    assert service.client.get("/healthz", headers={"X-Request-Id": "a-1.b"}).headers["x-request-id"] == "a-1.b"
    for given_id in ("a b", "x" * 65, '"}', "<b>"):
        answer = service.client.get("/healthz", headers={"X-Request-Id": given_id})
        assert answer.headers["x-request-id"] != given_id


def test_no_other_origin_is_answered(engineer: httpx.Client) -> None:
    answer = engineer.get("/v1/checks", headers={"Origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("key", ["", "x" * 129, "a b", "\u00e9"])
def test_bad_idempotency_keys_are_refused(key: str, engineer: httpx.Client) -> None:
    headers = {"Content-Type": "application/yaml", "Idempotency-Key": key.encode("utf-8")}
    answer = engineer.post("/v1/checks", content=OWN_LAB, headers=headers)  # type: ignore[arg-type]
    is_problem(answer, 400)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(["run", "trainer", "trainee", "sources", "base_models", "agreements"]), value=VALUES)
def test_any_value_anywhere_is_answered(place: str, value: Any, engineer: httpx.Client) -> None:
    answer = check(engineer, json.dumps({**BASE, place: value}).encode(), "application/json")
    assert answer.status_code in (201, 400, 422), answer.text


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200), kind=st.sampled_from(["application/json", "application/yaml"]))
def test_any_bytes_are_answered(body: bytes, kind: str, engineer: httpx.Client) -> None:
    assert check(engineer, body, kind).status_code in (201, 400, 422)
