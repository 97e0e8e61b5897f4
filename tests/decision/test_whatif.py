"""Unknown facts: a verdict reached despite one is the same for every value, and what is missing is asked for."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec
import pytest
from decision.manifests import CASES, DECIDER, RUNS, SOURCES, manifest, mixtures
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from compliance.decision import whatif
from compliance.decision.compose import compose
from compliance.decision.decide import Decided
from compliance.decision.use import channels_of, resolve
from compliance.domain.manifest import Generator, Manifest
from compliance.domain.verdict import Verdict

MADE = [s for s in SOURCES if isinstance(s.get("generated_by"), dict)]


def alone(run: dict[str, Any], source: dict[str, Any], **changed: Any) -> Manifest:
    """A run of one source, its generator changed; None takes a key away."""
    generator = {k: v for k, v in (source["generated_by"] | changed).items() if v is not None}
    kept = {k: v for k, v in source.items() if k != "derived_from"}
    return manifest({**run, "base_models": [], "sources": [{**kept, "name": "rows", "generated_by": generator}]})


def verdict(run: Manifest) -> Verdict:
    return DECIDER.decide(run).verdict


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(RUNS), st.sampled_from(MADE))
def test_a_verdict_despite_an_unknown_channel_holds_for_every_channel(
    run: dict[str, Any], source: dict[str, Any]
) -> None:
    open_ = alone(run, source, channel=None)
    found = DECIDER.decide(open_)
    if found.verdict is Verdict.REVIEW:
        return
    made = open_.sources[0].generated_by
    assert isinstance(made, Generator)
    for channel in channels_of(DECIDER.corpus, resolve(found.case, made, "trains", None), found.case.date):
        assert verdict(alone(run, source, channel=channel)).permits == found.verdict.permits


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(RUNS), st.sampled_from(MADE))
def test_a_verdict_despite_an_unknown_holder_holds_for_every_holder(
    run: dict[str, Any], source: dict[str, Any]
) -> None:
    found = verdict(alone(run, source, by_whom=None))
    if found is not Verdict.REVIEW:
        for holder in ("trainer", "third-party:somebody"):
            assert verdict(alone(run, source, by_whom=holder)).permits == found.permits


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(RUNS), st.sampled_from(MADE), st.dates(min_value=datetime.date(2022, 1, 1)))
def test_a_verdict_despite_unknown_days_holds_for_every_day(
    run: dict[str, Any], source: dict[str, Any], when: datetime.date
) -> None:
    open_ = alone(run, source, when=None)
    found = DECIDER.decide(open_)
    made = open_.sources[0].generated_by
    assert isinstance(made, Generator)
    use = resolve(found.case, made, "trains", None)
    released = use.family.released if use.family and use.family.released else "2022-01-01"
    if found.verdict is not Verdict.REVIEW and released <= when.isoformat() <= open_.run.date:
        assert verdict(alone(run, source, when=when.isoformat())).permits == found.verdict.permits


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_every_review_says_what_is_missing_or_what_would_change_it(case: dict[str, Any]) -> None:
    decision = compose(DECIDER, DECIDER.decide(manifest(case["manifest"])), {}, ())
    for answer in decision.sources:
        if answer.verdict == "review":
            inherited = answer.rule == "derived-from-restricted"
            assert answer.missing or answer.flips or inherited, answer.source
        if answer.verdict == "block":
            assert answer.clauses, answer.source
        if answer.verdict == "allow-with-obligations":
            assert answer.duties, answer.source


def test_flips_name_another_verdict() -> None:
    for case in CASES:
        decision = compose(DECIDER, DECIDER.decide(manifest(case["manifest"])), {}, ())
        for answer in decision.sources:
            assert all(flip.verdict != answer.verdict for flip in answer.flips)


def test_a_missing_channel_that_decides_is_asked_for() -> None:
    run = {
        "run": {"date": "2025-06-15", "purpose": "commercial"},
        "trainer": {"name": "Acme"},
        "trainee": {"kind": "general-llm", "domain": "general", "distributed": True, "commercial": True},
        "base_models": [],
        "sources": [
            {
                "name": "rows",
                "role": "targets",
                "licence": None,
                "generated_by": {"model": "DeepSeek-R1", "when": "2025-02", "by_whom": "trainer"},
            }
        ],
    }
    answer = compose(DECIDER, DECIDER.decide(manifest(run)), {}, ()).sources[0]
    questions = {fact.fact: fact.between for fact in answer.missing}
    assert ("channel" in questions) == (answer.verdict == "review")


def outcomes(decided: Decided) -> list[tuple[str, Verdict, str, str]]:
    return [(a.name, a.verdict, a.rule, a.reason) for a in decided.answers]


@settings(max_examples=60, deadline=None)
@given(mixtures(), st.data())
def test_a_changed_run_is_decided_as_if_nothing_was_known_of_the_old_one(run: Manifest, data: st.DataObject) -> None:
    decided = DECIDER.decide(run)
    sources = []
    for source in run.sources:
        match data.draw(st.sampled_from(("keep", "keep", "drop", "role", "orphan"))):
            case "keep":
                sources.append(source)
            case "role":
                sources.append(msgspec.structs.replace(source, role="evaluation"))
            case "orphan":
                sources.append(msgspec.structs.replace(source, derived_from=UNSET))
    changed = msgspec.structs.replace(run, sources=sources)
    assert outcomes(DECIDER.decide(changed, like=decided)) == outcomes(DECIDER.decide(changed))


@settings(max_examples=60, deadline=None)
@given(mixtures())
def test_a_fact_of_the_run_that_is_not_tried_changes_nothing(run: Manifest) -> None:
    here = DECIDER.decide(run)
    for turn in whatif.of_run(here.case):
        there = DECIDER.decide(turn.manifest)
        if here.case.reads_as(there.case, DECIDER.judge.same_outlook):
            assert outcomes(there) == outcomes(here), turn.says
