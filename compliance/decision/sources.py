"""One source on its own merits: its generators, the licence of the data, and the known data sets it was made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import UNSET, UnsetType

from compliance.corpus.corpus import Corpus
from compliance.corpus.names import key
from compliance.corpus.records import Dataset, Licence
from compliance.decision import facts, standing, weights
from compliance.decision.case import Case
from compliance.decision.judge import Judge
from compliance.decision.part import Part, worst
from compliance.decision.use import ROLES, known_generators, model_made, resolve
from compliance.domain.evidence import Evidence
from compliance.domain.manifest import Generator, LicenceText, Source
from compliance.domain.verdict import Verdict


def outside_parents(corpus: Corpus, source: Source, by_key: Mapping[str, Source]) -> Sequence[Dataset]:
    """The known data sets that a source is made from and that are no sources of the run themselves."""
    if source.derived_from is UNSET:
        return ()
    outside = [name for name in source.derived_from if key(name) not in by_key]
    return [parent for parent in map(corpus.dataset, outside) if parent is not None] if outside else ()


def rule(judge: Judge, case: Case, source: Source, known: Dataset | None, outside: Sequence[Dataset]) -> list[Part]:
    """The parts of a source. `known` is the record of the data set that it names, `outside` its parents on record."""
    role = ROLES.get(source.role, "trains") if source.role is not UNSET else "trains"
    collected = source.collected_by if source.collected_by is not UNSET else None
    parts: list[Part] = []
    uses, inherited, unknown = _generators(judge, source, known)
    parts += unknown
    licences, stated, unread = read_licences(judge.corpus, source.licence)
    named = source.licence_passes_on if source.licence_passes_on is not UNSET else []
    passes_on = standing.passing_on(judge, named, licences) if named or licences else ()
    attached = stated or (source.licence is UNSET and known is not None)
    made = [resolve(case, generator, role, collected) for generator in uses]
    if made:
        rulings = [standing.rule(judge, case, use, licences, passes_on, attached) for use in made]
        parts.append(rulings[0] if len(rulings) == 1 else _of_several(rulings))
    mine = bool(made) and not inherited and all([use.by_trainer for use in made])
    if not mine and not (uses and role == "tooling"):
        at = ("data", case.whole_key, *[x.id for x in licences], known and known.id, not uses, attached, unread, role)
        found = judge.once(at, _data, judge, case, licences, known, not uses, attached, unread, role)
        perhaps_mine = bool(made) and known is None and all([use.by_trainer or not use.third for use in made])
        parts += [_unless_mine(judge, part) for part in found] if perhaps_mine else found
    for parent in outside:
        parts += of_known(judge, case, parent, role, human_only=source.generated_by is None)
    return parts


def _unless_mine(judge: Judge, part: Part) -> Part:
    """What a licence of the data makes of rows that the trainer may have made itself: none would bind it then."""
    if part.verdict is not Verdict.BLOCK:
        return part
    reason = f"not known who made the rows, and it decides: if somebody else did, {part.reason}"
    return judge.label("privity-gap", Verdict.REVIEW, reason, (part.assuming(standing.HOLDERS["third-party"]),))


def _generators(judge: Judge, source: Source, known: Dataset | None) -> tuple[list[Generator], bool, list[Part]]:
    """The generators of a source, whether they are those on record, and what is amiss with what is declared."""
    generators = source.generated_by
    if isinstance(generators, Generator):
        return [generators], False, []
    if isinstance(generators, list):
        return generators, False, []
    if generators is UNSET and known is not None and known.generators:
        return known_generators(known), True, []
    if generators is UNSET and source.kind not in ("human-data", "code"):
        reason = "which model made the rows is not stated"
        return [], False, [judge.label("unknown-teacher", Verdict.REVIEW, reason)]
    if generators is None and source.derived_from is UNSET and known is not None and model_made(known):
        reason = f"it is declared as made by people, and {known.name} is known to be made by models"
        return [], False, [judge.label("unknown-teacher", Verdict.REVIEW, reason)]
    return [], False, []


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
    licences: list[Licence],
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


def read_licences(corpus: Corpus, text: LicenceText | UnsetType) -> tuple[list[Licence], bool, bool]:
    """The licences of a declared text, whether anything is attached, and whether a label is not known."""
    if text is UNSET or text is None:
        return [], False, False
    labels = [text] if isinstance(text, str) else text
    found = [corpus.licences.resolve(label) for label in labels]
    return [x for licences in found for x in licences], True, not all(found)
