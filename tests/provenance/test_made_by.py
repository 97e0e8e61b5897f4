"""A decision says how much of each file of the evidence which model made, in numbers, and every report shows it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from compliance.check import Checker, read_decision
from compliance.decision.model import Decision
from compliance.domain.evidence import MadeBy
from compliance.report import render
from compliance.report.json_form import dump

CHECKER = Checker()
MANIFEST = """
clearance: 1
run: {date: 2025-06-15}
trainer: {name: Tarn Labs}
trainee: {kind: general-llm}
sources:
  - name: rows
    kind: model-outputs
    role: targets
    generated_by: {model: gpt-4o, maker: OpenAI, channel: first-party-api, when: 2025-01, by_whom: trainer}
    files: [rows.jsonl]
"""


def row(model: str, at: int) -> dict[str, object]:
    """A row with the fields in which a logger keeps who answered."""
    return {"model": model, "messages": [{"role": "user", "content": f"question {at}"}], "created": 1736500000 + at}


@pytest.fixture(scope="module")
def decision(tmp_path_factory: pytest.TempPathFactory) -> Decision:
    """The decision on a file that three models made, in unequal parts."""
    folder = tmp_path_factory.mktemp("mixed")
    (folder / "clearance.yaml").write_text(MANIFEST, encoding="utf-8")
    models = ["gpt-4o"] * 6 + ["claude-3-opus-20240229"] * 3 + ["mistral-medium"]
    lines = [json.dumps(row(model, at)) for at, model in enumerate(models)]
    (folder / "rows.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return CHECKER.file(folder / "clearance.yaml").decision()


def made(decision: Decision) -> dict[str, MadeBy]:
    """What each model made of the one file."""
    return {part.teacher: part for evidence in decision.inputs for part in evidence.made_by}


def test_rows_bytes_and_shares_stand_by_model(decision: Decision) -> None:
    found = made(decision)
    assert {name: (part.rows, part.share) for name, part in found.items()} == {
        "gpt-4o": (6, 0.6),
        "claude-3-opus-20240229": (3, 0.3),
        "mistral-medium": (1, 0.1),
    }
    measured = [part.bytes or 0 for part in found.values()]
    assert all(measured) and sum(part.share_of_bytes or 0 for part in found.values()) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_every_report_shows_who_made_the_rows(decision: Decision, form: str) -> None:
    shown = render(decision, form)
    assert "made by models" in shown.casefold() and "claude-3-opus-20240229" in shown and "30%" in shown


def test_a_decision_that_was_written_out_is_read_back_whole(decision: Decision, tmp_path: Path) -> None:
    kept = tmp_path / "decision.json"
    kept.write_text(dump(decision), encoding="utf-8")
    assert read_decision(kept) == decision


def test_without_evidence_no_such_section_stands(decision: Decision) -> None:
    del decision
    example = Path(__file__).parents[2] / "examples" / "alpaca-style.yaml"
    assert "made by models" not in render(CHECKER.file(example).decision(), "text").casefold()
