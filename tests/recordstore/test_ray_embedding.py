"""Embedding on a Ray cluster of this machine: the store that one process makes."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ray_nodes import TOKEN

from compliance.cli.main import main
from compliance.recordstore import models
from compliance.recordstore.store import Store
from compliance.scan.ray_cluster import connected
from compliance.terms.embedding import available

if importlib.util.find_spec("ray") is None or not available():
    pytest.skip("needs clearance[ray,embed]", allow_module_level=True)

WINDOW = 40


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """One that listens to this machine alone, to which this process is connected."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_TOKEN", TOKEN)
        with connected("", 2) as ray:
            yield ray


@pytest.fixture
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(models._WINDOW, models.FULL, WINDOW)
    path = tmp_path / "rows.jsonl"
    texts = [f"the {'very ' * (n % 9)}long answer number {n} about {['cake', 'dog', 'tax'][n % 3]}" for n in range(150)]
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    return path


def index(rows: Path, folder: Path, *options: str) -> int:
    return main(["index", str(rows), "--in", str(folder), "--format", "json", *options])


def held(folder: Path) -> tuple[Any, Any, str]:
    store = Store(folder)
    try:
        count = store.vector_count
        said = {key: store.catalogue.told(key) for key in ("model", "model_name", "kind", "dimensions")}
        found = store.vectors().rows(np.arange(count))
        return said, store.catalogue.chunks(), hashlib.sha256(np.ascontiguousarray(found).tobytes()).hexdigest()
    finally:
        store.close()


def test_the_store_of_one_process(cluster: Any, rows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert index(rows, tmp_path / "here", "--store", "arrays") == 0
    alone = json.loads(capsys.readouterr().out)
    assert index(rows, tmp_path / "there", "--store", "arrays", "--engine", "ray") == 0
    assert json.loads(capsys.readouterr().out) | {"folder": alone["folder"]} == alone
    assert alone["embedded"] == 150
    assert held(tmp_path / "there") == held(tmp_path / "here")
    assert len(held(tmp_path / "there")[1]) == -(-150 // WINDOW)


def test_wrong_options(rows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert index(rows, tmp_path / "x", "--cluster", "auto") == 64
    assert "add --engine ray" in capsys.readouterr().err
    assert index(rows, tmp_path / "x", "--engine", "ray", "--device", "cpu") == 64
    assert index(rows, tmp_path / "x", "--engine", "ray", "--model", "static") == 64
    assert "--model full" in capsys.readouterr().err
