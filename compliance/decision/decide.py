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

from array import array
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property

import msgspec
from msgspec import UNSET

from compliance.corpus.corpus import Corpus
from compliance.corpus.names import key
from compliance.decision import base, sources
from compliance.decision.case import Case
from compliance.decision.frame import Frame, framed
from compliance.decision.judge import SOURCES, Answers, Judge, Remembered
from compliance.decision.part import Answered, Part, Told, worst
from compliance.decision.swift import SwiftJudge
from compliance.domain.difference import Difference
from compliance.domain.manifest import BaseModel, Manifest, Source
from compliance.domain.verdict import Verdict, most_severe
from compliance.errors import ManifestError
from compliance.ruleset.ruleset import Ruleset

Parts = tuple[Part, ...]
FRAMES = 2_000
"""Of runs of more sources, frames are not kept: each takes a third of a kilobyte."""


@dataclass(frozen=True)
class Decided:
    """A decided run: the case, the verdict, and the answers for sources, then base models, in the manifest's order.

    `own` holds what each source got on its own merits, by name; `by_key` finds sources by the key of their names, and
    `order` has the keys, each after those that it was made from. `groups` numbers the sources, in the manifest's order:
    those of one number are alike in all that decides on their own merits. `differences` says where evidence does not
    bear the manifest out, and `observed` has the parts that follow from it, by name.
    """

    case: Case
    verdict: Verdict
    answers: tuple[Answered, ...]
    own: Mapping[str, Parts]
    by_key: Mapping[str, Source]
    order: Sequence[str]
    groups: Sequence[int]
    differences: tuple[Difference, ...] = ()
    observed: Mapping[str, Parts] = field(default_factory=dict)
    frames: Mapping[str, Frame] = field(default_factory=dict)

    @cached_property
    def parents(self) -> dict[str, frozenset[str]]:
        """The keys of what each source is made from, by its own key."""
        return {
            at: frozenset(map(key, source.derived_from)) if source.derived_from is not UNSET else frozenset()
            for at, source in self.by_key.items()
        }

    def frame(self, source: Source) -> Frame:
        """The frame of one of the sources."""
        return self.frames.get(key(source.name)) or framed(self.case.corpus, source, self.by_key)

    @cached_property
    def answer_of(self) -> dict[str, Answered]:
        """The answers for sources, by key."""
        return dict(zip(self.by_key, self.answers, strict=False))


class Untouched:
    """What a decided run still tells of a changed copy of it."""

    def __init__(self, like: Decided, by_key: Mapping[str, Source]) -> None:
        self.like = like
        self._by_key = by_key
        held = like.by_key
        self._changed = [at for at, source in by_key.items() if held.get(at) is not source]
        self._came_or_went = by_key.keys() ^ held.keys()
        self.same = by_key.keys() - self._changed
        """The keys of sources that did not change, nor which of their parents are sources of the run."""
        if self._came_or_went:
            self.same = {at for at in self.same if like.parents[at].isdisjoint(self._came_or_went)}

    def order(self) -> Sequence[str]:
        """The old order, which still has each source after its parents where none was added and none got a new one."""
        like = self.like
        for at in self._changed:
            before, source = like.by_key.get(at), self._by_key[at]
            if before is None or set(source.derived_from or ()) - set(before.derived_from or ()):
                return ()
        return [at for at in like.order if at in self._by_key] if self._came_or_went else like.order


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
        self.answers = self.judge.answers

    @cached_property
    def _swift(self) -> SwiftJudge:
        return SwiftJudge(self.judge)

    def what_ifs(self) -> Decider:
        """The decider of what-ifs of one run: the same verdicts and labels, without their proofs.

        It forgets the sources with the run: hardly one of them comes again, and to keep them costs more than to decide.
        """
        decider = Decider(self.corpus, self.rules, self._swift)
        decider.answers = Remembered()
        return decider

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
        memo = self.answers.of(case.whole_key)
        old = Untouched(like, by_key) if like is not None else None
        same: Set[str] = old.same if old is not None else frozenset()
        settled = old.like.own if old is not None and old.like.case.whole_key == case.whole_key else {}
        known = old.like.frames if old is not None else {}
        frames: dict[str, Frame] = {}
        groups: dict[tuple[object, ...], int] = {}
        numbers = array("l")
        own: dict[str, Parts] = {}
        for at, source in by_key.items():
            frame = (known.get(at) if at in same else None) or framed(self.corpus, source, by_key)
            numbers.append(groups.setdefault(frame.at, len(groups)))
            if len(by_key) <= FRAMES:
                frames[at] = frame
            if settled and at in same:
                own[source.name] = settled[source.name]
            else:
                own[source.name] = self.own_parts(case, frame, memo)
        if not settled:
            same = frozenset()
        observed = self._observed(differences)
        if old is not None and old.like.differences != differences:
            same = frozenset()
        answers: dict[str, Answered] = {}
        fresh: set[str] = set()
        order = (old.order() if old is not None else ()) or _parents_first(manifest.sources, by_key)
        for at in order:
            source = by_key[at]
            if old is not None and at in same and fresh.isdisjoint(old.like.parents[at]):
                answers[source.name] = old.like.answer_of[at]
                continue
            fresh.add(at)
            parts = (*own[source.name], *observed.get(source.name, ()))
            inherited = self._inherited(source, by_key, answers)
            answers[source.name] = self.answer(source.name, (*parts, *inherited) if inherited else parts)
        result = [answers[s.name] for s in manifest.sources]
        bases = manifest.base_models if manifest.base_models is not UNSET else []
        for model in bases:
            name = f"base_model:{model.model}"
            result.append(self.answer(name, (*self.base_parts(case, model), *observed.get(name, ()))))
        verdict = most_severe(a.verdict for a in result)
        return Decided(case, verdict, tuple(result), own, by_key, order, numbers, tuple(differences), observed, frames)

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

    def own_parts(self, case: Case, frame: Frame, memo: Answers) -> Parts:
        """The parts of a source without what it inherits; `memo` remembers those of equal sources in equal cases."""
        found = memo.get(frame.at)
        if found is None:
            found = memo[frame.at] = tuple(sources.rule(self.judge, case, frame))
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
        return Answered(name, first.verdict, first, own, parts)

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


def _parents_first(found: Iterable[Source], by_key: Mapping[str, Source]) -> list[str]:
    """The keys of the sources, each after those that it was made from; a cycle is an error."""
    order: list[str] = []
    state: dict[str, int] = {}
    for start in found:
        stack: list[tuple[Source, bool]] = [(start, False)]
        while stack:
            source, done = stack.pop()
            if done:
                state[source.name] = 2
                order.append(key(source.name))
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
