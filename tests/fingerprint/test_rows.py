"""Rows of every format, each handed on once and counted; what is broken is said and never raised."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.fingerprint.rows import Read, read_rows

ROWS = [{"instruction": f"question {n}", "output": f"answer {n}\nof two lines"} for n in range(40)]
LINES = "".join(json.dumps(r) + "\n" for r in ROWS).encode()


def taken(path: Path, documents: bool = True) -> tuple[list[Any], Read]:
    found: list[Any] = []
    read = read_rows(path, lambda row, number: found.append(row), documents=documents)
    return found, read


def table() -> pa.Table:
    return pa.table({k: [r[k] for r in ROWS] for k in ROWS[0]})


def arrow(kind: Any) -> bytes:
    sink = io.BytesIO()
    with kind(sink, table().schema) as writer:
        writer.write_table(table())
    return sink.getvalue()


def parquet() -> bytes:
    sink = io.BytesIO()
    pq.write_table(table(), sink)
    return sink.getvalue()


def comma_separated() -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(ROWS[0]))
    writer.writeheader()
    writer.writerows(ROWS)
    return out.getvalue().encode()


def tarred() -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        for number, part in enumerate((ROWS[:20], ROWS[20:])):
            data = json.dumps(part).encode()
            entry = tarfile.TarInfo(f"{number}.json")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return sink.getvalue()


def zipped() -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("a.jsonl", LINES)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jsonl", LINES),
        ("a", LINES),
        ("a.jsonl", b"\xef\xbb\xbf" + LINES.replace(b"\n", b"\r\n")),
        ("a.jsonl", LINES.decode().encode("utf-16")),
        ("a.json", json.dumps(ROWS).encode()),
        ("a.json", json.dumps(ROWS, indent=1).encode()),
        ("a.json", json.dumps({"version": 1, "data": ROWS}).encode()),
        ("a.json", json.dumps({"train": ROWS[:30], "test": ROWS[30:]}).encode()),
        ("a.json", json.dumps({str(n): r for n, r in enumerate(ROWS)}).encode()),
        ("a.jsonl", "\n".join(json.dumps(r, indent=1) for r in ROWS).encode()),
        ("a.csv", comma_separated()),
        ("a.parquet", parquet()),
        ("a.arrow", arrow(pa.ipc.new_stream)),
        ("a.arrow", arrow(pa.ipc.new_file)),
        ("a.jsonl.gz", gzip.compress(LINES)),
        ("a.jsonl.zst", zstandard.compress(LINES)),
        ("a.jsonl.bz2", bz2.compress(LINES)),
        ("a.tar", tarred()),
        ("a.tar.gz", gzip.compress(tarred())),
        ("a.zip", zipped()),
        ("a.parquet.gz", gzip.compress(parquet())),
    ],
)
def test_every_row_comes_once(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    found, read = taken(path, documents=False)
    assert found == ROWS
    assert (read.rows, read.rejected, read.whole) == (40, 0, True)


def test_a_document_that_is_one_row(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"messages": [{"role": "user", "content": "a"}]}, indent=1))
    assert taken(path)[0] == [{"messages": [{"role": "user", "content": "a"}]}]


def test_paragraphs_are_rows_of_plain_text(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one\ntwo\n\n\nthree\n")
    found, read = taken(path)
    assert (found, read.rows) == (["one\ntwo", "three"], 2)


def test_prose_is_no_set(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("# A set\n\nIt holds rows.\n")
    found, read = taken(path, documents=False)
    assert found == [] and read.warnings[0].kind == "unknown-format"


def test_broken_lines_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(LINES + b'{"broken": \n' + LINES)
    found, read = taken(path)
    assert (len(found), read.rows, read.rejected) == (80, 81, 1)


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.zip"])
def test_a_row_keeps_its_number_behind_a_broken_one(tmp_path: Path, name: str) -> None:
    data = LINES + b'{"broken": \n' + LINES
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("a.jsonl", data)
        archive.writestr("b.jsonl", LINES)
    path = tmp_path / name
    path.write_bytes({"a.jsonl": data, "a.jsonl.gz": gzip.compress(data), "a.zip": sink.getvalue()}[name])
    numbers: list[int] = []
    read_rows(path, lambda row, number: numbers.append(number))
    assert numbers == [n for n in range(121 if name == "a.zip" else 81) if n != 40]


@pytest.mark.parametrize("data", [b"", b"\0" * 5_000, b"\x89PNG\r\n" + bytes(range(256)) * 20, b"PAR1" + b"x" * 900])
def test_what_holds_no_rows_is_said(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(data)
    found, read = taken(path)
    assert found == [] and read.rows == 0 and read.warnings


def test_a_damaged_stream_is_not_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(LINES * 50)[:-30])
    assert not taken(path)[1].whole
    assert not taken(tmp_path / "absent")[1].whole


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.sampled_from([LINES, parquet(), tarred(), zipped(), gzip.compress(LINES)]), st.data())
def test_no_damage_is_raised(tmp_path: Path, data: bytes, draw: st.DataObject) -> None:
    broken = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 8))):
        broken[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    path = tmp_path / "a.bin"
    path.write_bytes(broken[: draw.draw(st.integers(0, len(data)))])
    found, read = taken(path)
    assert len(found) <= read.rows
