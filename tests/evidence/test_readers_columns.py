"""Parquet and Arrow, written by the library that everybody writes them with."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from compliance.corpus.corpus import Corpus, load_corpus
from compliance.evidence.inspect import inspect_file

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

NAMES = ("claude-3-opus-20240229", "gpt-4o")
ROWS = [{"prompt": "x", "response": "y", "model": NAMES[n % 2], "n": n} for n in range(10_000)]
INFO = {"info": {"license": "apache-2.0", "features": {}}}


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return load_corpus()


def table(rows: list[dict[str, Any]]) -> Any:
    return pa.Table.from_pylist(rows).replace_schema_metadata({"huggingface": json.dumps(INFO)})


def test_parquet(tmp_path: Path, corpus: Corpus) -> None:
    pq.write_table(table(ROWS), tmp_path / "a.bin")
    report = inspect_file(tmp_path / "a.bin", corpus)
    assert (report.format, report.records, report.rejected) == ("parquet", 10_000, 0)
    assert {c.value: c.records for c in report.claims if c.kind == "model"} == dict.fromkeys(NAMES, 5000)
    assert report.licences == ["apache-2.0"]


@pytest.mark.parametrize(("kind", "label"), [("stream", "hf_arrow_stream"), ("file", "arrow_file")])
def test_arrow(kind: str, label: str, tmp_path: Path, corpus: Corpus) -> None:
    held = table(ROWS)
    opened = pa.ipc.new_stream if kind == "stream" else pa.ipc.new_file
    with opened(str(tmp_path / "a.arrow"), held.schema) as writer:
        writer.write_table(held)
    report = inspect_file(tmp_path / "a.arrow", corpus)
    assert (report.format, report.records) == (label, 10_000)
    assert report.parties == ["Anthropic", "OpenAI"]


def test_nested_columns_and_bytes(tmp_path: Path, corpus: Corpus) -> None:
    rows = [
        {
            "image": {"bytes": b"\xff\xd8", "path": "x"},
            "raw": b"\x00",
            "vec": [0.1, 0.2],
            "completions": [{"model": "gpt-4", "response": "y"}],
            "instruction": "x",
        }
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    report = inspect_file(tmp_path / "a.parquet", corpus)
    assert report.models == ["gpt-4"]


def test_broken_footer(tmp_path: Path, corpus: Corpus) -> None:
    held = io.BytesIO()
    pq.write_table(table(ROWS), held)
    data = held.getvalue()
    for broken in (data[:-4] + b"XXXX", data[: len(data) // 2], b"PAR1", data[:4] + b"\xff" * 200 + data[204:]):
        (tmp_path / "a.parquet").write_bytes(broken)
        report = inspect_file(tmp_path / "a.parquet", corpus)
        assert report.format == "parquet"
        if len(broken) != len(data) or broken.endswith(b"XXXX"):
            assert "corrupt" in {w.kind for w in report.warnings}
            assert report.unknown == ["content"]
