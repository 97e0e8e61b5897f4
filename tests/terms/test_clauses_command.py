"""`clearance clauses` on real files."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path

import pytest

from compliance.cli import clauses

DOCUMENTS = Path(__file__).parent / "documents"
KEYS = {
    "category",
    "effect",
    "object",
    "condition",
    "exceptions",
    "bound",
    "section",
    "start",
    "end",
    "quote",
    "confidence",
}


def run(*arguments: str) -> int:
    parser = ArgumentParser()
    clauses.register(parser.add_subparsers())
    options = parser.parse_args(["clauses", "--lexical", *arguments])
    return int(options.run(options))


def test_one_file_gives_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(DOCUMENTS / "northwind.md")
    assert run(path) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["file"] == path
    assert answer["has_training_restriction"] is True
    assert all(set(clause) == KEYS for clause in answer["clauses"])
    assert [c["start"] for c in answer["clauses"]] == sorted(c["start"] for c in answer["clauses"])


def test_several_files_give_a_line_each_and_a_bad_one_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.md"
    bad.write_bytes(b"\xff\x00")
    assert run(str(DOCUMENTS / "harbour.txt"), str(bad), str(DOCUMENTS / "plain_shop.md")) == 65
    out, err = capsys.readouterr()
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["has_training_restriction"] for line in lines] == [True, None, False]
    assert "bad.md" in lines[1]["notes"][0]
    assert err.startswith("clearance: ") and "bad.md" in err


def test_a_single_bad_file_prints_no_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(tmp_path / "none.md")) == 65
    out, err = capsys.readouterr()
    assert out == "" and "no such file" in err


def test_text_names_the_clause_and_its_exception(capsys: pytest.CaptureFixture[str]) -> None:
    run(str(DOCUMENTS / "northwind.md"), "--format", "text")
    out = capsys.readouterr().out
    assert "restricts training" in out
    assert "prohibit train-competing-models (output" in out
    assert "Sorting Exception" in out


def test_the_text_that_offsets_count_can_be_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "terms.html"
    page.write_text("<html><body><p>You must not use Output to train other AI models.</p></body></html>")
    assert run(str(page), "--save-text", str(tmp_path / "out")) == 0
    answer = json.loads(capsys.readouterr().out)
    kept = (tmp_path / "out" / "terms.html.txt").read_text(encoding="utf-8")
    (clause,) = answer["clauses"]
    assert kept[clause["start"] : clause["end"]] == clause["quote"]
    assert answer["text"] == "extracted"


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    assert run(str(DOCUMENTS / "plain_shop.md"), "--save-text", str(tmp_path / "taken")) == 65
