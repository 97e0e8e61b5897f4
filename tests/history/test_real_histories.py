"""Real histories, where they are at hand: nearly all real changes are alerted, and hardly anything else."""

from __future__ import annotations

from pathlib import Path

import pytest
from archive import run

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT.parent / "shared" / "terms" / "history"

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="no real histories here")


def test_the_goal_is_met(db: Path) -> None:
    import sys

    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        from history import read_gold, scored
    finally:
        sys.path.pop(0)
    (bundle,) = FOLDER.glob("*.bundle")
    assert run("sync", bundle, "--db", db).code == 0
    gold = read_gold(FOLDER / "changes.jsonl")
    result = scored(db, gold)
    assert len(result.hits) >= 10
    assert len(result.false) <= 3
