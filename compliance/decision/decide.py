"""Deciding one run.

1. Read the case against the corpora (`Case`).
2. For every source: rule on each use of a model (which channel, who held the account, which text on which day), on the
   licence of the data, and on the known data sets that it was made from.
3. Where a fact is unknown, rule on every value of it; only what all agree on stands, else `review`.
4. Let derived sources inherit a `review` or `block` of their parents.
5. Rule on every base model: its licences, and what it was trained on.
6. The most severe verdict of the sources is that of the run; of no sources, `review`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import msgspec
from msgspec import UNSET

from compliance.corpus.corpus import Corpus
from compliance.corpus.names import key
from compliance.decision import base, sources
from compliance.decision.case import Case
from compliance.decision.judge import SOURCES, Answers, Judge
from compliance.decision.part import Answered, Part, Told, worst
from compliance.decision.swift import SwiftJudge
from compliance.domain.difference import Difference
from compliance.domain.manifest import BaseModel, Manifest, Source
from compliance.domain.verdict import Verdict, most_severe
from compliance.errors import ManifestError
from compliance.ruleset.ruleset import Ruleset

Parts = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """A decided run: the case, the verdict, and the answers for sources, then base models, in the manifest's order.

    `own` holds what each source got on its own merits, by name; `by_key` finds sources by the key of their names, and
    `order` has each after those that it was made from. `differences` says where evidence does not bear the manifest
    out, and `observed` has the parts that follow from it, by name.
    """

    case: Case
    verdict: Verdict
    answers: tuple[Answered, ...]
    own: Mapping[str, Parts]
    by_key: Mapping[str, Source]
    order: tuple[Source, ...]
    differences: tuple[Difference, ...] = ()
    observed: Mapping[str, Parts] = field(default_factory=dict)


class Untouched:
    """What a decided run still tells of a changed copy of it."""

    def __init__(self, like: Decided | None, case: Case, by_key: Mapping[str, Source]) -> None:
        alike = like is not None and like.case.whole_key == case.whole_key
        self._like = like if alike else None
        self._by_key = by_key
        self._answers = {a.name: a for a in like.answers} if like is not None and alike else {}

    def parts(self, source: Source) -> Parts | None:
        """The parts of a source that did not change, nor which of its parents are sources of the run."""
        like = self._like
        if like is None or like.by_key.get(key(source.name)) is not source:
            return None
        if source.derived_from is not UNSET and any(
            (key(name) in like.by_key) != (key(name) in self._by_key) for name in source.derived_from
        ):
            return None
        return like.own[source.name]

    def order(self, manifest: Manifest) -> Sequence[Source]:
        """The old order, which still has each source after its parents where none was added and none got a new one."""
        if self._like is None or not self._by_key.keys() <= self._like.by_key.keys():
            return ()
        for source in manifest.sources:
            before = self._like.by_key[key(source.name)]
            if before is not source and before.derived_from != source.derived_from:
                added = set(source.derived_from or ()) - set(before.derived_from or ())
                if added:
                    return ()
        return [self._by_key[at] for at in map(key, [s.name for s in self._like.order]) if at in self._by_key]

    def answer(self, source: Source, own: Mapping[str, Parts], answers: Mapping[str, Answered]) -> Answered | None:
        """The answer for a source of which nothing changed, nor the answers for its parents."""
        like = self._like
        if like is None or like.by_key.get(key(source.name)) is not source:
            return None
        if own[source.name] is not like.own[source.name]:
            return None
        for name in source.derived_from if source.derived_from is not UNSET else ():
            parent = self._by_key.get(key(name))
            before = like.by_key.get(key(name))
            if (parent is None) != (before is None):
                return None
            if parent is not None and answers.get(parent.name) is not self._answers.get(parent.name):
                return None
        return self._answers[source.name]


PARENTS = {
    verdict: Told({"parent": verdict.text if not verdict.permits else "clear", "base": "clear"}) for verdict in Verdict
}
"""What the stage `lineage` is told of a parent with each verdict."""


class Decider:
    """Decides runs under one state of corpora and rules; safe to use again and again."""

    def __init__(self, corpus: Corpus, rules: Ruleset, judge: Judge | None = None) -> None:
        self.corpus = corpus
        self.rules = rules
        self.judge = judge or Judge(corpus, rules)

    @cached_property
    def swift(self) -> Decider:
        """The decider of what-ifs: the same verdicts and labels, without their proofs."""
        return Decider(self.corpus, self.rules, SwiftJudge(self.judge))

    def decide(
        self, manifest: Manifest, differences: Sequence[Difference] = (), like: Decided | None = None
    ) -> Decided:
        """The verdict on the run, with the answers that it rests on, under what evidence says against the manifest.

        `like` is a decided run of which this one is a changed copy: what the change does not touch is taken from it.
        """
        case = Case(manifest, self.corpus, self.judge.terms, like.case if like is not None else None)
        by_key = {key(s.name): s for s in manifest.sources}
        if len(by_key) != len(manifest.sources):
            raise ManifestError("two sources have one name", field="sources", remedy="give each a name of its own")
        memo = self.judge.answers_of(case.whole_key)
        old = Untouched(like, case, by_key)
        own = {s.name: old.parts(s) or self.own_parts(case, s, by_key, memo) for s in manifest.sources}
        observed = self._observed(differences)
        answers: dict[str, Answered] = {}
        order = old.order(manifest) or _parents_first(manifest.sources, by_key)
        for source in order:
            kept = old.answer(source, own, answers) if like is not None and differences == like.differences else None
            if kept is not None:
                answers[source.name] = kept
                continue
            parts = (*own[source.name], *observed.get(source.name, ()))
            inherited = self._inherited(source, by_key, answers)
            answers[source.name] = self.answer(source.name, (*parts, *inherited) if inherited else parts)
        result = [answers[s.name] for s in manifest.sources]
        bases = manifest.base_models if manifest.base_models is not UNSET else []
        for model in bases:
            name = f"base_model:{model.model}"
            result.append(self.answer(name, (*self.base_parts(case, model), *observed.get(name, ()))))
        verdict = most_severe(a.verdict for a in result)
        return Decided(case, verdict, tuple(result), own, by_key, tuple(order), tuple(differences), observed)

    def _observed(self, differences: Sequence[Difference]) -> dict[str, Parts]:
        """The parts that follow from what evidence says against the manifest, by source."""
        found: dict[str, list[Part]] = {}
        for difference in differences:
            told = Told(
                {
                    "difference": difference.kind,
                    "strength": difference.strength,
                    "judged": "yes" if difference.judged else "no",
                }
            )
            part = self.judge.ruled("evidence", told, {})
            if part is not None:
                reason = f"{part.reason}: {difference.says}"
                found.setdefault(difference.source, []).append(
                    msgspec.structs.replace(part, reason=reason, evidence=(difference.evidence,))
                )
        return {name: tuple(parts) for name, parts in found.items()}

    def own_parts(self, case: Case, source: Source, by_key: Mapping[str, Source], memo: Answers) -> Parts:
        """The parts of a source without what it inherits; `memo` remembers those of equal sources in equal cases."""
        known = self.corpus.dataset(source.name)
        outside = sources.outside_parents(self.corpus, source, by_key)
        made, licence, passing = source.generated_by, source.licence, source.licence_passes_on
        at = (
            tuple(made) if isinstance(made, list) else made,
            tuple(licence) if isinstance(licence, list) else licence,
            tuple(passing) if isinstance(passing, list) else passing,
            source.role,
            source.kind,
            source.collected_by,
            source.derived_from is UNSET,
            known.id if known else None,
            tuple([p.id for p in outside]) if outside else (),
        )
        found = memo.get(at)
        if found is None:
            found = memo[at] = tuple(sources.rule(self.judge, case, source, known, outside))
            if len(memo) > SOURCES:
                memo.popitem(last=False)
        return found

    def base_parts(self, case: Case, model: BaseModel) -> Parts:
        """The parts of a base model."""
        return tuple(base.rule(self.judge, case, model))

    def answer(self, name: str, parts: Parts) -> Answered:
        """The answer that the parts of a source or base model amount to."""
        if not parts:
            parts = (self.judge.label("scope-unclear", Verdict.REVIEW, "nothing is known of it"),)
        first = parts[0] if len(parts) == 1 else worst(parts)
        own = (
            first.verdict
            if not first.parent
            else max((p.verdict for p in parts if not p.parent), default=Verdict.ALLOW)
        )
        return Answered(name, first, own, parts)

    def _inherited(self, source: Source, by_key: Mapping[str, Source], answers: Mapping[str, Answered]) -> list[Part]:
        if source.generated_by is None or source.derived_from is UNSET:
            return []
        found = []
        for name in source.derived_from:
            parent = by_key.get(key(name))
            if parent is None or parent.name not in answers:
                continue
            above = answers[parent.name]
            told = PARENTS[above.verdict]
            if self.rules.rule_on("lineage", told.words) is None:
                continue
            names = {"parent": parent.name, "model": "", "maker": "", "licence": ""}
            part = self.judge.ruled("lineage", told, names)
            if part is not None:
                clauses = above.deciding.clauses
                found.append(
                    Part(
                        part.verdict,
                        part.rule,
                        part.order,
                        part.reason,
                        clauses,
                        tests=part.tests,
                        parent=parent.name,
                    )
                )
        return found


def _parents_first(found: Iterable[Source], by_key: Mapping[str, Source]) -> list[Source]:
    """The sources, each after those that it was made from; a cycle is an error."""
    order: list[Source] = []
    state: dict[str, int] = {}
    for start in found:
        stack: list[tuple[Source, bool]] = [(start, False)]
        while stack:
            source, done = stack.pop()
            if done:
                state[source.name] = 2
                order.append(source)
                continue
            if state.get(source.name) == 2:
                continue
            if state.get(source.name) == 1:
                raise _cycle(source)
            state[source.name] = 1
            stack.append((source, True))
            for name in source.derived_from or () if source.derived_from is not UNSET else ():
                parent = by_key.get(key(name))
                if parent is None or parent is source:
                    continue
                if state.get(parent.name) == 1:
                    raise _cycle(source)
                if state.get(parent.name) != 2:
                    stack.append((parent, False))
    return order


def _cycle(source: Source) -> ManifestError:
    return ManifestError(f"{source.name!r} is made from itself", field="derived_from", remedy="break the cycle")
