"""What a reader wants first: the decision's parts put in order, grouped and summed up, before any form is chosen.

Nothing here changes an answer, and whatever a report leaves out is counted by what it leaves out.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from compliance.decision.model import Decision, MissingFact, Remedy, SourceAnswer, Step
from compliance.domain.evidence import Evidence, MadeBy
from compliance.domain.verdict import Verdict
from compliance.errors import UsageError
from compliance.report.words import count, listed, shown

T = TypeVar("T")

MANY = 60
"""With more sources than this, a report for people groups them by verdict, rule and clauses."""


class Group(NamedTuple):
    """Sources that got the same answer for the same reasons; the first of them stands for all."""

    members: tuple[SourceAnswer, ...]

    @property
    def lead(self) -> SourceAnswer:
        """The source that is shown in full."""
        return self.members[0]

    @property
    def verdict(self) -> Verdict:
        """The verdict that all members share."""
        return Verdict.of(self.lead.verdict)

    @property
    def rows(self) -> int | None:
        """The rows of all members that state them; None where no member does."""
        stated = [answer.rows for answer in self.members if answer.rows is not None]
        return sum(stated) if stated else None

    @property
    def share(self) -> float | None:
        """The members' share of the run, where it is known."""
        known = [answer.share for answer in self.members if answer.share is not None]
        return min(1.0, sum(known)) if known else None


def ranked(sources: Iterable[SourceAnswer]) -> list[SourceAnswer]:
    """The sources, the most severe first and then the largest; equal ones keep the manifest's order."""
    return sorted(sources, key=lambda answer: (-Verdict.of(answer.verdict), -(answer.rows or 0)))


def grouped(decision: Decision) -> list[Group]:
    """The sources by severity, equal ones together; among many, those of one rule and the same clauses are equal."""
    many = len(decision.sources) > MANY
    groups: dict[object, list[SourceAnswer]] = {}
    for answer in ranked(decision.sources):
        key: tuple[object, ...] = (answer.verdict, answer.rule, answer.clauses)
        if not many:
            asked = tuple((fact.question, fact.ask) for fact in answer.missing)
            key += (answer.reason, answer.path[:-1], asked, answer.flips, answer.duties, answer.evidence)
        groups.setdefault(key, []).append(answer)
    return [Group(tuple(members)) for members in groups.values()]


def stops(verdict: str) -> bool:
    """Whether the verdict keeps the run from starting."""
    return not Verdict.of(verdict).permits


def headline(decision: Decision) -> str:
    """The run's verdict in one sentence, with how many sources brought it about."""
    verdicts = [answer.verdict for answer in decision.sources]
    total = count(len(verdicts), "source")
    tally = {verdict: verdicts.count(verdict.text) for verdict in Verdict}
    blocked, open_, owed = tally[Verdict.BLOCK], tally[Verdict.REVIEW], tally[Verdict.OBLIGATIONS]
    parts = [f"{blocked:,} of {total} {'is' if blocked == 1 else 'are'} blocked"] if blocked else []
    if open_:
        of = "" if blocked else f" of {total}"
        parts.append(f"{open_:,}{of} {'needs' if open_ == 1 else 'need'} a person's decision")
    opening = {
        Verdict.BLOCK: "Do not start this run as it stands",
        Verdict.REVIEW: "A person must decide before this run starts",
        Verdict.OBLIGATIONS: "The run may start, with duties",
        Verdict.ALLOW: "The run may start",
    }[Verdict.of(decision.verdict)]
    if not verdicts:
        return f"{opening}: no source was checked."
    if max(map(Verdict.of, verdicts)) < Verdict.of(decision.verdict):
        return f"{opening}: no single source gives this verdict; the findings say why."
    if parts:
        return f"{opening}: {listed(parts)}."
    if owed:
        return f"{opening}: {owed:,} of {total} {'brings' if owed == 1 else 'bring'} obligations; none is blocked."
    return f"{opening}: nothing in the terms and licences on record stands against it."


def facts(decision: Decision) -> list[MissingFact]:
    """The missing facts, those first that touch most rows, then most sources."""
    return sorted(decision.missing_facts, key=lambda fact: (-fact.rows, -len(fact.sources)))


def made_by(decision: Decision) -> list[tuple[Evidence, MadeBy]]:
    """Each teacher that a file of the evidence names, with that file; those that made most rows first."""
    found = [(file, made) for file in decision.inputs for made in file.made_by]
    return sorted(found, key=lambda pair: -pair[1].rows)


def remedies(decision: Decision) -> tuple[Remedy | None, list[Remedy]]:
    """The smallest change after which the run may start (None if none was found), and all other changes tried.

    Leaving data out lies in the trainer's own hands, so the cut that removes the fewest rows comes first, unless
    nothing would be left of the run; a change that needs somebody else, such as a permission, comes last.
    """
    clearing = [remedy for remedy in decision.remediation if not stops(remedy.verdict)]
    cuts = [remedy for remedy in clearing if remedy.kind == "drop" and (remedy.share_removed or 0) < 1]
    alone = [remedy for remedy in clearing if remedy.kind != "permission"]
    smallest = min(cuts, key=lambda remedy: remedy.rows_removed) if cuts else None
    if smallest is None:
        whole = sorted(alone, key=lambda remedy: remedy.share_removed or 0)
        smallest = next(iter([*whole, *clearing]), None)
    return smallest, [remedy for remedy in decision.remediation if remedy is not smallest]


def chosen(decision: Decision, name: str) -> SourceAnswer:
    """The answer for the source `name`, or for the base model of that name; a `UsageError` names the nearest."""
    for answer in decision.sources:
        if answer.source in (name, f"base_model:{name}"):
            return answer
    names = [answer.source for answer in decision.sources]
    near = difflib.get_close_matches(name, names, 3, 0.5) or names[:3]
    raise UsageError(
        f"no source is called '{shown(name)}'", remedy=f"did you mean {listed([shown(n) for n in near], 'or')}?"
    )


def proof_of(decision: Decision, answer: SourceAnswer) -> Step | None:
    """The proof tree of a source, where the decision holds one."""
    return decision.proofs.get(answer.proof)


def cut(items: Sequence[T], most: int) -> tuple[Sequence[T], int]:
    """The first `most` items, and how many were left out."""
    return items[:most], max(0, len(items) - most)
