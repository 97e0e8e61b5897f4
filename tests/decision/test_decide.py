"""Deciding runs: the gold cases, and properties that hold for every run."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.corpus.corpus import load_corpus
from compliance.decision.decide import Decider
from compliance.domain.manifest import Manifest
from compliance.domain.verdict import Verdict
from compliance.errors import ManifestError
from compliance.ruleset.load import load_ruleset

GOLD = Path(__file__).parent.parent / "gold" / "cases.jsonl"
FURTHER = GOLD.with_name("further.jsonl")
CASES: list[dict[str, Any]] = [json.loads(line) for line in GOLD.read_text(encoding="utf-8").splitlines()]
CORPUS = load_corpus()
PROFILES = {name: Decider(CORPUS, load_ruleset(None, name)) for name in ("contract", "default", "strict")}
MANIFESTS = st.sampled_from([c["manifest"] for c in CASES])


def decide(manifest: dict[str, Any], profile: str = "default") -> tuple[Verdict, dict[str, tuple[Verdict, str]]]:
    decided = PROFILES[profile].decide(msgspec.convert(manifest, Manifest))
    return decided.verdict, {a.name: (a.verdict, a.rule) for a in decided.answers}


def test_the_gold_cases() -> None:
    right = 0
    for case in CASES:
        verdict, _ = decide(case["manifest"])
        gold = Verdict.of(case["expected"]["verdict"])
        assert not (verdict.permits and not gold.permits), case["id"]
        right += verdict is gold
    assert right / len(CASES) >= 0.97


def test_the_further_cases() -> None:
    right, cases = 0, [json.loads(line) for line in FURTHER.read_text(encoding="utf-8").splitlines()]
    for case in cases:
        verdict, _ = decide(case["manifest"])
        gold = Verdict.of(case["expected"]["verdict"])
        defensible = case["expected"].get("also_defensible")
        assert gold.permits or not verdict.permits or defensible, case["id"]
        right += verdict is gold
    assert right / len(cases) >= 0.96


@settings(max_examples=60, deadline=None)
@given(MANIFESTS, st.randoms(use_true_random=False))
def test_order_never_matters(manifest: dict[str, Any], shuffle: random.Random) -> None:
    sources = list(manifest["sources"])
    shuffle.shuffle(sources)
    assert decide(manifest) == decide({**manifest, "sources": sources})


@settings(max_examples=60, deadline=None)
@given(MANIFESTS, MANIFESTS)
def test_a_further_source_never_softens_the_run(manifest: dict[str, Any], other: dict[str, Any]) -> None:
    added = [{**s, "name": f"added {n}"} for n, s in enumerate(other["sources"])]
    assert decide({**manifest, "sources": [*manifest["sources"], *added]})[0] >= decide(manifest)[0]


@settings(max_examples=80, deadline=None)
@given(MANIFESTS)
def test_strict_is_never_softer_than_default_nor_default_than_contract(manifest: dict[str, Any]) -> None:
    contract, default, strict = (decide(manifest, name)[0] for name in ("contract", "default", "strict"))
    assert contract <= default <= strict


def run(when: str, **use: str) -> dict[str, Any]:
    made = {"channel": "first-party-api", "by_whom": "trainer", "when": when, **use}
    return {
        "run": {"date": "2026-06-01", "purpose": "commercial"},
        "trainer": {"name": "A firm of nobody", "territory": ["US"]},
        "trainee": {"kind": "general-llm", "domain": "general", "distributed": True, "commercial": True},
        "base_models": [],
        "sources": [
            {"name": "rows", "kind": "model-outputs", "role": "targets", "licence": None, "generated_by": made}
        ],
    }


@pytest.mark.parametrize(
    ("when", "verdict"), [("2024-02-26", Verdict.BLOCK), ("2024-02-27", Verdict.ALLOW), ("2024-02", Verdict.REVIEW)]
)
def test_the_version_in_force_on_the_day_decides(when: str, verdict: Verdict) -> None:
    assert decide(run(when, model="mistral-medium", maker="Mistral AI"))[0] is verdict


def test_an_unknown_account_is_a_review_where_it_decides() -> None:
    manifest = run("2025-06-01", model="gpt-4o")
    del manifest["sources"][0]["generated_by"]["by_whom"]
    assert decide(manifest)[0] is Verdict.REVIEW


def test_nothing_checked_is_never_allow() -> None:
    assert decide({**run("2025"), "sources": []})[0] is Verdict.REVIEW


def test_a_cycle_is_an_error() -> None:
    manifest = run("2025-06-01", model="gpt-4o")
    first = manifest["sources"][0]
    manifest["sources"] = [{**first, "derived_from": ["b"]}, {**first, "name": "b", "derived_from": ["rows"]}]
    with pytest.raises(ManifestError):
        decide(manifest)


def source_alone(**source: Any) -> Verdict:
    return decide({**run("2025"), "sources": [{"name": "rows", **source}]})[0]


def test_rows_that_nobody_says_who_made_are_a_review() -> None:
    assert source_alone(licence="MIT") is Verdict.REVIEW
    assert source_alone(licence="MIT", kind="dataset") is Verdict.REVIEW
    assert source_alone(licence="MIT", kind="human-data") is Verdict.ALLOW


def test_a_set_known_to_be_made_by_models_does_not_pass_as_made_by_people() -> None:
    assert source_alone(name="SlimOrca", licence="MIT", kind="human-data", generated_by=None) is Verdict.REVIEW


@pytest.mark.parametrize("licence", ["zq-7 house paper", ["MIT", "zq-7 house paper"]])
def test_an_unknown_licence_label_is_a_review(licence: Any) -> None:
    assert source_alone(licence=licence, kind="human-data", generated_by=None) is Verdict.REVIEW
    record = {"name": "HuggingFaceH4/no_robots", "kind": "human-data", "generated_by": None}
    assert source_alone(**record, licence="CC-BY-NC-4.0") is Verdict.BLOCK
    assert source_alone(**record, licence=licence) is Verdict.REVIEW  # the label may stand for a licence of its own
    made = {"model": "DeepSeek-R1", "channel": "open-weights", "by_whom": "third-party:somebody", "when": "2025-06"}
    assert source_alone(licence=licence, kind="dataset", generated_by=made) is Verdict.REVIEW
    base = {**run("2025"), "sources": [], "base_models": [{"model": "mistralai/Mistral-7B-v0.1", "licence": licence}]}
    assert decide(base)[0] is Verdict.REVIEW


def test_a_permissive_base_stays_free_under_the_strict_profile() -> None:
    base = {**run("2025"), "sources": [], "base_models": [{"model": "mistralai/Mistral-7B-v0.1", "licence": "MIT"}]}
    assert decide(base, "strict")[0] is Verdict.ALLOW
