"""What one text shows: claims in many languages, names that are no claims, marks in their place and spoken about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from compliance.scan import judge
from compliance.scan.signatures import RANK

CASES = yaml.safe_load((Path(__file__).parent / "claims.yaml").read_text(encoding="utf-8"))
SNIPPETS = Path(__file__).resolve().parents[3] / "shared" / "snippets" / "snippets.jsonl"


@pytest.mark.parametrize("case", CASES["claims"], ids=lambda c: c["text"][:40])
def test_a_text_that_speaks_of_itself_is_found(case: dict[str, str]) -> None:
    assert judge(case["text"]) == (case["party"], "medium")


@pytest.mark.parametrize("text", CASES["not_claims"], ids=lambda t: t[:40])
def test_a_text_about_models_or_people_is_not(text: str) -> None:
    assert RANK[judge(text)[1]] <= RANK["weak"]


@pytest.mark.parametrize(
    ("record", "party", "strength"),
    [
        ({"id": "msg_01XrsJCi8CQoLcnnWdY8RsJz"}, "Anthropic", "strong"),
        ({"id": "msg_01AAAAAAAAAAAAAAAAAAAAAA"}, "Anthropic", "weak"),
        ({"model": "us.anthropic.claude-sonnet-4-5-20250929-v1:0"}, "Anthropic", "strong"),
        ({"model": "accounts/fireworks/models/deepseek-v3"}, "DeepSeek", "strong"),
        ({"model": "ft:gpt-4o-mini-2024-07-18:acme::A1b2C3"}, "OpenAI", "strong"),
        ({"model": "gpt-neox-20b"}, None, "none"),
        ({"model": "claude2-alpaca-13b"}, None, "none"),
        ({"judge_model": "gpt-4o"}, "OpenAI", "weak"),
        ({"models": ["local", "qwen/qwen3-32b"]}, "Alibaba", "strong"),
        ({"usage": {"num_sources_used": 0}}, "xAI", "medium"),
        ({"system_fingerprint": "fp_eaab8d114b_prod0820_fp8_kvcache"}, "DeepSeek", "strong"),
        ({"base_url": "https://api.anthropic.com/v1"}, "Anthropic", "medium"),
        ({"text": "We sent it to https://api.anthropic.com/v1 first."}, "Anthropic", "weak"),
        ({"text": "Fine weather. :contentReference[oaicite:2]{index=2}"}, "OpenAI", "strong"),
        ({"text": "Remove `:contentReference[oaicite:2]{index=2}` first."}, "OpenAI", "weak"),
        ({"text": "| mark | :contentReference[oaicite:2]{index=2} | OpenAI |"}, "OpenAI", "weak"),
        ({"role": "user", "content": "Fine. :contentReference[oaicite:2]{index=2}"}, "OpenAI", "weak"),
        ({"role": "user", "content": "I am ChatGPT, made by OpenAI."}, "OpenAI", "weak"),
        ({"instruction": "I'm Claude, an AI made by Anthropic. Continue."}, "Anthropic", "weak"),
        ({"text": "As an AI language model, I cannot."}, None, "none"),
        ({"text": '{"id": "x1", "model": "gemini-2.0-flash", "object": "chat"}'}, "Google", "strong"),
        ({"text": "Call it with model = 'gemini-2.0-flash' and be done."}, "Google", "weak"),
        ({"stopReason": "end_turn", "metrics": {"latencyMs": 3}}, None, "none"),
        ({"id": "chatcmpl-D8Z5f52zQqikDBEKQMQoYcWMcWPeU", "model": "qwen/qwen3-32b"}, "Alibaba", "strong"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_record_is_weighed_where_its_marks_stand(record: dict[str, Any], party: str | None, strength: str) -> None:
    assert judge(record) == (party, strength)


@pytest.mark.skipif(not SNIPPETS.exists(), reason="the labelled snippets are not beside the project")
def test_labelled_snippets() -> None:
    lines = [json.loads(line) for line in SNIPPETS.read_text(encoding="utf-8").splitlines()]
    said = {s["id"]: judge(s["text"]) for s in lines}

    def party_is_right(snippet: dict[str, Any]) -> bool:
        return (said[snippet["id"]][0] or "").casefold() == (snippet["text_points_to"] or "").casefold()

    marked = [s for s in lines if s["evidence_strength"] in ("medium", "strong") and s["text_points_to"]]
    found = [s for s in marked if RANK[said[s["id"]][1]] >= 2 and party_is_right(s)]
    assert len(found) >= 0.95 * len(marked)
    strong = [s for s in lines if said[s["id"]][1] == "strong"]
    assert all(party_is_right(s) and s["evidence_strength"] == "strong" for s in strong)
    # A false claim reads like a true one: it is evidence of what the text says, and left out here.
    hard = [s for s in lines if s["evidence_strength"] == "none" and s["kind"] != "self_id_false"]
    assert sum(RANK[said[s["id"]][1]] >= 2 for s in hard) <= 0.02 * len(hard)
