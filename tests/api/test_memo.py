"""A decision as a memo: HTML that runs nothing, and a PDF whose text can be read."""

from __future__ import annotations

import io
import json

import httpx
import pypdf
import pytest
from running import EXAMPLES, check

BLOCKED = next(p for p in sorted(EXAMPLES.glob("*.yaml")) if p.name != "own-lab.yaml")
EVIL = '"><script>alert(1)</script>\u202e\x1b[2J \u4e2d\u6587 \U0001f600'


def hostile() -> bytes:
    source = {"name": EVIL, "generated_by": {"model": EVIL, "maker": EVIL}, "role": "targets"}
    run = {"run": {"date": "2025-11-03", "name": EVIL}, "trainer": {"name": EVIL}, "trainee": {"kind": "other"}}
    return json.dumps({**run, "sources": [source]}).encode()


def test_the_memo_says_what_was_decided_and_how_to_prove_it(engineer: httpx.Client) -> None:
    made = check(engineer, BLOCKED.read_bytes())
    memo = engineer.get(f"/v1/checks/{made.json()['id']}/memo")
    assert memo.status_code == 200
    for words in (made.json()["run"], made.json()["id"], "How it can be proved", "leaf hash sha256:", "legal advice"):
        assert words in memo.text
    reasons = {s["reason"] for s in made.json()["sources"] if s["verdict"] == made.json()["verdict"]}
    assert any(reason[1:60] in memo.text for reason in reasons)
    assert "sandbox" in memo.headers["content-security-policy"]


def test_a_hostile_name_is_text_in_the_memo(engineer: httpx.Client) -> None:
    id_ = check(engineer, hostile(), "application/json").json()["id"]
    memo = engineer.get(f"/v1/checks/{id_}/memo").text
    assert "&lt;script&gt;" in memo and "<script" not in memo and "\u202e" not in memo and "\x1b" not in memo


@pytest.mark.parametrize("manifest", ["blocked", "hostile"])
def test_the_pdf_can_be_read(manifest: str, engineer: httpx.Client) -> None:
    pytest.importorskip("fpdf")
    body, kind = (
        (BLOCKED.read_bytes(), "application/yaml") if manifest == "blocked" else (hostile(), "application/json")
    )
    made = check(engineer, body, kind).json()
    memo = engineer.get(f"/v1/checks/{made['id']}/memo", params={"format": "pdf"})
    assert (memo.status_code, memo.headers["content-type"]) == (200, "application/pdf"), memo.text
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(memo.content)).pages)
    assert made["id"] in text and "How it can be proved" in text and "page 1 of" in text


def test_without_a_decision_there_is_no_memo(engineer: httpx.Client) -> None:
    assert engineer.get(f"/v1/checks/{'0' * 32}/memo").status_code == 404
