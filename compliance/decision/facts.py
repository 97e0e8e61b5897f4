"""Facts over the vocabulary: what the terms in force, a licence or a data set mean for one use."""

from __future__ import annotations

from collections.abc import Iterable

from compliance.corpus.in_force import Reading
from compliance.corpus.records import Clause, Dataset, Family, Licence, Party
from compliance.decision.case import CLASSIFIERS, LANGUAGE, Case

ROLES = {
    "targets": "trains",
    "logits": "trains",
    "rewrite": "trains",
    "preference": "ambiguous",
    "reward": "ambiguous",
    "embedding": "ambiguous",
    "prompts": "ambiguous",
    "filter": "filter",
    "evaluation": "evaluation",
    "tooling": "tooling",
}
BANS = frozenset({"train-competing-models", "train-any-models", "competing-product", "distill"})
AUTOMATED = frozenset({"scraper", "browser-extension", "shared-links"})
FREE = frozenset({"own", "agreement", "public-domain", "permissive", "service"})
_WORST = ("none", "no", "unsettled", "yes")


def terms_facts(
    case: Case,
    reading: Reading,
    role: str,
    reached: str,
    maker: Party | None,
    teacher: Family | None,
    feature: str | None,
    collected: str | None,
) -> dict[str, str]:
    """The words of the stage `terms` for one reading of the texts."""
    competes = case.competes(maker, teacher.kind if teacher else None)
    any_, competing, service, classifier = "no", "none", "no", "none"
    benchmark, permits, extraction, copying, noncommercial = "none", "no", "no", "no", "no"
    named = False
    for standing in reading.clauses:
        clause = standing.clause
        if not reaches(case, clause, maker, teacher, feature):
            continue
        owner = case.corpus.parties.get(standing.document.party) or maker
        if clause.scope is not None and clause.scope.models_of:
            owner = maker
        if clause.effect == "prohibit" and clause.category in BANS and clause.test:
            if clause.test == "unauthorised":
                any_ = "unauthorised" if any_ == "no" else any_
            elif clause.test in ("competing", "commercial"):
                here = case.competes(owner, teacher.kind if teacher else None)
                competing = max(competing, here, key=_WORST.index)
                exempt = any(e.kind == "classifier-in-house" for e in clause.exceptions)
                if exempt and case.kind in CLASSIFIERS:
                    classifier = {True: "left", False: "within", None: "unknown"}[case.distributed]
                if "service" in clause.object and here != "no":
                    service = "bites" if here == "yes" or service == "bites" else "unsettled"
            elif kind_reached(case, clause.test) != "no-reach":
                any_ = "yes"
                if "service" in clause.object and clause.category != "distill":
                    service = "bites"
        elif clause.category == "competitor-access" and clause.effect == "prohibit":
            if case.competes(owner) == "yes":
                benchmark, competing = "barred", "yes"
        elif clause.category == "benchmarking" and owner is maker:
            if clause.effect == "prohibit":
                benchmark = "barred"
            elif benchmark == "none":
                benchmark = "limited" if clause.duties else "permitted"
        elif clause.category == "permit-training" and clause.effect == "permit":
            due = any(d.on == "use" or case.distributed is not False for d in clause.duties)
            permits = "with-duty" if due else "yes"
        elif clause.category == "naming-attribution" and clause.effect == "oblige":
            named = named or case.distributed is not False
        elif clause.category == "scrape-output" and clause.effect == "prohibit":
            extraction = "yes" if collected in AUTOMATED else extraction
        elif clause.category == "copying" and clause.effect == "prohibit":
            copying = "yes"
        elif clause.category == "non-commercial" and "output" in clause.object:
            noncommercial = {"forbidden": "forbidden", "doubtful": "doubtful", "honoured": "no"}[case.noncommercial()]
    return {
        "role": role,
        "reached": reached,
        "text": "seen" if reading.seen else "unseen",
        "bars_any": any_,
        "bars_competing": competing,
        "competes": competes,
        "service_clause": service,
        "benchmark": benchmark,
        "permits": "with-duty" if named and permits == "yes" else permits,
        "classifier": classifier,
        "tuning": "no",
        "extraction": extraction,
        "copying": copying,
        "noncommercial": noncommercial,
    }


def reaches(case: Case, clause: Clause, maker: Party | None, teacher: Family | None, feature: str | None) -> bool:
    """Whether the part of outputs that a clause speaks of is the one that was used."""
    scope = clause.scope
    if scope is None:
        return True
    if scope.models_of and (maker is None or maker.id not in scope.models_of):
        return False
    if scope.kinds and case.kind not in scope.kinds and (teacher is None or teacher.kind not in scope.kinds):
        return False
    if scope.features:
        image = "image" in scope.features and (
            case.kind == "image-generator" or (teacher is not None and teacher.kind == "image-generator")
        )
        return image or feature in scope.features
    return True


def kind_reached(case: Case, test: str) -> str:
    """Whether a ban on improving models of one kind reaches the trained model: `yes` or `no-reach`."""
    llm = case.kind in LANGUAGE or case.kind == "seq2seq"
    if test == "any":
        return "yes"
    if test == "llm":
        return "yes" if llm else "no-reach"
    if test in ("generative", "foundation"):
        return "yes" if llm or case.kind in ("image-generator", "video", "speech") else "no-reach"
    return "yes" if test == "text-to-image" and case.kind == "image-generator" else "no-reach"


def weights_facts(case: Case, licence: Licence, use: str, role: str, multimodal: bool = False) -> dict[str, str]:
    """The words of the stage `weights` for one licence."""
    outputs = licence.outputs
    bars = "none"
    if outputs is not None and use != "base":
        family = (
            any(f.startswith(tuple(outputs.own_family)) for f in case.base_families) if outputs.own_family else False
        )
        if outputs.contradiction:
            bars = "contradiction"
        elif outputs.ban is not None and not family:
            if outputs.ban in ("competing", "commercial"):
                maker = case.corpus.parties.get(licence.licensor or "")
                bars = {"yes": "yes", "unsettled": "unsettled", "no": "no-reach"}[case.competes(maker)]
            else:
                bars = kind_reached(case, outputs.ban)
    limited = licence.non_commercial != "no" or licence.commercial_data_ban or bool(outputs and outputs.non_commercial)
    duties = list(licence.duties) if use == "base" else (list(outputs.duties) if outputs else [])
    due = [d for d in duties if d.on == "use" or case.distributed is not False]
    duty = "none"
    if any(d.kind in ("naming", "display") for d in due):
        duty = "naming"
    elif due or (use != "base" and outputs and outputs.student_is_derivative and case.distributed is not False):
        duty = "flow-down"
    return {
        "use": use,
        "role": role,
        "licence": "unknown" if licence.kind == "unclear" else "known",
        "bars": bars,
        "noncommercial": case.noncommercial() if limited else "none",
        "territory": case.excluded(licence, multimodal),
        "threshold": case.threshold(licence),
        "duty": duty,
        "permitted": "yes" if outputs is not None and outputs.permitted_in_words else "no",
    }


def data_facts(
    case: Case, licences: Iterable[Licence], known: Dataset | None, *, people: bool, stated: bool, unread: bool = False
) -> dict[str, str]:
    """The words of the stage `data`: what is declared, and what is known where it differs.

    `unread`: a label is attached that no record knows.
    """
    declared = [x for x in licences if x.kind not in ("unclear", "passes-on")]
    unclear = stated and not declared
    limited = any(x.non_commercial != "no" for x in declared)
    conflict = "no"
    if known is not None:
        labels = [e for e in known.licences if e.says != "data-provenance-collection" or "terms" not in e.label]
        records = [
            r for e in labels for r in case.corpus.licences.resolve(e.label) if r.kind not in ("unclear", "passes-on")
        ]
        restricted = [r for r in records if r.non_commercial != "no"]
        if restricted and len(restricted) == len(records):
            limited = True
        elif restricted and not limited:
            conflict = "yes"
        declared = declared or records
    if limited:
        kind = "duty"
    elif unread or not declared:
        kind = "unclear" if unclear or unread else "none"
    else:
        kind = "free" if all(x.kind in FREE for x in declared) else "duty"
    return {
        "made_by": "people" if people else "model",
        "licence": kind,
        "noncommercial": case.noncommercial() if limited else "none",
        "conflict": conflict,
    }
