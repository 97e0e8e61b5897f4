"""Files against declarations: strong evidence is judged, the rest opens a review, nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from compliance.check import Checker, weighed
from compliance.decision.decide import Decided
from compliance.domain.manifest import Manifest

CHECKER = Checker()
OPENAI = {
    "id": "chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz123",
    "object": "chat.completion",
    "created": 1740000000,
    "model": "gpt-4o-2024-08-06",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Good day."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 3, "total_tokens": 6},
}
DECLARED = {"model": "gpt-4o", "maker": "OpenAI", "channel": "first-party-api", "when": "2025-02", "by_whom": "trainer"}


def run(folder: Path, source: dict[str, Any], evidence: tuple[str, ...] = (), **files: Any) -> Decided:
    """The decision on a run of one source beside `files`, whose content is text or rows."""
    for name, content in files.items():
        text = content if isinstance(content, str) else "".join(json.dumps(row) + "\n" for row in content)
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    manifest = {
        "run": {"date": "2025-06-15", "purpose": "commercial", "method": "finetune"},
        "trainer": {"name": "Acme"},
        "trainee": {"kind": "general-llm", "domain": "general", "distributed": True, "commercial": True},
        "base_models": [],
        "agreements": [],
        "sources": [{"name": "rows", "role": "targets", **source}],
    }
    paths = [folder / name for name in evidence]
    return weighed(CHECKER.decider, msgspec.convert(manifest, Manifest), folder, paths)[0]


def answers(decided: Decided) -> dict[str, tuple[str, str]]:
    return {a.name: (a.verdict.text, a.rule) for a in decided.answers}


HUMAN = {"kind": "human-data", "licence": "own", "generated_by": None, "files": ["rows.jsonl"]}


def test_declared_human_rows_with_a_services_ids_do_not_pass(tmp_path: Path) -> None:
    decided = run(tmp_path, HUMAN, rows__jsonl=[{"text": "hello"}, OPENAI])
    assert not decided.verdict.permits
    assert [d.kind for d in decided.differences] == ["teacher"]
    assert decided.differences[0].evidence.line == 2


def test_rows_without_a_teacher_bear_the_declaration_out(tmp_path: Path) -> None:
    decided = run(tmp_path, HUMAN, rows__jsonl=[{"text": "hello"}, {"text": "good day"}])
    assert answers(decided) == {"rows": ("allow", "human-data")} and not decided.differences


def test_a_declared_teacher_is_no_difference(tmp_path: Path) -> None:
    declared = {"kind": "model-outputs", "licence": None, "generated_by": DECLARED, "files": ["rows.jsonl"]}
    decided = run(tmp_path, declared, rows__jsonl=[OPENAI])
    assert not decided.differences and answers(decided)["rows"] == ("block", "competing-output")


def test_other_days_than_declared_are_judged_beside_them(tmp_path: Path) -> None:
    mistral = {**DECLARED, "model": "mistral-medium", "maker": "Mistral AI", "when": "2024-03"}
    declared = {"kind": "model-outputs", "licence": None, "generated_by": mistral, "files": ["rows.jsonl"]}
    row = {**OPENAI, "id": "cmpl-e5cc70bb28c444948073e77776eb30ef", "model": "mistral-medium", "created": 1704500000}
    honest = run(tmp_path, declared, rows__jsonl=[{**row, "created": 1710000000}])
    assert honest.verdict.permits and not honest.differences
    late = run(tmp_path, declared, rows__jsonl=[row])
    assert [d.kind for d in late.differences] == ["dates"] and not late.verdict.permits


def test_rows_of_no_declared_source_become_a_source(tmp_path: Path) -> None:
    decided = run(tmp_path, {**HUMAN, "files": []}, ("logs.jsonl",), logs__jsonl=[OPENAI])
    names = answers(decided)
    extra = next(name for name in names if name.startswith("undeclared: "))
    assert names["rows"] == ("allow", "human-data")
    assert names[extra][0] in ("review", "block") and not decided.verdict.permits


def test_a_recipe_that_trains_on_an_undeclared_set_brings_it_in(tmp_path: Path) -> None:
    recipe = "base_model: Qwen/Qwen2.5-7B\ndatasets:\n  - path: tatsu-lab/alpaca\n    type: alpaca\n"
    decided = run(tmp_path, {**HUMAN, "files": []}, ("train.yaml",), train__yaml=recipe)
    names = answers(decided)
    assert "Alpaca" in names and not decided.verdict.permits
    assert "base_model:Qwen/Qwen2.5-7B" in names
    assert {d.kind for d in decided.differences} == {"data-set", "base"}


def test_a_file_that_is_not_there_opens_a_review(tmp_path: Path) -> None:
    decided = run(tmp_path, HUMAN)
    assert answers(decided) == {"rows": ("review", "evidence-unread")}


def test_a_damaged_file_opens_a_review(tmp_path: Path) -> None:
    decided = run(tmp_path, HUMAN, rows__jsonl='{"text": "hello"}\n{"text": "cut o')
    assert answers(decided)["rows"][0] == "review" and decided.differences[0].kind == "unread"


@pytest.mark.parametrize("pattern", ["../secret.jsonl", "/etc/passwd", "link/secret.jsonl", "**/../../x", "a\x00b"])
def test_a_manifest_cannot_make_it_read_outside_its_folder(tmp_path: Path, pattern: str) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    (tmp_path / "secret.jsonl").write_text(json.dumps(OPENAI) + "\n", encoding="utf-8")
    (folder / "link").symlink_to(tmp_path)
    decided = run(folder, {**HUMAN, "files": [pattern]})
    assert [d.kind for d in decided.differences] == ["unread"]


def test_a_card_that_names_another_licence_opens_a_review(tmp_path: Path) -> None:
    card = "---\nlicense: cc-by-nc-4.0\n---\n# Rows\n"
    decided = run(tmp_path, {**HUMAN, "licence": "MIT", "files": ["README.md"]}, README__md=card)
    assert answers(decided)["rows"] == ("review", "evidence-conflict")


def test_a_text_that_says_whose_model_it_is_opens_a_review(tmp_path: Path) -> None:
    rows = [{"text": "The kettle is on."}, {"text": "I am Claude, an AI assistant made by Anthropic. How can I help?"}]
    decided = run(tmp_path, HUMAN, rows__jsonl=rows)
    assert answers(decided)["rows"] == ("review", "undeclared-teacher")
    assert [(d.kind, d.strength, d.judged) for d in decided.differences] == [("teacher", "medium", False)]


def test_the_id_of_a_service_in_a_row_proves_who_answered(tmp_path: Path) -> None:
    rows = [{"text": "The kettle is on.", "meta": {"id": "msg_01Lk9QhW3cVnT5sYbR7pXeDa"}}]
    decided = run(tmp_path, HUMAN, rows__jsonl=rows)
    assert not decided.verdict.permits
    assert decided.differences[0].strength == "strong" and "Anthropic" in decided.differences[0].says


def test_talk_about_a_model_is_no_mark(tmp_path: Path) -> None:
    rows = [{"text": "My neighbour Claude read an article on ChatGPT and OpenAI in the paper."}]
    assert run(tmp_path, HUMAN, rows__jsonl=rows).verdict.permits


def test_the_marks_of_a_declared_teacher_are_no_difference(tmp_path: Path) -> None:
    declared = {"kind": "model-outputs", "licence": None, "generated_by": DECLARED, "files": ["rows.jsonl"]}
    rows = [{"text": "I am ChatGPT, a large language model trained by OpenAI."}]
    assert not run(tmp_path, declared, rows__jsonl=rows).differences
