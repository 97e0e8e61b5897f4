"""A question placed among the topics, and put in the voice in which clauses speak of them."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from compliance.qa.frames import framed
from compliance.qa.topics import topics
from compliance.qa.wording import core_of, plain_words, stems, without_denials

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from compliance.index.index import Index
    from compliance.qa.question import Asked

_TOPICS = 5
_TEMPERATURE = 0.08
_LEXICAL_TOPIC = 0.3
_CLAUSE_VOICE = 1.2
_CLAUSE_NEAR = 0.35
_CLAUSE_WORDS = 24
_EARLIER_TURNS = 0.5
_EARLIER_TURNS_OF_SHORT = 0.75
_SHORT = 3
_HINT = 0.3


class Query(NamedTuple):
    """What to search with: the question's words, the words of clauses on its topics, and vectors where there are any.

    `own` is the vector of the question alone. The first of `vectors` is the question in the voice of clauses, the
    others are wordings of its topics in their order. `topics` are places in `topics()` with weights that add up to 1.
    `outside` is the nearest topic that terms do not answer, and `margin` by how much it is nearer than those they do.
    `rarely` are the two nearest topics that few texts settle, with their margins. `placed` is how near in meaning the
    first of `topics` is to the question, 1 where there are no vectors.
    """

    words: list[str]
    clause_words: list[str]
    vectors: NDArray[np.float32] | None
    own: NDArray[np.float32] | None
    topics: list[tuple[int, float]]
    outside: int
    margin: float
    rarely: list[tuple[int, float]]
    placed: float


class Placer:
    """Places questions; it holds the vectors of the topics and nothing that changes."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._topics = topics()
        self._inside = [i for i, topic in enumerate(self._topics) if topic.realm == "terms"]
        self._outside = [i for i, topic in enumerate(self._topics) if topic.realm in ("silent", "elsewhere")]
        self._rarely = [i for i, topic in enumerate(self._topics) if topic.realm == "rarely"]
        self._bags = [Counter(stems(" ".join((*t.asks, *t.says)))) for t in self._topics]
        settled = [bag for topic, bag in zip(self._topics, self._bags, strict=True) if topic.realm != "rarely"]
        self._settled = len(settled)
        self._spread = Counter(word for bag in settled for word in bag)
        self._asks: list[NDArray[np.float32]] | None = None
        self._says: list[NDArray[np.float32]] = []

    def query(self, asked: Asked) -> Query:
        """What to search with for a question."""
        core = core_of(asked)
        own, rows = self._own(asked.context, core)
        said = without_denials(core)
        alone = self._placed(rows, stems(said))
        scores = self._placed(own, stems(f"{asked.context} {said}"), clauses=True)
        for i in self._hinted(asked):
            scores[i] += _HINT
        best = sorted(self._inside, key=lambda i: -scores[i])[:_TOPICS]
        placed = _weighted([(i, scores[i]) for i in best], _TEMPERATURE)
        outside = max(self._outside, key=lambda i: alone[i])
        known = max(alone[i] for i in self._inside)
        nearest = sorted(self._rarely, key=lambda i: -alone[i])[:2]
        bag: dict[str, float] = {}
        for i, weight in placed:
            for word in dict.fromkeys(w for text in self._topics[i].says for w in plain_words(text)):
                bag[word] = bag.get(word, 0.0) + weight
        clause_words = sorted(bag, key=lambda word: -bag[word])[:_CLAUSE_WORDS]
        return Query(
            plain_words(f"{asked.context} {core}"),
            clause_words,
            self._voices(own, placed),
            rows,
            placed,
            outside,
            alone[outside] - known,
            [(i, alone[i] - known) for i in nearest],
            1.0 if rows is None or self._asks is None else float((self._asks[placed[0][0]] @ rows).max()),
        )

    def _hinted(self, asked: Asked) -> list[int]:
        """The topics that the facts of the case point to."""
        frame = framed(asked.searched)
        names = [name for name, holds in (("in-house-classifier", frame.in_house),) if holds]
        return [i for i in self._inside if self._topics[i].id in names]

    def _own(self, context: str, core: str) -> tuple[NDArray[np.float32] | None, NDArray[np.float32] | None]:
        """The vector of the question with the turns before it, and of the question alone; None without vectors."""
        embedder = self.index.embedder
        if embedder is None or not self._ready():
            return None, None
        rows = embedder.embed([core, *([f"{context} {core}"[-1500:]] if context else [])])
        if not context:
            return rows[0], rows[0]
        share = _EARLIER_TURNS if len(plain_words(core)) > _SHORT else _EARLIER_TURNS_OF_SHORT
        return _unit(rows[0] * (1 - share) + rows[1] * share), rows[0]

    def _placed(self, row: NDArray[np.float32] | None, words: list[str], *, clauses: bool = False) -> list[float]:
        """How near each topic is: by the words that it shares, and by the meaning of its nearest two questions.

        With `clauses`, the nearest wording of a clause counts too.
        """
        lexical = self._topics_by_words(words)
        if row is None or self._asks is None:
            return lexical
        found = []
        for i in range(len(self._topics)):
            asks = sorted((self._asks[i] @ row).tolist(), reverse=True)[:2]
            meaning = sum(asks) / len(asks)
            if clauses and i < len(self._says):
                meaning += _CLAUSE_NEAR * (float((self._says[i] @ row).max()) - meaning)
            found.append(meaning + _LEXICAL_TOPIC * lexical[i])
        return found

    def _voices(self, own: NDArray[np.float32] | None, placed: list[tuple[int, float]]) -> NDArray[np.float32] | None:
        """The vectors to search with: the question in the voice of its topics' clauses, then each of their wordings."""
        if own is None:
            return None
        import numpy as np

        voice = np.zeros_like(own)
        for i, weight in placed:
            voice += weight * _unit(self._says[i].mean(axis=0))
        return np.vstack([_unit(own + _CLAUSE_VOICE * voice), *(self._says[i] for i, _ in placed)])

    def _ready(self) -> bool:
        """Whether the vectors of the topics are there."""
        if self._asks is None:
            asks = [self.index.phrases(topic.asks) for topic in self._topics]
            says = [self.index.phrases(topic.says) for topic in self._topics if topic.says]
            if all(rows is not None for rows in (*asks, *says)):
                self._says = [rows for rows in says if rows is not None]
                self._asks = [rows for rows in asks if rows is not None]
        return self._asks is not None

    def _topics_by_words(self, words: list[str]) -> list[float]:
        many = self._settled
        found = []
        for bag in self._bags:
            shared = [w for w in set(words) if w in bag]
            found.append(sum(math.log(1 + many / (self._spread[w] or 1)) * bag[w] / (bag[w] + 1) for w in shared))
        top = max(found[:many], default=0.0) or 1.0
        return [min(x / top, 1.0) for x in found]


def _weighted(scored: list[tuple[int, float]], temperature: float) -> list[tuple[int, float]]:
    if not scored:
        return []
    top = scored[0][1]
    weights = [math.exp((score - top) / temperature) for _, score in scored]
    total = sum(weights)
    return [(i, w / total) for (i, _), w in zip(scored, weights, strict=True)]


def _unit(row: NDArray[np.float32]) -> NDArray[np.float32]:
    length = float((row * row).sum()) ** 0.5
    found: NDArray[np.float32] = row / (length or 1.0)
    return found
