"""Runs that wait for a person, and people who decide about them."""

from __future__ import annotations

import itertools
import json
from typing import Any

import httpx
from running import check

LATER = "2099-06-30T18:00 Europe/Berlin"
_numbers = itertools.count(1)


def stopped(source_name: str = "answers", **more: Any) -> dict[str, Any]:
    """The manifest of a new run with one source, which stops it; `rows=None` leaves its rows out."""
    made = {"model": "gpt-4o", "maker": "OpenAI", "channel": "first-party-api", "when": "2025-06", "by_whom": "trainer"}
    source = {"name": source_name, "kind": "model-outputs", "role": "targets", "rows": 800, "licence": None,
              "generated_by": made} | more  # fmt: skip
    if source["rows"] is None:
        del source["rows"]
    return {
        "run": {"date": "2025-11-03", "name": f"waits {next(_numbers)}", "purpose": "commercial", "method": "finetune"},
        "trainer": {"name": "Northlight Research"},
        "trainee": {"kind": "general-llm", "domain": "general", "distributed": True, "commercial": True},
        "sources": [source],
    }


def waiting(client: httpx.Client, source: str = "answers", **more: Any) -> tuple[str, str]:
    """A new run with a source that waits: the decision and the item."""
    answer = check(client, json.dumps(stopped(source, **more)).encode(), "application/json")
    assert answer.status_code == 201, answer.text
    decision = answer.json()["id"]
    (item,) = client.get("/v1/reviews", params={"decision": decision}).json()["items"]
    return decision, item["id"]


def gate(client: httpx.Client, decision: str) -> dict[str, Any]:
    """The gate's answer on a decision."""
    answer = client.get(f"/v1/checks/{decision}/gate")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ask(client: httpx.Client, item: str, **more: Any) -> httpx.Response:
    """A waiver that is asked for."""
    return client.post(f"/v1/reviews/{item}/waivers", json={"reason": "few rows", "until": LATER, **more})
