"""The commands of the how-to page run, on a set that is made here under the names that the page uses."""

from __future__ import annotations

import glob
import gzip
import json
import os
import random
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from fingerprint_making import rows, write

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "how-to" / "fingerprint-a-data-set.md"
COMMANDS = re.findall(r"^(clearance .*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
MANIFEST = """
run: {date: 2025-06-15, purpose: commercial, method: finetune}
trainer: {name: Acme}
trainee: {kind: general-llm, domain: general, distributed: true, commercial: true}
base_models: []
agreements: []
sources:
  - {name: our dialogues, kind: human-data, licence: own, role: targets, generated_by: null, files: [data]}
"""


def clearance(command: str, folder: Path) -> tuple[int, str]:
    """A command as a shell would run it in a folder; the compressed file is gz, for which no package is needed."""
    words = [w for word in shlex.split(command.replace(".zst", ".gz"))[1:] for w in _expanded(word, folder)]
    done = subprocess.run(
        [sys.executable, "-m", "compliance", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return done.returncode, done.stdout + done.stderr


def _expanded(word: str, folder: Path) -> list[str]:
    return sorted(glob.glob(word, root_dir=folder)) or [word] if "*" in word else [word]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packed set, renamed and shuffled among other rows, with a manifest that calls all of them human."""
    place = tmp_path_factory.mktemp("how-to")
    for name in ("set", "data", "packs"):
        (place / name).mkdir()
    packed = rows(3000)
    write(place / "set" / "rows.jsonl", packed)
    mixed = [*rows(1000, seed=2), *packed[:40]]
    random.Random(1).shuffle(mixed)
    write(place / "data" / "mix.jsonl", mixed)
    (place / "train.jsonl.gz").write_bytes(gzip.compress((place / "data" / "mix.jsonl").read_bytes()))
    (place / "clearance.yaml").write_text(MANIFEST, encoding="utf-8")
    build = next(c for c in COMMANDS if " build " in c)
    assert clearance(build, place)[0] == 0
    (place / "packs" / "instructions.pack").write_bytes((place / "instructions.pack").read_bytes())
    return place


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_of_the_page_run(command: str, folder: Path) -> None:
    code, output = clearance(command, folder)
    assert code == (2 if " check " in command else 0), output
    assert "example/instructions" in output


def test_the_exposure_and_the_match_are_in_the_json(folder: Path) -> None:
    code, output = clearance("clearance inspect data/ --pack packs/*.pack --format json", folder)
    (report,) = json.loads(output)["files"]
    assert code == 0 and report["datasets"] == ["example/instructions"]
    (exposure,) = report["exposure"]
    assert exposure["teacher"] == "gpt-4" and 30 <= exposure["rows"] <= 40


def test_the_decision_names_the_pack_and_what_was_found(folder: Path) -> None:
    assert clearance("clearance check .", folder)[0] == 0
    code, output = clearance("clearance check . --pack packs/*.pack --format json", folder)
    decision = json.loads(output)
    assert code == 2 and decision["sources"][0]["rule"] in ("undeclared-teacher", "evidence-conflict")
    assert any(i["file"].endswith("instructions.pack") and len(i["sha256"]) == 64 for i in decision["inputs"])
    made = [part for i in decision["inputs"] for part in i["made_by"]]
    assert [part["teacher"] for part in made] == ["gpt-4"] and made[0]["rows"] >= 30
