"""From a decided run to the decision that is reported: answers with proof, duties, what-ifs, remedies and lineage."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec
from msgspec import UNSET

from compliance.decision.decide import Decided, Decider
from compliance.decision.findings import findings
from compliance.decision.lineage import Lineage
from compliance.decision.model import (
    Decision,
    Exposure,
    Finding,
    MissingFact,
    Owed,
    SourceAnswer,
    Step,
    Version,
)
from compliance.decision.part import Answered
from compliance.decision.proof import Prover
from compliance.decision.remedy import Remedies
from compliance.decision.turns import Found, Turns
from compliance.domain.evidence import Evidence
from compliance.domain.manifest import Manifest
from compliance.domain.verdict import Verdict

Places = Mapping[str, Evidence]
"""Where each source and base model stands in a file, by its name in the answers."""
CLAUSES = 8
"""So many clauses are cited beside a reason; the proof tree has all."""


def compose(decider: Decider, decided: Decided, places: Places, inputs: tuple[Evidence, ...]) -> Decision:
    """The decision on a run; `places` and `inputs` say where its facts stand."""
    manifest = decided.case.manifest
    run, trainee = manifest.run, manifest.trainee
    rows = {s.name: s.rows for s in manifest.sources if s.rows is not UNSET}
    total = sum(rows.values())
    what_ifs = decider.what_ifs()
    remedies = Remedies(what_ifs, decided).all()  # first: what they take in passing is free again for the rest
    turns, prover, lineage = Turns(what_ifs, decided), Prover(decider.rules), Lineage(decider, decided)
    sources: list[SourceAnswer] = []
    proofs: dict[str, Step] = {}
    shared: dict[tuple[object, ...], str] = {}
    missing = _Missing()
    stated = {s.name: s for s in manifest.sources}
    for at, answer in enumerate(decided.answers):
        source = stated.get(answer.name) if at < len(manifest.sources) else None
        found = turns.of(at, source, answer) if source is not None else turns.of_base(answer)
        count = rows.get(answer.name) if source is not None else None
        same = _alike(decided, at, answer)
        proof = shared.get(same)
        if proof is None:
            proof = shared[same] = f"p{len(shared)}"
            proofs[proof] = prover.tree(answer)
        sources.append(
            SourceAnswer(
                source=answer.name,
                verdict=answer.verdict.text,
                rule=answer.rule,
                reason=answer.reason,
                clauses=answer.deciding.clauses[:CLAUSES],
                evidence=_evidence(decider, answer, places),
                path=lineage.path(answer),
                rows=count,
                share=round(count / total, 6) if count is not None and total else None,
                duties=_duties(answer),
                missing=found.missing,
                flips=found.flips,
                proof=proof,
            )
        )
        missing.add(found, answer.name, count or 0)
    decision = Decision(
        id="",
        verdict=decided.verdict.text,
        run=run.name if run.name is not UNSET else "unnamed run",
        date=run.date,
        trainer=manifest.trainer.name,
        trainee=trainee.name if trainee.name is not UNSET else trainee.kind,
        sources=tuple(sources),
        findings=(*findings(decider, decided), *_left_out(turns)),
        obligations=tuple(dict.fromkeys(d for s in sources for d in s.duties)),
        missing_facts=missing.ranked(),
        remediation=remedies,
        exposure=_exposure(decided, rows, total),
        proofs=proofs,
        nodes=lineage.nodes,
        edges=lineage.edges,
        profile=decider.rules.profile.profile,
        corpora=Version(sha256=decider.corpus.sha256, records=decider.corpus.records),
        rules=Version(
            sha256=decider.rules.sha256, records=len(decider.rules.rules), name=decider.rules.profile.profile
        ),
        inputs=inputs,
    )
    return msgspec.structs.replace(decision, id=identity(manifest, decision))


def identity(manifest: Manifest, decision: Decision) -> str:
    """The hash of what went into a decision and of what it answers: the same input gives the same id."""
    encode = msgspec.json.Encoder(order="deterministic").encode
    hasher = hashlib.sha256()
    for part in (
        msgspec.structs.replace(manifest, sources=[]),
        *manifest.sources,
        (decision.verdict, decision.profile, decision.corpora.sha256, decision.rules.sha256),
    ):
        hasher.update(encode(part) + b"\n")
    for s in decision.sources:
        hasher.update(encode((s.source, s.verdict, s.rule, s.reason)) + b"\n")
    return hasher.hexdigest()[:32]


def _alike(decided: Decided, at: int, answer: Answered) -> tuple[object, ...]:
    """What the answers have in common that have one proof: equal sources, made from the same ones."""
    if at >= len(decided.groups) or answer.name in decided.observed:
        return (answer.name,)
    return (decided.groups[at], *[part.parent for part in answer.parts if part.parent])


def _left_out(turns: Turns) -> tuple[Finding, ...]:
    if not turns.left_out:
        return ()
    says = (
        f"what would flip the answer was not tried for {turns.left_out:,} sources, which touch fewer rows than those "
        "for which it was; check them in a smaller run"
    )
    return (Finding(kind="note", source="", says=says),)


def _duties(answer: Answered) -> tuple[Owed, ...]:
    if answer.verdict is Verdict.BLOCK:
        return ()
    return tuple(dict.fromkeys([d for p in answer.parts for d in p.duties]))


def _evidence(decider: Decider, answer: Answered, places: Places) -> tuple[Evidence, ...]:
    found = [places[answer.name]] if answer.name in places else []
    known = decider.corpus.dataset(answer.name)
    if known is not None:
        says = f"{known.name} is a data set on record (confidence {known.confidence})"
        found.append(Evidence(says=says, record=f"datasets/{known.id}"))
    return (*found, *[e for p in answer.parts for e in p.evidence])


class _Missing:
    """The missing facts of a run, each with all sources that wait for it."""

    def __init__(self) -> None:
        self._facts: dict[tuple[str, str], tuple[MissingFact, list[str], dict[str, None], list[int]]] = {}

    def add(self, found: Found, name: str, rows: int) -> None:
        for fact in found.missing:
            entry = self._facts.setdefault((fact.question, fact.ask), (fact, [], {}, []))
            entry[1].append(name)
            entry[2].update(dict.fromkeys(fact.between))
            entry[3].append(rows)

    def ranked(self) -> tuple[MissingFact, ...]:
        """Those that touch most rows first, then most sources."""
        facts = [
            msgspec.structs.replace(fact, sources=tuple(names), rows=sum(rows), between=tuple(between))
            for fact, names, between, rows in self._facts.values()
        ]
        return tuple(sorted(facts, key=lambda m: (-m.rows, -len(m.sources))))


def _exposure(decided: Decided, rows: Mapping[str, int], total: int) -> tuple[Exposure, ...]:
    count = dict.fromkeys(Verdict, 0)
    touched = dict.fromkeys(Verdict, 0)
    for answer in decided.answers:
        touched[answer.verdict] += 1
        count[answer.verdict] += rows.get(answer.name, 0)
    return tuple(
        Exposure(verdict=v.text, sources=touched[v], rows=count[v], share=round(count[v] / total, 6) if total else None)
        for v in Verdict
    )
