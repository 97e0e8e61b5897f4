"""Tables of text: the same as reading every row, within little memory, and never silent about what is no table."""

from __future__ import annotations

import csv
import gzip
import io
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.scan import sources
from compliance.scan.confirm import Confirmer, Hit
from compliance.scan.run import Scan
from compliance.scan.signatures import load_signatures
from compliance.scan.tally import Tally

CONFIRMER = Confirmer(load_signatures().content)
CLAIM = "I'm Claude, an AI assistant made by Anthropic."
cells = st.lists(
    st.sampled_from([CLAIM, "plain", "a\nb", 'say "so"', ",", "gpt-4o", "größer", "as an AI language model", ""]),
    max_size=3,
).map("".join)


def scanned(path: Path) -> tuple[list[tuple[int, Hit]], Tally]:
    scan = Scan([path], Path(tempfile.mkdtemp()) / "state")
    scan.run(1)
    hits = [(record, msgspec.json.decode(b"{" + rest, type=Hit)) for _, record, rest in scan.hit_lines()]
    return hits, scan.results()[0].tally


def written(rows: list[list[str]], **form: Any) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL, **form).writerows(rows)
    return out.getvalue()


@settings(max_examples=60)
@given(
    st.lists(st.tuples(cells, cells), min_size=1, max_size=12),
    st.integers(8, 300),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_rows_give_what_their_cells_give(rows: list[tuple[str, str]], size: int, ending: str) -> None:
    table = [["model", "text"], *([a, b or "x"] for a, b in rows)]
    block = sources.BLOCK
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(b"\xef\xbb\xbf" + written(table, lineterminator=ending).encode())
        sources.BLOCK = size
        try:
            hits, tally = scanned(path)
        finally:
            sources.BLOCK = block
    records = [{"model": a, "text": b} for a, b in table[1:]]
    assert hits == [(n, hit) for n, record in enumerate(records) for hit in CONFIRMER.record(record)]
    assert (tally.records, tally.rejected, tally.complete) == (len(records), 0, True)


@pytest.mark.parametrize("zipped", [False, True])
def test_what_is_no_table_is_told_and_still_looked_at(tmp_path: Path, zipped: bool) -> None:
    text = "model,text\ngpt-4o,x\n" + '"an open quotation, ' + f"{CLAIM}\nword word\n" * 200_000
    path = tmp_path / ("t.csv.gz" if zipped else "t.csv")
    path.write_bytes(gzip.compress(text.encode()) if zipped else text.encode())
    hits, tally = scanned(path)
    assert not tally.complete and "not a table from record 1 on" in tally.warnings[0]
    assert hits[0][0] == 0 and len(hits) > 200_000


def test_rows_of_another_width_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_text("model\ttext\ngpt-4o\n\nx\ty\nx\ty\tgpt-4o\x00\n")
    _, tally = scanned(path)
    assert (tally.records, tally.rejected) == (3, 2)
    assert "record 2 has 3 fields" in tally.warnings[1]


LONG = """
import gzip, json, sys
from pathlib import Path
kind, folder = sys.argv[1], Path(sys.argv[2])
path = folder / {"csv": "t.csv", "csv.gz": "t.csv.gz", "jsonl": "t.jsonl", "jsonl.gz": "t.jsonl.gz"}[kind]
opened = gzip.open(path, "wb", compresslevel=1) if kind.endswith("gz") else path.open("wb")
with opened as out:
    out.write(b"model,text\\ngpt-4o,x\\n" if "csv" in kind else b'{"model": "gpt-4o"}\\n{"text": "')
    for _ in range(300):
        out.write(b"abcdefgh, " * 100_000)
    out.write(b"\\ngpt-4o,y\\n" if "csv" in kind else b'"}\\n{"model": "gpt-4o"}\\n')
from compliance.scan.run import Scan
scan = Scan([path], folder / "state")
scan.run(1)
tally = scan.results()[0].tally
hits = [record for _, record, _ in scan.hit_lines()]
peak = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) // 1024
print(json.dumps([tally.records, tally.rejected, hits, peak, tally.warnings]))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from there")
@pytest.mark.parametrize("kind", ["csv", "csv.gz", "jsonl", "jsonl.gz"])
def test_a_line_of_300_megabytes_is_reported_within_little_memory(tmp_path: Path, kind: str) -> None:
    ran = subprocess.run([sys.executable, "-c", LONG, kind, str(tmp_path)], capture_output=True, check=True)
    records, rejected, hits, peak, warnings = msgspec.json.decode(ran.stdout)
    assert (records, rejected, hits) == (3, 1, [0, 2])
    assert "longer than" in warnings[0]
    assert peak < 200
