"""One source on its own merits: its generators, the licence of the data, and the known data sets it was made from."""

from __future__ import annotations

from collections.abc import Sequence

from compliance.corpus.records import Dataset, Licence
from compliance.decision import facts, standing, weights
from compliance.decision.case import Case
from compliance.decision.frame import Frame
from compliance.decision.judge import Judge
from compliance.decision.part import Part, worst
from compliance.decision.use import known_generators, resolve
from compliance.domain.evidence import Evidence
from compliance.domain.verdict import Verdict


def rule(judge: Judge, case: Case, frame: Frame) -> list[Part]:
    """The parts of a source."""
    role, generators, licences, known = frame.role, frame.generators, frame.licences, frame.known
    parts = [judge.label("unknown-teacher", Verdict.REVIEW, frame.amiss)] if frame.amiss else []
    made = [resolve(case, generator, role, frame.collected) for generator in generators]
    if made:
        rulings = [standing.rule(judge, case, use, licences, frame.passes_on, frame.attached) for use in made]
        parts.append(rulings[0] if len(rulings) == 1 else _of_several(rulings))
    mine = bool(made) and not frame.inherited and all([use.by_trainer for use in made])
    if not mine and not (made and role == "tooling"):
        stands = (licences, known, not made, frame.attached, frame.unread, role)
        at = ("data", case.whole_key, *[x.id for x in licences], known and known.id, *stands[2:])
        found = judge.once(at, _data, judge, case, *stands)
        perhaps_mine = bool(made) and known is None and all([use.by_trainer or not use.third for use in made])
        parts += [_unless_mine(judge, part) for part in found] if perhaps_mine else found
    for parent in frame.outside:
        parts += of_known(judge, case, parent, role, human_only=frame.people)
    return parts


def _unless_mine(judge: Judge, part: Part) -> Part:
    """What a licence of the data makes of rows that the trainer may have made itself: none would bind it then."""
    if part.verdict is not Verdict.BLOCK:
        return part
    reason = f"not known who made the rows, and it decides: if somebody else did, {part.reason}"
    return judge.label("privity-gap", Verdict.REVIEW, reason, (part.assuming(standing.HOLDERS["third-party"]),))


def _of_several(made: list[Part]) -> Part:
    """The verdict on the uses of several models: the most severe; duties of all are owed where all are allowed."""
    most = max(p.verdict for p in made)
    same = [p for p in made if p.verdict == most]
    first = (max if most.permits else min)(same, key=lambda p: p.order)
    duties = tuple(dict.fromkeys(d for p in made for d in p.duties)) if most is Verdict.OBLIGATIONS else ()
    return Part(most, first.rule, first.order, first.reason, first.clauses, duties, (), tuple(made))


def _data(
    judge: Judge,
    case: Case,
    licences: Sequence[Licence],
    known: Dataset | None,
    people: bool,
    stated: bool,
    unread: bool,
    role: str,
) -> list[Part]:
    names = {"licence": licences[0].name if licences else "the licence", "maker": "", "model": ""}
    models = [x for x in licences if x.kind in ("model-community", "use-restricted") and x.licensor not in case.group]
    parts = [weights.under(judge, case, models, "data", role, None, names)] if models else []
    told = facts.data_facts(case, licences, known, judge.cite, people=people, stated=stated, unread=unread)
    part = judge.ruled("data", told, names)
    if unread:
        parts.append(judge.label("terms-unseen", Verdict.REVIEW, "a licence is attached that no record knows"))
    if part is not None and not (models and part.rule in ("data-licence-duty", "no-data-licence") and not unread):
        parts.append(part)
    return parts


def of_known(judge: Judge, case: Case, parent: Dataset, role: str, *, human_only: bool) -> list[Part]:
    """What a known data set passes on to what is made from it."""
    at = ("known", case.whole_key, parent.id, role, human_only)
    return judge.once(at, _of_known, judge, case, parent, role, human_only)


def _of_known(judge: Judge, case: Case, parent: Dataset, role: str, human_only: bool) -> list[Part]:
    licences = [r for e in parent.licences for r in judge.corpus.licences.resolve(e.label)]
    parts = []
    for generator in [] if human_only else known_generators(parent):
        parts.append(standing.rule(judge, case, resolve(case, generator, role, None), licences, (), True))
    stated = bool(parent.licences)
    told = facts.data_facts(case, (), parent, judge.cite, people=human_only or not parent.generators, stated=stated)
    part = judge.ruled("data", told, {"licence": parent.name, "maker": "", "model": ""})
    if part is not None and part.rule != "no-data-licence":
        parts.append(part)
    stopped = [p for p in parts if p.verdict > Verdict.ALLOW]
    if not stopped:
        return []
    evidence = (Evidence(says=f"made from {parent.name}", record=f"datasets/{parent.id}"),)
    first = worst(stopped)
    reason = f"made from {parent.name}: {first.reason}"
    duties = tuple(dict.fromkeys(d for p in stopped for d in p.duties))
    shared = (first.clauses, duties, first.tests, tuple(stopped) if len(stopped) > 1 else first.parts)
    return [Part(first.verdict, first.rule, first.order, reason, *shared, evidence=evidence)]
