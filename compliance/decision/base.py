"""One base model: its own licence and those of its parents, and what it was trained on."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import UNSET

from compliance.corpus.names import key
from compliance.corpus.records import Party
from compliance.decision import sources, weights
from compliance.decision.case import Case
from compliance.decision.frame import read_licences
from compliance.decision.judge import Judge
from compliance.decision.model import Owed
from compliance.decision.part import Part, Told
from compliance.domain.manifest import BaseModel
from compliance.domain.verdict import Verdict


def rule(judge: Judge, case: Case, base: BaseModel) -> list[Part]:
    """The parts of a base model: one of its licence or ownership, one for each tainted set that it saw."""
    corpus = judge.corpus
    named = base.maker if base.maker is not UNSET else None
    family = corpus.family(base.model)
    maker = corpus.party(named) if named else (corpus.parties.get(family.maker) if family else None)
    names = {"model": base.model, "maker": maker.name if maker else named or "its maker", "licence": "the licence"}
    licences, _, unread = read_licences(corpus, base.licence)
    hosted = case.manifest.trainee.hosted_only_by
    parts: list[Part] = []
    if case.is_own(named, maker) or any(x.kind == "own" for x in licences):
        parts.append(judge.rule("standing", Told(OWN), names))
    elif hosted is not UNSET and maker is not None and corpus.party(hosted) == maker:
        reason = f"{maker.name} offers tuning of this model inside its own service"
        parts.append(judge.label("provider-fine-tuning", Verdict.ALLOW, reason))
    else:
        if family is not None:
            licences += weights.of_family(judge, family, base.model, case.date).all
        concrete = [x for x in licences if x.kind not in ("unclear", "service")]
        licensed = weights.under(judge, case, concrete, "base", "trains", family, names)
        parts.append(_agreed(judge, case, licensed, base.model, maker, named, names))
        if unread:
            parts.append(judge.label("terms-unseen", Verdict.REVIEW, "its licence is one that no record knows"))
    trained: Iterable[str] = base.trained_on if base.trained_on is not UNSET else ()
    if base.trained_on is UNSET and family is not None and family.trained_on:
        trained = family.trained_on
    for name in trained:
        part = judge.ruled("lineage", Told({"parent": "clear", "base": _taint(judge, case, name)}), names)
        if part is not None:
            parts.append(part)
    return parts


OWN = {
    "own": "yes",
    "teacher": "known",
    "bound": "trainer",
    "terms": "allow",
    "trains": "yes",
    "agreement": "none",
    "passes_on": "no",
    "released": "no",
    "attached": "yes",
}
"""The words of the stage `standing` for the trainer's own weights."""


def _agreed(
    judge: Judge, case: Case, part: Part, model: str, maker: Party | None, named: str | None, names: dict[str, str]
) -> Part:
    """The licence's part, as an agreement with the maker on these weights may have changed it (house rule 8)."""
    agreement, conditions = case.agreement(maker, named, model, "trains")
    if agreement == "none" or part.verdict < Verdict.REVIEW:
        return part
    words = {**OWN, "own": "no", "terms": part.verdict.text, "agreement": agreement}
    owner = f"agreement with {names['maker']}"
    texts = conditions or (f"keep the written permission of {names['maker']} on file and stay within it",)
    duties = tuple(Owed(kind="other", text=t, on="use", clause=owner) for t in texts)
    return judge.ruled("standing", Told(words, {}, duties), names, (part,)) or part


def _taint(judge: Judge, case: Case, name: str) -> str:
    if key(name) == "undisclosed":
        return "undisclosed"
    known = judge.corpus.dataset(name)
    if known is None:
        family = judge.corpus.family(name)
        return "clear" if family is not None and family.weights else "tainted" if family is not None else "undisclosed"
    parts = sources.of_known(judge, case, known, "trains", human_only=False) if known.generators else []
    return "tainted" if any(not p.verdict.permits for p in parts) else "clear"
