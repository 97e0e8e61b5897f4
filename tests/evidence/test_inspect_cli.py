"""The two commands as a user meets them."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest
from evidence_making import jsonl

from compliance.cli import inspect, manifest
from compliance.errors import UsageError
from compliance.evidence.places import read_placed

KEYS = {
    "file",
    "format",
    "sha256",
    "models",
    "parties",
    "datasets",
    "base_models",
    "licences",
    "dates",
    "warnings",
    "claims",
}


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    for module in (inspect, manifest):
        module.register(commands)
    options = parser.parse_args(arguments)
    return int(options.run(options))


def project(folder: Path) -> Path:
    row = {"prompt": "x", "response": "y", "model": "gpt-4o", "created": "2025-03-04"}
    (folder / "rows.jsonl").write_bytes(jsonl(row, row) + b"{oops\n")
    (folder / "train.yaml").write_text("base_model: google/gemma-2b\nadapter: lora\ndatasets:\n- path: rows.jsonl\n")
    return folder


def test_json_holds_the_contract(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", str(project(tmp_path)), "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    rows, train = said["files"]
    assert rows.keys() >= KEYS
    assert (rows["models"], rows["parties"], rows["rejected"]) == (["gpt-4o"], ["OpenAI"], 1)
    assert rows["dates"] == ["2025-03-04"]
    claim = train["claims"][0]
    assert (claim["value"], claim["line"], claim["field"]) == ("google/gemma-2b", 1, "base_model")


def test_text_names_what_was_lost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", str(project(tmp_path))]) == 0
    said = capsys.readouterr().out
    assert "models: gpt-4o" in said
    assert "3 records, 1 not readable" in said
    assert "2 files read" in said


def test_text_keeps_control_characters_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.jsonl").write_bytes(jsonl({"prompt": "x", "response": "y", "model": "gpt-4\x1b[31m"}))
    run(["inspect", str(tmp_path)])
    assert "\x1b" not in capsys.readouterr().out


def test_manifest_is_written_once(tmp_path: Path) -> None:
    target = project(tmp_path) / "clearance.yaml"
    assert run(["manifest", str(tmp_path), "-o", str(target)]) == 0
    assert [s.name for s in read_placed(target).manifest.sources] == ["rows.jsonl"]
    with pytest.raises(UsageError):
        run(["manifest", str(tmp_path), "-o", str(target)])
    assert run(["manifest", str(tmp_path), "-o", str(target), "--force"]) == 0


def test_manifest_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        run(["manifest", str(project(tmp_path) / "rows.jsonl")])
