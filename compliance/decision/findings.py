"""What a reader should see beside the answers: conflicts with what is on record, presumptions, names that nobody knows.

A finding never changes a verdict; where a conflict does, a rule has said so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import UNSET

from compliance.corpus.names import key
from compliance.corpus.records import Dataset
from compliance.decision.decide import Decided, Decider
from compliance.decision.facts import known_licences
from compliance.decision.model import Citation, Finding
from compliance.decision.part import Answered, Part
from compliance.decision.use import model_made
from compliance.domain.evidence import Evidence
from compliance.domain.manifest import Generator, Source


def findings(decider: Decider, decided: Decided) -> Iterator[Finding]:
    """The findings on a run, in the order of its sources, those on the whole run last."""
    for source in decided.case.manifest.sources:
        known = decider.corpus.dataset(source.name)
        if known is not None:
            yield from _conflicts(decider, decided, source, known)
        yield from _unknown_names(decider, decided, source)
    for difference in decided.differences:
        yield Finding(kind="conflict", source=difference.source, says=difference.says, evidence=(difference.evidence,))
    yield from _bases(decider, decided)
    yield from _presumptions(decider, decided)


def _conflicts(decider: Decider, decided: Decided, source: Source, known: Dataset) -> Iterator[Finding]:
    record = Evidence(says=f"what is on record of {known.name}", record=f"datasets/{known.id}")
    made = source.generated_by
    if made is None and model_made(known):
        makers = ", ".join(dict.fromkeys(g.model or g.maker or "a model" for g in known.generators))
        says = f"declared as made by people; {known.name} is known to be made with {makers}"
        yield Finding(kind="conflict", source=source.name, says=says, evidence=(record,))
    declared = made if isinstance(made, list) else [made] if isinstance(made, Generator) else []
    ours = {_maker(decider, g.model if g.model is not UNSET else None, g.maker if g.maker is not UNSET else None)
            for g in declared} - {None}  # fmt: skip
    theirs = {_maker(decider, g.model, g.maker) for g in known.generators} - {None}
    if ours and theirs and not ours & theirs:
        says = f"declared as made with models of {_names(decider, ours)}; on record are {_names(decider, theirs)}"
        yield Finding(kind="conflict", source=source.name, says=says, evidence=(record,))
    if isinstance(source.licence, str):
        stated = decider.corpus.licences.resolve(source.licence)
        recorded = known_licences(decided.case, known)
        limited = [x for x in recorded if x.non_commercial != "no"]
        if limited and stated and all(x.non_commercial == "no" for x in stated):
            says = f"declared under {stated[0].name}; on record is {limited[0].name}, which is not for commercial use"
            yield Finding(kind="conflict", source=source.name, says=says, evidence=(record,))


def _maker(decider: Decider, model: str | None, maker: str | None) -> str | None:
    party = decider.corpus.party(maker) if maker else None
    if party is not None:
        return party.id
    family = decider.corpus.family(model) if model else None
    return family.maker if family is not None else None


def _names(decider: Decider, parties: set[str | None]) -> str:
    return " and ".join(sorted(decider.corpus.parties[p].name for p in parties if p and p in decider.corpus.parties))


def _unknown_names(decider: Decider, decided: Decided, source: Source) -> Iterator[Finding]:
    corpus, case = decider.corpus, decided.case
    made = source.generated_by
    for use in made if isinstance(made, list) else [made] if isinstance(made, Generator) else []:
        maker = use.maker if use.maker is not UNSET else None
        if maker and not corpus.parties_in(maker) and not case.is_own(maker, None):
            yield _unknown(source.name, "maker", maker)
        model = use.model if use.model is not UNSET else None
        if model and corpus.family(model) is None and not case.is_own(maker, None):
            yield _unknown(source.name, "model", model)
        channel = use.channel if use.channel is not UNSET else ""
        if channel.startswith("cloud-reseller:") and corpus.reseller(channel.partition(":")[2]) is None:
            yield _unknown(source.name, "reseller", channel.partition(":")[2])
    labels = source.licence if isinstance(source.licence, list) else [source.licence]
    for label in labels:
        if isinstance(label, str) and not corpus.licences.resolve(label):
            yield _unknown(source.name, "licence", label)
    for name in source.derived_from if source.derived_from is not UNSET else ():
        if key(name) not in decided.by_key and corpus.dataset(name) is None:
            says = f"it is made from {name!r}, which is neither a source of this run nor a data set on record"
            yield Finding(kind="unknown-name", source=source.name, says=says)


def _bases(decider: Decider, decided: Decided) -> Iterator[Finding]:
    manifest = decided.case.manifest
    for base in manifest.base_models if manifest.base_models is not UNSET else ():
        named = base.maker if base.maker is not UNSET else None
        own = decided.case.is_own(named, None) or base.licence == "own"
        if decider.corpus.family(base.model) is None and not own:
            yield _unknown(f"base_model:{base.model}", "model", base.model)


def _unknown(source: str, what: str, name: str) -> Finding:
    return Finding(kind="unknown-name", source=source, says=f"no record knows the {what} {name!r}")


def _presumptions(decider: Decider, decided: Decided) -> Iterator[Finding]:
    """What was taken as so because nothing was stated, where a licence or text in play asks for it."""
    trainer = decided.case.manifest.trainer
    licences = {clause.document.removeprefix("licence:") for clause in cited(decided.answers)}
    used = [decider.corpus.licences.by_id[x] for x in sorted(licences) if x in decider.corpus.licences.by_id]
    limited = [x.name for x in used if x.territory is not None]
    if limited and trainer.territory is UNSET:
        says = f"the trainer's territory is not stated; it is taken to lie outside what {', '.join(limited)} excludes"
        yield Finding(kind="presumption", source="", says=says)
    limited = [x.name for x in used if x.thresholds]
    if limited and trainer.monthly_active_users is UNSET and trainer.annual_revenue_usd is UNSET:
        says = f"no figure of users or revenue is stated; the threshold of {', '.join(limited)} is taken as not reached"
        yield Finding(kind="presumption", source="", says=says)
    agreements = decided.case.manifest.agreements
    for letter in agreements if agreements is not UNSET else ():
        open_ = [w for w in ("models", "purposes", "trainees") if getattr(letter, w) is UNSET]
        if letter.form == "written" and open_:
            says = (
                f"the permission of {letter.party} names no {' or '.join(open_)}; it is taken not to be limited there"
            )
            yield Finding(kind="presumption", source="", says=says)
    for source in decided.case.manifest.sources:
        if source.role is UNSET and source.generated_by not in (None, UNSET):
            says = "the role of the outputs is not stated; they are taken to be trained on"
            yield Finding(kind="presumption", source=source.name, says=says)


def cited(answers: Iterable[Answered]) -> list[Citation]:
    """All clauses in the proofs of answers; what several of them share is looked at once."""
    found: list[Citation] = []
    seen: set[int] = set()
    waiting: list[Part] = [part for answer in answers for part in answer.parts]
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        found += part.clauses
        for test in part.tests:
            found += test.clauses
        waiting += part.parts
    return found
