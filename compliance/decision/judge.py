"""The judge: asks the rules about what is told, and turns their ruling into a part of the proof."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from compliance.corpus.corpus import Corpus
from compliance.corpus.in_force import TermsInForce
from compliance.decision.cite import Citer
from compliance.decision.part import Clauses, Part, Tested, Told
from compliance.domain.verdict import Verdict, agree
from compliance.ruleset.ruleset import Ruleset, Ruling

Names = Mapping[str, str]


class Judge:
    """One state of corpora and rules; makes parts."""

    def __init__(self, corpus: Corpus, rules: Ruleset) -> None:
        self.corpus = corpus
        self.rules = rules
        self.terms = TermsInForce(corpus)
        self.cite = Citer(corpus)

    def ruled(self, stage: str, told: Told, names: Names, parts: tuple[Part, ...] = ()) -> Part | None:
        """What the rules of a stage make of what is told; None where none of them applies."""
        ruling = self.rules.rule_on(stage, told.words)
        return None if ruling is None else self._part(ruling, stage, told, names, parts)

    def rule(self, stage: str, told: Told, names: Names) -> Part:
        """As `ruled`; where no rule applies, a person must decide."""
        found = self.ruled(stage, told, names)
        return found or self.label("scope-unclear", Verdict.REVIEW, "no rule speaks of this use")

    def _part(self, ruling: Ruling, stage: str, told: Told, names: Names, parts: tuple[Part, ...]) -> Part:
        reason = ruling.reason
        for word, value in names.items():
            reason = reason.replace("{" + word + "}", value)
        tests = tuple(Tested(stage, w, told.words[w], told.because.get(w, ())) for w in ruling.words)
        clauses = _union(t.clauses for t in tests if t.word != "text") or _union(t.clauses for t in tests)
        duties = told.duties if ruling.verdict is Verdict.OBLIGATIONS else ()
        return Part(ruling.verdict, ruling.rule, ruling.order, reason, clauses, duties, tests, parts)

    def label(self, rule: str, verdict: Verdict, reason: str, parts: tuple[Part, ...] = ()) -> Part:
        """A part that the program itself finds, under the label of a rule."""
        clauses = _union(p.clauses for p in parts)
        return Part(verdict, rule, self.rules.order_of(rule), reason, clauses, parts=parts)

    def worlds(self, parts: list[Part], label: str) -> Part:
        """What holds in every possible state; where they differ, the unknown fact is the reason and `label` names it.

        `parts` are the verdicts in those states, each with its assumption in `given`.
        """
        if not parts:
            return self.label("terms-unseen", Verdict.REVIEW, "no text that governed was found")
        verdict = agree(p.verdict for p in parts)
        same = [p for p in parts if p.verdict == verdict]
        if same and (verdict.permits or len(same) == len(parts)):
            first = min(same, key=lambda p: p.order)
            if len(parts) == 1:
                return first
            return Part(
                first.verdict,
                first.rule,
                first.order,
                first.reason,
                first.clauses,
                first.duties,
                (),
                tuple(parts),
                evidence=first.evidence,
            )
        both = "; ".join(dict.fromkeys(p.reason for p in parts))
        return self.label(label, Verdict.REVIEW, f"not known, and it decides: {both}", tuple(parts))


def _union(groups: Iterable[Clauses]) -> Clauses:
    return tuple({id(clause): clause for group in groups for clause in group}.values())  # each is made once
