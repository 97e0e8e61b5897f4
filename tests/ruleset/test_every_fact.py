"""No two rules of a stage contradict each other, whatever the facts: all combinations are compared, none is sampled."""

from __future__ import annotations

import dataclasses
import functools

import pytest
from every_fact import EveryFact
from hypothesis import given
from hypothesis import strategies as st

from compliance.errors import RulesetError
from compliance.ruleset.load import load_ruleset
from compliance.ruleset.ruleset import Ruleset

STAGES = ("terms", "weights", "standing", "data", "lineage", "evidence")


@functools.cache
def every(stage: str) -> EveryFact:
    """The walk of a stage under the rules that come with the program."""
    return EveryFact(load_ruleset(), stage)


def changed(rules: Ruleset, rule: str, at: int, **changes: object) -> Ruleset:
    """The rules with one branch changed."""
    branches = {
        stage: tuple(
            dataclasses.replace(b, **changes) if (b.rule, b.at) == (rule, at) else b  # type: ignore[arg-type]
            for b in branches
        )
        for stage, branches in rules.branches.items()
    }
    return dataclasses.replace(rules, branches=branches, _memo={})


def test_the_stages_are_those_of_the_vocabulary() -> None:
    assert sorted(STAGES) == sorted(load_ruleset().stages)


@pytest.mark.parametrize("stage", STAGES)
def test_rules_never_disagree(stage: str) -> None:
    walk = every(stage)
    assert walk.clashes() == []


@pytest.mark.parametrize("stage", STAGES)
def test_every_branch_stands_somewhere(stage: str) -> None:
    walk = every(stage)
    idle = [f"{b.rule} #{b.at + 1}" for b, k in zip(walk.branches(), walk.standing, strict=True) if not k]
    assert idle == []


@given(st.data())
@pytest.mark.parametrize("stage", STAGES)
def test_the_walk_sees_what_the_program_sees(stage: str, data: st.DataObject) -> None:
    walk = every(stage)
    number = data.draw(st.integers(0, walk.count - 1))
    kept, _ = walk.rules.applied(stage, walk.facts(number))
    stands = [b for b, k in zip(walk.branches(), walk.standing, strict=True) if k >> number & 1]
    assert [(b.rule, b.at) for b in stands] == [(b.rule, b.at) for b in kept]


@pytest.mark.parametrize(
    ("stage", "rule", "at"),
    [("terms", "competing-output", 0), ("terms", "extraction", 0), ("weights", "licence-forbids", 0)],
)
def test_a_lost_exception_is_found(stage: str, rule: str, at: int) -> None:
    broken = changed(load_ruleset(), rule, at, excepts=frozenset())
    walk = EveryFact(broken, stage)
    clashes = walk.clashes()
    assert any(rule in clash.one or rule in clash.other for clash in clashes)
    with pytest.raises(RulesetError, match="disagree"):
        broken.rule_on(stage, clashes[0].facts)


def test_where_no_permission_covers_nothing_is_said_of_what_the_terms_leave_free() -> None:
    walk = every("standing")
    free = walk.holding({"own": "no", "teacher": "known", "bound": "trainer", "terms": "allow"})
    assert not free & ~walk.silent()
