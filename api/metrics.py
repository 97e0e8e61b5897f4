"""What can be measured: requests, decisions, what waits. Labels come from closed sets."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """The metrics of one service, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
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
            "clearance_checks_waiting", "Checks that are decided or wait for it.", registry=self._registry
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

    def watch(self, waiting: Callable[[], float]) -> None:
        """Where the number of waiting checks is read."""
        self._waiting.set_function(waiting)

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self._registry)
