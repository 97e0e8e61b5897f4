"""Verdict accuracy on the public gold cases: `python benchmarks/accuracy.py` prints the table of `score.py`."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import score

from compliance.check import Checker

CASES = Path(__file__).resolve().parent.parent / "tests" / "gold" / "cases.jsonl"


def main() -> int:
    """Decide every case from its manifest alone, and score."""
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "lines.jsonl"
        answers = Path(folder) / "answers.jsonl"
        cases = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]
        lines.write_text("".join(json.dumps({"id": c["id"], "manifest": c["manifest"]}) + "\n" for c in cases))
        with answers.open("w", encoding="utf-8") as out:
            Checker().batch(lines, out)
        return int(score.main([*sys.argv[1:], str(CASES), str(answers)]))


if __name__ == "__main__":
    sys.exit(main())
