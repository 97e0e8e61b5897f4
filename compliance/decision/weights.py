"""The stage `weights`: what a licence of weights says of outputs, of the weights themselves, or of data under it."""

from __future__ import annotations

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
    made = use.generator
    memo = (case.whole_key, made.model, made.maker, made.weights_licence, use.role)
    found = judge.memo.get(memo)
    if found is None:
        found = _of_outputs(judge, case, use)
        judge.remember(memo, found)
    return found


def _of_outputs(judge: Judge, case: Case, use: Use) -> Part:
    licences: list[Licence] = []
    if use.generator.weights_licence is not UNSET:
        licences = list(judge.corpus.licences.resolve(use.generator.weights_licence))
    elif use.family is not None:
        licences = list(judge.corpus.weights_licences(use.family, use.model or "", case.date))
        licences += inherited_licences(judge.corpus, use.family)
    return under(judge, case, licences, "outputs", use.role, use.family, use.names)


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
    licences: list[Licence],
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
