"""The weights on board: what they are, and how well they do on documents that are not the project's own."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from compliance.errors import InternalError
from compliance.terms import embedding, linear
from compliance.terms.categories import CATEGORIES
from compliance.terms.extract import extractor
from compliance.terms.parse import read_document
from compliance.terms.scoring import score
from compliance.terms.signals import signals

SHARED = Path(__file__).resolve().parents[3] / "shared" / "terms"


@pytest.mark.parametrize("name", ["clauses-lexical.npz", "clauses.npz"])
def test_the_weights_are_arrays_and_small(name: str) -> None:
    path = linear.WEIGHTS / name
    assert path.stat().st_size < 1_000_000
    model = linear.load(path)
    assert model.embeds is (name == "clauses.npz")
    assert model.about["embedding"] in (None, embedding.WEIGHTS_SHA256)
    assert model.coef.shape[0] == len(model.thresholds) == len(CATEGORIES)


def test_a_model_is_the_same_after_saving(tmp_path: Path) -> None:
    model = linear.load(linear.WEIGHTS / "clauses-lexical.npz")
    model.save(tmp_path / "again.npz")
    again = linear.load(tmp_path / "again.npz")
    rows = [{3: 1.0, 77: 2.0}, {}]
    assert np.allclose(model.probabilities(rows, None), again.probabilities(rows, None), atol=1e-3)


@pytest.mark.parametrize("content", [b"", b"not an archive", b"PK\x03\x04broken"])
def test_damaged_weights_are_a_defect_that_names_itself(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clauses.npz"
    path.write_bytes(content)
    with pytest.raises(InternalError, match="clause model"):
        linear.load(path)


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "clauses.npz"
    np.savez(path, about=np.array([{"categories": []}], dtype=object), allow_pickle=True)
    with pytest.raises(InternalError):
        linear.load(path)


def test_every_signal_is_compiled_and_some_are_enough() -> None:
    assert signals().enough < set(signals().patterns)


def test_without_the_embedding_model_the_answer_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    extractor.cache_clear()
    monkeypatch.setattr(embedding, "available", lambda: False)
    found = extractor().document(read_document(Path(__file__).parent / "documents" / "harbour.txt"))
    extractor.cache_clear()
    assert found.has_training_restriction is True
    assert any("clearance[embed]" in note for note in found.notes)


@pytest.mark.skipif(not embedding.available(), reason="the embedding model is not installed")
def test_with_embeddings_the_documents_say_the_same() -> None:
    for path in sorted((Path(__file__).parent / "documents").iterdir()):
        document = read_document(path)
        both = [extractor(lexical=lexical).document(document) for lexical in (True, False)]
        assert both[0].has_training_restriction is both[1].has_training_restriction
        assert {c.category for c in both[0].clauses} == {c.category for c in both[1].clauses}


def test_the_scorer_counts_as_it_says() -> None:
    clause = {"category": "distill", "effect": "prohibit", "start": 10, "end": 30, "quote": "x" * 20}
    gold = [{"file": "a", "has_training_restriction": True, "clauses": [clause]}]
    hard = [{"file": "a", "start": 40, "end": 60, "quote": "y" * 20}]
    right = score(gold, [{**gold[0], "clauses": [{**clause, "start": 20, "end": 90}]}], hard)
    assert right.tallies["training"].recall == right.tallies["training"].precision == 1
    assert right.flagged == 1 and right.label_accuracy == 1 and right.effect_accuracy == 1
    wrong = score(gold, [{**gold[0], "has_training_restriction": False, "clauses": [{**clause, "start": 21}]}], hard)
    assert wrong.tallies["training"].recall == 0 and wrong.label_accuracy == 0 and wrong.flagged == 0
    assert score(gold, [], []).tallies["all"].recall == 0


@pytest.mark.skipif(not (SHARED / "gold.jsonl").exists(), reason="the gold set is not beside the project")
def test_the_gold_documents_are_read_as_they_are_labelled() -> None:
    """The weights saw these documents, so this guards against decay; the benchmark leaves providers out."""
    read = [json.loads(line) for line in (SHARED / "gold.jsonl").read_text(encoding="utf-8").splitlines()]
    sample = [g for g in read if not g.get("capture_failed")][::6]
    hard = [json.loads(line) for line in (SHARED / "hard_negatives.jsonl").read_text(encoding="utf-8").splitlines()]
    files = {g["file"] for g in sample}
    finder = extractor(lexical=True)
    answers = [msgspec.to_builtins(finder.document(read_document(SHARED / g["file"], name=g["file"]))) for g in sample]
    result = score(sample, answers, [h for h in hard if h["file"] in files])
    assert result.label_accuracy >= 0.97
    assert result.tallies["training"].recall >= 0.9
    assert result.tallies["training"].precision >= 0.9
    assert result.tallies["all"].f1 >= 0.85
    assert result.flagged == 0


@pytest.mark.skipif(not (SHARED / "gold.jsonl").exists(), reason="the gold set is not beside the project")
def test_a_capture_that_failed_is_no_answer() -> None:
    read = [json.loads(line) for line in (SHARED / "gold.jsonl").read_text(encoding="utf-8").splitlines()]
    failed = [g for g in read if g.get("capture_failed")]
    for g in failed:
        assert extractor(lexical=True).document(read_document(SHARED / g["file"])).has_training_restriction is None
