"""Scans on a Ray cluster of two nodes: the bytes of the other engine, also after a stop, a kill and a lost worker."""

from __future__ import annotations

import gzip
import importlib.util
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ray_nodes import two_nodes

from compliance.errors import InputError, UsageError
from compliance.scan import plan, ray_engine
from compliance.scan.output import write_json
from compliance.scan.ray_engine import Cluster, run_on_ray
from compliance.scan.remote_files import files_at
from compliance.scan.run import Scan

if importlib.util.find_spec("ray") is None:
    pytest.skip("needs clearance[ray]", allow_module_level=True)

MARKS = ["I'm Claude, an AI assistant made by Anthropic.", "model: openai/gpt-4o-mini\nid: 3\n", "Claude", "plain"]
scan_piece = ray_engine._scan_piece


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Two nodes of one processor each, to which this process is connected."""
    with two_nodes() as nodes:
        import ray

        ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
        yield nodes


@pytest.fixture
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file of each kind that is scanned in its own way, a damaged one among them."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    monkeypatch.setattr(plan, "PIECE", 60_000)
    folder = tmp_path / "rows"
    (folder / "deeper").mkdir(parents=True)
    table = [{"n": n, "text": "plain words " * 9 + MARKS[n % len(MARKS)]} for n in range(2000)]
    text = "".join(json.dumps(row) + "\n" for row in table).encode()
    (folder / "log.jsonl").write_bytes(text)
    (folder / "deeper" / "log.jsonl.gz").write_bytes(gzip.compress(text))
    (folder / "deeper" / "cut.jsonl.gz").write_bytes(gzip.compress(text)[:-2000])
    (folder / "deeper" / "one.json").write_text(json.dumps(table[:50]))
    (folder / "table.csv").write_text("a,b\n" + "1,I am ChatGPT made by OpenAI\n" * 9)
    (folder / "what.bin").write_bytes(b"\x00\x01\x02")
    pq.write_table(pa.Table.from_pylist(table), folder / "rows.parquet", row_group_size=300)
    with (
        pa.OSFile(str(folder / "rows.arrow"), "wb") as sink,
        pa.ipc.new_file(sink, pa.schema({"t": pa.string()})) as out,
    ):
        out.write_table(pa.table({"t": MARKS * 20}), max_chunksize=30)
    return folder


def local(folder: Path, state: Path) -> Scan:
    scan = Scan([folder], state)
    scan.run(1)
    return scan


def state_of(scan: Scan) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in scan.folder.iterdir()}


def printed(scan: Scan) -> str:
    out = io.StringIO()
    write_json(scan, out)
    return out.getvalue()


def test_the_bytes_of_the_local_engine(
    address: str, rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # workers stand elsewhere
    here = local(Path("rows"), tmp_path / "local")
    told: list[tuple[int, int]] = []
    there = Scan([Path("rows")], tmp_path / "ray")
    run_on_ray(there, Cluster(address), lambda done, total: told.append((done, total)))
    assert len(there.tasks) > 12
    assert state_of(there) == state_of(here)
    assert printed(there) == printed(here)
    assert [r.tally.complete for r in there.results()].count(False) == 2
    assert told[0] == (0, there.total) and told == sorted(told) and told[-1][0] <= there.total


def test_objects_by_url_give_what_their_files_give(address: str, rows: Path, tmp_path: Path) -> None:
    here = local(rows, tmp_path / "local")
    there = Scan(files_at(f"file://{rows}", ["file"]), tmp_path / "ray")
    run_on_ray(there, Cluster(address, 2))
    assert printed(there).replace("file://", "") == printed(here)


def test_either_engine_goes_on_with_what_the_other_did(address: str, rows: Path, tmp_path: Path) -> None:
    scan = local(rows, tmp_path / "state")
    whole = state_of(scan)
    for index in range(0, len(scan.tasks), 2):
        scan._done(index).unlink()
    left = {p: p.stat().st_mtime_ns for p in scan.folder.glob("*.tally")}
    run_on_ray(Scan([rows], scan.folder), Cluster(address))
    assert state_of(scan) == whole
    assert {p: p.stat().st_mtime_ns for p in left} == left
    scan._done(1).unlink()
    Scan([rows], scan.folder).run(1)
    assert state_of(scan) == whole


def _dies_at_first(known: tuple[int, str], source: plan.Source, task: plan.Task) -> Iterator[tuple[str, Any]]:
    seen = Path(f"{source.path}.seen")
    if task.start == 20_000 and not seen.exists():
        seen.touch()
        yield "hits", b"what a lost worker has sent\n"
        os.kill(os.getpid(), signal.SIGKILL)
    yield from scan_piece(known, source, task)


def test_a_piece_whose_worker_is_lost_is_scanned_again(
    address: str, rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "PIECE", 10_000)
    here = local(rows / "log.jsonl", tmp_path / "local")
    monkeypatch.setattr(ray_engine, "_scan_piece", _dies_at_first)
    there = Scan([rows / "log.jsonl"], tmp_path / "ray")
    assert len(there.tasks) > 24  # so that a worker is given several at once
    run_on_ray(there, Cluster(address, 1))
    assert (rows / "log.jsonl.seen").exists()
    assert state_of(there) == state_of(here)


def _fails_in_the_middle(known: tuple[int, str], source: plan.Source, task: plan.Task) -> Iterator[tuple[str, Any]]:
    if task.start == 60_000:
        yield "hits", b"never kept\n"
        raise OSError("the store does not answer")
    yield from scan_piece(known, source, task)


def test_what_never_succeeds_is_told_and_the_rest_is_kept(
    address: str, rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = local(rows / "log.jsonl", tmp_path / "local")
    there = Scan([rows / "log.jsonl"], tmp_path / "ray")
    with monkeypatch.context() as patch:
        patch.setattr(ray_engine, "_scan_piece", _fails_in_the_middle)
        with pytest.raises(InputError, match=r"1 pieces were not scanned: OSError the store does not answer") as error:
            run_on_ray(there, Cluster(address))
    assert error.value.file.endswith("log.jsonl") and "--state" in error.value.remedy
    assert {p.name for p in here.folder.iterdir()} - {p.name for p in there.folder.iterdir()} == {
        "0000001.hits",
        "0000001.tally",
    }
    run_on_ray(there, Cluster(address))
    assert state_of(there) == state_of(here)


def test_a_file_that_is_not_the_one_of_the_plan_is_refused(address: str, rows: Path, tmp_path: Path) -> None:
    log = rows / "log.jsonl"
    changed = Scan([log], tmp_path / "changed")
    log.write_bytes(log.read_bytes() + b"{}\n")
    with pytest.raises(InputError, match="another file, or it has changed") as error:
        run_on_ray(changed, Cluster(address))
    assert error.value.file == str(log)
    missing = Scan([log], tmp_path / "missing")
    log.unlink()
    with pytest.raises(InputError, match="a node cannot read it"):
        run_on_ray(missing, Cluster(address))
    assert [p.name for p in missing.folder.iterdir()] == ["scan.json"]


def test_another_version_on_a_node_is_refused(
    address: str, rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ray_engine, "VERSION", ray_engine.VERSION + 1)
    with pytest.raises(UsageError, match="another version"):
        run_on_ray(Scan([rows / "table.csv"], tmp_path / "ray"), Cluster(address))


def test_ctrl_c_keeps_what_is_done(address: str, rows: Path, tmp_path: Path) -> None:
    code = (
        "import time\nfrom compliance.scan import plan, ray_engine\nplan.PIECE = 60_000\n"
        "keep = ray_engine._Dispatch._keep\n"
        "def slow(*a):\n    keep(*a)\n    time.sleep(0.5)\n"
        "ray_engine._Dispatch._keep = slow\nfrom compliance.cli.scan import alone\nalone()\n"
    )
    state = tmp_path / "state"
    options = ["--engine", "ray", "--cluster", address, "--state", str(state), "--format", "json"]
    command = [sys.executable, "-c", code, str(rows / "log.jsonl"), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    while not list(state.glob("*.tally")) and process.poll() is None:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors.decode()
    assert b"Traceback" not in errors and b"--state" in errors and out == b""
    there = Scan([rows / "log.jsonl"], state)
    assert 0 < len(list(state.glob("*.tally"))) < len(there.tasks)
    assert not list(state.glob("*.part*"))
    run_on_ray(there, Cluster(address))
    assert printed(there) == printed(local(rows / "log.jsonl", tmp_path / "local"))
