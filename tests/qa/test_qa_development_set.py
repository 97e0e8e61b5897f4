"""The development questions, where they lie beside the project: by words alone, with floors below what was measured."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from compliance.qa.question import Turn
from compliance.qa.session import open_answerer

QA = Path(__file__).resolve().parents[3] / "shared" / "qa"
FLOORS = {
    "recall@5": 0.65,
    "recall@10": 0.75,
    "complete@10": 0.65,
    "verdict_accuracy_yes_no_conditional": 0.8,
    "abstain_recall": 0.85,
    "citation_offsets_exact": 1.0,
    "answers_with_valid_citation": 1.0,
}


@pytest.mark.skipif(not (QA / "score.py").is_file(), reason="the development questions are not here")
def test_scores_by_words_alone(tmp_path: Path) -> None:
    answerer = open_answerer([QA / "corpus"], cache=tmp_path / "index", semantic=False, today=739_580)
    lines = []
    for line in (QA / "questions.jsonl").read_text(encoding="utf-8").splitlines():
        asked = json.loads(line)
        turns = [Turn(t["role"], t["text"]) for t in asked.get("history", [])]
        answer = answerer.answer(asked["question"], turns)
        lines.append(json.dumps({"id": asked["id"], **msgspec.to_builtins(answer)}))
    predictions = tmp_path / "predictions.jsonl"
    predictions.write_text("\n".join(lines), encoding="utf-8")
    command = [sys.executable, str(QA / "score.py"), str(QA / "questions.jsonl"), str(predictions), "--json"]
    scores = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert {name: scores[name] for name, floor in FLOORS.items() if scores[name] < floor} == {}
    assert scores["false_abstention"] < 0.05
