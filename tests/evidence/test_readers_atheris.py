"""A bounded run of the coverage-guided fuzzer, where it is installed: no input makes a reader fail or hang."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("atheris")


def test_a_bounded_run_finds_nothing(tmp_path: Path) -> None:
    command = [sys.executable, str(Path(__file__).with_name("atheris_readers.py")), "-runs=2000", "-seed=1"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    assert "Done 2000 runs" in run.stderr
