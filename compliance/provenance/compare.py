"""Comparing what files say with what the manifest declares, and letting strong evidence speak in the decision.

Contradictions are kept and shown, never averaged. What a service or tool itself wrote (`strong`) is added to the
manifest that is decided, beside what was declared, so that terms and licences rule on both and the most severe stands.
What people wrote in cards and configs (`medium`) opens a review. A mention in prose (`weak`) does so only where it says
how a model was used.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
from msgspec import UNSET

from compliance.corpus.corpus import Corpus
from compliance.corpus.names import key
from compliance.corpus.records import Dataset
from compliance.domain.difference import Difference, Kind
from compliance.domain.evidence import Evidence
from compliance.domain.manifest import BaseModel, Generator, Manifest, Source
from compliance.evidence.claims import NOT_USE, Claim, FileReport
from compliance.provenance.attribute import Attributed, is_row_data, merged
from compliance.provenance.claimed import days, in_rows, place, within

UNDECLARED = "undeclared: "
"""How the names of sources begin that only the evidence knows."""
UNREAD = frozenset(
    ["unreadable", "changed", "encoding", "malformed", "truncated", "too-large", "too-deep", "bomb", "corrupt"]
)
"""Warnings of readers that may hide something; the others only tell how a file was read."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The manifest that is to be decided, and every difference between it, as declared, and the evidence."""

    manifest: Manifest
    differences: tuple[Difference, ...]


def compare(manifest: Manifest, attributed: Attributed, corpus: Corpus) -> Compared:
    """Hold the evidence against the manifest."""
    work = _Work(corpus)
    sources = []
    for source in manifest.sources:
        reports = attributed.sources.get(source.name, [])
        sources.append(work.source(source, reports))
        for pattern in attributed.absent.get(source.name, ()):
            says = f"no file is found where {pattern!r} is declared"
            work.add(source.name, "unread", "medium", says, Evidence(says="declared in the manifest", file=pattern))
        for report in reports:
            work.unread(source.name, report)
    sources += work.undeclared(manifest, attributed.run)
    bases = work.bases(manifest, attributed.run)
    changed = msgspec.structs.replace(manifest, sources=sources, base_models=bases)
    return Compared(changed, tuple(work.differences))


class _Work:
    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self.differences: list[Difference] = []

    def add(self, source: str, kind: Kind, strength: str, says: str, evidence: Evidence, judged: bool = False) -> None:
        found = Difference(
            source=source, kind=kind, strength=strength, says=says, evidence=evidence, judged=judged  # type: ignore[arg-type]
        )  # fmt: skip
        self.differences.append(found)

    def unread(self, name: str, report: FileReport) -> None:
        for warning in report.warnings:
            if warning.kind in UNREAD:
                at = Evidence(says=warning.says, file=report.file, line=warning.line, sha256=report.sha256)
                self.add(name, "unread", "medium", f"part of its file was not read: {warning.says}", at)

    def source(self, source: Source, reports: list[FileReport]) -> Source:
        """The source with what its files prove; differences are noted."""
        generators = _declared(source)
        added: list[Generator] = []
        parents: list[Dataset] = []
        for report in reports:
            for claim in merged(report.claims):
                if claim.role in NOT_USE or (claim.strength == "weak" and not claim.role):
                    continue
                if claim.kind == "dataset" and (
                    claim.role == "subject" or (claim.role == "prompts" and in_rows(claim))
                ):
                    parents += self._renamed(source, claim, place(report, claim))
                    continue
                new = self._claim(source, generators, report, claim)
                if new is not None:
                    added.append(new)
        if parents:
            source = _made_from(source, parents)
        if not added:
            return source
        fresh = [g for at, g in enumerate(added) if g not in added[:at]]
        several = [*generators, *fresh]
        return msgspec.structs.replace(source, generated_by=several if len(several) > 1 else several[0])

    def _claim(self, source: Source, declared: list[Generator], report: FileReport, claim: Claim) -> Generator | None:
        at = place(report, claim)
        if claim.kind == "model" and claim.role in ("base", "training", "subject", "requested"):
            return None
        if (claim.kind == "model" and (claim.maker or claim.value)) or (claim.kind == "party" and claim.role):
            return self._model(source, declared, claim, at)
        if claim.kind == "licence" and source.licence is not UNSET:
            self._licence(source, claim, at)
        return None

    def _model(self, source: Source, declared: list[Generator], claim: Claim, at: Evidence) -> Generator | None:
        party = self.corpus.parties.get(claim.maker)
        maker = party.name if party is not None else claim.maker
        same = [g for g in declared if self._same(g, claim)]
        strong = claim.strength == "strong"
        when = days(claim)
        new = Generator(
            model=claim.value if claim.kind == "model" else UNSET,
            maker=maker or UNSET,
            channel=claim.channel or (declared[0].channel if len(declared) == 1 else UNSET),
            when=when or (declared[0].when if len(declared) == 1 else UNSET),
            by_whom=declared[0].by_whom if declared else UNSET,
        )
        if not same:
            what = (
                f"{claim.value} of {maker}" if maker and claim.kind == "model" else f"a model of {maker or claim.value}"
            )
            told = "people" if source.generated_by is None else ", ".join(_name(g) for g in declared) or "nobody"
            rows = "1 record was" if claim.records == 1 else f"{claim.records:,} records were"
            says = f"{rows} made by {what}; declared is {told}"
            self.add(source.name, "teacher", claim.strength, says, at, judged=strong)
            return new if strong else None
        if claim.channel and all(g.channel not in (UNSET, "unknown", "mixed", claim.channel) for g in same):
            stated = same[0].channel
            if not self._same_channel(str(stated), claim.channel):
                says = f"{claim.value} was reached through {claim.channel}; declared is {stated}"
                self.add(source.name, "channel", claim.strength, says, at, judged=strong)
                return msgspec.structs.replace(new, by_whom=same[0].by_whom) if strong else None
        if when and all(g.when is not UNSET and not within(when, str(g.when)) for g in same):
            says = f"records of {claim.value} are of {when}; declared is {same[0].when}"
            self.add(source.name, "dates", claim.strength, says, at, judged=strong)
            return msgspec.structs.replace(new, channel=same[0].channel, by_whom=same[0].by_whom) if strong else None
        return None

    def _same(self, generator: Generator, claim: Claim) -> bool:
        """Whether a declared generator is the model, or another of its family, that a claim names."""
        model = generator.model if generator.model is not UNSET else None
        maker = generator.maker if generator.maker is not UNSET else None
        party = self.corpus.party(maker) if maker else None
        if claim.kind == "party":
            family = self.corpus.family(model, party.id if party else None) if model else None
            return claim.maker in {party.id if party else None, family.maker if family else None}
        family = self.corpus.family(model, party.id if party else None) if model else None
        if family is not None and claim.family:
            return family.id == claim.family or claim.family in {f.id for f in self.corpus.ancestors(family)}
        if model is not None and key(model) == key(claim.value):
            return True
        ours = party.id if party is not None else (family.maker if family is not None else None)
        return model is None and ours is not None and ours == claim.maker

    def _same_channel(self, declared: str, claimed: str) -> bool:
        if declared == claimed:
            return True
        if declared.startswith("cloud-reseller:") and claimed.startswith("cloud-reseller:"):
            one, other = (self.corpus.reseller(c.partition(":")[2]) for c in (declared, claimed))
            return one is not None and one is other
        return {declared, claimed} <= {"open-weights", "in-house"}

    def _licence(self, source: Source, claim: Claim, at: Evidence) -> None:
        labels = source.licence if isinstance(source.licence, list) else [source.licence]
        stated = [x for label in labels if isinstance(label, str) for x in self.corpus.licences.resolve(label)]
        found = self.corpus.licences.resolve(claim.value)
        if found and not {x.id for x in found} & {x.id for x in stated}:
            told = ", ".join(x.name for x in stated) or "none"
            says = f"a file says {found[0].name}; declared is {told}"
            self.add(source.name, "licence", claim.strength, says, at)

    def _renamed(self, source: Source, claim: Claim, at: Evidence) -> list[Dataset]:
        """What a source turns out to be made from: a set on record whose very rows stand in its files.

        A card that names another set opens a review; rows that are those of a packed set are judged as what they are.
        """
        known = self.corpus.dataset(claim.value)
        if (known is None and not in_rows(claim)) or self._is_declared(source, claim.value, known):
            return []
        judged = known is not None and in_rows(claim) and claim.strength == "strong"
        says = claim.note or f"the files are those of {known.name if known is not None else claim.value}"
        self.add(source.name, "data-set", claim.strength, f"{says}; it is not declared as made from it", at, judged)
        return [known] if judged and known is not None else []

    def _is_declared(self, source: Source, name: str, known: Dataset | None) -> bool:
        """Whether a source is declared as a set or as made from it, or as one that shares rows with it."""
        names = [source.name, *(source.derived_from if source.derived_from is not UNSET else [])]
        if known is None:
            return key(name) in {key(n) for n in names}
        declared = [d for d in map(self.corpus.dataset, names) if d is not None]
        return any(d.id == known.id or d.id in self._kept(known) or known.id in self._kept(d) for d in declared)

    def _kept(self, known: Dataset) -> set[str]:
        return {d.id for d in map(self.corpus.dataset, known.keeps) if d is not None}

    def undeclared(self, manifest: Manifest, reports: Iterable[FileReport]) -> list[Source]:
        """Sources for what only the evidence knows: rows of no declared source, and sets that a recipe trains on."""
        found: dict[str, Source] = {}
        known = {d.id for s in manifest.sources for d in [self.corpus.dataset(s.name)] if d is not None}
        named = {key(s.name) for s in manifest.sources}
        for report in reports:
            if is_row_data(report):
                name = UNDECLARED + report.file
                bare = Source(name=name, kind="dataset", generated_by=None)
                noted = len(self.differences)
                judged = self.source(bare, [report])
                self.unread(name, report)
                if len(self.differences) > noted:
                    found[name] = msgspec.structs.replace(judged, licence=None)
                continue
            if any(w.kind in UNREAD for w in report.warnings):
                name = UNDECLARED + report.file
                found[name] = Source(name=name, kind="dataset")
                self.unread(name, report)
            for claim in merged(report.claims):
                if claim.kind != "dataset" or claim.role != "training":
                    continue
                record = self.corpus.dataset(claim.value)
                if (record is not None and record.id in known) or key(claim.value) in named:
                    continue
                if record is not None and not any(key(n) in named for n in (record.name, *record.aliases)):
                    found.setdefault(record.name, Source(name=record.name, kind="dataset"))
                    says = f"a recipe trains on {claim.value}, which no source declares"
                    self.add(record.name, "data-set", claim.strength, says, place(report, claim), judged=True)
        return list(found.values())

    def bases(self, manifest: Manifest, reports: Iterable[FileReport]) -> list[BaseModel] | msgspec.UnsetType:
        """The base models with those that recipes and adapters start from."""
        declared = manifest.base_models if manifest.base_models is not UNSET else []
        known = {f.id for b in declared for f in [self.corpus.family(b.model)] if f is not None}
        names = {key(b.model) for b in declared}
        added: dict[str, BaseModel] = {}
        for report in reports:
            for claim in merged(report.claims):
                if claim.kind != "base_model" or claim.role in NOT_USE or claim.strength == "weak":
                    continue
                if key(claim.value) in names or (claim.family and claim.family in known):
                    continue
                added.setdefault(claim.value, BaseModel(model=claim.value))
                says = f"a recipe starts from {claim.value}, which is not declared as a base"
                at = place(report, claim)
                self.add(f"base_model:{claim.value}", "base", claim.strength, says, at, judged=True)
        if not added:
            return manifest.base_models
        return [*declared, *added.values()]


def _made_from(source: Source, parents: list[Dataset]) -> Source:
    """The source with parents on record; that people made it no longer stands where models made one of those."""
    named = source.derived_from if source.derived_from is not UNSET else []
    by_people = source.generated_by is None and not any(p.generators for p in parents)
    return msgspec.structs.replace(
        source,
        derived_from=[*named, *dict.fromkeys(p.name for p in parents)],
        generated_by=None if by_people else UNSET if source.generated_by is None else source.generated_by,
    )


def _declared(source: Source) -> list[Generator]:
    made = source.generated_by
    return list(made) if isinstance(made, list) else [made] if isinstance(made, Generator) else []


def _name(generator: Generator) -> str:
    model = generator.model if generator.model is not UNSET else "a model"
    return f"{model} of {generator.maker}" if generator.maker is not UNSET else str(model)
