"""The reports of the examples as they are held to be right; `python tests/golden/write.py` writes them anew.

Hashes that change with every record or rule are written as zeros. Read the difference before you commit it.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from compliance.check import Checker
from compliance.report import render

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = Path(__file__).parent
EXAMPLES = [*sorted((ROOT / "examples").glob("*.yaml")), ROOT / "examples" / "project"]
FORMS = {"text": "txt", "json": "json", "markdown": "md"}
_COUNTS = re.compile(r'[0-9,]+ records|"records": ?[0-9]+')
_STATE = re.compile(r'("sha256": ?"|sha256 |"id": ?"|Decision +|\b)([0-9a-f]{64}|[0-9a-f]{32}|[0-9a-f]{12})\b')


def reports() -> dict[str, str]:
    """The reports of all examples in three forms, by file name.

    They are asked for by relative paths: lines are wrapped by their length, and where the project lies must not count.
    """
    checker = Checker()
    found = {}
    with contextlib.chdir(ROOT):
        for path in EXAMPLES:
            decision = checker.file(path.relative_to(ROOT)).decision()
            for form, ending in FORMS.items():
                found[f"{path.stem}.{ending}"] = _COUNTS.sub("0 records", _STATE.sub(_zero, render(decision, form)))
    return found


def _zero(match: re.Match[str]) -> str:
    return match[1] + "0" * len(match[2])


if __name__ == "__main__":
    for name, text in reports().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    print(f"{len(reports())} reports are in tests/golden")
