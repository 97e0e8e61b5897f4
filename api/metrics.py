"""What can be measured: requests, decisions, what waits. Labels come from closed sets.

Several workers of one `clearance serve` write into files of one folder, and whichever is asked tells their sums. The
files of a worker that ended stay, so that no count ever goes back.
"""

from __future__ import annotations

import os
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


class Metrics:
    """The metrics of one service, in a registry of its own; with a folder, those of all its workers."""

    def __init__(self, shared: Path | None = None) -> None:
        self._shared = shared
        self._registry = CollectorRegistry()
        if shared is None:
            ProcessCollector(registry=self._registry)
        else:
            # The library takes the kind of its values from here when the first metric is made.
            os.environ[FOLDER_VARIABLE] = str(shared)
            values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]
        self._requests = Counter(
            "clearance_http_requests", "Requests answered.", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "clearance_http_request_seconds", "Time to answer.", ("route",), buckets=BUCKETS, registry=self._registry
        )
        self._decisions = Counter("clearance_decisions", "Decisions recorded.", ("verdict",), registry=self._registry)
        self._questions = Counter("clearance_answers", "Questions answered.", ("verdict",), registry=self._registry)
        self._refused = Counter(
            "clearance_logins_refused", "Logins with a token that is none.", registry=self._registry
        )
        self._waiting = Gauge(
            "clearance_checks_waiting",
            "Checks that are decided or wait for it.",
            registry=self._registry,
            multiprocess_mode="livesum",
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def decided(self, verdict: str) -> None:
        """Count a decision."""
        self._decisions.labels(verdict).inc()

    def answered_question(self, verdict: str) -> None:
        """Count an answer."""
        self._questions.labels(verdict).inc()

    def refused(self) -> None:
        """Count a login that was refused."""
        self._refused.inc()

    def wait(self, number: int) -> None:
        """So many checks wait now."""
        self._waiting.set(number)

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        if self._shared is None:
            return generate_latest(self._registry)
        for pid in {int(file.stem.rpartition("_")[2]) for file in self._shared.glob("gauge_live*_*.db")}:
            if not alive(pid):
                mark_process_dead(pid, str(self._shared))  # type: ignore[no-untyped-call]
        sums = CollectorRegistry()
        MultiProcessCollector(sums, str(self._shared))  # type: ignore[no-untyped-call]
        return generate_latest(sums)


def alive(pid: int) -> bool:
    """Whether a process of this machine runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's
    return True
