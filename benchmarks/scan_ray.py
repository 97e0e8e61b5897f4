"""What the engine `ray` costs beside the local one: on a log made here, in one run, on a cluster of this machine.

    python benchmarks/scan_ray.py [--mb 300] [--keep FOLDER]

Measured are the start of a cluster, the rates of both engines on the same log with one worker and with one a processor,
the memory of a worker process, and how many pieces a second the one process that hands them out can hand out. Then
these figures are carried over to larger logs and clusters by arithmetic, which is no measurement.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

from scan import make_log

from compliance.scan import plan
from compliance.scan.ray_cluster import connected
from compliance.scan.ray_engine import Cluster, run_on_ray
from compliance.scan.run import Scan

PIECES = 3000
NODE = 16  # processors of a node in the arithmetic


def state_of(scan: Scan) -> dict[str, bytes]:
    """The files of a scan's results."""
    return {path.name: path.read_bytes() for path in scan.folder.iterdir()}


def timed(log: Path, folder: Path, workers: int, *, ray: bool) -> tuple[float, dict[str, bytes]]:
    """The best of three wall times of a scan in seconds, without the start of the program, and its results."""
    best = float("inf")
    for _ in range(3):
        scan = Scan([log], Path(tempfile.mkdtemp(dir=folder)) / "state")
        start = time.perf_counter()
        if ray:
            run_on_ray(scan, Cluster(workers=workers))
        else:
            scan.run(workers)
        best = min(best, time.perf_counter() - start)
    return best, state_of(scan)


def descendants(pid: int) -> list[int]:
    """The processes that stem from one (Linux)."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found, left = [], [pid]
    while left:
        parent = left.pop()
        children = [child for child, of in parents.items() if of == parent]
        found += children
        left += children
    return found


def memory(pid: int, key: str) -> int:
    """A figure of a process's memory in MB, from its status."""
    try:
        return int(Path(f"/proc/{pid}/status").read_text().partition(f"{key}:")[2].split()[0]) // 1024
    except (OSError, IndexError):
        return 0


def main() -> None:
    """Make the log, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=int, default=300, help="size of the log in megabytes")
    parser.add_argument("--keep", type=Path, help="a folder for the files instead of a temporary one")
    options = parser.parse_args()
    folder = options.keep or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"log-{options.mb}.jsonl"
    if not log.exists():
        make_log(log, options.mb)
    size = log.stat().st_size / 1e6
    cpus = os.cpu_count() or 1
    print(f"{size:.0f} MB, {cpus} processors, load {os.getloadavg()[0]:.1f}")

    rates: dict[tuple[int, bool], float] = {}
    results: list[dict[str, bytes]] = []

    def measure(workers: int, *, ray: bool) -> None:
        seconds, said = timed(log, folder, workers, ray=ray)
        rates[workers, ray] = size / seconds
        results.append(said)
        print(f"{'ray' if ray else 'local':6}{workers} workers{size / seconds:16.0f} MB/s")

    for workers in (1, cpus):
        measure(workers, ray=False)
    start = time.perf_counter()
    with connected("", cpus):
        print(f"start of a cluster             {time.perf_counter() - start:6.1f} s")
        start = time.perf_counter()
        run_on_ray(Scan([log], Path(tempfile.mkdtemp(dir=folder)) / "state"), Cluster(workers=cpus))
        print(f"first scan, workers start      {time.perf_counter() - start:6.1f} s")
        for workers in (1, cpus):
            measure(workers, ray=True)
        print(f"same bytes: {all(said == results[0] for said in results)}")
        below = descendants(os.getpid())
        workers_ = [pid for pid in below if b"ray::" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        scanning = max(memory(pid, "VmHWM") for pid in workers_)
        rest = sum(memory(pid, "VmRSS") for pid in below) - sum(memory(pid, "VmRSS") for pid in workers_)
        print(f"a worker, at most              {scanning:6d} MB; all else that Ray runs {rest} MB")
        tiny = folder / "tiny.txt"
        tiny.write_text("x\n" * PIECES)
        piece, plan.PIECE = plan.PIECE, 2
        scan = Scan([tiny], Path(tempfile.mkdtemp(dir=folder)) / "state")
        plan.PIECE = piece
        start, used = time.perf_counter(), time.process_time()
        run_on_ray(scan, Cluster(workers=2 * cpus))
        wall, used = time.perf_counter() - start, time.process_time() - used
        handed = PIECES / used
        print(f"pieces handed out              {PIECES / wall:6.0f} a second, with the workers on the same processors")
        print(f"  by processor                 {handed:6.0f} a second of the process that hands them out")

    row = log.stat().st_size / sum(chunk.count(b"\n") for chunk in iter_file(log))
    arithmetic(row, rates[cpus, True] / cpus, handed)
    print(f"  memory of a node: {NODE} workers and the rest, {(NODE * scanning + rest) / 1000:.1f} GB")


def arithmetic(row: float, rate: float, handed: float) -> None:
    """What the figures come to for larger logs and clusters; `rate` is that of a processor in MB/s while all scan."""
    print(
        f"by arithmetic, {row:.0f} bytes a row, {rate:.0f} MB/s a processor, nodes of {NODE} processors, "
        f"{handed:.0f} pieces a second:"
    )
    for rows in (10_000_000, 100_000_000, 1_000_000_000):
        size = rows * row / 1e6
        for nodes in (1, 4, 8):
            scanned = size / (rate * NODE * nodes)
            given_out = size * 1e6 / plan.PIECE / handed
            seconds = max(scanned, given_out)
            bound = "handing out" if given_out > scanned else "scanning"
            print(
                f"  {rows:13,} rows, {size / 1e3:5.0f} GB, {nodes:2} nodes: {seconds:6.0f} s, bound by {bound}; "
                f"the store must give {size / 1e3 / seconds:.1f} GB/s"
            )


def iter_file(path: Path):  # type: ignore[no-untyped-def]
    """A file's bytes in blocks."""
    with path.open("rb") as handle:
        while chunk := handle.read(1 << 20):
            yield chunk


if __name__ == "__main__":
    main()
