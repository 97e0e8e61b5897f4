"""Whole scans: the same as reading every record, for any number of workers, for bad input, and after a kill."""

from __future__ import annotations

import gc
import gzip
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from compliance.errors import UsageError
from compliance.scan import plan, sources
from compliance.scan.confirm import Confirmer, Hit
from compliance.scan.run import Scan
from compliance.scan.signatures import load_signatures

CONFIRMER = Confirmer(load_signatures().content)
GOOD_ID = "chatcmpl-D8Z5f52zQqikDBEKQMQoYcWMcWPeU"
MARKS = [
    "I'm Claude, an AI assistant made by Anthropic.",
    "\nI\u2019m Claude, an AI assistant made by Anthropic.",
    "As an AI developed by OpenAI,\tI can't.",
    "我是由OpenAI训练的大型语言模型。",
    "Je suis un modèle de langage créé par Mistral AI.",
    "fine :contentReference[oaicite:0]{index=0}",
    "citeturn0search1 \ue200",
    '<antArtifact identifier="a" type=\'x/y\' title="b">',
    "【4†source】",
    'a "model": "gpt-4o-mini", "id": "' + GOOD_ID + '"',
    "model: openai/gpt-4o-mini\nid: 3\n",
    "as an AI language model",
    GOOD_ID,
    "msg_01XrsJCi8CQoLcnnWdY8RsJz",
    "https://api.openai.com/v1",
    "gpt-4o-2024-08-06",
    "meta-llama/Llama-3.1-8B",
    "by Google, I am",
    "Claude",
    "\\u004fpenAI",
    "\x00OpenAI made me.",
]
texts = st.lists(st.one_of(st.sampled_from(MARKS), st.text(max_size=12)), max_size=4).map("".join)
keys = st.sampled_from(
    ["text", "model", "content", "role", "id", "usageMetadata", "responseId", "input", "models", "é/k"]
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=4)),
    max_leaves=8,
)
records = st.dictionaries(keys, values, max_size=5)


def written(record: Any, how: int) -> str:
    """A record as JSON, in one of several spellings that mean the same."""
    text = json.dumps(record, ensure_ascii=how != 0)
    if how == 2:
        text = text.replace("/", "\\/")
    if how == 3:  # letters as escapes, as no writer does but any may
        text = json.dumps(record).replace("C", "\\u0043").replace("O", "\\u004F").replace("\\\\u00", "\\\\u00")
        try:
            if json.loads(text) != record:
                return json.dumps(record)
        except ValueError:
            return json.dumps(record)
    return text


def expected(lines: list[str]) -> list[tuple[int, Hit]]:
    """Every record read, every pattern tried on every field."""
    return [(n, hit) for n, line in enumerate(lines) if line.strip() for hit in CONFIRMER.record(json.loads(line))]


def found(scan: Scan) -> list[tuple[int, Hit]]:
    import msgspec

    return [(record, msgspec.json.decode(b"{" + rest, type=Hit)) for _, record, rest in scan.hit_lines()]


def scanned(path: Path, workers: int = 1) -> Scan:
    scan = Scan([path], Path(tempfile.mkdtemp()) / "state")
    scan.run(workers)
    return scan


@settings(max_examples=120)
@given(st.lists(st.tuples(records, st.integers(0, 3)), min_size=1, max_size=12), st.integers(20, 400), st.booleans())
def test_a_scan_finds_what_reading_every_record_finds(
    rows: list[tuple[dict[str, Any], int]], size: int, last_newline: bool
) -> None:
    lines = [written(record, how) for record, how in rows]
    block, piece = sources.BLOCK, plan.PIECE
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        path.write_bytes(("\n".join(lines) + ("\n" if last_newline else "")).encode("utf-8", "surrogatepass"))
        sources.BLOCK, plan.PIECE = size, size * 3
        try:
            scan = Scan([path], Path(folder) / "state")
            scan.run(1)
            assert found(scan) == expected(lines)
            assert scan.results()[0].tally.records == len(lines)
            assert scan.results()[0].tally.rejected == 0
        finally:
            sources.BLOCK, plan.PIECE = block, piece


@settings(max_examples=40)
@given(st.lists(st.tuples(texts, texts, st.lists(texts, max_size=3)), min_size=1, max_size=20))
@example([("", "as an AI language model", []), ("", "I'm Claude, made by Anthropic.", [])])  # neighbours in memory
def test_columns_give_what_their_rows_give(rows: list[tuple[str, str, list[str]]]) -> None:
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    rows = [tuple(json.loads(json.dumps(r).encode("utf-8", "replace"))) for r in rows]  # type: ignore[misc]
    table = [{"text": a, "model": b, "messages": [{"role": "assistant", "content": t} for t in c]} for a, b, c in rows]
    try:
        arrow = pa.Table.from_pylist(table)
    except UnicodeEncodeError:
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, write in (
            ("t.parquet", lambda p: pq.write_table(arrow, p, row_group_size=7)),
            ("t.arrow", _ipc(arrow)),
        ):
            path = Path(folder) / name
            write(path)
            scan = Scan([path], Path(folder) / ("state-" + name))
            scan.run(1)
            assert found(scan) == [(n, hit) for n, row in enumerate(table) for hit in CONFIRMER.record(row)]
            assert scan.results()[0].tally.records == len(table)


def _ipc(table: Any) -> Any:
    import pyarrow as pa

    def write(path: Path) -> None:
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table, max_chunksize=5)

    return write


@pytest.fixture
def log(tmp_path: Path) -> Path:
    rng = random.Random(1)
    path = tmp_path / "log.jsonl"
    with path.open("w", encoding="utf-8") as out:
        for number in range(4000):
            text = "plain words " * 20 + (rng.choice(MARKS) if number % 9 == 0 else "")
            out.write(json.dumps({"n": number, "text": text}, ensure_ascii=number % 2 == 0) + "\n")
    return path


def test_the_result_does_not_depend_on_the_workers(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "PIECE", 100_000)
    one, three = scanned(log, 1), scanned(log, 3)
    assert list(one.hit_lines()) == list(three.hit_lines())
    assert [r.tally for r in one.results()] == [r.tally for r in three.results()]
    assert len(one.tasks) > 5


@pytest.mark.parametrize("kind", ["gz", "zst"])
def test_compressed_logs_give_the_same(log: Path, kind: str) -> None:
    packed = log.with_name("log.jsonl." + kind)
    if kind == "gz":
        half = log.read_bytes()
        packed.write_bytes(gzip.compress(half[:1000]) + gzip.compress(half[1000:]))
    else:
        zstandard = pytest.importorskip("zstandard")
        packed.write_bytes(zstandard.compress(log.read_bytes()[:1000]) + zstandard.compress(log.read_bytes()[1000:]))
    assert found(scanned(packed)) == found(scanned(log))


@pytest.mark.parametrize("kind", ["gz", "zst"])
def test_a_cut_off_or_damaged_stream_is_told_and_what_was_read_is_kept(log: Path, kind: str) -> None:
    packed = log.with_name("log.jsonl." + kind)
    zstandard = pytest.importorskip("zstandard")
    if kind == "gz":
        whole = gzip.compress(log.read_bytes())
    else:
        whole = zstandard.ZstdCompressor(write_checksum=True).compress(log.read_bytes() * 40)
    packed.write_bytes(whole[: len(whole) * 2 // 3])
    tally = scanned(packed).results()[0].tally
    assert not tally.complete and "cut off" in tally.warnings[0]
    packed.write_bytes(whole[:200] + b"\xff" * 64 + whole[264:])
    assert not scanned(packed).results()[0].tally.complete


def test_a_bomb_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "RATIO_FROM", 1_000_000)
    path = tmp_path / "bomb.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a":"' + b"x" * 60_000_000 + b'"}\n'))
    tally = scanned(path).results()[0].tally
    assert not tally.complete and "grows by more than" in tally.warnings[-1]


def test_bad_lines_are_counted_and_still_looked_at(tmp_path: Path) -> None:
    good = json.dumps({"text": "nothing"}).encode()
    bad = [
        b'{"id": "' + GOOD_ID.encode() + b'", "text": "cut of',
        b'{"text": "nul \x00 inside"}',
        b'{"text": "latin \xe9 letter"}',
        b"plain words, no JSON",
        b'{"text": "x" "y"}' + b' {"id": "msg_01XrsJCi8CQoLcnnWdY8RsJz"}',
    ]
    path = tmp_path / "bad.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + b"\n".join([good, *bad, good, b"", good]))
    scan = scanned(path)
    tally = scan.results()[0].tally
    assert (tally.records, tally.rejected) == (9, 5)
    assert {record for record, _ in found(scan)} == {1, 5}
    assert len(tally.warnings) == 5


def test_a_warning_names_the_record_of_the_file_and_not_of_a_piece(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    row = json.dumps({"text": "x" * 1000}).encode() + b"\n"
    path.write_bytes(row * 9000 + b"bad\n" + row * 9000 + b"worse\n")
    scan = scanned(path, 2)
    assert len(scan.tasks) > 3
    assert scan.results()[0].tally.warnings == [
        f"record {number} is not JSON; it was looked at as text" for number in (9000, 18001)
    ]


def test_utf_16_and_empty_files(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes("".join(f'{{"model": "gpt-4o", "n": {n}}}\n' for n in range(3)).encode("utf-16"))
    (tmp_path / "b.jsonl").write_bytes(b"")
    scan = Scan([tmp_path], tmp_path / ".state")
    scan.run(1)
    first, second = (r.tally for r in scan.results())
    assert (first.records, first.by_party) == (3, {"OpenAI": 3})
    assert second.records == 0 and second.complete


def test_a_line_without_end_is_reported_within_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    with path.open("wb") as out:
        out.write(b'{"model": "gpt-4o"}\n{"text": "')
        for _ in range(60):
            out.write(b"a" * 1_000_000)
        out.write(b' I am ChatGPT, an AI made by OpenAI. "}\n{"model": "gpt-4o"}\n')
    scan = scanned(path)
    tally = scan.results()[0].tally
    assert (tally.records, tally.rejected) == (3, 1)
    assert "longer than" in tally.warnings[0]
    assert [(r, h.strength) for r, h in found(scan)] == [(0, "strong"), (1, "medium"), (2, "strong")]


def test_a_killed_scan_goes_on_where_it_was(log: Path, tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom compliance.scan import plan\nfrom compliance.scan.run import Scan\n"
        "plan.PIECE = 20000\nimport compliance.scan.run as run, time\none = run.Scan._one\n"
        "def slow(*a):\n    time.sleep(0.02)\n    return one(*a)\n"
        "run.Scan._one = slow\nScan([Path(sys.argv[1])], Path(sys.argv[2])).run(2)\n"
    )
    state = tmp_path / "state"
    process = subprocess.Popen([sys.executable, "-c", code, str(log), str(state)])
    while len(list(state.glob("*.tally"))) < 5 and process.poll() is None:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    done = {p: p.stat().st_mtime_ns for p in state.glob("*.tally")}
    piece = plan.PIECE
    plan.PIECE = 20000
    try:
        scan = Scan([log], state)
        time.sleep(0.3)  # the workers see that their parent is gone and end
        done = {p: p.stat().st_mtime_ns for p in state.glob("*.tally")}
        assert 5 <= len(done) < len(scan.tasks)
        scan.run(1)
    finally:
        plan.PIECE = piece
    assert all(p.stat().st_mtime_ns == stamp for p, stamp in done.items())
    assert found(scan) == found(scanned(log))


def test_a_scan_leaves_the_collector_as_it_was(log: Path, tmp_path: Path) -> None:
    before = gc.get_threshold()
    Scan([log], tmp_path / "state").run(1)
    assert gc.get_threshold() == before


def test_a_state_folder_of_another_scan_is_refused(log: Path, tmp_path: Path) -> None:
    Scan([log], tmp_path / "state")
    log.write_text("{}\n")
    with pytest.raises(UsageError):
        Scan([log], tmp_path / "state")
