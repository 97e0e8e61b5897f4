"""Trying what-ifs on a decided run: flips and missing facts of its sources, each from a second decision."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import msgspec
from msgspec import UNSET

from compliance.corpus.records import Party
from compliance.decision import whatif
from compliance.decision.case import Case
from compliance.decision.decide import Decided, Decider, Parts
from compliance.decision.judge import Answers
from compliance.decision.model import Flip, MissingFact
from compliance.decision.part import Answered, Part, worst
from compliance.decision.use import known_generators, resolve
from compliance.decision.whatif import Turn, Variation
from compliance.domain.manifest import Generator, Source
from compliance.domain.verdict import Verdict

ASKED_BY = {"unknown-teacher": "generated_by", "no-data-licence": "licence"}
"""Rules whose question a missing fact of the manifest asks already, and better."""
TRIED = 100
"""What-ifs are tried for so many groups of equal sources, those that stop the run and touch most rows first."""
FLIPS = 6
"""So many flips of a source are shown, the mildest verdict first."""
WORDS = {
    "purpose": {"noncommercial", "registration"},
    "distributed": {"bars_competing", "competes", "service_clause", "classifier", "duty", "permits"},
    "commercial": {"bars_competing", "competes", "service_clause", "noncommercial", "registration", "bars"},
    "domain": {"bars_competing", "competes", "service_clause", "bars"},
    "territory": {"territory"},
}
"""The words of the rules that hang on a fact of the run; a fact is tried where the proof tested one of them."""


Tried = list[tuple[Variation | Turn, Part]]
"""Changes, and the part that would decide after each."""


class Found(msgspec.Struct, frozen=True, gc=False):
    """What would change an answer: flips of stated facts, and facts that nobody stated."""

    flips: tuple[Flip, ...] = ()
    missing: tuple[MissingFact, ...] = ()


class Turns:
    """The what-ifs of one decided run. Equal sources are tried once."""

    def __init__(self, what_ifs: Decider, decided: Decided) -> None:
        self.decider = what_ifs
        self.decided = decided
        self.case = decided.case
        self._memo: dict[tuple[int, Verdict, str, int], Found] = {}
        self._permitted: dict[str, tuple[Turn, Case, Answers]] = {}
        self._nothing = self.decider.answer("", ()).parts
        self.left_out = 0
        self._tried = self._most_important()
        self._here = self.decider.answers.of(self.case.whole_key)

    @cached_property
    def _run(self) -> list[tuple[Turn, Case, Answers]]:
        turned = [self._cased(turn) for turn in whatif.of_run(self.case)]
        return [found for found in turned if not self.case.reads_as(found[1], self.decider.judge.same_outlook)]

    def _cased(self, turn: Turn) -> tuple[Turn, Case, Answers]:
        case = Case(turn.manifest, self.decider.corpus, self.decider.judge.terms, self.case)
        return turn, case, self.decider.answers.of(case.whole_key)

    def of(self, at: int, source: Source, answer: Answered) -> Found:
        """The flips and missing facts of one source, the run's `at`-th."""
        group = self.decided.groups[at]
        if self._tried is not None and group not in self._tried:
            self.left_out += 1
            return Found((), tuple(_asked(answer)))
        observed = self.decided.observed.get(source.name, ())
        inherited = (*observed, *(p for p in answer.parts if p.parent))
        memo = (group, max((p.verdict for p in inherited), default=Verdict.ALLOW), answer.rule, len(observed))
        found = self._memo.get(memo)
        if found is None:
            found = self._memo[memo] = self._of(source, answer, inherited)
        return found

    def _most_important(self) -> set[int] | None:
        """The groups of equal sources to try; None: all."""
        sources = self.case.manifest.sources
        if len(sources) <= TRIED:
            return None
        weight: dict[int, tuple[Verdict, int]] = {}
        for group, source, answer in zip(self.decided.groups, sources, self.decided.answers, strict=False):
            verdict, rows = weight.get(group, (Verdict.ALLOW, 0))
            rows += source.rows if source.rows is not UNSET else 0
            weight[group] = (max(verdict, answer.own), rows)
        return set(sorted(weight, key=lambda g: weight[g], reverse=True)[:TRIED])

    def of_base(self, answer: Answered) -> Found:
        """What the rules ask of a base model."""
        return Found((), tuple(_asked(answer)))

    def _of(self, source: Source, answer: Answered, inherited: Parts) -> Found:
        if answer.deciding.parent and answer.own.permits:
            return Found()  # its parent's what-ifs are its own
        if any(part.verdict is Verdict.BLOCK for part in inherited):
            return Found((), tuple(_asked(answer)))  # whatever is changed of it, its parent still stops it
        tried: Tried = []
        frame = self.decided.frame(source)
        stated_too = not answer.verdict.permits  # who may go on asks what is missing, not what would stop it
        for variation in whatif.of_source(self.decider.judge, self.case, source, frame, stated_too):
            parts = self.decider.own_parts(self.case, variation.frame, self._here)
            tried.append((variation, worst((*parts, *inherited) or self._nothing)))
        words = tested(answer.parts)
        for turn, case, memo in self._turns(source, answer, words):
            parts = self.decider.own_parts(case, frame, memo)
            tried.append((turn, worst((*parts, *inherited) or self._nothing)))
        missing = _missing(tried)
        known = {fact.fact for fact in missing}
        asked = [fact for fact in _asked(answer) if ASKED_BY.get(fact.fact) not in known]
        return Found(_flips(answer, tried), (*missing, *asked))

    def _turns(self, source: Source, answer: Answered, words: set[str]) -> Iterable[tuple[Turn, Case, Answers]]:
        for found in self._run:
            if words & WORDS[found[0].fact] and not (found[0].stated and answer.verdict.permits):
                yield found
        if not answer.verdict.permits:
            maker = self._maker(source)
            if maker is not None:
                if maker.id not in self._permitted:
                    turn = whatif.permission(self.case, maker)
                    self._permitted[maker.id] = self._cased(turn)
                yield self._permitted[maker.id]

    def _maker(self, source: Source) -> Party | None:
        """The maker of the model behind a source, where there is one that is not the trainer's own."""
        made = source.generated_by
        known = self.decider.corpus.dataset(source.name)
        several = made if isinstance(made, list) else [made] if isinstance(made, Generator) else []
        if not several and known is not None:
            several = known_generators(known)
        uses = [resolve(self.case, g, "trains", None) for g in several]
        makers = {u.maker.id: u.maker for u in uses if u.maker is not None and not u.own and u.by_trainer}
        return next(iter(makers.values())) if len(makers) == 1 else None


def tested(parts: Iterable[Part]) -> set[str]:
    """The words that the rules tested on the way to these parts."""
    found: set[str] = set()
    for part in parts:
        found.update(t.word for t in part.tests)
        found |= tested(part.parts)
    return found


def _flips(answer: Answered, tried: Tried) -> tuple[Flip, ...]:
    found: dict[tuple[str, Verdict], tuple[str, Part]] = {}
    for change, other in tried:
        if change.stated and other.verdict is not answer.verdict:
            found.setdefault((change.fact, other.verdict), (change.says, other))
    ranked = sorted(found.values(), key=lambda pair: pair[1].verdict)
    return tuple(Flip(change=says, verdict=other.verdict.text, rule=other.rule) for says, other in ranked[:FLIPS])


def _missing(tried: Tried) -> list[MissingFact]:
    facts: dict[tuple[str, str, str], set[Verdict]] = {}
    for change, other in tried:
        if not change.stated:
            facts.setdefault((change.fact, change.question, change.ask), set()).add(other.verdict)
    return [
        MissingFact(fact=fact, question=question, ask=ask, between=tuple(v.text for v in sorted(verdicts)))
        for (fact, question, ask), verdicts in facts.items()
        if len(verdicts) > 1
    ]


def _asked(answer: Answered) -> list[MissingFact]:
    """What the rules ask where they leave a question to a person."""
    if answer.verdict.permits:
        return []
    found: dict[str, MissingFact] = {}
    waiting = [p for p in answer.parts if p.verdict is Verdict.REVIEW and not p.parent]
    while waiting:
        part = waiting.pop(0)
        if part.question:
            found.setdefault(part.question, MissingFact(fact=part.rule, question=part.question, ask=part.ask))
        else:
            waiting += [p for p in part.parts if p.verdict is Verdict.REVIEW]
    return list(found.values())
