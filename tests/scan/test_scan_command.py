"""The command: its JSON contract, its words, its exit codes, and stopping it."""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from compliance.cli import scan
from compliance.errors import UnreadableFile, UsageError
from compliance.scan.progress import Progress

REQUIRED = ["file", "record", "field", "start", "end", "signature", "party", "model", "channel", "strength", "date"]
SCHEMA = {
    "type": "object",
    "required": ["files", "hits"],
    "properties": {
        "files": {
            "items": {
                "required": ["file", "records", "rejected", "bytes", "by_party"],
                "properties": {"by_party": {"additionalProperties": {"type": "integer"}}},
            }
        },
        "hits": {
            "items": {
                "additionalProperties": False,
                "required": REQUIRED,
                "properties": {
                    "file": {"type": "string"}, "record": {"type": "integer"}, "field": {"type": "string"},
                    "start": {"type": ["integer", "null"]}, "end": {"type": ["integer", "null"]},
                    "signature": {"type": "string"}, "party": {"type": ["string", "null"]},
                    "model": {"type": ["string", "null"]}, "channel": {"type": ["string", "null"]},
                    "strength": {"enum": ["strong", "medium", "weak"]}, "date": {"type": ["string", "null"]},
                },
            }
        },
    },
}  # fmt: skip


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEARANCE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.jsonl"
    rows: list[dict[str, Any]] = [
        {"id": "chatcmpl-D8Z5f52zQqikDBEKQMQoYcWMcWPeU", "model": "gpt-4o-mini"},
        {"messages": [{"role": "assistant", "content": "Yes. I'm Claude, an AI made by Anthropic. Ask on."}]},
        {"text": "nothing"},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    scan.register(parser.add_subparsers())
    options = parser.parse_args(["scan", *arguments])
    return int(options.run(options))


def test_json(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(log), "--format", "json", "--workers", "2") == 0
    printed = json.loads(capsys.readouterr().out)
    jsonschema.validate(printed, SCHEMA)
    assert printed["files"][0]["by_party"] == {"Anthropic": 1, "OpenAI": 1}
    first, second, third = printed["hits"]
    assert first["date"] == "2026-02-12T22:04:43Z" and first["field"] == "id" and first["record"] == 0
    assert second["model"] == "gpt-4o-mini"
    content = json.loads(log.read_text().splitlines()[1])["messages"][0]["content"]
    assert third["field"] == "messages[0].content"
    assert content[third["start"] : third["end"]].startswith("I'm Claude")


def test_words(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(log), "--workers", "1") == 0
    printed = capsys.readouterr().out
    assert "3 records" in printed and "OpenAI: 1 strong" in printed and "dated 2026-02-12" in printed


def test_a_file_that_cannot_be_read_to_its_end_answers_65(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.parquet").write_bytes(b"PAR1 and then nothing of the kind PAR1")
    assert run(str(tmp_path / "x.parquet"), "--format", "json") == 65
    assert json.loads(capsys.readouterr().out)["files"][0]["warnings"]


def test_wrong_arguments(log: Path, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        run(str(tmp_path / "missing"))
    with pytest.raises(UsageError):
        run(str(log), "--workers", "0")


def test_progress_tells_rate_and_time_left() -> None:
    out = io.StringIO()
    progress = Progress(out)
    progress.show(1_000_000_000, 9_000_000_000)
    assert out.getvalue() == ""
    progress.started -= 20
    progress.last -= 20
    progress.show(3_000_000_000, 9_000_000_000)
    assert re.fullmatch(r" 33% of 9\.0 GB, (?:99|100) MB/s, 1 min \d s left\n", out.getvalue())


def test_stopping_keeps_what_is_done(log: Path, tmp_path: Path) -> None:
    code = (
        "import sys, time\nfrom compliance.scan import plan\nplan.PIECE = 40\nimport compliance.scan.run as run\n"
        "one = run.Scan._one\n"
        "def slow(*a):\n    one(*a)\n    time.sleep(1)\n"
        "run.Scan._one = slow\nfrom compliance.cli.scan import alone\nalone()\n"
    )
    command = [sys.executable, "-c", code, str(log), "--workers", "2", "--state", str(tmp_path / "state")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    while not list((tmp_path / "state").glob("*.tally")) and process.poll() is None:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in errors and b"--state" in errors and out == b""
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
