"""Facts over the vocabulary: what the terms in force, a licence or a data set mean for one use."""

from __future__ import annotations

from collections.abc import Iterable

from compliance.corpus.in_force import Reading
from compliance.corpus.records import Clause, Dataset, Family, Licence, Party
from compliance.decision.case import CLASSIFIERS, LANGUAGE, Case
from compliance.decision.cite import Citer, owed
from compliance.decision.model import Citation, Owed
from compliance.decision.part import Clauses, Told
from compliance.decision.use import Use

BANS = frozenset({"train-competing-models", "train-any-models", "competing-product", "distill"})
AUTOMATED = frozenset({"scraper", "browser-extension", "shared-links"})
FREE = frozenset({"own", "agreement", "public-domain", "permissive", "service"})
LIMITED = {"forbidden": "forbidden", "doubtful": "doubtful", "honoured": "no"}
_WORST = ("none", "no", "unsettled", "yes")


def terms_facts(
    case: Case,
    reading: Reading,
    use: Use,
    reached: str,
    cite: Citer,
) -> Told:
    """The words of the stage `terms` for one reading of the texts."""
    maker, teacher, role = use.maker, use.family, use.role
    competes = case.competes(maker, teacher.kind if teacher else None)
    words = {
        "role": role,
        "reached": reached,
        "text": "seen" if reading.seen else "unseen",
        "bars_any": "no",
        "bars_competing": "none",
        "competes": competes,
        "service_clause": "no",
        "benchmark": "none",
        "permits": "no",
        "classifier": "none",
        "tuning": "yes" if use.tuned else "no",
        "extraction": "no",
        "copying": "no",
        "noncommercial": "no",
    }
    because: dict[str, Clauses] = {"text": cite.read(reading)}
    duties: list[Owed] = []
    named = False
    for standing in reading.clauses:
        clause = standing.clause
        if not reaches(case, clause, maker, teacher, use.feature):
            continue
        citation = cite.clause(standing)
        if use.tuned and any(e.kind == "provider-fine-tuning" for e in clause.exceptions):
            because["tuning"] = (*because.get("tuning", ()), citation)
        owner = case.corpus.parties.get(standing.document.party) or maker
        if clause.scope is not None and clause.scope.models_of:
            owner = maker
        told: dict[str, str] = {}
        if clause.effect == "prohibit" and clause.category in BANS and clause.test:
            told = _ban(case, clause, owner, teacher, words)
            if told.get("classifier", "none") != "none":
                duties += _exempted(clause, citation)
        elif clause.category == "competitor-access" and clause.effect == "prohibit":
            if case.competes(owner) == "yes":
                told = {"benchmark": "barred", "bars_competing": "yes"}
        elif clause.category == "benchmarking" and owner is maker:
            if clause.effect == "prohibit":
                told = {"benchmark": "barred"}
            elif words["benchmark"] == "none":
                told = {"benchmark": "limited" if clause.duties else "permitted"}
                if role == "evaluation":
                    duties += owed(clause.duties, citation, shipped=True)
        elif clause.category == "permit-training" and clause.effect == "permit" and "output" in clause.object:
            due = owed(clause.duties, citation, shipped=case.distributed is not False)
            duties += due
            told = {"permits": "with-duty" if due else "yes"}
        elif clause.category == "naming-attribution" and clause.effect == "oblige":
            if case.distributed is not False:
                named = True
                duties.append(Owed(kind="naming", text=clause.paraphrase, on="distribution", clause=citation.title))
            told = {"permits": words["permits"]}
        elif clause.category == "scrape-output" and clause.effect == "prohibit":
            told = {"extraction": "yes" if use.collected in AUTOMATED else words["extraction"]}
        elif clause.category == "copying" and clause.effect == "prohibit":
            told = {"copying": "yes"}
        elif clause.category == "non-commercial" and "output" in clause.object:
            limited = LIMITED[case.noncommercial()]
            if limited == "forbidden" and any(e.kind == "other" for e in clause.exceptions):
                limited = "doubtful"  # some plans are excepted, and which one was used is not known
            told = {"noncommercial": limited}
        words.update(told)
        for word in told:
            because[word] = (*because.get(word, ()), citation)
    if named and words["permits"] == "yes":
        words["permits"] = "with-duty"
    return Told(words, because, tuple(duties))


def _ban(
    case: Case, clause: Clause, owner: Party | None, teacher: Family | None, words: dict[str, str]
) -> dict[str, str]:
    """What a ban on training, distilling or competing makes of the words; it never softens what stands."""
    if clause.test == "unauthorised":
        return {"bars_any": "unauthorised"} if words["bars_any"] == "no" else {}
    if clause.test in ("competing", "commercial"):
        here = case.competes(owner, teacher.kind if teacher else None)
        told = {"bars_competing": max(words["bars_competing"], here, key=_WORST.index)}
        if case.kind in CLASSIFIERS and any(e.kind == "classifier-in-house" for e in clause.exceptions):
            told["classifier"] = {True: "left", False: "within", None: "unknown"}[case.distributed]
        if "service" in clause.object and here != "no":
            bites = here == "yes" or words["service_clause"] == "bites"
            told["service_clause"] = "bites" if bites else "unsettled"
        return told
    if clause.test is None or kind_reached(case, clause.test) == "no-reach":
        return {}
    told = {"bars_any": "yes"}
    if "service" in clause.object and clause.category != "distill":
        told["service_clause"] = "bites"
    return told


def _exempted(clause: Clause, citation: Citation) -> list[Owed]:
    return [
        Owed(kind="in-house", text=e.text, on="use", clause=f"{citation.title}, section {e.section or clause.section}")
        for e in clause.exceptions
        if e.kind == "classifier-in-house"
    ]


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


def weights_facts(case: Case, licence: Licence, use: str, role: str, cite: Citer, family: Family | None) -> Told:
    """The words of the stage `weights` for one licence of `family`; `use` is `outputs`, `base` or `data`."""
    outputs = licence.outputs
    bars = "none"
    if outputs is not None and use != "base":
        own = outputs.own_family and any(f.startswith(tuple(outputs.own_family)) for f in case.base_families)
        if outputs.ban is not None and not own:
            if outputs.ban in ("competing", "commercial"):
                maker = case.corpus.parties.get(licence.licensor or "")
                bars = {"yes": "yes", "unsettled": "unsettled", "no": "no-reach"}[case.competes(maker)]
                if outputs.ban == "commercial" and case.noncommercial() == "honoured":
                    bars = "no-reach"
            else:
                bars = kind_reached(case, outputs.ban)
        if outputs.contradiction and bars != "yes":
            bars = "contradiction"
    limited = licence.non_commercial != "no" or licence.commercial_data_ban or bool(outputs and outputs.non_commercial)
    shipped = case.distributed is not False
    aspect = "outputs" if use != "base" and outputs is not None else ""
    citation = cite.licence(licence, aspect)
    carded = family is not None and bool(family.output_permission) and use == "outputs"
    asked = licence.duties if use == "base" else (outputs.duties if outputs is not None else ())
    due = owed(asked, citation, shipped=shipped)
    noncommercial = case.noncommercial() if limited else "none"
    threshold = case.threshold(licence)
    duty = "none"
    if any(d.kind in ("naming", "display") for d in due):
        duty = "naming"
    elif due or (use != "base" and outputs and outputs.student_is_derivative and shipped):
        duty = "flow-down"
        due = due or [Owed(kind="licence-copy", text=licence.paraphrase, on="distribution", clause=citation.title)]
    if noncommercial == "honoured":
        due.append(Owed(kind="non-commercial", text="keep the model to that purpose", on="use", clause=citation.title))
    if threshold == "duty":
        due += [
            Owed(kind="registration", text=t.duty or "a duty arises above the threshold", on="use", clause=licence.name)
            for t in licence.thresholds
        ]
    words = {
        "use": use,
        "role": role,
        "licence": "unknown" if licence.kind == "unclear" else "known",
        "bars": bars,
        "noncommercial": noncommercial,
        "territory": case.excluded(licence, bool(family and family.multimodal)),
        "threshold": threshold,
        "duty": duty,
        "permitted": "yes" if carded or (outputs is not None and outputs.permitted_in_words) else "no",
        "registration": case.registration(licence) if use == "base" or use == "outputs" else "none",
    }
    because: dict[str, Clauses] = {
        word: (citation,) for word in ("licence", "bars", "noncommercial", "duty", "permitted")
    }
    if words["territory"] == "excluded":
        because = {"territory": (cite.licence(licence, "territory"),)}
    elif threshold != "no":
        because["threshold"] = (cite.licence(licence, "threshold"),)
    return Told(words, because, tuple(due))


UNSTATED = {
    "licence": "unstated",
    "bars": "none",
    "noncommercial": "none",
    "territory": "open",
    "threshold": "no",
    "duty": "none",
    "permitted": "no",
    "registration": "none",
}
"""The words of the stage `weights` where no licence is stated; `use` and `role` stand before them."""


def data_facts(
    case: Case,
    licences: Iterable[Licence],
    known: Dataset | None,
    cite: Citer,
    *,
    people: bool,
    stated: bool,
    unread: bool = False,
) -> Told:
    """The words of the stage `data`: what is declared, and what is known where it differs.

    `unread`: a label is attached that no record knows.
    """
    declared = [x for x in licences if x.kind not in ("unclear", "passes-on")]
    unclear = stated and not declared
    limits = [x for x in declared if x.non_commercial != "no"]
    conflict, restricted = "no", list[Licence]()
    if known is not None:
        records = known_licences(case, known)
        restricted = [r for r in records if r.non_commercial != "no"]
        if restricted and len(restricted) == len(records) and not unread:
            limits += restricted
        elif restricted and not limits:
            conflict = "yes"
        declared = declared or records
    if limits:
        kind = "duty"
    elif unread or not declared:
        kind = "unclear" if unclear or unread else "none"
    else:
        kind = "free" if all(x.kind in FREE for x in declared) else "duty"
    deciding = limits or (restricted if conflict == "yes" else declared)
    citations = tuple(cite.licence(x) for x in dict.fromkeys(deciding))
    shipped = case.distributed is not False
    duties = [
        duty
        for x, citation in zip(dict.fromkeys(deciding), citations, strict=True)
        if x.kind not in FREE
        for duty in owed(x.duties, citation, shipped=shipped)
        or [Owed(kind="other", text=x.paraphrase, on="distribution", clause=x.name)]
    ]
    noncommercial = case.noncommercial() if limits else "none"
    if noncommercial == "honoured":
        duties += [
            Owed(kind="non-commercial", text="keep the model to that purpose", on="use", clause=c.title)
            for c in citations
        ]
    words = {
        "made_by": "people" if people else "model",
        "licence": kind,
        "noncommercial": noncommercial,
        "conflict": conflict,
    }
    because: dict[str, Clauses] = {"licence": citations} if citations else {}
    if limits or conflict == "yes":
        because["noncommercial" if limits else "conflict"] = citations
    return Told(words, because, tuple(duties))


def known_licences(case: Case, known: Dataset) -> list[Licence]:
    """What is on record of a data set's licence, the flags of surveys and unclear labels left out."""
    labels = [e for e in known.licences if e.says != "data-provenance-collection" or "terms" not in e.label]
    found = (r for e in labels for r in case.corpus.licences.resolve(e.label))
    return [r for r in found if r.kind not in ("unclear", "passes-on")]
