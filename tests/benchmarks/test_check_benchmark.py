"""The benchmark of `check` runs and prints every row; how fast this machine is, is no matter for a test."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent.parent.parent / "benchmarks"
ROWS = [
    "50 sources, warm, verdict, p50",
    "50 sources, warm, verdict, p99",
    "50 sources, warm, whole decision, p50",
    "50 sources, warm, whole decision, p99",
    "50 sources, Rego fragment, regopy",
    "50 sources, JSON Schema, jsonschema",
    "50 sources, JSON Schema, jsonschema-rs",
    "200 sources, verdict",
    "200 sources, whole decision",
    "500 sources, verdict",
    "500 sources, whole decision",
    "2,000 sources, verdict",
    "2,000 sources, whole decision",
    "scaling exponent, 500 to 2,000, verdict",
    "scaling exponent, 500 to 2,000, whole decision",
    "share of the processor that this process had till here",
    "clearance check, fresh process, corpora cached",
    "clearance check, the very first (empty cache)",
    "clearance --help, fresh process",
    "2,000 sources, whole decision, peak memory",
]


def test_quick_prints_every_row() -> None:
    command = [sys.executable, str(BENCHMARKS / "check.py"), "--quick", "--json"]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    rows = {row["name"]: row["value"] for row in json.loads(run.stdout)}
    assert [name for name in rows if not name.startswith("  ")] == ROWS
    measured = {name: value for name, value in rows.items() if "regopy" not in name and "-rs" not in name}
    assert all(value is not None and value > 0 for name, value in measured.items() if not name.startswith("  "))


def test_the_same_seed_makes_the_same_pipeline_and_its_chains_are_deep() -> None:
    code = """
import hashlib, json, sys
from pipelines import DEPTH, Pipelines
import msgspec
from compliance.domain.manifest import Manifest
from compliance.evidence.manifest_file import check
from compliance.reading.structured import Text
made = Pipelines().manifest(200, 7)
check(msgspec.convert(made, Manifest), Text("made", ""))
links = sum(f"stage-{at - 1:06d}" in s.get("derived_from", []) for at, s in enumerate(made["sources"]))
assert links == 200 - 200 // DEPTH, links
assert made != Pipelines().manifest(200, 8)
print(hashlib.sha256(json.dumps(made).encode()).hexdigest())
"""
    answers = {
        subprocess.run([sys.executable, "-c", code], cwd=BENCHMARKS, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert len(answers) == 1
