"""Sets made by the benchmark's generator, files of their rows, and packs of those."""

from __future__ import annotations

import importlib.util
import json
import random
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from compliance.fingerprint.build import Builder
from compliance.fingerprint.pack import Pack, open_pack

_PATH = Path(__file__).resolve().parents[2] / "benchmarks" / "fingerprint.py"
_SPEC = importlib.util.spec_from_file_location("fingerprint_benchmark", _PATH)
assert _SPEC is not None and _SPEC.loader is not None
benchmark = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = benchmark
_SPEC.loader.exec_module(benchmark)


def rows(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Rows of an instruction set, the same for the same seed."""
    rng = random.Random(seed)
    return [benchmark.row(rng) for _ in range(count)]


def write(path: Path, values: Iterable[Any]) -> Path:
    """Values as JSON Lines."""
    path.write_text("".join(json.dumps(v) + "\n" for v in values), encoding="utf-8")
    return path


def pack_of(path: Path, *files: Path, name: str = "made/set", teachers: tuple[str, ...] = ("gpt-4",)) -> Pack:
    """A pack of some files, written to `path`."""
    with Builder(name, teachers) as builder:
        for file in files:
            builder.add_file(file)
        builder.write(path)
    return open_pack(path)
