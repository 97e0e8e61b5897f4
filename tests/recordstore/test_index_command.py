"""`clearance index` and `clearance search --records` as they are typed."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import a_row, small_model, write_rows

from compliance.errors import UsageError
from compliance.recordstore.store import Store

ROOT = Path(__file__).resolve().parents[2]
INDEX = """
import argparse, sys
sys.path.insert(0, sys.argv[1])
from compliance.cli import index
parser = argparse.ArgumentParser()
index.register(parser.add_subparsers())
words = ["index", sys.argv[2], "--in", sys.argv[3], "--model", "static", "--store", "arrays"]
sys.exit(index.index(parser.parse_args(words)))
"""
Command = Callable[..., tuple[int, str, str]]


def test_index_and_search_in_words(
    folder: Path, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_rows(tmp_path / "logs" / "a.jsonl", [a_row(n, "cake") for n in range(5)])
    code, out, _ = command("index", "logs", "--in", folder, "--model", "static")
    assert code == 0
    assert out.splitlines() == [
        "logs/a.jsonl: 5 rows",
        "  10 new texts, 0 repeated, 0 near copies; 25 too short",
        "10 records of 10 different texts; 10 embedded now",
        "model static, vectors in chroma",
    ]
    code, out, _ = command("search", "--records", "--like", "logs/a.jsonl:2", "--in", folder, "--limit", "1")
    lines = out.splitlines()
    assert code == 0
    assert re.search(
        r"logs/a.jsonl, record \d, messages.*, by (?:gpt-4o|claude-3)\S+ \(strong\), 2025-\d\d-10$", lines[0]
    )
    assert lines[-1] == "8 of 10 texts were searched"


def test_every_kind_of_file_is_read(folder: Path, tmp_path: Path, command: Command) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [
        {"prompt": f"What is number {n} about, please?", "answer": a_row(n)["messages"][1]["content"]} for n in range(6)
    ]
    data = tmp_path / "data"
    data.mkdir()
    with gzip.open(data / "a.jsonl.gz", "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(r) + "\n" for r in rows[:2])
    pq.write_table(pa.Table.from_pylist(rows[2:4]), data / "b.parquet")
    (data / "c.csv").write_text("prompt,answer\n" + "".join(f'"{r["prompt"]}","{r["answer"]}"\n' for r in rows[4:]))
    (data / "notes.md").write_text("# These are notes and no records at all\n")
    code, text, _ = command("index", data, "--in", folder, "--model", "static", "--format", "json")
    document = json.loads(text)
    assert code == 0 and document["texts"] == 12
    assert {Path(f["file"]).name: f["rows"] for f in document["files"]} == {
        "a.jsonl.gz": 2, "b.parquet": 2, "c.csv": 2, "notes.md": 0
    }  # fmt: skip
    assert [w["kind"] for f in document["files"] for w in f["warnings"]] == ["unknown-format"]


def test_damage_is_told_and_what_can_be_read_is_kept(folder: Path, tmp_path: Path, command: Command) -> None:
    whole = gzip.compress(b"".join(json.dumps(a_row(n)).encode() + b"\n" for n in range(2_000)))
    (tmp_path / "cut.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "odd.jsonl").write_bytes(
        json.dumps(a_row(9_999)).encode() + b'\n{"not": json}\n\xff\xfe\x00\n' + b"[" * 5_000
    )
    code, text, _ = command(
        "index",
        tmp_path / "cut.jsonl.gz",
        tmp_path / "odd.jsonl",
        "--in",
        folder,
        "--model",
        "static",
        "--format",
        "json",
    )
    cut, odd = json.loads(text)["files"]
    assert code == 65
    assert not cut["complete"] and cut["new"] > 100 and cut["warnings"]
    assert odd["new"] == 2 and odd["rejected"] >= 2 and odd["warnings"]


def test_nothing_to_index(folder: Path, tmp_path: Path, command: Command) -> None:
    code, out, _ = command("index", "--in", folder)
    assert code == 0 and out == "0 records of 0 different texts; 0 embedded now\n"
    (tmp_path / "empty.jsonl").write_text("")
    code, out, _ = command("index", tmp_path / "empty.jsonl", "--in", folder)
    assert code == 0 and "warning: the file is empty" in out


@pytest.mark.parametrize(
    "words",
    [
        ("search", "refund", "--teacher", "OpenAI"),
        ("search", "--records"),
        ("search", "--records", "refund", "--like", "a:1"),
        ("search", "--records", "refund", "--provider", "OpenAI"),
        ("search", "--records", "refund", "--date", "last week"),
        ("search", "--records", "--like", "a.jsonl"),
    ],
)
def test_what_does_not_go_together_is_a_usage_error(command: Command, words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        command(*words)


def test_a_device_that_is_not_there(folder: Path, tmp_path: Path, command: Command) -> None:
    file = write_rows(tmp_path / "a.jsonl", [a_row(1)])
    with pytest.raises(UsageError, match="no device 'warp'"):
        command("index", file, "--in", folder, "--device", "warp")


def test_a_killed_run_is_gone_on_with(folder: Path, tmp_path: Path, command: Command) -> None:
    """The real thing: the process is killed while it reads, and again while it embeds."""
    file = write_rows(tmp_path / "log.jsonl", [a_row(n) for n in range(12_000)])
    for query in ("SELECT count(*) FROM records", "SELECT count(*) FROM chunks"):
        process = subprocess.Popen(
            [sys.executable, "-c", INDEX, str(ROOT), str(file), str(folder)], stdout=subprocess.DEVNULL
        )
        until = time.monotonic() + 120
        while process.poll() is None and time.monotonic() < until and not counted(folder, query):
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    _, out, _ = command("index", file, "--in", folder, "--model", "static", "--store", "arrays", "--format", "json")
    document = json.loads(out)
    assert (document["records"], document["vectors"]) == (24_000, document["texts"])
    whole = folder.with_name("whole")
    whole.mkdir()
    (whole / "static.safetensors").write_bytes(small_model())
    command("index", file, "--in", whole, "--model", "static", "--store", "arrays")
    mine, other = Store(folder), Store(whole)
    every = np.arange(other.vector_count)
    assert np.array_equal(mine.columns.read().rows, other.columns.read().rows)
    assert np.abs(mine.vectors().rows(every) - other.vectors().rows(every)).max() < 1e-3
    mine.close()
    other.close()


def counted(folder: Path, query: str) -> int:
    """What a store that another process writes counts so far."""
    if not (folder / "records.db").exists():
        return 0
    connection = sqlite3.connect(f"file:{folder / 'records.db'}?mode=ro", uri=True)
    try:
        return int(connection.execute(query).fetchone()[0])
    except sqlite3.Error:
        return 0
    finally:
        connection.close()


def test_stopping_keeps_what_is_done(folder: Path, tmp_path: Path) -> None:
    """Ctrl-C is answered with a word and 130, and not with a traceback."""
    file = write_rows(tmp_path / "log.jsonl", [a_row(n) for n in range(12_000)])
    process = subprocess.Popen(
        [sys.executable, "-c", INDEX, str(ROOT), str(file), str(folder)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    until = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < until and not counted(folder, "SELECT count(*) FROM records"):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "what is done is kept" in told and "Traceback" not in told
    assert counted(folder, "SELECT count(*) FROM records") > 0
