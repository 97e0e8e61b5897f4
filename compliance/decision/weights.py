"""The stage `weights`: what a licence of weights says of outputs, of the weights themselves, or of data under it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import UNSET

from compliance.corpus.corpus import Corpus
from compliance.corpus.records import Family, Licence
from compliance.decision import facts
from compliance.decision.case import Case
from compliance.decision.judge import Judge
from compliance.decision.part import Part, Told, worst
from compliance.decision.use import Use
from compliance.domain.verdict import Verdict


def of_outputs(judge: Judge, case: Case, use: Use) -> Part:
    """The ruling on outputs of open weights: by their licence, and those of parents by other makers."""
    family = use.family
    licences = _Licences()
    if use.generator.weights_licence is not UNSET:
        licences = _Licences.of(judge.corpus.licences.resolve(use.generator.weights_licence))
    elif family is not None:
        licences = of_family(judge, family, use.model or "", case.date)
    memo = (
        "outputs",
        case.whole_key if licences.registered else case.key,  # an agreement may stand for a registration
        licences.ids,
        use.role,
        family is not None and family.multimodal,
        family is not None and bool(family.output_permission),
    )
    given = (judge, case, licences.all, "outputs", use.role, family, use.names)
    return judge.asked("weights", memo, use.names, under, *given)


class _Licences(NamedTuple):
    """The licences of a model's weights, their ids, and whether one of them asks for a registration."""

    all: Sequence[Licence] = ()
    ids: tuple[str, ...] = ()
    registered: bool = False

    @classmethod
    def of(cls, found: Sequence[Licence]) -> _Licences:
        registered = any(duty.kind == "registration" for licence in found for duty in licence.duties)
        return cls(found, tuple(licence.id for licence in found), registered)


def of_family(judge: Judge, family: Family, model: str, day: int) -> _Licences:
    """The licences of a model's weights on `day`, and of those that they were made from."""
    return judge.once(("weights", family.id, model, day), _of_family, judge.corpus, family, model, day)


def _of_family(corpus: Corpus, family: Family, model: str, day: int) -> _Licences:
    return _Licences.of((*corpus.weights_licences(family, model, day), *inherited_licences(corpus, family)))


def inherited_licences(corpus: Corpus, family: Family) -> list[Licence]:
    """The licences of parents by other makers: a maker may license its own line anew, not another's."""
    found: list[Licence] = []
    for parent in corpus.ancestors(family):
        if parent.maker != family.maker:
            found += corpus.weights_licences(parent, parent.id)
    return found


def under(
    judge: Judge,
    case: Case,
    licences: Sequence[Licence],
    use: str,
    role: str,
    family: Family | None,
    names: dict[str, str],
) -> Part:
    """The ruling on a use under all of `licences`; the most severe stands, and the duties of all are owed."""
    if not licences:
        told = Told({"use": use, "role": role, **facts.UNSTATED})
        return judge.rule("weights", told, {**names, "licence": "the licence"})
    parts = []
    for licence in dict.fromkeys(licences):
        told = facts.weights_facts(case, licence, use, role, judge.cite, family)
        part = judge.rule("weights", told, {**names, "licence": licence.name})
        parts.append(part.assuming(f"under {licence.name}"))
    first = worst(parts)
    if len(parts) == 1 or first.verdict is not Verdict.OBLIGATIONS:
        return first.assuming("")
    duties = tuple(dict.fromkeys(d for p in parts for d in p.duties))
    return Part(first.verdict, first.rule, first.order, first.reason, first.clauses, duties, (), tuple(parts))
