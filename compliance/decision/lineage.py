"""The lineage as a graph: who made what, through which channel, under which text, and what flows into the run."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET

from compliance.corpus.names import key
from compliance.decision.decide import Decided, Decider
from compliance.decision.model import Citation, Edge, Node
from compliance.decision.part import Answered, Part
from compliance.decision.use import Use, known_generators, resolve
from compliance.domain.manifest import BaseModel, Generator, Source
from compliance.domain.verdict import Verdict

Kind = Literal["party", "model", "channel", "terms", "dataset", "source", "base", "run"]
CHANNELS = {
    "first-party-api": "API",
    "consumer-app": "consumer app",
    "open-weights": "own copy of the weights",
    "in-house": "in-house",
    "mixed": "several channels",
    "unknown": "channel not stated",
}


class Lineage:
    """Collects nodes and edges, each once; a model's or a text's node carries the most severe verdict through it."""

    def __init__(self, decider: Decider, decided: Decided) -> None:
        self.decider = decider
        self.case = decided.case
        self.by_key = decided.by_key
        self.answers = {a.name: a for a in decided.answers}
        self.paths: dict[str, tuple[str, ...]] = {}
        self._spots: dict[str, str] = {}
        self._used: dict[tuple[object, ...], list[str]] = {}
        self._nodes: dict[str, Node] = {}
        self._edges: list[Edge] = []
        self._drawn: set[tuple[str, str]] = set()
        run = self.case.manifest.run
        self._add("run", run.name if run.name is not UNSET else "this run", "run", decided.verdict)
        for source in self.case.manifest.sources:
            self._source(source)
        bases = self.case.manifest.base_models if self.case.manifest.base_models is not UNSET else []
        for base in bases:
            self._base(base)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The points of the graph."""
        return tuple(self._nodes.values())

    @property
    def edges(self) -> tuple[Edge, ...]:
        """The arrows of the graph."""
        return tuple(self._edges)

    def path(self, answer: Answered) -> tuple[str, ...]:
        """The names of the nodes from where the verdict came to the source that got it."""
        steps: list[str] = []
        at = answer
        while at.deciding.parent and at.deciding.parent in self.answers:
            steps.append(at.name)
            at = self.answers[at.deciding.parent]
        return (*[self._nodes[spot].label for spot in self.paths.get(at.name, ())], *reversed(steps))

    def _source(self, source: Source) -> None:
        answer = self.answers[source.name]
        spot = self._spot(source.name)
        self._add(spot, source.name, "source", answer.verdict)
        rows = f"{source.rows:,} rows" if source.rows is not UNSET else ""
        self._edges.append(Edge(start=spot, end="run", label=rows))
        made = source.generated_by
        known = self.decider.corpus.dataset(source.name)
        generators = made if isinstance(made, list) else [made] if isinstance(made, Generator) else []
        if made is UNSET and known is not None:
            generators = known_generators(known)
        role = source.role if source.role is not UNSET else "role not stated"
        drawn: set[str] = set()

        def into(start: str, label: str) -> None:
            if start not in drawn:
                drawn.add(start)
                self._edges.append(Edge(start=start, end=spot, label=label))

        path: tuple[str, ...] = (spot,)
        for generator in generators:
            steps = self._use(resolve(self.case, generator, "trains", None), _terms_part(answer), answer.own)
            into(steps[-1], role)
            path = (*steps, spot) if len(path) == 1 else path
        for name in source.derived_from if source.derived_from is not UNSET else ():
            parent = self.by_key.get(key(name))
            if parent is not None:
                into(self._spot(parent.name), "made from")
                continue
            record = self.decider.corpus.dataset(name)
            outside = f"dataset:{record.id if record else key(name)}"
            stops = (
                any(e.record == f"datasets/{record.id}" for p in answer.parts for e in p.evidence) if record else False
            )
            self._add(outside, record.name if record else name, "dataset", answer.own if stops else None)
            into(outside, "made from")
            if stops and not answer.own.permits and len(path) == 1:
                path = (outside, spot)
        self.paths[source.name] = path

    def _spot(self, name: str) -> str:
        found = self._spots.get(name)
        if found is None:
            found = self._spots[name] = f"source:{name}"  # one text for a node and all of its arrows
        return found

    def _use(self, use: Use, terms: Part | None, verdict: Verdict) -> list[str]:
        verdict = terms.verdict if terms is not None else verdict
        clause = terms.clauses[0] if terms is not None and terms.clauses else None
        maker = use.maker.id if use.maker is not None else None
        memo = (maker, use.named, use.model, use.channel, id(clause), verdict)  # a clause is cited by one citation
        steps = self._used.get(memo)
        if steps is None:
            steps = self._used[memo] = self._draw(use, clause, verdict)
        return steps

    def _draw(self, use: Use, clause: Citation | None, verdict: Verdict) -> list[str]:
        party = use.maker.name if use.maker else use.named or "maker not known"
        first = f"party:{use.maker.id if use.maker else key(party)}"
        self._add(first, party, "party", None)
        model = use.model or (f"a model of {party}" if use.maker or use.named else "model not known")
        second = f"model:{first.partition(':')[2]}/{key(model)}"
        self._add(second, model, "model", verdict)
        self._edge(first, second, "made")
        channel = CHANNELS.get(use.channel, use.channel.partition(":")[2] or use.channel)
        if clause is None:
            return [first, second]
        third = f"terms:{clause.document}@{clause.version}"
        text = f"{clause.title} {clause.version}".strip()
        self._add(third, text, "terms", verdict)
        self._edge(second, third, channel)
        return [first, second, third]

    def _base(self, base: BaseModel) -> None:
        name = f"base_model:{base.model}"
        answer = self.answers[name]
        self._add(name, base.model, "base", answer.verdict)
        self._edge(name, "run", "starts from")
        family = self.decider.corpus.family(base.model)
        named = base.maker if base.maker is not UNSET else None
        party = self.decider.corpus.party(named) if named else None
        if party is None and family is not None:
            party = self.decider.corpus.parties.get(family.maker)
        path: tuple[str, ...] = (name,)
        if party is not None or named:
            first = f"party:{party.id if party else key(named or '')}"
            self._add(first, party.name if party else named or "", "party", None)
            under = next((p for p in answer.parts if p.clauses), None)
            if under is not None:
                clause = under.clauses[0]
                middle = f"terms:{clause.document}@{clause.version}"
                self._add(middle, clause.title, "terms", under.verdict)
                self._edge(first, middle, "weights")
                self._edge(middle, name, "")
                path = (first, middle, name)
            else:
                self._edge(first, name, "weights")
                path = (first, name)
        self.paths[name] = path

    def _add(self, spot: str, label: str, kind: Kind, verdict: Verdict | None) -> None:
        old = self._nodes.get(spot)
        if old is not None and (verdict is None or (old.verdict and Verdict.of(old.verdict) >= verdict)):
            return
        self._nodes[spot] = Node(id=spot, label=label, kind=kind, verdict=verdict.text if verdict is not None else None)

    def _edge(self, start: str, end: str, label: str) -> None:
        if (start, end) not in self._drawn:
            self._drawn.add((start, end))
            self._edges.append(Edge(start=start, end=end, label=label))


def _terms_part(answer: Answered) -> Part | None:
    """The part of an answer that rests on a text about the model's outputs."""
    return next((p for p in answer.parts if p.clauses and not p.parent and _uses_model(p)), None)


def _uses_model(part: Part) -> bool:
    return any(t.stage in ("terms", "weights", "standing") for t in part.tests) or any(map(_uses_model, part.parts))
