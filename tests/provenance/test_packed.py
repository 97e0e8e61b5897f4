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


def test_rows_of_a_set_that_models_made_are_no_longer_by_people(mixed: Path) -> None:
    decided = decide(mixed, [mixed / "known.pack"], [])
    (source,) = decided.case.manifest.sources
    assert source.derived_from == ["Alpaca"] and source.generated_by is msgspec.UNSET
    assert decided.verdict.text == "block"


@pytest.mark.parametrize("parent", ["Alpaca", "tatsu-lab/alpaca", "Alpaca-GPT4"])
def test_a_set_that_is_declared_or_shares_rows_with_it_is_no_contradiction(mixed: Path, parent: str) -> None:
    decided = decide(mixed, [mixed / "known.pack"], [], derived_from=[parent])
    kept = CHECKER.corpus.dataset(parent)
    assert kept is not None
    holds = kept.id == "alpaca" or "alpaca" in kept.keeps
    assert bool([d for d in decided.differences if d.kind == "data-set"]) is not holds


def test_questions_of_a_packed_set_open_a_review(tmp_path: Path) -> None:
    texts = [f"{r['instruction']} {r['output']}" for r in rows(900)]
    asked = [{"instruction": q, "output": a} for q, a in zip(texts[:400], texts[400:800], strict=True)]
    write(tmp_path / "set.jsonl", asked)
    pack_of(tmp_path / "asked.pack", tmp_path / "set.jsonl", name="a lab/questions", teachers=("gpt-4",))
    ours = [{"instruction": r["instruction"], "output": f"Number {n}."} for n, r in enumerate(asked[:200])]
    write(tmp_path / "ours.jsonl", ours)
    decided = decide(tmp_path, [tmp_path / "asked.pack"], [])
    assert decided.verdict.text == "review"
    assert [(d.kind, d.strength, d.judged) for d in decided.differences] == [("data-set", "medium", False)]
    assert "by the question alone" in decided.differences[0].says


def test_a_packed_set_in_evidence_of_no_source_opens_a_review(mixed: Path) -> None:
    decided = decide(mixed, [mixed / "private.pack"], [mixed / "ours.jsonl"], files=[])
    assert any(a.name.startswith("undeclared: ") for a in decided.answers) and not decided.verdict.permits


def test_damaged_evidence_of_no_source_opens_a_review(tmp_path: Path) -> None:
    (tmp_path / "log.json").write_text('[{"text": "good day"}, {"text": "cut o', encoding="utf-8")
    decided = decide(tmp_path, [], [tmp_path / "log.json"], files=[])
    assert not decided.verdict.permits
    assert [d.kind for d in decided.differences] == ["unread"]
