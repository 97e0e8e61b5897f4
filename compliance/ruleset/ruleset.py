"""The rules: what each says, and what a stage of them makes of a set of facts.

A rule has a label, a place in the order of labels, and branches. A branch belongs to a stage (what it speaks about),
has a condition over that stage's words, a verdict, and the rules it is an exception to. Of the branches of one stage
that hold, those that another one excepts fall away; what is left must agree on one verdict, or the rules are at fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from compliance.domain.verdict import Verdict
from compliance.errors import RulesetError
from compliance.ruleset.conditions import Condition, Facts, Truth


class Branch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One way in which a rule applies, as it stands in `rule.yaml`.

    `excepts` names rules of the same stage, or verdicts (all rules of the stage with that verdict), that fall away
    where this branch holds.
    """

    stage: str
    verdict: str
    when: dict[str, object]
    reason: str
    excepts: tuple[str, ...] = ()


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The question that would settle a `review` of a rule, and who could answer it; names stand in braces."""

    question: str
    of: str


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rule as it stands in `rule.yaml`: its label is the folder's name."""

    rule: str
    title: str
    order: int
    house_rules: tuple[int, ...]
    says: str
    remedy: str
    cites: str
    asks: Asked | None = None
    branches: tuple[Branch, ...]


class Word(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A word of the vocabulary: what it means, and which values it may take with what sense."""

    means: str
    values: dict[str, str]


class Stage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a group of rules speaks about, and the words for it."""

    about: str
    words: dict[str, Word]


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How strict to be: verdicts of single rules, raised or lowered."""

    profile: str
    says: str
    stricter_than: str = ""
    softer_than: str = ""
    verdicts: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a stage made of the facts: the verdict, the rule and branch, and the words that were not known."""

    verdict: Verdict
    rule: str
    order: int
    stage: str
    branch: int
    reason: str
    words: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Compiled:
    """A branch ready to be evaluated."""

    rule: str
    order: int
    at: int
    stage: str
    verdict: Verdict
    test: Condition
    words: tuple[str, ...]
    reason: str
    excepts: frozenset[str]


@dataclass(frozen=True)
class Ruleset:
    """All rules under one profile, ready to rule."""

    rules: Mapping[str, Rule]
    stages: Mapping[str, Stage]
    branches: Mapping[str, tuple[Compiled, ...]]
    profile: Profile
    sha256: str
    _memo: dict[tuple[object, ...], Ruling | None] = field(default_factory=dict, repr=False)

    def order_of(self, rule: str) -> int:
        """The place of a label in the list of labels; the first of several reasons for a verdict counts."""
        return self.rules[rule].order

    def rule_on(self, stage: str, facts: Facts) -> Ruling | None:
        """The ruling of a stage on `facts`, or None where no rule of the stage applies."""
        memo = (stage, *facts.values())
        try:
            return self._memo[memo]
        except KeyError:
            if len(self._memo) > 200_000:
                self._memo.clear()
            ruling = self._memo[memo] = self._rule_on(stage, facts)
            return ruling

    def applied(self, stage: str, facts: Facts) -> tuple[list[Compiled], list[Compiled]]:
        """The branches that hold, and those that may hold, after exceptions."""
        truths = [(branch, branch.test(facts)) for branch in self.branches[stage]]
        hold = [b for b, t in truths if t is Truth.HOLDS]
        may = [b for b, t in truths if t is Truth.UNKNOWN]
        kept = list(hold)
        for branch in hold:  # in the order of the labels: what an earlier rule set aside sets nothing aside itself
            if branch in kept:
                kept = [b for b in kept if not _excepts(branch, b)]
        open_ = [b for b in may if not any(_excepts(other, b) for other in kept)]
        return kept, open_

    def _rule_on(self, stage: str, facts: Facts) -> Ruling | None:
        kept, may = self.applied(stage, facts)
        shaken = [b for b in kept if any(_excepts(other, b) for other in may)]
        verdicts = {b.verdict for b in kept}
        if len(verdicts) > 1:
            names = ", ".join(sorted({f"{b.rule} ({b.verdict.text})" for b in kept}))
            raise RulesetError(
                f"rules of the stage {stage!r} disagree with no stated exception: {names}",
                remedy="add `excepts` to the one that goes first",
            )
        if kept and not shaken and all(b.verdict == kept[0].verdict for b in may):
            return self._ruling(min(kept, key=_place), facts, kept)
        if not kept and not may:
            return None
        candidates = [*kept, *may]
        first = min(candidates, key=lambda b: (-b.verdict, *_place(b)))
        unknown = tuple(sorted({w for b in may for w in b.words if facts[w] == "unknown"}))
        return self._ruling(first, facts, candidates, verdict=Verdict.REVIEW, unknown=unknown)

    def _ruling(
        self,
        branch: Compiled,
        facts: Facts,
        others: list[Compiled],
        verdict: Verdict | None = None,
        unknown: tuple[str, ...] = (),
    ) -> Ruling:
        found = branch.verdict if verdict is None else verdict
        changed = self.profile.verdicts.get(branch.rule, {}).get(found.text)
        if changed is not None:
            found = Verdict.of(changed)
        also = tuple(sorted({b.rule for b in others} - {branch.rule}))
        return Ruling(
            found,
            branch.rule,
            branch.order,
            branch.stage,
            branch.at,
            branch.reason,
            branch.words,
            unknown,
            also,
        )


def _place(branch: Compiled) -> tuple[int, int]:
    return (branch.order, branch.at)


def _excepts(one: Compiled, other: Compiled) -> bool:
    if one is other:
        return False
    return other.rule in one.excepts or other.verdict.text in one.excepts
