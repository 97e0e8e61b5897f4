"""What surrounds every answer: an id, headers, a line in the log, a place in the metrics; and what faults become."""

from __future__ import annotations

import json
import re
import secrets
import sys
import time
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import Metrics
from api.problems import answer, of_exception, problem
from compliance.errors import ClearanceError

POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
}
"""Set on every answer that does not say otherwise itself."""
METHODS = frozenset({"GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"})
LINGER_BYTES = 64 * 1024 * 1024
LINGER_SECONDS = 3.0
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")


class Inward:
    """The request's body on its way in.

    An answer to a body that was not read to its end would be lost, were the connection closed while the caller still
    sends. So the rest is taken in and thrown away, within bounds.
    """

    def __init__(self, receive: Receive, headers: Headers) -> None:
        self._receive = receive
        has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
        self.unread = has_body and "expect" not in headers

    async def __call__(self) -> Message:
        message = await self._receive()
        if not message.get("more_body", False):
            self.unread = False
        return message

    async def drain(self) -> None:
        """Take in what is left, for a few seconds at most."""
        left = LINGER_BYTES
        with anyio.move_on_after(LINGER_SECONDS):
            while self.unread and left > 0:
                left -= len((await self()).get("body", b""))
        self.unread = False


class Envelope:
    """The outermost layer. Nothing that is raised within leaves it, and no secret enters the log."""

    def __init__(self, app: ASGIApp, metrics: Metrics, hosts: frozenset[str], log: TextIO | None = None) -> None:
        self._app = app
        self._metrics = metrics
        self._hosts = hosts
        self._log = log or sys.stderr

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        scope["request_id"] = given if _ID.match(given) else secrets.token_hex(16)
        status, sent = 0, 0
        inward = Inward(receive, headers)

        async def outward(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                out = MutableHeaders(scope=message)
                out["X-Request-Id"] = scope["request_id"]
                for name, value in HEADERS.items():
                    out.setdefault(name, value)
            else:
                sent += len(message.get("body", b""))
                if inward.unread and not message.get("more_body", False):
                    await send({**message, "more_body": True})
                    await inward.drain()
                    message = {"type": "http.response.body", "body": b""}
            await send(message)

        try:
            if self._hosts and _host(headers.get("host", "")) not in self._hosts:
                await answer(problem("host"), scope["request_id"])(scope, inward, outward)
            else:
                await self._app(scope, inward, outward)
        except Exception as error:
            scope["fault"] = error
            if not status:
                await answer(of_exception(error), scope["request_id"])(scope, inward, outward)
        finally:
            self._note(scope, status, sent, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, sent: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._metrics.answered(method, route, status, seconds)
        line: dict[str, Any] = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "request": scope["request_id"],
            "method": method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
            "bytes": sent,
        }
        principal = scope.get("state", {}).get("principal")
        if principal is not None:
            line["key"] = principal.id
        if "fault" in scope:
            line["fault"] = _told(scope["fault"])
        self._log.write(json.dumps(line) + "\n")
        self._log.flush()


def _told(error: BaseException) -> Any:
    """A fault as the log tells it: what and where, without the values that a message could carry."""
    error = error.__cause__ or error
    if isinstance(error, ClearanceError):
        return error.one_line()
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return {"type": type(error).__name__, "where": [f"{f.filename}:{f.lineno} {f.name}" for f in frames]}


def _host(header: str) -> str:
    """The name in a Host header, without port and brackets."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.rpartition(":")[0].lower() if ":" in header else header.lower()
