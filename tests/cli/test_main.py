"""The command line on real files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from compliance.cli.main import main

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
GOOD = "run: {date: 2025-06-15}\ntrainer: {name: A}\ntrainee: {kind: vlm}\nsources: []\n"


@pytest.mark.parametrize(
    ("example", "code", "verdict"),
    [
        ("distillation-testimony", 1, "block"),
        ("alpaca-style", 2, "review"),
        ("r1-distillation-mit", 0, "allow"),
        ("llama-3.1-naming", 0, "allow-with-obligations"),
        ("own-lab", 0, "allow"),
        ("spoiled-mixture", 1, "block"),
        ("validate-with-other-models", 2, "review"),
    ],
)
def test_examples(example: str, code: int, verdict: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(EXAMPLES / f"{example}.yaml")
    assert main(["check", path, "--format", "json"]) == code
    first = capsys.readouterr().out
    assert json.loads(first)["verdict"] == verdict
    main(["check", path, "--format", "json"])
    assert capsys.readouterr().out == first
    assert main(["check", path]) == code


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "empty"),
        (b"run: [", "not YAML"),
        (b"run: 1\nrun: 2\n", ":2: the key 'run' stands twice"),
        (GOOD.replace("trainer", "trainr").encode(), "did you mean 'trainer'?"),
        (GOOD.replace("vlm", "vlmm").encode(), ":3: trainee.kind:"),
        (GOOD.replace("2025-06-15", "2025-02-30").encode(), "2025-02-30"),
        (GOOD.replace("[]", "[{name: a}, {name: A}]").encode(), "two sources"),
        (b"\xff\xfea", "UTF-16"),
        (b"a: \xff", "not UTF-8"),
        (b"[" * 1_000_000, "nested deeper"),
    ],
)
def test_bad_input_is_one_line_that_names_the_fault(
    text: bytes, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "m.yaml"
    path.write_bytes(text)
    assert main(["check", str(path)]) == 65
    err = capsys.readouterr().err
    assert says in err and err.count("\n") == 1 and str(path) in err


@pytest.mark.parametrize("text", [b"\xef\xbb\xbf" + GOOD.encode(), GOOD.replace("\n", "\r\n").encode()])
def test_a_byte_order_mark_and_crlf_are_read(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "clearance.yaml").write_bytes(text)
    assert main(["check", str(tmp_path)]) == 2


def test_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 64
    assert main(["nonsense"]) == 64
    assert main(["check", str(tmp_path)]) == 65
    assert main(["check", str(tmp_path / "absent.yaml")]) == 65
    assert main(["check", str(tmp_path), "--profile", "strickt"]) == 64
    assert main(["rules", "show", "own-lab"]) == 0
    assert "own" in capsys.readouterr().out


def test_a_batch_writes_a_line_for_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = {"run": {"date": "2025-06-15"}, "trainer": {"name": "A"}, "trainee": {"kind": "vlm"}, "sources": []}
    path = tmp_path / "b.jsonl"
    path.write_text("".join(json.dumps({"id": i, "manifest": manifest}) + "\n" for i in ("x", "y")))
    assert main(["check", "--batch", str(path)]) == 2
    assert [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()] == ["x", "y"]
