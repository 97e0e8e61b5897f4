"""Remedies: what is promised holds when it is done, and no smaller set of rows would do."""

from __future__ import annotations

from itertools import combinations

import msgspec
from decision.manifests import CASES, DECIDER, manifest, mixtures
from hypothesis import given, settings
from msgspec import UNSET

from compliance.decision.edits import apply
from compliance.decision.remedy import Remedies, cut
from compliance.domain.manifest import Manifest
from compliance.domain.verdict import Verdict


@settings(max_examples=60, deadline=None)
@given(mixtures())
def test_a_remedy_that_is_applied_gives_the_promised_verdict(run: Manifest) -> None:
    for remedy in Remedies(DECIDER, DECIDER.decide(run)).all():
        assert DECIDER.decide(apply(run, remedy.edits)).verdict.text == remedy.verdict, remedy


def test_every_gold_run_that_stops_has_a_remedy_that_holds() -> None:
    for case in CASES:
        run = manifest(case["manifest"])
        decided = DECIDER.decide(run)
        remedies = Remedies(DECIDER, decided).all()
        for remedy in remedies:
            again = DECIDER.decide(apply(run, remedy.edits)).verdict
            assert (again.text == remedy.verdict and again < decided.verdict) or remedy.kind == "drop", case["id"]
        assert bool(remedies) != decided.verdict.permits, case["id"]


def without(run: Manifest, gone: set[str]) -> Manifest:
    """The run without some sources, and without what was made from nothing else."""
    grew = True
    while grew:
        more = {
            s.name
            for s in run.sources
            if s.name not in gone and s.derived_from is not UNSET and s.derived_from and s.generated_by is not None
            if set(s.derived_from) <= gone
        }
        grew = bool(more)
        gone |= more
    kept = [
        s
        if s.derived_from is UNSET
        else msgspec.structs.replace(s, derived_from=[n for n in s.derived_from if n not in gone])
        for s in run.sources
        if s.name not in gone
    ]
    return msgspec.structs.replace(run, sources=kept)


@settings(max_examples=40, deadline=None)
@given(mixtures(most=5))
def test_no_smaller_cut_clears_the_run(run: Manifest) -> None:
    run = msgspec.structs.replace(run, base_models=[])
    rows = {s.name: int(s.rows) for s in run.sources if s.rows is not UNSET}
    gone, _ = cut(DECIDER.decide(run))
    clearing = []
    for size in range(len(run.sources)):
        for names in combinations([s.name for s in run.sources], size):
            rest = without(run, set(names))
            if rest.sources and DECIDER.decide(rest).verdict.permits:
                left = {s.name for s in rest.sources}
                clearing.append(sum(n for name, n in rows.items() if name not in left))
    assert min(clearing, default=sum(rows.values())) == sum(rows[name] for name in gone)


def test_a_rebuilt_mixture_loses_only_what_was_dropped() -> None:
    stopped = {
        "name": "answers",
        "rows": 10,
        "licence": None,
        "role": "targets",
        "generated_by": {
            "model": "gpt-4o",
            "maker": "OpenAI",
            "channel": "first-party-api",
            "when": "2025-03",
            "by_whom": "trainer",
        },
    }
    ours = {"name": "ours", "rows": 90, "licence": "own", "kind": "human-data", "generated_by": None}
    mixed = {"name": "mixture", "rows": 100, "kind": "dataset", "licence": "own", "derived_from": ["answers", "ours"]}
    mixed["generated_by"] = stopped["generated_by"] | {"maker": "Acme", "model": "acme-1", "channel": "in-house"}
    slice_ = {**mixed, "name": "slice", "rows": 5, "derived_from": ["answers"]}
    run = manifest(
        {
            "run": {"date": "2025-06-15", "purpose": "commercial"},
            "trainer": {"name": "Acme"},
            "trainee": {"kind": "general-llm", "domain": "general", "distributed": True, "commercial": True},
            "base_models": [],
            "sources": [stopped, ours, mixed, slice_],
        }
    )
    remedy = Remedies(DECIDER, DECIDER.decide(run)).all()[0]
    assert remedy.kind == "drop" and Verdict.of(remedy.verdict).permits
    assert [edit.at[1] for edit in remedy.edits if edit.drop] == ["answers", "slice"]
    assert remedy.rows_removed == 15
    assert [(edit.at, edit.value) for edit in remedy.edits if not edit.drop] == [
        (("sources", "mixture", "derived_from"), ["ours"])
    ]
