"""A whole scan: pieces shared out among processes, their results kept in a folder so that a scan can go on later.

Each piece's hits are written to a file of their own, which gets its final name only when the piece is complete. So the
result is the same for any number of workers, memory does not grow with the hits, and what a killed scan had finished
is there when it is started again on the same state folder.
"""

from __future__ import annotations

import gc
import hashlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from compliance.errors import InputError, UsageError
from compliance.reading.cache import place_of
from compliance.scan.confirm import Confirmer, Hit
from compliance.scan.lines import Engine
from compliance.scan.plan import Source, Task, sources_of, tasks_of
from compliance.scan.signatures import load_signatures
from compliance.scan.tally import Tally
from compliance.scan.work import scan_piece

VERSION = 4
_POLL = 0.1
# Cycles are looked for after so many more containers were made than given back.
_COLLECTED = 100_000

Report = Callable[[int, int], None]


class State(msgspec.Struct, frozen=True):
    """What makes two scans the same, so that one may go on where the other stopped."""

    version: int
    signatures: str
    sources: tuple[Source, ...]


class FileResult(msgspec.Struct):
    """What the scan of one file came to."""

    source: Source
    tally: Tally


class Scan:
    """A scan of some paths, with its results in a state folder."""

    def __init__(self, paths: list[Path], folder: Path, *, kept: bool = True) -> None:
        self.signatures = load_signatures()
        self.sources = sources_of(paths)
        self.tasks = tasks_of(self.sources)
        self.folder = folder
        self.total = sum(s.size for s in self.sources)
        self._prepare(kept)

    def _prepare(self, kept: bool) -> None:
        state = State(VERSION, self.signatures.sha256, tuple(self.sources))
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        spot = self.folder / "scan.json"
        encoded = msgspec.json.encode(state)
        if not kept and spot.exists() and spot.read_bytes() != encoded:
            for old in self.folder.iterdir():  # a state that nobody named and that is out of date
                old.unlink()
        if spot.exists():
            if spot.read_bytes() != encoded:
                raise UsageError(
                    f"{self.folder} holds the state of another scan",
                    remedy="files or signatures have changed since: name another folder or remove this one",
                )
        elif any(self.folder.iterdir()):
            raise UsageError(f"{self.folder} is not empty and holds no scan", remedy="name an empty folder")
        else:
            _write(spot, encoded)

    def _done(self, index: int) -> Path:
        return self.folder / f"{index:07d}.tally"

    def _hits(self, index: int) -> Path:
        return self.folder / f"{index:07d}.hits"

    def run(self, workers: int, report: Report | None = None) -> None:
        """Scan what is not scanned yet; `report` is told the bytes done and the bytes of all files."""
        open_tasks = [i for i in range(len(self.tasks)) if not self._done(i).exists()]
        finished = self.total - sum(_weight(self.sources, self.tasks[i]) for i in open_tasks)
        workers = max(1, min(workers, len(open_tasks)))
        if not open_tasks:
            return
        if workers == 1:
            engine = _engine()
            done = finished
            last = time.monotonic()

            def progress(count: int) -> None:
                nonlocal done, last
                done += count
                if report is not None and time.monotonic() - last > _POLL:
                    last = time.monotonic()
                    report(done, self.total)

            for index in open_tasks:
                self._one(engine, index, progress)
            return
        self._many(open_tasks, workers, finished, report)

    def _one(self, engine: Engine, index: int, progress: Callable[[int], None]) -> None:
        task = self.tasks[index]
        spot = self._hits(index)
        partial = spot.with_suffix(f".part{os.getpid()}")
        with _seldom_collected(), partial.open("wb", buffering=1 << 20) as out:

            def emit(record: int, hits: list[Hit]) -> None:
                out.writelines(b"%d\t%s\n" % (record, _ENCODER.encode(hit)[1:]) for hit in hits)

            tally = scan_piece(engine, self.sources[task.source], task, emit, progress)
        os.replace(partial, spot)
        _write(self._done(index), msgspec.json.encode(tally))

    def _many(self, open_tasks: list[int], workers: int, finished: int, report: Report | None) -> None:
        import ctypes
        import multiprocessing
        from multiprocessing.connection import wait

        method = _start_method()
        context: Any = multiprocessing.get_context(method)
        if method == "fork":
            _engine()  # made before the fork, so that the workers share it
        following = context.Value(ctypes.c_long, 0)
        done = [context.Value(ctypes.c_longlong, 0, lock=False) for _ in range(workers)]
        crew = [
            context.Process(target=_work, args=(self, open_tasks, following, done[i], os.getpid()), daemon=True)
            for i in range(workers)
        ]
        _interrupts(allowed=False)  # until they ignore it, it would be the workers' as well
        for process in crew:
            process.start()
        try:
            _interrupts(allowed=True)
            while any(process.is_alive() for process in crew):
                wait([process.sentinel for process in crew if process.is_alive()], _POLL)
                if report is not None:
                    report(finished + sum(int(d.value) for d in done), self.total)
        except BaseException:
            for process in crew:
                process.terminate()
            for process in crew:
                process.join()
            raise
        for process in crew:
            process.join()
        lost = [i for i in open_tasks if not self._done(i).exists()]
        if lost:
            file = self.sources[self.tasks[lost[0]].source].path
            raise InputError(
                f"{len(lost)} pieces were not scanned: a worker process ended early",
                file=file,
                remedy=f"free memory or use fewer workers, and run the same command with --state {self.folder}",
            )

    def results(self) -> list[FileResult]:
        """The tally of each file, in order."""
        found = [FileResult(source, Tally()) for source in self.sources]
        for index, task in enumerate(self.tasks):
            found[task.source].tally.add(msgspec.json.decode(self._done(index).read_bytes(), type=Tally))
        return found

    def hit_lines(self) -> Iterator[tuple[int, int, bytes]]:
        """All hits in the order of files and records: the source's index, the record, the rest of the hit as JSON."""
        current, base = -1, 0
        for index, task in enumerate(self.tasks):
            if task.source != current:
                current, base = task.source, 0
            with self._hits(index).open("rb") as handle:
                for line in handle:
                    record, _, rest = line.partition(b"\t")
                    yield task.source, base + int(record), rest.rstrip(b"\n")
            base += msgspec.json.decode(self._done(index).read_bytes(), type=Tally).records


_ENCODER = msgspec.json.Encoder()


@lru_cache(maxsize=1)
def _engine() -> Engine:
    """The signatures, compiled once in this process."""
    return Engine(Confirmer(load_signatures().content))


def _work(scan: Scan, open_tasks: list[int], following: Any, done: Any, parent: int) -> None:
    """A worker process: takes the next piece until none is left, and ends when its parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    engine = _engine()

    def progress(count: int) -> None:
        done.value += count
        if os.getppid() != parent:
            os._exit(1)

    while True:
        with following.get_lock():
            place = following.value
            following.value = place + 1
        if place >= len(open_tasks) or os.getppid() != parent:
            return
        scan._one(engine, open_tasks[place], progress)


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """What a scan makes goes with its last reference; looking for cycles in it, thousands of times, finds none."""
    kept = gc.get_threshold()
    gc.set_threshold(_COLLECTED, *kept[1:])
    try:
        yield
    finally:
        gc.set_threshold(*kept)


def _start_method() -> str:
    import multiprocessing

    return "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"


def _interrupts(*, allowed: bool) -> None:
    """Hold Ctrl-C back, or let through what was held back, where the system can."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK if allowed else signal.SIG_BLOCK, {signal.SIGINT})


def _weight(sources: list[Source], task: Task) -> int:
    source = sources[task.source]
    if source.form in ("jsonl", "text"):
        return task.stop - task.start
    return source.size // task.stop if source.form == "parquet" else source.size


def _write(spot: Path, data: bytes) -> None:
    partial = spot.with_suffix(f".new{os.getpid()}")
    partial.write_bytes(data)
    os.replace(partial, spot)


def state_folder(paths: list[Path]) -> Path:
    """The folder in which a scan of these paths keeps its state when none is named."""
    names = "\0".join(str(p.resolve()) for p in paths)
    return place_of(f"scan-{hashlib.sha256(names.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}")
