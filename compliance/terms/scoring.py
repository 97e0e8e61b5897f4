"""How clauses are scored against a gold set, by the definitions that the gold set comes with.

A gold clause is found when a predicted clause of its category covers at least half of it. A predicted clause is right
when a gold clause of its category shares at least half of the shorter of the two. A hard negative is flagged when a
predicted clause of a training category covers half of it.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from compliance.terms.categories import TRAINING


class Tally(NamedTuple):
    """Counts of one category or pool of categories."""

    found: int
    gold: int
    right: int
    predicted: int

    @property
    def recall(self) -> float:
        """The share of gold clauses that were found."""
        return self.found / self.gold if self.gold else 1.0

    @property
    def precision(self) -> float:
        """The share of predicted clauses that are right."""
        return self.right / self.predicted if self.predicted else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of the two."""
        both = self.recall + self.precision
        return 2 * self.recall * self.precision / both if both else 0.0


class Score(NamedTuple):
    """The outcome on a set of documents; `misses` and `false` name what went wrong."""

    documents: int
    labels_right: int
    effects_right: int
    effects: int
    flagged: int
    hard: int
    tallies: dict[str, Tally]
    errors: tuple[tuple[str, str, str, str], ...]

    @property
    def label_accuracy(self) -> float:
        """The share of documents with the right `has_training_restriction`."""
        return self.labels_right / self.documents if self.documents else 1.0

    @property
    def effect_accuracy(self) -> float:
        """The share of found clauses with the right effect."""
        return self.effects_right / self.effects if self.effects else 1.0


def shared(a: dict[str, Any], b: dict[str, Any]) -> int:
    """How many code points two spans share."""
    return max(0, int(min(a["end"], b["end"]) - max(a["start"], b["start"])))


def score(gold: list[dict[str, Any]], predicted: list[dict[str, Any]], hard: list[dict[str, Any]]) -> Score:
    """The score of `predicted` documents, matched to `gold` by file; failed captures do not count."""
    by_file = {p["file"]: p for p in predicted}
    counts: Counter[tuple[str, int]] = Counter()
    errors: list[tuple[str, str, str, str]] = []
    documents = labels = effects = effects_right = 0
    for g in gold:
        if g.get("capture_failed"):
            continue
        documents += 1
        answer = by_file.get(g["file"], {})
        label = answer.get("has_training_restriction")
        labels += label is g["has_training_restriction"]
        if label is not g["has_training_restriction"]:
            errors.append((g["file"], "label", str(g["has_training_restriction"]), str(label)))
        clauses = answer.get("clauses", [])
        for c in g["clauses"]:
            size = c["end"] - c["start"]
            hits = [p for p in clauses if p["category"] == c["category"] and shared(p, c) * 2 >= size]
            for pool in _pools(c["category"]):
                counts[pool, 1] += 1
                counts[pool, 0] += bool(hits)
            if hits:
                effects += 1
                effects_right += any(p["effect"] == c["effect"] for p in hits)
                if not any(p["effect"] == c["effect"] for p in hits):
                    errors.append((g["file"], "effect", c["category"], c["quote"]))
            else:
                errors.append((g["file"], "missed", c["category"], c["quote"]))
        for p in clauses:
            right = any(
                c["category"] == p["category"]
                and shared(p, c) * 2 >= min(c["end"] - c["start"], p["end"] - p["start"]) > 0
                for c in g["clauses"]
            )
            for pool in _pools(p["category"]):
                counts[pool, 3] += 1
                counts[pool, 2] += right
            if not right:
                errors.append((g["file"], "false", p["category"], p["quote"]))
    flagged = 0
    for h in hard:
        clauses = by_file.get(h["file"], {}).get("clauses", [])
        caught = [p for p in clauses if p["category"] in TRAINING and shared(p, h) * 2 >= h["end"] - h["start"]]
        flagged += bool(caught)
        if caught:
            errors.append((h["file"], "flagged", caught[0]["category"], h["quote"]))
    pools = sorted({pool for pool, _ in counts})
    tallies = {pool: Tally(*(counts[pool, i] for i in range(4))) for pool in pools}
    return Score(documents, labels, effects_right, effects, flagged, len(hard), tallies, tuple(errors))


def _pools(category: str) -> list[str]:
    return [category, "all", *(["training"] if category in TRAINING else [])]
