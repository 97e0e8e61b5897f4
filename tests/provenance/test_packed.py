"""Rows of packed sets in a source's files: a set under another name is judged as what it is."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fingerprint"))
from fingerprint_making import pack_of, rows, write

from compliance.check import Checker, weighed
from compliance.decision.decide import Decided
from compliance.domain.manifest import Manifest

CHECKER = Checker()
KNOWN = "tatsu-lab/alpaca"
OURS: dict[str, Any] = {
    "name": "our dialogues",
    "kind": "human-data",
    "licence": "own",
    "generated_by": None,
    "files": ["ours.jsonl"],
}


def decide(folder: Path, packs: list[Path], evidence: list[Path], **source: Any) -> Decided:
    manifest = {
        "run": {"date": "2025-06-15", "purpose": "commercial"},
        "trainer": {"name": "Acme"},
        "trainee": {"kind": "general-llm", "domain": "general", "distributed": True, "commercial": True},
        "base_models": [],
        "agreements": [],
        "sources": [{**OURS, **source}],
    }
    return weighed(CHECKER.decider, msgspec.convert(manifest, Manifest), folder, evidence, packs)[0]


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with packs of a set under two names, and a shuffled file with some of its rows among others."""
    folder = tmp_path_factory.mktemp("packed")
    packed = rows(1500)
    write(folder / "set.jsonl", packed)
    pack_of(folder / "known.pack", folder / "set.jsonl", name=KNOWN, teachers=("text-davinci-003",))
    pack_of(folder / "private.pack", folder / "set.jsonl", name="a lab/private set", teachers=())
    mine = [*rows(600, seed=2), *packed[100:160]]
    random.Random(3).shuffle(mine)
    write(folder / "ours.jsonl", mine)
    return folder


def test_a_known_set_under_another_name_is_judged_as_what_it_is(mixed: Path) -> None:
    assert decide(mixed, [], []).verdict.permits
    decided = decide(mixed, [mixed / "known.pack"], [])
    (found,) = [d for d in decided.differences if d.kind == "data-set"]
    assert found.strength == "strong" and found.judged and "of 660 rows" in found.says
    honest = decide(mixed, [], [], derived_from=["Alpaca"])
    assert decided.verdict >= honest.verdict and not decided.verdict.permits


def test_a_packed_set_that_no_record_knows_opens_a_review(mixed: Path) -> None:
    decided = decide(mixed, [mixed / "private.pack"], [])
    assert decided.verdict.text == "review"
    assert [d.kind for d in decided.differences] == ["data-set"]


def test_a_declared_parent_is_no_contradiction(mixed: Path) -> None:
    decided = decide(mixed, [mixed / "private.pack"], [], derived_from=["a lab/private set"])
    assert not [d for d in decided.differences if d.kind == "data-set"]


def test_rows_of_no_declared_source_are_found_in_the_evidence(mixed: Path) -> None:
    bare = decide(mixed, [], [], files=[])
    assert bare.verdict.permits
    decided = decide(mixed, [mixed / "known.pack"], [mixed / "ours.jsonl"], files=[])
    assert not decided.verdict.permits
    assert any(a.name.startswith("undeclared: ") and not a.verdict.permits for a in decided.answers)
