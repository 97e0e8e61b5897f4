"""Speed and memory of a check, in one run with its peers: `python benchmarks/check.py` prints one table.

python benchmarks/check.py            about two minutes; exit code 1 where a target is missed
python benchmarks/check.py --quick    the same rows on small sizes, for CI; targets are not judged
python benchmarks/check.py --json     rows for machines
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec
from peers import REGO, Judge, peers
from pipelines import Pipelines

from compliance.check import Checker
from compliance.decision.model import Decision
from compliance.domain.manifest import Manifest

SOURCES = 50


@dataclass(frozen=True, slots=True)
class Size:
    """How much a run measures."""

    warm: int  # pipelines of 50 sources
    middle: int
    large: tuple[int, int]  # the two sizes between which the exponent is taken
    cold: int  # fresh processes
    peer: int  # pipelines that each peer judges


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `target` is an upper bound in the same unit."""

    name: str
    value: float | None
    unit: str
    target: float | None = None

    @property
    def kept(self) -> bool:
        """Whether the value is within its target, if it has one."""
        return self.target is None or self.value is None or self.value < self.target

    def text(self) -> str:
        """The row as the table shows it."""
        value = "not installed" if self.value is None else f"{self.value:,.4g} {self.unit}"
        target = "" if self.target is None else f"< {self.target:g} {self.unit}{'' if self.kept else '  MISSED'}"
        return f"{self.name:<58} {value:>16}   {target}".rstrip()


FULL = Size(warm=300, middle=1_000, large=(10_000, 100_000), cold=10, peer=20)
QUICK = Size(warm=20, middle=200, large=(500, 2_000), cold=2, peer=2)


def main() -> int:
    """Measure, print, and say whether the targets are kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes, no judgement of targets")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of the table")
    parser.add_argument("--memory", type=int, metavar="SOURCES", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory:
        return measure_memory(options.memory)
    rows = []
    for row in measure(QUICK if options.quick else FULL):
        rows.append(row)
        if not options.json:
            print(row.text(), flush=True)
    if options.json:
        print(json.dumps([asdict(row) for row in rows], indent=1))
    return 0 if options.quick or all(row.kept for row in rows) else 1


def measure(size: Size) -> Iterator[Row]:
    """Every row, in the order of the table."""
    began = time.perf_counter(), time.process_time()
    pipelines = Pipelines()
    checker = Checker()
    plain = [pipelines.manifest(SOURCES, seed) for seed in range(size.warm)]
    typed = [msgspec.convert(manifest, Manifest) for manifest in plain]
    for manifest in typed[:10]:
        checker.manifest(manifest).decision()
    gc.collect()
    gc.freeze()  # as the command line does, which turns collection off, and as a service should after loading
    gc.disable()

    def decide(manifest: Manifest) -> Decision:
        return checker.manifest(manifest).decision()

    verdicts = [seconds(checker.manifest, m) for m in typed]
    decisions = [seconds(decide, m) for m in typed]
    yield Row(f"{SOURCES} sources, warm, verdict, p50", quantile(verdicts, 0.5) * 1000, "ms")
    yield Row(f"{SOURCES} sources, warm, verdict, p99", quantile(verdicts, 0.99) * 1000, "ms", 15)
    yield Row(f"{SOURCES} sources, warm, whole decision, p50", quantile(decisions, 0.5) * 1000, "ms")
    yield Row(f"{SOURCES} sources, warm, whole decision, p99", quantile(decisions, 0.99) * 1000, "ms", 15)
    yield from against_peers(checker, plain[: size.peer], quantile(decisions, 0.5))
    yield from large(pipelines, checker, size)
    had = (time.process_time() - began[1]) / (time.perf_counter() - began[0])
    yield Row("share of the processor that this process had till here", 100 * had, "%")
    yield from commands(plain[0], size.cold)
    name = f"{size.large[1]:,} sources, whole decision, peak memory"
    yield Row(name, memory_of(size.large[1]), "MiB", 500)


def against_peers(checker: Checker, manifests: list[dict[str, Any]], own: float) -> Iterator[Row]:
    """The peers on the same manifests, and how many times our whole decision they take."""
    for name, judge in peers().items():
        median = None
        if judge is not None:
            judge(manifests[0])
            median = statistics.median(seconds(judge, m) for m in manifests)
        yield Row(f"{SOURCES} sources, {name}", None if median is None else median * 1000, "ms")
        yield Row("  of our whole decision", None if median is None else median / own, "times")
        if name == REGO:
            yield Row(
                "  sources on which it agrees with us", agreement(checker, manifests, judge) if judge else None, "%"
            )


def agreement(checker: Checker, manifests: list[dict[str, Any]], judge: Judge) -> float:
    """How many per cent of the sources the fragment, which knows four rules, judges as the whole policy does."""
    same: list[bool] = []
    for manifest in manifests:
        theirs = judge(manifest)
        decision = checker.manifest(msgspec.convert(manifest, Manifest)).decision()
        same += [theirs.get(s.source) == s.verdict.replace("allow-with-obligations", "allow") for s in decision.sources]
    return 100 * sum(same) / len(same)


def large(pipelines: Pipelines, checker: Checker, size: Size) -> Iterator[Row]:
    """The time at each size, and how it grows between the last two."""
    times: dict[tuple[int, str], float] = {}
    ways: dict[str, Callable[[Manifest], Any]] = {
        "verdict": checker.manifest,
        "whole decision": lambda m: checker.manifest(m).decision(),
    }
    for count in (size.middle, *size.large):
        seeds = range(5 if count == size.middle else 1)
        for nth, (way, work) in enumerate(ways.items()):
            # Pipelines of their own, so that nothing remembered from one makes the next look fast.
            manifests = [msgspec.convert(pipelines.manifest(count, 10 * seed + nth), Manifest) for seed in seeds]
            times[count, way] = statistics.median(seconds(work, m) for m in manifests)
            target = {size.middle: 0.2, size.large[1]: 8.0}.get(count)
            yield Row(f"{count:,} sources, {way}", times[count, way], "s", target)
    low, high = size.large
    for way in ("verdict", "whole decision"):
        exponent = math.log(times[high, way] / times[low, way]) / math.log(high / low)
        yield Row(f"scaling exponent, {low:,} to {high:,}, {way}", exponent, "")


def commands(manifest: dict[str, Any], repeats: int) -> Iterator[Row]:
    """Fresh processes of the command line: the whole wall time that a user waits."""
    script = Path(sys.executable).with_name("clearance")
    command = [str(script)] if script.exists() else [sys.executable, "-m", "compliance"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clearance.json"
        path.write_text(json.dumps(manifest), encoding="utf-8")
        emptied = {**os.environ, "CLEARANCE_CACHE": folder}
        first = wall([*command, "check", str(path)], emptied)
        cold = statistics.median(wall([*command, "check", str(path)], emptied) for _ in range(repeats))
        help_ = statistics.median(wall([*command, "--help"], emptied) for _ in range(repeats))
    yield Row("clearance check, fresh process, corpora cached", cold, "s", 0.8)
    yield Row("clearance check, the very first (empty cache)", first, "s")
    yield Row("clearance --help, fresh process", help_, "s", 0.2)


def wall(command: list[str], environment: dict[str, str]) -> float:
    """The wall time of a command that must answer with a verdict or help."""

    def run() -> None:
        answer = subprocess.run(command, env=environment, capture_output=True)
        if answer.returncode not in (0, 1, 2) or answer.stderr or not answer.stdout:
            raise RuntimeError(f"{command} ended with {answer.returncode}: {answer.stderr.decode(errors='replace')}")

    return seconds(run)


def memory_of(sources: int) -> float:
    """The peak resident memory, in MiB, of a fresh process that decides one pipeline of so many sources."""
    command = [sys.executable, __file__, "--memory", str(sources)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure_memory(sources: int) -> int:
    """In the fresh process: decide and print this process's peak, in MiB."""
    manifest = msgspec.convert(Pipelines().manifest(sources), Manifest)
    Checker().manifest(manifest).decision()
    print(peak())
    return 0


def peak() -> float:
    """This process's peak resident memory in MiB, without what its parent had when it was started."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return used / (1024 * 1024 if sys.platform == "darwin" else 1024)
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def seconds(work: Callable[..., Any], *given: Any) -> float:
    """The wall time that `work` takes."""
    start = time.perf_counter()
    work(*given)
    return time.perf_counter() - start


def quantile(values: list[float], share: float) -> float:
    """The smallest value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


if __name__ == "__main__":
    sys.exit(main())
