"""The passages that answer a question: by words and by meaning, guided by what terms speak of.

A question in plain words and the clause that answers it share few words. So the question is first placed among the
topics, and the search looks for its own words and vector together with how clauses on those topics are put. Scores are
added up, weighted; adding up found more than fusing ranks (docs/explanation/answers.md has the figures).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from compliance.qa.effects import actor_of
from compliance.qa.placing import Placer, Query
from compliance.qa.question import side_of
from compliance.qa.surroundings import Hit, Surroundings
from compliance.qa.topics import Topic, topics
from compliance.qa.wording import core_of, stems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compliance.index.index import Index
    from compliance.qa.question import Asked
    from compliance.qa.scope import Group

DEPTH = 30
_CLAUSE_MATCH = 0.15
_WORDS = 0.45
_CLAUSE_WORDS = 0.5
_SIDE = 0.08
_ONE_SIDE = 0.16
_POOR = 0.1
_COUNTERPART = 0.4
_SECTION = 0.5
_CONDUCT = 0.2
_SUPPORTING = 6
_PLACED = 0.5
_RELATED = 0.27
_SHARED = 2
_MEANT = 0.33
_VERB = re.compile(
    r"\b(?:is|are|was|will|may|shall|must|can|cannot|not|have|has|do|does|means?|agree|grant|use|"
    r"own|retain|apply|applies|"
    r"provide|govern|liable|exceed|right|rights|\w+ing|\w+ed)\b",
    re.IGNORECASE,
)
_SECTION_REF = re.compile(
    r"\b(?:section|sec\.?|clause|article|paragraph|para\.?|§+)\s*(\d+(?:\.\d+)*(?:\([a-z0-9]+\))*)", re.IGNORECASE
)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a search found: the hits, best first, and the topics of the question with their weights.

    `outside` is the nearest topic that terms do not answer, and `margin` by how much it is nearer than the rest.
    `support` is how near the first hits come to the question and to its topic's clauses: the sum of the two best
    cosines, 1 where there are no vectors. `speaks` is False where they share no word with the question, are far from
    it in meaning, and it is near no topic. `speaking` are the passages that speak of what is asked. `rarely` are the
    nearest topics that few texts settle, with their margins.
    """

    hits: tuple[Hit, ...]
    topics: tuple[tuple[str, float], ...]
    outside: Topic | None = None
    margin: float = -1.0
    support: float = 1.0
    speaks: bool = True
    speaking: frozenset[int] = frozenset()
    rarely: tuple[tuple[Topic, float], ...] = ()


class Searcher:
    """Searches an index; what it holds does not change."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._topics = topics()
        self._placer = Placer(index)
        self._around = Surroundings(index)
        self._poor = [len(p.words) < 35 or not _VERB.search(p.words) for p in index.passages]
        self._side = {t.file: side_of(t.kind) for t in index.shelf.texts}

    def search(self, asked: Asked, groups: Sequence[Group], *, depth: int = DEPTH) -> Found:
        """The passages of each group that answer, taken in turns; all of them together are best first."""
        query = self._placer.query(asked)
        files = [file for group in groups for file in group.files]
        lexical = dict(self.index.lexical(query.words, files))
        for passage, score in self.index.lexical(query.clause_words, files).items():
            lexical[passage] = lexical.get(passage, 0.0) + _CLAUSE_WORDS * score
        ranked: list[list[tuple[int, float]]] = []
        heads: dict[str, int] = {}
        for group in groups:
            candidates = [p for file in group.files for p in self.index.by_file.get(file, ())]
            scores = self._scores(asked, query, candidates, lexical, heads.get(group.party))
            order = sorted(range(len(candidates)), key=lambda i: -scores[i])[: 2 * depth]
            best = self._by_conduct(query, [(candidates[i], scores[i]) for i in order])
            best = self._around.with_definitions(best)
            if best and asked.changes:
                heads.setdefault(group.party, best[0][0])
            ranked.append(best)
        hits = self._around.windows(_in_turns(ranked), depth)
        if asked.changes or asked.dated.spans:
            hits = self._around.with_dates(hits, len(groups), [g.day for g in groups])
        return Found(
            hits=tuple(hits),
            topics=tuple((self._topics[i].id, weight) for i, weight in query.topics),
            outside=self._topics[query.outside],
            margin=round(query.margin, 4),
            support=round(self._support(query, hits), 4),
            speaks=self._speaks(asked, query, hits),
            speaking=self._speaking(asked, query, hits),
            rarely=tuple((self._topics[i], round(margin, 4)) for i, margin in query.rarely),
        )

    def _support(self, query: Query, hits: Sequence[Hit]) -> float:
        first = [h.passage for h in hits if h.passage >= 0][:_SUPPORTING]
        if query.vectors is None or query.own is None or not first:
            return 1.0
        to_clauses = self.index.semantic(first, query.vectors[1 : 1 + len(self._topics[query.topics[0][0]].says)])
        to_question = self.index.semantic(first, query.own[None, :])
        return 1.0 if to_clauses is None or to_question is None else float(to_clauses.max() + to_question.max())

    def _speaks(self, asked: Asked, query: Query, hits: Sequence[Hit]) -> bool:
        """Whether one of the first hits has to do with what the question asks about."""
        first = [h.passage for h in hits if h.passage >= 0][:_SUPPORTING]
        if query.own is None or query.placed >= _PLACED or not first:
            return True
        words = set(stems(core_of(asked)))
        if any(
            words & set(stems(f"{p.section} {p.lead} {p.words}")) for p in map(self.index.passages.__getitem__, first)
        ):
            return True
        near = self.index.semantic(first, query.own[None, :])
        return near is None or float(near.max()) >= _RELATED

    def _speaking(self, asked: Asked, query: Query, hits: Sequence[Hit]) -> frozenset[int]:
        """The passages that speak of the act and object asked about: by its words, its meaning, or its topic."""
        found = [h.passage for h in hits if h.passage >= 0]
        if query.own is None or query.vectors is None or not found:
            return frozenset(found)
        near = self.index.semantic(found, query.own[None, :])
        topic = self.index.semantic(found, query.vectors[1 : 1 + len(self._topics[query.topics[0][0]].says)])
        if near is None or topic is None:
            return frozenset(found)
        words = set(stems(asked.searched if asked.context else core_of(asked)))
        bags = [set(stems(f"{p.section} {p.lead} {p.words}")) for p in map(self.index.passages.__getitem__, found)]
        return frozenset(
            p
            for p, bag, own, says in zip(found, bags, near.max(axis=1), topic.max(axis=1), strict=True)
            if len(words & bag) >= _SHARED or own >= _MEANT or (query.placed >= _PLACED and says >= _PLACED)
        )

    def _scores(
        self, asked: Asked, query: Query, candidates: Sequence[int], lexical: dict[int, float], head: int | None
    ) -> list[float]:
        best_words = max((lexical.get(p, 0.0) for p in candidates), default=0.0) or 1.0
        found = [_WORDS * lexical.get(p, 0.0) / best_words for p in candidates]
        cosines = self.index.semantic(candidates, query.vectors) if query.vectors is not None and candidates else None
        if cosines is not None:
            meaning = cosines[:, 0].astype(float)
            at = 1
            for i, weight in query.topics:
                width = len(self._topics[i].says)
                meaning = meaning + _CLAUSE_MATCH * weight * cosines[:, at : at + width].max(axis=1)
                at += width
            twin = self.index.like(candidates, head) if head is not None else None
            if twin is not None:
                meaning = meaning + _COUNTERPART * twin
            found = [x + float(m) for x, m in zip(found, meaning, strict=True)]
        sections = [m.lower() for m in _SECTION_REF.findall(asked.text)]
        for at, p in enumerate(candidates):
            passage = self.index.passages[p]
            if self._side[passage.file] in asked.sides:
                found[at] += _ONE_SIDE if len(asked.sides) == 1 else _SIDE
            if self._poor[p]:
                found[at] -= _POOR
            if sections and any(s in re.sub(r"[ .>]+(?=\()", "", passage.section.lower()) for s in sections):
                found[at] += _SECTION
        return found

    def _by_conduct(self, query: Query, ranked: list[tuple[int, float]]) -> list[tuple[int, float]]:
        """The ranking with those passages lowered that are about the conduct of the other side."""
        weight = {"user": 0.0, "provider": 0.0}
        for i, share in query.topics:
            if self._topics[i].who:
                weight[self._topics[i].who] += share
        found = []
        for at, score in ranked:
            actor = actor_of(self.index.passages[at])
            other = weight["user"] if actor == "provider" else weight["provider"] if actor == "user" else 0.0
            same = weight[actor] if actor != "nobody" else 0.0
            found.append((at, score - _CONDUCT * max(0.0, other - same)))
        return sorted(found, key=lambda r: -r[1])


def _in_turns(ranked: list[list[tuple[int, float]]]) -> list[tuple[int, float, int]]:
    """One of each group after the other."""
    found: list[tuple[int, float, int]] = []
    for place in range(max((len(r) for r in ranked), default=0)):
        for group, hits in enumerate(ranked):
            if place < len(hits):
                found.append((*hits[place], group))
    return found
