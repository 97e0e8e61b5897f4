"""A scan whose pieces are scanned on the nodes of a Ray cluster; its results are the same bytes.

The pieces, and the folder in which their results are kept, are those of every other scan (`run.py`): a worker scans a
piece into a folder of its own and sends back the two files that came of it, which the process that asked for them puts
in place. So a stopped scan is gone on with by either engine, and memory grows with neither files nor hits.

Files must be on all nodes at the same paths (a shared file system), objects named by URLs readable from all. A worker
looks whether a file is the one that the scan began with, and a piece that gets lost with its worker, or with the
store's answer, is scanned again.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import msgspec

from compliance.errors import ClearanceError, InputError, UsageError
from compliance.scan import plan
from compliance.scan.plan import Source, Task
from compliance.scan.ray_cluster import connected
from compliance.scan.remote_files import file_at, is_url, watching
from compliance.scan.run import VERSION, Report, Scan, _engine, _weight, _write

_CHUNK = 1024 * 1024
_TELL_EVERY = 1.0
_POLL = 0.2
_TRIES = 3
_TOGETHER = 16


@dataclass(frozen=True)
class Cluster:
    """Which cluster: its address, or "" for one of this machine; and how many pieces at once, 0 for all processors."""

    address: str = ""
    workers: int = 0


def run_on_ray(scan: Scan, cluster: Cluster, report: Report | None = None) -> None:
    """Scan on a cluster what is not scanned yet; `report` is told the bytes done and the bytes of all files.

    `UsageError` where there is no such cluster, `InputError` where pieces could not be scanned.
    """
    open_tasks = [i for i in range(len(scan.tasks)) if not scan._done(i).exists()]
    if open_tasks:
        if report is not None:  # where it begins; a cluster takes a while to start
            report(scan.total - sum(_weight(scan.sources, scan.tasks[i]) for i in open_tasks), scan.total)
        with connected(cluster.address, min(cluster.workers or os.cpu_count() or 1, len(open_tasks))) as ray:
            _Dispatch(ray, scan, open_tasks, cluster, report).run()


@dataclass
class _Running:
    """Pieces that a worker scans one after the other: those not yet back, and what the first of them has sent."""

    indexes: list[int]
    tries: int
    out: IO[bytes] | None = None
    told: int = 0


class _Dispatch:
    """Keeps the cluster's processors busy with pieces, and takes what comes back."""

    def __init__(self, ray: Any, scan: Scan, open_tasks: list[int], cluster: Cluster, report: Report | None) -> None:
        self.ray = ray
        self.scan = scan
        self.cluster = cluster
        self.report = report
        self.running: dict[Any, _Running] = {}
        self.waiting = [(index, 1) for index in reversed(open_tasks)]
        self.lost: list[tuple[int, str]] = []
        self.weights = {i: _weight(scan.sources, scan.tasks[i]) for i in open_tasks}
        self.before = self.finished = scan.total - sum(self.weights.values())
        self.scanned_on_a_worker = ray.remote(
            num_cpus=1, max_retries=0, num_returns="streaming", _generator_backpressure_num_objects=8
        )(_scan_pieces)

    def run(self) -> None:
        """Until every piece is scanned or lost."""
        last, width = 0.0, 1
        try:
            while self.waiting or self.running:
                if time.monotonic() - last > _POLL:
                    last, width = time.monotonic(), self._width()
                    self._report()
                while self.waiting and len(self.running) < width:
                    self._start(width)
                ready, _ = self.ray.wait(list(self.running), num_returns=1, timeout=_POLL)
                for stream in ready:
                    self._take(stream)
        finally:
            for group in self.running.values():
                self._drop(group)
        if self.lost:
            index, reason = self.lost[0]
            raise InputError(
                f"{len(self.lost)} pieces were not scanned: {reason}",
                file=self.scan.sources[self.scan.tasks[index].source].path,
                remedy=f"run the same command with --state {self.scan.folder}; what is done is kept",
            )

    def _width(self) -> int:
        """How many groups of pieces are handed out at once: no worker waits for one, and nodes that join are used."""
        return self.cluster.workers or 2 * max(1, int(self.ray.cluster_resources().get("CPU", 1)))

    def _report(self) -> None:
        done = self.finished + sum(group.told for group in self.running.values())
        if self.report is not None and done > self.before:
            self.report(min(self.scan.total, done), self.scan.total)

    def _start(self, width: int) -> None:
        """Hand out some pieces: several while there are many, for to hand one out costs as much as to scan a little."""
        most = min(_TOGETHER, len(self.waiting) // (4 * width))
        index, tries = self.waiting.pop()
        group, size = _Running([index], tries), self.weights[index]
        while tries == 1 and len(group.indexes) < most and self.waiting[-1][1] == 1:
            size += self.weights[self.waiting[-1][0]]
            if size > _TOGETHER * plan.PIECE:
                break
            group.indexes.append(self.waiting.pop()[0])
        known = (VERSION, self.scan.signatures.sha256)
        pieces = [self._piece(index) for index in group.indexes]
        self.running[self.scanned_on_a_worker.remote(_scan_piece, known, pieces)] = group

    def _piece(self, index: int) -> tuple[Source, Task]:
        task = self.scan.tasks[index]
        source = self.scan.sources[task.source]
        if not is_url(source.path):  # workers stand in other folders
            source = msgspec.structs.replace(source, path=os.path.abspath(source.path))
        return source, task

    def _take(self, stream: Any) -> None:
        """Take what a worker sends next: how far a piece is, a stretch of its hits, its tally at its end."""
        group = self.running[stream]
        try:
            message = self.ray.get(next(stream))
        except StopIteration:
            self._end(stream, "its worker ended early")
        except self.ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, ClearanceError):
                raise error.cause from None
            told = str(error.cause).splitlines() or [""]
            self._end(stream, f"{type(error.cause).__name__} {told[0][:120]}".strip())
        except self.ray.exceptions.RayError as error:
            self._end(stream, f"its worker was lost ({type(error).__name__})")
        else:
            for kind, value in message:
                if kind == "bytes":
                    group.told = value
                elif kind == "hits":
                    group.out = group.out or self._part(group.indexes[0]).open("wb")
                    group.out.write(value)
                else:
                    self._keep(group, value)

    def _keep(self, group: _Running, tally: bytes) -> None:
        index = group.indexes.pop(0)
        group.told = 0
        (group.out or self._part(index).open("wb")).close()
        group.out = None
        os.replace(self._part(index), self.scan._hits(index))
        _write(self.scan._done(index), tally)
        self.finished += self.weights[index]

    def _end(self, stream: Any, reason: str) -> None:
        """A worker has sent all; if pieces are missing, the first is at fault, and the others were not begun."""
        group = self.running.pop(stream)
        self._drop(group)
        if group.indexes:
            first, *others = group.indexes
            self.waiting += [(index, group.tries) for index in reversed(others)]
            if group.tries < _TRIES:
                self.waiting.append((first, group.tries + 1))
            else:
                self.lost.append((first, reason))

    def _part(self, index: int) -> Path:
        return self.scan._hits(index).with_suffix(f".part{os.getpid()}")

    def _drop(self, group: _Running) -> None:
        if group.out is not None:
            group.out.close()
            Path(group.out.name).unlink()


class _Piece(Scan):
    """One piece of a scan by itself, with its results in a worker's folder."""

    def __init__(self, source: Source, task: Task, folder: Path) -> None:
        self.sources = [source]
        self.tasks = [Task(0, task.start, task.stop)]
        self.folder = folder


ScanPiece = Callable[[tuple[int, str], Source, Task], Iterator[tuple[str, Any]]]


def _scan_pieces(
    scan_piece: ScanPiece, known: tuple[int, str], pieces: list[tuple[Source, Task]]
) -> Iterator[list[tuple[str, Any]]]:
    """On a worker: scan pieces one after the other, and send what comes of them in messages of about one chunk."""
    message: list[tuple[str, Any]] = []
    held, last = 0, time.monotonic()
    for source, task in pieces:
        for kind, value in scan_piece(known, source, task):
            message.append((kind, value))
            held += len(value) if kind == "hits" else 0
            if held >= _CHUNK or time.monotonic() - last >= _TELL_EVERY:
                yield message
                message, held, last = [], 0, time.monotonic()
    if message:
        yield message


def _scan_piece(known: tuple[int, str], source: Source, task: Task) -> Iterator[tuple[str, Any]]:
    """Scan a piece, and give the bytes done now and then, then the file of its hits, then its tally."""
    from compliance.scan.signatures import load_signatures

    if known != (VERSION, load_signatures().sha256):
        raise UsageError("a node has another version of Clearance", remedy="install the same on all nodes")
    done = 0

    def progress(count: int) -> None:
        nonlocal done
        done += count

    with (
        watching() as troubles,
        tempfile.TemporaryDirectory(prefix="clearance-") as folder,
        ThreadPoolExecutor(1) as pool,
    ):
        _look(source)
        piece = _Piece(source, task, Path(folder))
        work = pool.submit(piece._one, _engine(), 0, progress)
        while not wait([work], timeout=_TELL_EVERY).done:
            yield "bytes", done
        work.result()
        if troubles:
            raise OSError(troubles[0])
        with piece._hits(0).open("rb") as hits:
            while chunk := hits.read(_CHUNK):
                yield "hits", chunk
        yield "tally", piece._done(0).read_bytes()


def _look(source: Source) -> None:
    """Whether this node sees the file that the scan began with; what cannot be read at all is told by the scan."""
    if source.form == "unreadable":
        return
    try:
        status = file_at(source.path).stat()
    except OSError as error:
        if is_url(source.path):
            raise  # the store may answer the next time
        raise InputError(
            f"a node cannot read it: {error.strerror or type(error).__name__}",
            file=source.path,
            remedy="put the files where all nodes see them at the same path, or name them by URL",
        ) from None
    if (status.st_size, status.st_mtime_ns) != (source.size, source.modified):
        raise InputError(
            "a node sees another file, or it has changed since the scan began",
            file=source.path,
            remedy="put the files where all nodes see the same, and scan into a new state folder",
        )
