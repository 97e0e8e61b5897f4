"""Manifests for tests of deciding: those of the gold cases, and mixtures of their sources."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import strategies as st

from compliance.corpus.corpus import load_corpus
from compliance.decision.decide import Decider
from compliance.domain.manifest import Manifest
from compliance.ruleset.load import load_ruleset

GOLD = Path(__file__).parent.parent / "gold" / "cases.jsonl"
CASES: list[dict[str, Any]] = [json.loads(line) for line in GOLD.read_text(encoding="utf-8").splitlines()]
CORPUS = load_corpus()
DECIDER = Decider(CORPUS, load_ruleset())
RUNS = [case["manifest"] for case in CASES]
SOURCES = [source for run in RUNS for source in run["sources"]]


def manifest(tree: dict[str, Any]) -> Manifest:
    """The typed manifest."""
    return msgspec.convert(tree, Manifest)


@st.composite
def mixtures(draw: st.DrawFn, most: int = 6) -> Manifest:
    """A run of the gold set with sources of others, with rows, some made from one another."""
    run = draw(st.sampled_from(RUNS))
    chosen = draw(st.lists(st.sampled_from(SOURCES), min_size=1, max_size=most))
    sources: list[dict[str, Any]] = []
    for at, source in enumerate(chosen):
        made = {**source, "name": f"source {at}", "rows": draw(st.integers(1, 1000))}
        made.pop("derived_from", None)
        parents = draw(st.lists(st.integers(0, max(0, at - 1)), max_size=2, unique=True)) if at else []
        if parents:
            made["derived_from"] = [f"source {p}" for p in parents]
        sources.append(made)
    return manifest({**run, "sources": sources})
