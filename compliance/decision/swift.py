"""A judge for what-ifs, of which only the verdict and its label are shown: it leaves out what makes up a proof.

Reasons, clauses, duties, questions and assumptions change no verdict, so the same stages give the same verdicts. A part
without them is one of a few hundred that are made once, and what is remembered of a question serves all models for
which it is the same, whatever they are called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from compliance.decision.judge import Judge, Names
from compliance.decision.part import Part, Told
from compliance.domain.verdict import Verdict, agree
from compliance.ruleset.ruleset import Ruling

T = TypeVar("T")


class SwiftJudge(Judge):
    """Gives the verdicts and labels of another judge, without their proofs."""

    def __init__(self, judge: Judge) -> None:
        super().__init__(judge.corpus, judge.rules, judge.terms, judge.cite)
        self._whole = judge
        self._facts = judge._facts
        self.bonds = {}
        self._parts: dict[tuple[str, Verdict], Part] = {}

    def once(self, memo: tuple[object, ...], make: Callable[..., T], *given: object) -> T:
        """As ever; what the whole judge remembers serves as well."""
        found: T | None = self.memo.get(memo)
        if found is not None:
            return found
        found = self._whole.memo.get(memo)
        return self._remember(memo, found if found is not None else make(*given))

    def asked(self, stage: str, memo: tuple[object, ...], names: Names, make: Callable[..., T], *given: object) -> T:
        """As ever, but the same for all names."""
        found: T | None = self.memo.get(memo)
        if found is not None:
            return found
        found = self._whole.memo.get((*memo, *self._whole.mentioned(stage, names)))
        return self._remember(memo, found if found is not None else make(*given))

    def label(
        self, rule: str, verdict: Verdict, reason: str, parts: tuple[Part, ...] = (), names: Names | None = None
    ) -> Part:
        """The label and its verdict."""
        found = self._parts.get((rule, verdict))
        if found is None:
            found = self._parts[rule, verdict] = Part(verdict, rule, self.rules.order_of(rule), "")
        return found

    def worlds(self, parts: list[Part], label: str) -> Part:
        """What holds in every possible state."""
        if len(parts) == 1:
            return parts[0]
        verdict = agree(p.verdict for p in parts)
        same = [p for p in parts if p.verdict is verdict]
        if same and (verdict.permits or len(same) == len(parts)):
            return min(same, key=lambda p: p.order)
        return self.label(label, Verdict.REVIEW, "") if parts else super().worlds(parts, label)

    def _part(self, ruling: Ruling, stage: str, told: Told, names: Names, parts: tuple[Part, ...]) -> Part:
        return self.label(ruling.rule, ruling.verdict, "")
