"""How much of a file each model made."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from compliance.corpus.corpus import load_corpus
from compliance.evidence.claims import Claim
from compliance.evidence.exposure import exposure_of
from compliance.evidence.inspect import inspect_file

CORPUS = load_corpus()


def row(model: str, text: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": text}], "model": model}


MIXED = [row("gpt-4o", "a" * 100), row("gpt-4o", "ä" * 50), row("claude-3-5-sonnet-20241022", "b"), {"text": "by hand"}]


def test_rows_and_bytes_are_counted_by_teacher(tmp_path: Path) -> None:
    lines = [json.dumps(r, ensure_ascii=False) for r in MIXED]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    report = inspect_file(path, CORPUS)
    sizes = [len(line.encode()) for line in lines]
    assert report.record_bytes == sum(sizes)
    assert [(e.teacher, e.rows, e.share, e.bytes) for e in report.exposure] == [
        ("gpt-4o", 2, 0.5, sizes[0] + sizes[1]),
        ("claude-3-5-sonnet-20241022", 1, 0.25, sizes[2]),
    ]


def test_compression_and_an_array_change_no_bytes(tmp_path: Path) -> None:
    lines = [json.dumps(r) for r in MIXED]
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    (tmp_path / "c.json").write_text("[" + ",\n".join(lines) + "]", encoding="utf-8")
    found = [inspect_file(p, CORPUS).exposure for p in sorted(tmp_path.iterdir())]
    assert found[0] == found[1] == found[2] and len(found[0]) == 2


def test_a_document_that_is_no_row_exposes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "train.yaml"
    path.write_text("base_model: Qwen/Qwen2.5-7B\n", encoding="utf-8")
    assert inspect_file(path, CORPUS).exposure == []


CLAIMS = st.lists(
    st.builds(
        Claim,
        kind=st.sampled_from(["model", "party", "dataset"]),
        value=st.sampled_from(["a", "b"]),
        strength=st.sampled_from(["strong", "medium", "weak"]),
        says=st.just("x"),
        file=st.just("f"),
        record=st.none() | st.integers(0, 9),
        role=st.sampled_from(["targets", "evaluation", "requested", ""]),
        records=st.integers(1, 10),
        bytes=st.integers(0, 100),
    ),
    max_size=12,
)


@given(CLAIMS, st.integers(0, 10), st.integers(0, 500))
def test_no_share_is_above_one_and_each_teacher_stands_once(claims: list[Claim], records: int, size: int) -> None:
    found = exposure_of(claims, records, size)
    assert len({(e.teacher, e.maker) for e in found}) == len(found)
    for e in found:
        assert 0 < e.rows <= records and 0 < e.share <= 1
        assert (e.bytes is None) == (e.share_of_bytes is None)
        assert e.bytes is None or e.bytes <= size
