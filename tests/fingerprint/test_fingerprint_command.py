"""The command: its words, its JSON, its exit codes, and one line for every error."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest
from fingerprint_making import rows, write

from compliance.cli import fingerprint
from compliance.errors import ClearanceError


def run(*words: object) -> int:
    """Run `clearance fingerprint ...`; the exit code, also of an error, whose line goes to standard output."""
    parser = argparse.ArgumentParser()
    fingerprint.register(parser.add_subparsers())
    options = parser.parse_args(["fingerprint", *map(str, words)])
    try:
        return int(options.run(options))
    except ClearanceError as error:
        print(error.one_line())
        return error.exit_code


@pytest.fixture
def made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    folder = tmp_path / "set"
    folder.mkdir()
    write(folder / "a.jsonl", rows(100))
    write(folder / "b.jsonl", rows(100, seed=2))
    (folder / "README.md").write_text("# A set\n")
    pack = tmp_path / "x.pack"
    assert run("build", folder, "--dataset", "made/set", "--teacher", "gpt-4", "-o", pack) == 0
    return pack


def test_build_and_show(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = capsys.readouterr()
    assert "made/set, made by gpt-4" in said.out and "of 200 rows" in said.out
    assert "README.md: a text that holds no rows" in said.err
    assert run("show", made) == 0
    assert capsys.readouterr().out == said.out
    assert run("show", made, "--format", "json") == 0
    header = json.loads(capsys.readouterr().out)
    assert (header["dataset"], header["rows"], header["parameters"]["words"]) == ("made/set", 200, 5)


def test_match_in_words(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "mine.jsonl", [*rows(50), *rows(50, seed=3)])
    write(tmp_path / "other.jsonl", rows(50, seed=4))
    capsys.readouterr()
    assert run("match", tmp_path / "mine.jsonl", tmp_path / "other.jsonl", "--pack", made) == 0
    told = capsys.readouterr().out
    assert "of 100 rows" in told and "strong" in told and "made by gpt-4, as its pack says" in told
    assert "other.jsonl: 50 rows; none is of a packed set" in told


def test_match_for_machines(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "mine.jsonl", rows(50))
    capsys.readouterr()
    assert run("match", tmp_path / "mine.jsonl", "--pack", made, "--format", "json") == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    (file,) = told["files"]
    (found,) = file["found"]
    assert found["dataset"] == "made/set" and found["rows"] > 35 and found["share"] == found["rows"] / 50
    assert found["first"][0]["row"] == found["first"][0]["packed_row"]
    assert [c["kind"] for c in file["claims"]] == ["dataset", "model"]
    assert told["packs"][0]["dataset"] == "made/set"


def test_merge(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = write(tmp_path / "c.jsonl", rows(100, seed=5))
    for name in ("made/set", "another"):
        assert run("build", more, "--dataset", name, "-o", tmp_path / f"{name[:4]}.pack") == 0
    assert run("merge", made, tmp_path / "made.pack", "-o", tmp_path / "m.pack") == 0
    assert "of 300 rows" in capsys.readouterr().out
    assert run("merge", made, tmp_path / "anot.pack", "-o", tmp_path / "m.pack") == 64
    assert "--dataset" in capsys.readouterr().out
    assert run("merge", made, tmp_path / "anot.pack", "--dataset", "both", "-o", tmp_path / "m.pack") == 0


def test_errors_are_one_line(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "strange.pack").write_bytes(b"PK" * 50)
    (tmp_path / "cut.pack").write_bytes(made.read_bytes()[:-9])
    (tmp_path / "cut.jsonl.gz").write_bytes(b"\x1f\x8b\x08\0\0\0\0\0\0\3abc")
    good, out = write(tmp_path / "a.jsonl", rows(40)), tmp_path / "new.pack"
    capsys.readouterr()
    for words, code in (
        (("build", tmp_path / "empty.jsonl", "--dataset", "x", "-o", out), 65),
        (("build", tmp_path / "absent", "--dataset", "x", "-o", out), 65),
        (("build", tmp_path / "cut.jsonl.gz", "--dataset", "x", "-o", out), 65),
        (("build", good, "--dataset", " ", "-o", out), 65),
        (("build", good, "--dataset", "x", "-o", good), 65),
        (("build", good, "--dataset", "x", "-o", tmp_path / "no" / "x.pack"), 65),
        (("match", good, "--pack", tmp_path / "strange.pack"), 65),
        (("match", good, "--pack", tmp_path / "cut.pack"), 65),
        (("match", good, "--pack", tmp_path), 65),
        (("match", tmp_path / "absent", "--pack", made), 65),
    ):
        assert run(*words) == code
        assert capsys.readouterr().out.count("\n") == 1
    assert not out.exists() and good.stat().st_size > 0
    assert run("match", tmp_path / "cut.jsonl.gz", "--pack", made) == 65
