"""Terms of a provider that no record knows, with clauses to confirm, and a run that rests on them."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import httpx
from running import check

from compliance.history.database import open_history
from compliance.history.sync import ingest

BAN = "use Output to develop models that compete with our Services"
EVIL = "<script>document.title='owned'</script>"
FEES = "\n\n".join(f"0.{n} The fee for month {n} is paid by card within thirty days of its invoice." for n in range(30))
TERMS = f"""# Quillmark API Terms

{FEES}

These terms govern the language models that Quillmark offers behind a chat assistant. A language model answers in text.

1. Use. Customer may use the Services to build applications, and must pay the fees. {EVIL}

2. Limits. You may not:

(a) {BAN};

(b) reverse engineer the Services;

(c) extract Output with automated means such as scraping.

3. You own the Output.
"""
SPOONS = "# Spoons\n\nCustomer must pay the fees for the wooden spoons within thirty days of each delivery.\n"


def write_terms(place: Path) -> Path:
    """A database with Quillmark's terms and those of a shop, in which nobody has looked for clauses."""
    with open_history(place, create=True) as held:
        for party, document, content in (
            ("Quillmark", "API Terms", TERMS),
            ("Woodshop", "Conditions", SPOONS),
        ):
            add_version(held, place, party, document, datetime.date(2026, 1, 1), content)
    return place


def add_version(held: Any, place: Path, party: str, document: str, day: datetime.date, content: str) -> None:
    """A version more."""
    file = place.with_name(f"{party}-{day}.md")
    file.write_text(content)
    ingest(held, file, party=party, document=document, date=day)


def manifest(name: str, maker: str = "Quillmark", trainee: str = "general-llm", when: str = "2026-04-10") -> bytes:
    """A run on the outputs of a provider."""
    made = {"model": f"{maker.lower()}-2", "maker": maker, "channel": "first-party-api", "when": when,
            "by_whom": "trainer"}  # fmt: skip
    return json.dumps({
        "run": {"date": "2026-06-15", "purpose": "commercial", "name": name},
        "trainer": {"name": "Another Company"},
        "trainee": {"kind": trainee, "domain": "general", "commercial": True, "distributed": True},
        "base_models": [],
        "sources": [{"name": "chat answers", "kind": "model-outputs", "role": "targets", "generated_by": made}],
    }).encode()  # fmt: skip


def verdict(client: httpx.Client, name: str, **more: str) -> tuple[str, str]:
    """The verdict on a run, and the rule of its source."""
    answer = check(client, manifest(name, **more), "application/json")
    assert answer.status_code == 201, answer.text
    found = answer.json()
    return found["verdict"], found["sources"][0]["rule"]


def number_of(client: httpx.Client, provider: str) -> int:
    """The id of a provider's document."""
    (found,) = [d for d in client.get("/v1/terms/clauses").json()["documents"] if d["provider"] == provider]
    return int(found["id"])


def look(client: httpx.Client, document: int) -> None:
    """Look for clauses, to the end of the job."""
    job = client.post(f"/v1/terms/{document}/look", json={}, params={"wait": 60})
    assert job.status_code == 201, job.text
