"""What reviews need to know of a stored decision: its sources, what each verdict rests on, and whom it touches."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from compliance.corpus.names import key
from compliance.domain.verdict import Verdict
from compliance.ledger.entry import Entry

MAX_NAME = 200
"""Characters of a name in the index; a longer one is cut and told apart by its hash."""
MAX_COUNT = 2**63 - 1
WHOLE_RUN = ""
"""The name of the item of a run that waits although none of its sources does."""
_MAX_NAMES = 100_000


class Clause(msgspec.Struct, frozen=True):
    """A cited clause: its record, version and section, and what tells two wordings apart."""

    document: str
    version: str = ""
    section: str = ""
    says: str = ""
    text_sha256: str | None = None

    @property
    def name(self) -> str:
        """The clause as people name it: `openai/terms-of-use@2023-03-14#2(c)`."""
        return f"{self.document}{'@' if self.version else ''}{self.version}#{self.section}"

    @property
    def digest(self) -> str:
        """Changes with the wording: of the original where its hash is known, else of what we say of it."""
        wording = self.text_sha256 or self.says
        return hashlib.sha256(wording.encode("utf-8", "replace")).hexdigest()[:16]


class Evidence(msgspec.Struct, frozen=True):
    """Where a fact stands; `record` names a record of the corpora."""

    record: str = ""


class Answer(msgspec.Struct, frozen=True):
    """The answer for a source."""

    source: str
    verdict: str
    rule: str
    clauses: tuple[Clause, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    rows: int | None = None
    proof: str = ""


class Step(msgspec.Struct, frozen=True):
    """A node of a proof: the clauses below it."""

    clauses: tuple[Clause, ...] = ()
    steps: tuple[Step, ...] = ()


class Node(msgspec.Struct, frozen=True):
    """A point of the lineage."""

    id: str
    label: str
    kind: str


class Edge(msgspec.Struct, frozen=True):
    """An arrow of the lineage."""

    start: str
    end: str


class Document(msgspec.Struct, frozen=True):
    """The part of a decision's document that is read here."""

    id: str
    verdict: str
    sources: tuple[Answer, ...]
    run: str = ""
    date: str = ""
    proofs: dict[str, Step] = {}
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()


class Grounds(msgspec.Struct, frozen=True, order=True):
    """What the verdict on a source rests on: where this differs, a waiver for it no longer holds."""

    source: str
    verdict: str
    rule: str
    clauses: tuple[tuple[str, str], ...] = ()
    """Name and digest of each clause, in order of name."""


class Touch(NamedTuple):
    """Something that a source rests on."""

    kind: str
    name: str


class SourceFacts(NamedTuple):
    """A source of a decision; `rows` is None where nobody states them, `waits` says whether a person must decide."""

    grounds: Grounds
    rows: int | None
    waits: bool
    touches: frozenset[Touch]


_decoder = msgspec.json.Decoder(Document)


def read(entry: Entry) -> tuple[Document, list[SourceFacts]] | None:
    """What a decision's entry holds; None where its document was destroyed or is none."""
    raw = entry.raw("document")
    if raw is None:
        return None
    try:
        document = _decoder.decode(raw)
        verdict = Verdict.of(document.verdict)
        answers = [(answer, Verdict.of(answer.verdict)) for answer in document.sources]
    except (msgspec.MsgspecError, KeyError, RecursionError):
        return None
    upstream = _Upstream(document)
    names = frozenset(Touch("name", name) for name in _names(entry.raw("basis")))
    found = [_source(document, answer, v, upstream) for answer, v in answers]
    worst = max((v for _, v in answers), default=Verdict.ALLOW)
    if not verdict.permits and worst < verdict:
        grounds = Grounds(WHOLE_RUN, verdict.text, "run")
        found.append(SourceFacts(grounds, 0, True, frozenset({Touch("rule", "run")})))
    if found and names:
        first = found[0]
        found[0] = first._replace(touches=first.touches | names)
    return document, found


def grounds_of(source: str, verdict: Verdict, rule: str, clauses: Iterable[Any]) -> Grounds:
    """The grounds of an answer, as stored or as just decided; `clauses` have the fields of a citation."""
    held = (Clause(c.document, c.version, c.section, c.says, c.text_sha256) for c in clauses)
    return Grounds(text(source), verdict.text, text(rule), tuple(sorted({(text(c.name), c.digest) for c in held})))


def text(value: str) -> str:
    """A text as every database can keep it."""
    return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def indexed(name: str) -> str:
    """A name in the form in which it is compared and indexed."""
    flat = key(text(name))
    if len(flat) <= MAX_NAME:
        return flat
    return f"{flat[: MAX_NAME - 17]}~{hashlib.sha256(flat.encode()).hexdigest()[:16]}"


def item_id(decision: str, source: str) -> str:
    """The id of the item for a source of a decision."""
    return hashlib.sha256(f"{decision}\0{source}".encode()).hexdigest()[:16]


def run_key(entry: Entry) -> str:
    """The same for checks of one manifest with the same evidence under one profile."""
    inputs = entry.value("inputs") or {}
    held = sorted(str(sha) for sha in inputs.values()) if isinstance(inputs, dict) else []
    parts = [entry.value("manifest_sha256"), entry.value("profile"), held]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _source(document: Document, answer: Answer, verdict: Verdict, upstream: _Upstream) -> SourceFacts:
    grounds = grounds_of(answer.source, verdict, answer.rule, answer.clauses)
    touched = {Touch("rule", indexed(answer.rule)), Touch("dataset", indexed(_bare(answer.source)))}
    touched |= upstream.of(answer.source)
    for clause in (*answer.clauses, *_clauses(document.proofs.get(answer.proof))):
        touched.add(Touch("document", indexed(clause.document)))
        touched.add(Touch("clause", indexed(clause.name)))
        touched.add(Touch("clause", indexed(f"{clause.document}#{clause.section}")))
    for evidence in answer.evidence:
        kind, _, name = evidence.record.partition("/")
        if kind == "datasets" and name:
            touched.add(Touch("dataset", indexed(name)))
    rows = None if answer.rows is None else min(answer.rows, MAX_COUNT)
    return SourceFacts(grounds, rows, not verdict.permits, frozenset(touched))


def _bare(source: str) -> str:
    return source.removeprefix("base_model:")


def _clauses(proof: Step | None) -> Iterator[Clause]:
    left = [proof] if proof is not None else []
    while left:
        step = left.pop()
        yield from step.clauses
        left.extend(step.steps)


class _Upstream:
    """What flows into each source of a lineage."""

    def __init__(self, document: Document) -> None:
        self._into: dict[str, list[str]] = defaultdict(list)
        for edge in document.edges:
            self._into[edge.end].append(edge.start)
        self._nodes = {node.id: node for node in document.nodes}
        self._memo: dict[str, frozenset[Touch]] = {}
        self._spots = {node.label: node.id for node in document.nodes if node.kind in ("source", "base")}

    def of(self, source: str) -> frozenset[Touch]:
        spot = self._spots.get(source) or self._spots.get(_bare(source))
        if spot is None:
            return frozenset()
        seen: set[str] = {spot}
        left = [spot]
        touched: set[Touch] = set()
        while left:
            at = left.pop()
            touched |= self._touch(at)
            fresh = [start for start in self._into.get(at, ()) if start not in seen]
            seen.update(fresh)
            left.extend(fresh)
        return frozenset(touched)

    def _touch(self, spot: str) -> frozenset[Touch]:
        found = self._memo.get(spot)
        if found is None:
            found = self._memo[spot] = frozenset(self._named(spot))
        return found

    def _named(self, spot: str) -> Iterator[Touch]:
        node = self._nodes.get(spot)
        if node is None:
            return
        ident = spot.partition(":")[2]
        label = indexed(node.label)
        if node.kind == "party":
            yield from (Touch("teacher", indexed(ident)), Touch("teacher", label), Touch("party", indexed(ident)))
        elif node.kind in ("model", "base"):
            yield from (Touch("teacher", label), Touch("teacher", indexed(ident)))
        elif node.kind in ("dataset", "source"):
            yield from (Touch("dataset", label), Touch("dataset", indexed(ident)))
        elif node.kind == "terms":
            yield Touch("document", indexed(ident.partition("@")[0]))


def _names(basis: bytes | None) -> Iterable[str]:
    """Every text of what was decided, in the form of names: a record of one of them may come or change."""
    try:
        value = msgspec.json.decode(basis) if basis is not None else {}
    except (msgspec.MsgspecError, RecursionError):
        return set()
    found: set[str] = set()
    left = [value.get("manifest")] if isinstance(value, dict) else []
    while left and len(found) < _MAX_NAMES:
        at = left.pop()
        if isinstance(at, dict):
            left.extend(at.values())
        elif isinstance(at, list):
            left.extend(at)
        elif isinstance(at, str) and 0 < len(at) <= MAX_NAME:
            found.add(indexed(at))
    return found
