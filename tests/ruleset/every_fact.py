"""Every combination of facts of a stage at once: a set of combinations is one large integer, a bit for each.

With it the rules of a stage with millions of combinations are compared in a moment, and nothing is sampled. The rules
are read as they stand in rule.yaml, and exceptions are applied in the order in which the program applies them.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compliance.ruleset.ruleset import Compiled, Ruleset

Facts = dict[str, str]


@dataclass(frozen=True)
class Clash:
    """Facts on which two rules of a stage stand with different verdicts and neither excepts the other."""

    stage: str
    one: str
    other: str
    facts: Facts


class EveryFact:
    """The combinations of a stage's words, and which branches stand on which of them."""

    def __init__(self, rules: Ruleset, stage: str) -> None:
        self.rules = rules
        self.stage = stage
        self.words = {word: tuple(spec.values) for word, spec in rules.stages[stage].words.items()}
        self.count = 1
        self.strides: dict[str, int] = {}
        for word, values in self.words.items():
            self.strides[word] = self.count
            self.count *= len(values)
        self.all = (1 << self.count) - 1
        self.masks = {(w, v): self._mask(w, at) for w, values in self.words.items() for at, v in enumerate(values)}

    def _mask(self, word: str, at: int) -> int:
        """The combinations in which `word` has its value number `at`: runs of ones at a fixed distance."""
        stride, period = self.strides[word], self.strides[word] * len(self.words[word])
        bits, length = ((1 << stride) - 1) << (at * stride), period
        while length < self.count:
            bits |= bits << length
            length *= 2
        return bits & self.all

    def holding(self, tree: Mapping[str, Any]) -> int:
        """The combinations on which a condition holds."""
        found = self.all
        for word, wanted in tree.items():
            if word in ("any", "all"):
                parts = [self.holding(part) for part in wanted]
                joined = 0 if word == "any" else self.all
                for part in parts:
                    joined = joined | part if word == "any" else joined & part
                found &= joined
            elif word == "not":
                found &= ~self.holding(wanted)
            else:
                values = [wanted] if isinstance(wanted, str) else wanted
                found &= self.union(self.masks[word, value] for value in values)
        return found

    @staticmethod
    def union(masks: Iterator[int]) -> int:
        """The combinations that are in one of several sets."""
        joined = 0
        for mask in masks:
            joined |= mask
        return joined

    def branches(self) -> Sequence[Compiled]:
        """The branches of the stage in the order of their labels."""
        return self.rules.branches[self.stage]

    @functools.cached_property
    def standing(self) -> list[int]:
        """For every branch the combinations on which it holds and no branch that stands excepts it."""
        branches = self.branches()
        kept = [self.holding(self.rules.rules[b.rule].branches[b.at].when) for b in branches]
        for at, branch in enumerate(branches):
            for to, other in enumerate(branches):
                if at != to and (other.rule in branch.excepts or other.verdict.text in branch.excepts):
                    kept[to] &= ~kept[at]
        return kept

    def clashes(self) -> list[Clash]:
        """The pairs of rules that disagree somewhere, each with one example."""
        found = []
        for (one, a), (other, b) in itertools.combinations(zip(self.branches(), self.standing, strict=True), 2):
            if one.verdict is not other.verdict and a & b:
                found.append(Clash(self.stage, name(one), name(other), self.example(a & b)))
        return found

    def silent(self) -> int:
        """The combinations of which no rule of the stage speaks."""
        return self.all & ~self.union(iter(self.standing))

    def example(self, combinations: int) -> Facts:
        """The facts of the first combination of a set that is not empty."""
        return self.facts((combinations & -combinations).bit_length() - 1)

    def facts(self, number: int) -> Facts:
        """The facts of the combination with that number."""
        return {w: values[number // self.strides[w] % len(values)] for w, values in self.words.items()}


def name(branch: Compiled) -> str:
    """A branch as people speak of it: the rule, which of its branches, and the verdict."""
    return f"{branch.rule} #{branch.at + 1} ({branch.verdict.text})"
