"""What a decision is: the answer for every source, its proof, and what would change it.

The field names are the keys of the JSON document that `clearance check --format json` prints; they are stable.
Verdicts are written as words (`allow`, `allow-with-obligations`, `review`, `block`), days as `2025-06-15`.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from compliance.domain.evidence import Evidence


class Answer(msgspec.Struct, frozen=True, omit_defaults=False, gc=False):
    """Base of the decision's parts, which hold no cycles: the garbage collector need not look at them."""


class Citation(Answer, frozen=True, kw_only=True):
    """A clause of a dated document, or a section of a licence, in our words and pinned to the original's hash."""

    party: str
    document: str
    title: str
    version: str
    in_force: str
    section: str
    says: str
    text_sha256: str | None = None
    seen: str = "archived"
    source: str = ""


class Step(Answer, frozen=True, kw_only=True):
    """A node of the proof tree: what is claimed, whether it holds, why, and on which clauses and sub-claims."""

    claim: str
    holds: Literal["holds", "fails", "unknown"]
    because: str = ""
    clauses: tuple[Citation, ...] = ()
    steps: tuple[Step, ...] = ()


class Owed(Answer, frozen=True, kw_only=True):
    """A duty, what brings it about (`use` or `distribution`), and the clause or agreement that asks for it."""

    kind: str
    text: str
    on: str
    clause: str = ""


class MissingFact(Answer, frozen=True, kw_only=True):
    """A fact that nobody stated: the question, who could answer it, and the verdicts that it would settle between."""

    fact: str
    question: str
    ask: str
    between: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    rows: int = 0


class Flip(Answer, frozen=True, kw_only=True):
    """One change of fact and the verdict that the source would then get."""

    change: str
    verdict: str
    rule: str


class SourceAnswer(Answer, frozen=True, kw_only=True):
    """The verdict on one source, or on one base model (`base_model:<model>`)."""

    source: str
    verdict: str
    rule: str
    reason: str
    clauses: tuple[Citation, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    path: tuple[str, ...] = ()
    rows: int | None = None
    share: float | None = None
    duties: tuple[Owed, ...] = ()
    missing: tuple[MissingFact, ...] = ()
    flips: tuple[Flip, ...] = ()
    proof: str = ""


class Finding(Answer, frozen=True, kw_only=True):
    """Something found on the way that a reader should see: a conflict, a presumption, a name that nobody knows."""

    kind: Literal["conflict", "presumption", "unknown-name", "note"]
    source: str
    says: str
    evidence: tuple[Evidence, ...] = ()


class Edit(Answer, frozen=True, kw_only=True):
    """One change of the manifest: what stands at `at` is dropped, or set to `value`.

    `at` is `(sources, <name>)` or `(sources, <name>, <key>)`, `(base_models, <model>)`, `(run, <key>)`,
    `(trainee, <key>)`, or `(agreements, <party>)`, where an agreement is added.
    """

    at: tuple[str, ...]
    drop: bool = False
    value: Any = None


class Remedy(Answer, frozen=True, kw_only=True):
    """A change of the run that was tried: the verdict is that of a second decision on the changed manifest.

    `change` says it in a sentence, `steps` one by one, `edits` as changes of the manifest.
    """

    change: str
    kind: Literal["drop", "replace-teacher", "change-role", "change-purpose", "permission", "swap-base"]
    verdict: str
    steps: tuple[str, ...] = ()
    rows_removed: int = 0
    share_removed: float | None = None
    edits: tuple[Edit, ...] = ()


class Exposure(Answer, frozen=True, kw_only=True):
    """How much of the run each verdict touches: sources, rows where they are stated, and share of the stated rows."""

    verdict: str
    sources: int
    rows: int
    share: float | None


class Node(Answer, frozen=True, kw_only=True):
    """A point of the lineage picture."""

    id: str
    label: str
    kind: Literal["party", "model", "channel", "terms", "dataset", "source", "base", "run"]
    verdict: str | None = None


class Edge(Answer, frozen=True, kw_only=True):
    """An arrow of the lineage picture, from what was used to what was made with it."""

    start: str
    end: str
    label: str = ""


class Version(Answer, frozen=True, kw_only=True):
    """Which state of the corpora or rules decided: its hash, and the number of records or rules."""

    sha256: str
    records: int
    name: str = ""


class Decision(Answer, frozen=True, kw_only=True):
    """The whole answer. `id` is the hash of everything that went into it and came out of it."""

    id: str
    verdict: str
    run: str
    date: str
    trainer: str
    trainee: str
    sources: tuple[SourceAnswer, ...]
    findings: tuple[Finding, ...]
    obligations: tuple[Owed, ...]
    missing_facts: tuple[MissingFact, ...]
    remediation: tuple[Remedy, ...]
    exposure: tuple[Exposure, ...]
    proofs: dict[str, Step]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    profile: str
    corpora: Version
    rules: Version
    inputs: tuple[Evidence, ...]
