"""The walk: a manifest, the corpora and the rules to a decision."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TextIO

import msgspec
from msgspec import UNSET

from compliance.corpus.corpus import load_corpus
from compliance.decision.decide import Decider
from compliance.decision.model import Decision, Edge, Exposure, Node, SourceAnswer, Step, Version
from compliance.decision.part import Answered
from compliance.domain.manifest import NUMBER_KEYS, Manifest
from compliance.domain.verdict import Verdict
from compliance.errors import MalformedText
from compliance.evidence.manifest_file import check, read_manifest
from compliance.reading.structured import Text, decode, parse, read_bytes
from compliance.reading.typed import convert
from compliance.ruleset.load import load_ruleset

EXIT = {Verdict.ALLOW: 0, Verdict.OBLIGATIONS: 0, Verdict.REVIEW: 2, Verdict.BLOCK: 1}


@dataclass(frozen=True, slots=True)
class Result:
    """A decision with the state of corpora and rules that made it."""

    manifest: Manifest
    verdict: Verdict
    answers: tuple[Answered, ...]
    profile: str
    corpora: str
    rules: str
    records: int
    rule_count: int

    def as_json(self) -> dict[str, Any]:
        """The decision as plain values; `id` is the hash of the rest."""
        manifest = msgspec.json.encode(self.manifest, order="deterministic")
        body: dict[str, Any] = {
            "manifest": {"sha256": hashlib.sha256(manifest).hexdigest()},
            "verdict": self.verdict.text,
            "sources": [
                {"source": a.name, "verdict": a.verdict.text, "rule": a.rule, "reason": a.reason} for a in self.answers
            ],
            "profile": self.profile,
            "corpora": {"sha256": self.corpora},
            "rules": {"sha256": self.rules},
        }
        digest = hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        return {"id": digest[:32], **body}

    def decision(self) -> Decision:
        """The decision in the type that the reports read: answers, shares, and the parts that each rests on."""
        body = self.as_json()
        rows = {s.name: s.rows if s.rows is not UNSET else None for s in self.manifest.sources}
        total = sum(r or 0 for r in rows.values())
        proofs: dict[str, Step] = {}
        sources = []
        for at, answer in enumerate(self.answers):
            steps = tuple(
                Step(claim=f"{p.rule}: {p.verdict.text}", holds="holds", because=p.reason) for p in answer.parts
            )
            proofs[f"p{at}"] = Step(
                claim=f"{answer.name}: {answer.verdict.text}", holds="holds", because=answer.reason, steps=steps
            )
            count = rows.get(answer.name)
            sources.append(
                SourceAnswer(
                    source=answer.name,
                    verdict=answer.verdict.text,
                    rule=answer.rule,
                    reason=answer.reason,
                    rows=count,
                    share=round(count / total, 6) if count is not None and total else None,
                    proof=f"p{at}",
                )
            )
        exposure = []
        for verdict in Verdict:
            touched = [a for a in self.answers if a.verdict is verdict]
            count = sum(rows.get(a.name) or 0 for a in touched)
            share = round(count / total, 6) if total else None
            exposure.append(Exposure(verdict=verdict.text, sources=len(touched), rows=count, share=share))
        run, trainee = self.manifest.run, self.manifest.trainee
        nodes = [
            Node(
                id="run", label=run.name if run.name is not UNSET else "the run", kind="run", verdict=self.verdict.text
            )
        ]
        edges = []
        for answer in self.answers:
            spot = answer.name if answer.name.startswith("base_model:") else f"source:{answer.name}"
            kind: Literal["base", "source"] = "base" if answer.name.startswith("base_model:") else "source"
            nodes.append(Node(id=spot, label=answer.name, kind=kind, verdict=answer.verdict.text))
            edges.append(Edge(start=spot, end="run", label=answer.rule))
        return Decision(
            id=body["id"],
            verdict=self.verdict.text,
            run=run.name if run.name is not UNSET else "unnamed run",
            date=run.date,
            trainer=self.manifest.trainer.name,
            trainee=trainee.name if trainee.name is not UNSET else trainee.kind,
            sources=tuple(sources),
            findings=(),
            obligations=(),
            missing_facts=(),
            remediation=(),
            exposure=tuple(exposure),
            proofs=proofs,
            nodes=tuple(nodes),
            edges=tuple(edges),
            profile=self.profile,
            corpora=Version(sha256=self.corpora, records=self.records),
            rules=Version(sha256=self.rules, records=self.rule_count, name=self.profile),
            inputs=(),
        )

    def exit_code(self, fail_on_obligations: bool = False) -> int:
        """0, 1, 2, or 3 for duties where they are to fail."""
        if fail_on_obligations and self.verdict is Verdict.OBLIGATIONS:
            return 3
        return EXIT[self.verdict]


class Checker:
    """Corpora and rules loaded once, ready to check."""

    def __init__(self, profile: str = "default") -> None:
        self.rules = load_ruleset(None, profile)
        self.corpus = load_corpus()
        self.decider = Decider(self.corpus, self.rules)

    def manifest(self, manifest: Manifest) -> Result:
        """The decision on a manifest."""
        decided = self.decider.decide(manifest)
        return Result(
            manifest,
            decided.verdict,
            decided.answers,
            self.rules.profile.profile,
            self.corpus.sha256,
            self.rules.sha256,
            self.corpus.records,
            len(self.rules.rules),
        )

    def file(self, path: Path) -> Result:
        """The decision on a manifest file, or on the one in a folder."""
        return self.manifest(read_manifest(path))

    def batch(self, path: Path, out: TextIO) -> int:
        """Decide each `{id, manifest}` line of a file and write a line for each; the exit code of the most severe."""
        worst = Verdict.ALLOW
        lines = decode(read_bytes(path), str(path)).content.splitlines()
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            text = Text(f"{path}:{number}", line)
            entry = parse(text, NUMBER_KEYS)
            if not isinstance(entry, dict) or "manifest" not in entry:
                raise MalformedText("a line is {id, manifest}", file=str(path), line=number)
            manifest = convert(entry["manifest"], Manifest, text, ("manifest",))
            check(manifest, text)
            result = self.manifest(manifest)
            worst = max(worst, result.verdict)
            body = {**result.as_json(), "id": entry.get("id")}
            out.write(json.dumps(body, ensure_ascii=False) + "\n")
        return EXIT[worst]
