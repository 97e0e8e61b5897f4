"""The fourteen categories of clauses, and what each says unless its words say otherwise."""

from __future__ import annotations

from typing import Literal

Category = Literal[
    "train-competing-models",
    "train-any-models",
    "distill",
    "permit-training",
    "reverse-engineer",
    "scrape-output",
    "competing-product",
    "output-ownership",
    "naming-attribution",
    "flow-down",
    "non-commercial",
    "scale-threshold",
    "misrepresent-human",
    "third-party-conduct",
]
Effect = Literal["prohibit", "permit", "oblige", "assign"]

CATEGORIES: tuple[Category, ...] = (
    "train-competing-models",
    "train-any-models",
    "distill",
    "permit-training",
    "reverse-engineer",
    "scrape-output",
    "competing-product",
    "output-ownership",
    "naming-attribution",
    "flow-down",
    "non-commercial",
    "scale-threshold",
    "misrepresent-human",
    "third-party-conduct",
)
RESTRICTS_TRAINING = frozenset({"train-competing-models", "train-any-models", "distill"})
TRAINING = RESTRICTS_TRAINING | {"permit-training"}
USUAL_EFFECT: dict[Category, Effect] = {
    "permit-training": "permit",
    "output-ownership": "assign",
    "naming-attribution": "oblige",
    "flow-down": "oblige",
    "scale-threshold": "oblige",
}
