"""The judge: asks the rules about what is told, and turns their ruling into a part of the proof."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any, TypeVar

from compliance.corpus.corpus import Corpus
from compliance.corpus.in_force import TermsInForce
from compliance.corpus.records import Party
from compliance.decision.case import Case
from compliance.decision.cite import Citer
from compliance.decision.part import Clauses, Part, Tested, Told
from compliance.domain.verdict import Verdict, agree
from compliance.ruleset.ruleset import Ruleset, Ruling

T = TypeVar("T")
Names = Mapping[str, str]
REMEMBERED = 20_000
"""So many answers to questions are kept, the last ones; a part takes about a kilobyte."""
TOLD = 500
"""So many sets of facts are kept: about what the what-ifs of one run ask for."""
Answers = OrderedDict[tuple[object, ...], tuple[Part, ...]]
CASES, SOURCES = 64, 2_000
"""For so many runs, what was found of so many sources each is kept for the next check in this process."""


class Remembered:
    """What was found of sources, by the runs that they stood in."""

    def __init__(self) -> None:
        self._of: OrderedDict[str, Answers] = OrderedDict()

    def of(self, case: str) -> Answers:
        """What is remembered of sources in runs that are alike in all but their sources."""
        found = self._of.get(case)
        if found is None:
            found = self._of[case] = OrderedDict()
            if len(self._of) > CASES:
                self._of.popitem(last=False)
        else:
            with suppress(KeyError):  # another thread may have made room just now
                self._of.move_to_end(case)
        return found


class Judge:
    """One state of corpora and rules; makes parts."""

    def __init__(
        self, corpus: Corpus, rules: Ruleset, terms: TermsInForce | None = None, cite: Citer | None = None
    ) -> None:
        self.corpus = corpus
        self.rules = rules
        self.terms = terms or TermsInForce(corpus)
        self.cite = cite or Citer(corpus)
        self.memo: OrderedDict[tuple[object, ...], Any] = OrderedDict()
        self._facts: OrderedDict[tuple[object, ...], Told] = OrderedDict()
        self._bare: dict[int, tuple[Ruling, tuple[Tested, ...]]] = {}
        self._mentions = {stage: _mentions(rules, stage) for stage in rules.stages}
        self.answers = Remembered()
        self.bonds: dict[tuple[object, ...], Part] | None = None
        """What a judge without proofs remembers of terms under bonds; a whole one makes each part anew."""

    def same_outlook(self, one: Case, other: Case) -> bool:
        """Whether the trained model competes with the same makers in both cases."""
        if one.outlook == other.outlook:
            return True
        memo = ("outlook", one.outlook, other.outlook)
        return self.once(memo, lambda: all(one.competes(*m) == other.competes(*m) for m in self._makers))

    @cached_property
    def _makers(self) -> list[tuple[Party | None, str | None]]:
        """One maker of each range of offers, and none, with each kind of model that may stand as teacher."""
        apart = {(party.kind, frozenset(party.offers)): party for party in self.corpus.parties.values()}
        kinds = {family.kind for family in self.corpus.families.values()}
        return [(party, kind) for party in (None, *apart.values()) for kind in (None, *sorted(kinds))]

    def once(self, memo: tuple[object, ...], make: Callable[..., T], *given: object) -> T:
        """What `make` returns, remembered under `memo` for a question that may come again, within bounds."""
        found: T | None = self.memo.get(memo)
        return found if found is not None else self._remember(memo, make(*given))

    def _remember(self, memo: tuple[object, ...], found: T) -> T:
        self.memo[memo] = found
        if len(self.memo) > REMEMBERED:
            self.memo.popitem(last=False)  # one at a time: to forget all at once would hold up the one who asks
        return found

    def facts(self, memo: tuple[object, ...], make: Callable[..., Told], *given: object) -> Told:
        """As `once`, for facts, which are large and soon asked for again or never."""
        found = self._facts.get(memo)
        if found is None:
            found = self._facts[memo] = make(*given)
            if len(self._facts) > TOLD:
                self._facts.popitem(last=False)
        return found

    def asked(self, stage: str, memo: tuple[object, ...], names: Names, make: Callable[..., T], *given: object) -> T:
        """As `once`, for an answer that writes out those of the names that a stage mentions."""
        return self.once((*memo, *self.mentioned(stage, names)), make, *given)

    def ruled(self, stage: str, told: Told, names: Names, parts: tuple[Part, ...] = ()) -> Part | None:
        """What the rules of a stage make of what is told; None where none of them applies."""
        ruling = self.rules.rule_on(stage, told.words)
        return None if ruling is None else self._part(ruling, stage, told, names, parts)

    def mentioned(self, stage: str, names: Names) -> tuple[str, ...]:
        """Those of the names that the reasons and questions of a stage mention."""
        words = self._mentions[stage]
        return (names.get(words[0], ""),) if len(words) == 1 else tuple([names.get(word, "") for word in words])

    def rule(self, stage: str, told: Told, names: Names) -> Part:
        """As `ruled`; where no rule applies, a person must decide."""
        found = self.ruled(stage, told, names)
        return found or self.label("scope-unclear", Verdict.REVIEW, "no rule speaks of this use")

    def _part(self, ruling: Ruling, stage: str, told: Told, names: Names, parts: tuple[Part, ...]) -> Part:
        tests = self._tests(ruling, stage, told)
        clauses = _union(t.clauses for t in tests if t.word != "text") or _union(t.clauses for t in tests)
        question, ask = self._question(ruling.rule, ruling.verdict, names)
        return Part(
            ruling.verdict,
            ruling.rule,
            ruling.order,
            _filled(ruling.reason, names),
            clauses,
            told.duties if ruling.verdict is Verdict.OBLIGATIONS else (),
            tests,
            parts,
            question=question,
            ask=ask,
        )

    def _tests(self, ruling: Ruling, stage: str, told: Told) -> tuple[Tested, ...]:
        """The words that a ruling tested; where no clause stands behind them, equal facts share them."""
        found = None if told.because else self._bare.get(id(ruling))
        if found is None:
            tests = tuple([Tested(stage, w, told.words[w], told.because.get(w, ())) for w in ruling.words])
            if told.because:
                return tests
            if len(self._bare) >= REMEMBERED:
                self._bare.clear()
            found = self._bare[id(ruling)] = (ruling, tests)
        return found[1]

    def label(
        self, rule: str, verdict: Verdict, reason: str, parts: tuple[Part, ...] = (), names: Names | None = None
    ) -> Part:
        """A part that the program itself finds, under the label of a rule."""
        question, ask = self._question(rule, verdict, names or {}) if not parts else ("", "")
        clauses = _union(p.clauses for p in parts)
        return Part(verdict, rule, self.rules.order_of(rule), reason, clauses, parts=parts, question=question, ask=ask)

    def _question(self, rule: str, verdict: Verdict, names: Names) -> tuple[str, str]:
        asks = self.rules.rules[rule].asks
        if verdict is not Verdict.REVIEW or asks is None:
            return "", ""
        return _filled(asks.question, names), _filled(asks.of, names)

    def worlds(self, parts: list[Part], label: str) -> Part:
        """What holds in every possible state; where they differ, the unknown fact is the reason and `label` names it.

        `parts` are the verdicts in those states, each with its assumption in `given`.
        """
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return self.label("terms-unseen", Verdict.REVIEW, "no text that governed was found")
        verdict = agree(p.verdict for p in parts)
        same = [p for p in parts if p.verdict == verdict]
        if same and (verdict.permits or len(same) == len(parts)):
            first = min(same, key=lambda p: p.order)
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


def _mentions(rules: Ruleset, stage: str) -> tuple[str, ...]:
    texts: list[str] = []
    for branch in rules.branches[stage]:
        asks = rules.rules[branch.rule].asks
        texts += (branch.reason, asks.question, asks.of) if asks is not None else (branch.reason,)
    return tuple(sorted({word for text in texts for word in _NAMED.findall(text)}))


_NAMED = re.compile(r"\{(\w+)\}")


def _union(groups: Iterable[Clauses]) -> Clauses:
    return tuple({id(clause): clause for group in groups for clause in group}.values())  # each is made once


def _filled(text: str, names: Names) -> str:
    if "{" in text:
        for word, value in names.items():
            text = text.replace("{" + word + "}", value)
    return text
