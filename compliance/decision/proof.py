"""The proof tree in words: what is claimed of a use, whether it holds, why, and on which clauses."""

from __future__ import annotations

from typing import Literal

from compliance.decision.model import Step
from compliance.decision.part import Answered, Part, Tested
from compliance.domain.verdict import Verdict
from compliance.ruleset.ruleset import Ruleset

UNSURE = frozenset(("unknown", "unsettled", "doubtful", "unseen", "unstated", "reseller-unseen", "contradiction")) | {
    "suspected",
    "undisclosed",
    "unclear",
}
"""Values of the vocabulary that say that something is not known."""
HOLDS: dict[Verdict, Literal["holds", "fails", "unknown"]] = {
    Verdict.ALLOW: "holds",
    Verdict.OBLIGATIONS: "holds",
    Verdict.REVIEW: "unknown",
    Verdict.BLOCK: "fails",
}


class Prover:
    """Writes proof trees; a part that several sources share is written once."""

    def __init__(self, rules: Ruleset) -> None:
        self.rules = rules
        self._memo: dict[int, Step] = {}  # by the identity of parts, which live as long as the decided run
        self._claims: dict[tuple[str, str, Verdict], str] = {}
        self._facts: dict[tuple[object, ...] | Tested, Step] = {}  # citations live as long as their corpus

    def tree(self, answer: Answered) -> Step:
        """The proof of an answer: the claim that the run may use it, and what each part says of that."""
        base = answer.name.startswith("base_model:")
        claim = "the run may start from this model" if base else "the run may use this source"
        steps = tuple(self._step(p) for p in sorted(answer.parts, key=lambda p: (-p.verdict, p.order)))
        return Step(claim=claim, holds=HOLDS[answer.verdict], because=answer.reason, steps=steps)

    def _step(self, part: Part) -> Step:
        found = self._memo.get(id(part))
        if found is not None:
            return found
        steps = [self._tested(t) for t in part.tests] + [self._step(p) for p in part.parts]
        step = Step(
            claim=self._claim(part),
            holds=HOLDS[part.verdict],
            because=part.reason,
            clauses=() if part.tests or part.parts else part.clauses,
            steps=tuple(steps),
        )
        if not part.parent:  # what is inherited is one source's own
            self._memo[id(part)] = step
        return step

    def _claim(self, part: Part) -> str:
        memo = (part.given, part.rule, part.verdict)
        found = self._claims.get(memo)
        if found is None:
            given = f"{part.given}: " if part.given else ""
            title = self.rules.rules[part.rule].title.lower()
            found = self._claims[memo] = f"{given}it is permitted ({part.rule}: {title}, {part.verdict.text})"
        return found

    def _tested(self, test: Tested) -> Step:
        memo = (test.stage, test.word, test.value, *map(id, test.clauses)) if test.clauses else test
        found = self._facts.get(memo)
        if found is None:
            word = self.rules.stages[test.stage].words[test.word]
            claim = f"{word.means}: {word.values.get(test.value, test.value)}"
            found = Step(claim=claim, holds="unknown" if test.value in UNSURE else "holds", clauses=test.clauses)
            self._facts[memo] = found
        return found
