"""The description is true: whatever it allows is answered as it says, and nothing ends in a fault."""

from __future__ import annotations

from typing import get_args

import httpx
import jsonschema
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from running import Running, check
from schemathesis.specs.openapi import checks

from api.records import Kind
from api.roles import ACCESS, PUBLIC
from compliance.ledger.kinds import KINDS


@schemathesis.serializer("application/x-ndjson")
def lines(_context: object, value: object) -> bytes:
    """A batch as it is sent."""
    return str(value).encode("utf-8", "replace")


OFFERED = ("/v1/", "/metrics", "/openapi", "/healthz", "/readyz")


def test_every_call_is_described_with_its_roles(admin: httpx.Client) -> None:
    made = admin.get("/openapi.json").json()
    told = {f"{m.upper()} {path}": call for path, calls in made["paths"].items() for m, call in calls.items()}
    assert set(told) == {c for c in (*ACCESS, *PUBLIC) if c.split(" ")[1].startswith(OFFERED)}
    for call, described in told.items():
        assert (described.get("security") == []) == (call in PUBLIC)
        for role in ACCESS.get(call, ()):
            assert role.value in described["description"]
        assert {"422", "500", "503"} <= set(described["responses"])


def test_a_decision_is_as_described(admin: httpx.Client) -> None:
    made = admin.get("/openapi.json").json()
    schema = {**made["components"]["schemas"]["Decision"], "components": made["components"]}
    jsonschema.Draft202012Validator(schema).validate(check(admin).json())


def test_the_examples_are_answered(admin: httpx.Client) -> None:
    call = admin.get("/openapi.json").json()["paths"]["/v1/checks"]["post"]
    for kind, held in call["requestBody"]["content"].items():
        example = held["example"]
        answer = (
            admin.post("/v1/checks", json=example)
            if isinstance(example, dict)
            else check(admin, example.encode(), kind)
        )
        assert answer.status_code == 201, answer.text


def test_what_the_description_allows_is_answered_as_described(service: Running, tokens: dict[str, str]) -> None:
    headers = {"Authorization": f"Bearer {tokens['admin']}"}
    schema = schemathesis.openapi.from_url(f"{service.url}/openapi.json", headers=headers)
    calls = [result.ok() for result in schema.get_all_operations()]
    assert len(calls) > 15
    wanted = [
        schemathesis.checks.not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_headers_conformance,
        checks.response_schema_conformance,
    ]
    negative = schemathesis.GenerationMode.NEGATIVE
    for call in calls:

        @settings(max_examples=12, suppress_health_check=list(HealthCheck))
        @given(case=st.one_of(call.as_strategy(), call.as_strategy(generation_mode=negative)))
        def holds(case: object) -> None:
            case.call_and_validate(headers=headers, checks=wanted)  # type: ignore[attr-defined]

        holds()


def test_the_kinds_of_entries_are_those_of_the_ledger() -> None:
    assert set(get_args(Kind)) == set(KINDS)
