"""The clean copy: what strong evidence ties to a model is out, all else is in byte for byte, and the numbers add up."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import pytest

from compliance.errors import UsageError
from compliance.scan.clean import write_clean
from compliance.scan.run import Scan


def rows() -> list[bytes]:
    """Fifty rows, of which every fifth names its model and one is broken."""
    lines = []
    for n in range(50):
        record = {"n": n, "text": "Größe\r and size"} | ({"model": "gpt-4o"} if n % 5 == 0 else {})
        lines.append(json.dumps(record, ensure_ascii=n % 2 == 0).encode())
    lines[7] = b'{"broken": '
    return lines


def cleaned(path: Path, folder: Path) -> dict[str, object]:
    scan = Scan([path], folder / "state")
    scan.run(1)
    write_clean(scan, folder / "clean")
    entry: dict[str, object] = json.loads((folder / "clean" / "summary.json").read_text())["files"][0]
    return entry


@pytest.mark.parametrize("ending", [b"\n", b""])
@pytest.mark.parametrize("zipped", [False, True])
def test_lines_are_kept_byte_for_byte(tmp_path: Path, ending: bytes, zipped: bool) -> None:
    data = b"\n".join(rows()) + ending
    path = tmp_path / ("rows.jsonl.gz" if zipped else "rows.jsonl")
    path.write_bytes(gzip.compress(data) if zipped else data)
    entry = cleaned(path, tmp_path)
    assert (entry["read"], entry["kept"], entry["removed"]) == (50, 40, 10)
    copy = (tmp_path / "clean" / str(entry["copy"])).read_bytes()
    assert hashlib.sha256(copy).hexdigest() == entry["sha256"]
    kept = [line for n, line in enumerate(rows()) if n % 5]
    assert (gzip.decompress(copy) if zipped else copy) == b"\n".join(kept) + ending
    removed = [json.loads(line) for line in (tmp_path / "clean" / "removed.jsonl").read_text().splitlines()]
    assert [r["record"] for r in removed] == list(range(0, 50, 5))
    assert removed[0]["why"][0]["party"] == "OpenAI"
    assert removed[0]["sha256"] == hashlib.sha256(rows()[0] + b"\n").hexdigest()


def test_tables_keep_their_schema(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    table = pa.table({"n": range(100), "model": ["gpt-4o" if n % 4 == 0 else None for n in range(100)]})
    pq.write_table(table.replace_schema_metadata({"who": "me"}), tmp_path / "rows.parquet", row_group_size=30)
    entry = cleaned(tmp_path / "rows.parquet", tmp_path)
    assert (entry["read"], entry["kept"], entry["removed"]) == (100, 75, 25)
    kept = pq.read_table(tmp_path / "clean" / str(entry["copy"]))
    assert kept.column("n").to_pylist() == [n for n in range(100) if n % 4]
    assert kept.schema.metadata[b"who"] == b"me"


def test_compressed_files_that_are_no_lines_have_no_copy(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv.gz").write_bytes(gzip.compress(b'model,text\ngpt-4o,"two\nlines"\nown,x\n'))
    (tmp_path / "in" / "b.json.gz").write_bytes(gzip.compress(b'[\n{"model": "gpt-4o"},\n{"n": 1}]'))
    scan = Scan([tmp_path / "in"], tmp_path / "state")
    scan.run(1)
    table, document = write_clean(scan, tmp_path / "clean")
    assert table.endswith("not of csv") and document.endswith("not of json")
    assert not list((tmp_path / "clean" / "data").iterdir())


def test_what_has_no_copy_is_named(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.json").write_text('[\n{"model": "gpt-4o"}]')
    (tmp_path / "in" / "b.jsonl").write_text('{"model": "gpt-4o"}\n{"n": 1}\n')
    scan = Scan([tmp_path / "in"], tmp_path / "state")
    scan.run(1)
    first, second = write_clean(scan, tmp_path / "clean")
    assert "no copy" in first
    assert second.endswith("2 rows read = 1 kept + 1 removed")
    with pytest.raises(UsageError):
        write_clean(scan, tmp_path / "clean")
