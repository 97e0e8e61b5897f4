"""The labelled samples, where they lie beside the project: formats, and items that the labels list in full.

Left out are kinds of a file whose labels say of themselves that they are a part (registries, profiles).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from compliance.corpus.corpus import load_corpus
from compliance.evidence.inspect import inspect

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples"
PARTLY_LABELLED = {("llamafactory_dataset_info", "datasets"), ("trainer_profiles_yaml", "base_models")}


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_samples() -> None:
    index = [json.loads(line) for line in (SAMPLES / "index.jsonl").read_text(encoding="utf-8").splitlines()]
    reports = {str(Path(r.file).relative_to(SAMPLES)): r for r in inspect([SAMPLES], load_corpus()).files}
    assert sum(reports[w["file"]].format == w["format"] for w in index) >= 0.97 * len(index)
    for kind in ("models", "datasets", "base_models", "dates"):
        right = wanted = said = 0
        for want in index:
            if kind not in want["expected"] or (want["format"], kind) in PARTLY_LABELLED:
                continue
            expected = {str(v).casefold()[: 10 if kind == "dates" else None] for v in want["expected"][kind]} - {""}
            found = {v.casefold() for v in getattr(reports[want["file"]], kind)}
            right, wanted, said = right + len(expected & found), wanted + len(expected), said + len(found)
        assert right >= 0.95 * wanted, kind
        assert right >= 0.95 * said, kind
