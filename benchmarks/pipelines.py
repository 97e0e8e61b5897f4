"""Made-up pipelines over the real ids of the corpora: many makers, channels, days and roles, chains of derived data.

The same seed gives the same pipeline on every machine, as long as the corpora are the same.
"""

from __future__ import annotations

import random
from typing import Any

from compliance.corpus.load import load
from compliance.corpus.records import CorpusFile, Family

DEPTH = 20  # sources of a chain, each derived from the one before it
TRAINER = "Northlight Research"
ROLES = ("targets", "targets", "targets", "preference", "rewrite", "prompts", "filter", "evaluation", "logits")
WHOM = ("trainer", "trainer", "trainer", "third-party:Datahaus", "contractor:Labelworks", "unknown")


class Pipelines:
    """Makes manifests of any size from the ids of the corpora."""

    def __init__(self, content: CorpusFile | None = None) -> None:
        content = content or load().content
        self.makers = {party.id: party.name for party in content.parties}
        self.families = [f for f in content.families if f.maker in self.makers and (f.hosted or f.weights)]
        self.datasets = [dataset.id for dataset in content.datasets]
        self.licences = [licence.spdx for licence in content.licences if licence.spdx]

    def manifest(self, size: int, seed: int = 0, depth: int = DEPTH) -> dict[str, Any]:
        """A run of `size` sources as plain values; every `depth` sources stand on one another."""
        pick = random.Random(f"{seed}/{size}/{depth}")
        sources = [self._source(pick, at, depth) for at in range(size)]
        return {
            "run": {"date": "2025-11-03", "name": f"pipeline {seed}", "purpose": "commercial", "method": "finetune"},
            "trainer": {"name": TRAINER, "territory": ["DE"]},
            "trainee": {"kind": pick.choice(("general-llm", "code-llm", "vlm")), "distributed": True},
            "sources": sources,
        }

    def _source(self, pick: random.Random, at: int, depth: int) -> dict[str, Any]:
        source: dict[str, Any] = {"name": f"stage-{at:06d}", "rows": pick.randrange(100, 1_000_000)}
        if at % depth:
            source["derived_from"] = [f"stage-{at - 1:06d}"]
        elif pick.random() < 0.3:
            source["derived_from"] = [pick.choice(self.datasets)]
        shape = pick.random()
        if shape < 0.15:
            source |= {"kind": "human-data", "licence": pick.choice(self.licences), "generated_by": None}
        elif shape < 0.2:
            source |= {"kind": "model-outputs", "generated_by": {"maker": TRAINER, "channel": "in-house"}}
        else:
            source |= {"kind": "model-outputs", "role": pick.choice(ROLES)}
            uses = [self._use(pick) for _ in range(2 if shape > 0.9 else 1)]
            source["generated_by"] = uses if len(uses) > 1 else uses[0]
        return source

    def _use(self, pick: random.Random) -> dict[str, Any]:
        family = pick.choice(self.families)
        month = pick.randrange(2023 * 12 + 2, 2025 * 12 + 10)
        return {
            "model": family.id,
            "maker": self.makers[family.maker],
            "channel": self._channel(pick, family),
            "when": f"{month // 12}-{month % 12 + 1:02d}",
            "by_whom": pick.choice(WHOM),
        }

    def _channel(self, pick: random.Random, family: Family) -> str:
        ways = ["first-party-api", "first-party-api", "consumer-app"] if family.hosted else []
        if family.weights:
            ways += ["open-weights", "open-weights"]
        if family.hosted and pick.random() < 0.1:
            return pick.choice(("cloud-reseller:Amazon", "cloud-reseller:OpenRouter", "unknown"))
        return pick.choice(ways)
