"""Verdict accuracy on the public gold cases, from their manifests alone, with the table of `score.py`.

python benchmarks/accuracy.py              # both sets of tests/gold
python benchmarks/accuracy.py FILE --json  # one file of cases, for machines
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import score

from compliance.check import Checker

GOLD = Path(__file__).resolve().parent.parent / "tests" / "gold"
SETS = ("cases.jsonl", "further.jsonl")


def main() -> int:
    """Decide every case and score; the exit code is the scorer's worst."""
    named = [Path(argument) for argument in sys.argv[1:] if not argument.startswith("-")]
    flags = [argument for argument in sys.argv[1:] if argument.startswith("-")]
    checker = Checker()
    code = 0
    for path in named or [GOLD / name for name in SETS]:
        if len(named) != 1:
            print(f"== {path.name}")
        with tempfile.TemporaryDirectory() as folder:
            lines, answers = Path(folder) / "lines.jsonl", Path(folder) / "answers.jsonl"
            cases = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            lines.write_text("".join(json.dumps({"id": c["id"], "manifest": c["manifest"]}) + "\n" for c in cases))
            with answers.open("w", encoding="utf-8") as out:
                checker.batch(lines, out)
            code = max(code, int(score.main([*flags, str(path), str(answers)])))
    return code


if __name__ == "__main__":
    sys.exit(main())
