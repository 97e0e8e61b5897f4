"""A server on loopback that speaks OpenAI's protocol of chat completions and replies as it is told."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Callable[["Handler"], None]


@dataclass
class Scripted:
    """A running server: its address, what it was asked, and the replies that it gives, the last one for ever."""

    url: str
    replies: list[Reply]
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


class Handler(BaseHTTPRequestHandler):
    """Gives the next reply of the script."""

    protocol_version = "HTTP/1.1"
    script: Scripted

    def do_POST(self) -> None:
        self.script.asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.script.headers.append({name.lower(): value for name, value in self.headers.items()})
        replies = self.script.replies
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        with contextlib.suppress(ConnectionError):
            reply(self)
        self.close_connection = True

    def begin(self, status: int = 200, **headers: str) -> None:
        """The head of a reply whose body ends with the connection."""
        self.send_response(status)
        for name, value in {"content-type": "text/event-stream", "connection": "close", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def event(self, words: str, finish: str | None = None) -> None:
        """A piece of a draft."""
        choice = {"index": 0, "delta": {"content": words}, "finish_reason": finish}
        chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""


def says(draft: str, size: int = 7) -> Reply:
    """A whole draft, in pieces of `size` characters."""

    def reply(to: Handler) -> None:
        to.begin()
        for at in range(0, len(draft), size):
            to.event(draft[at : at + size])
        to.event("", "stop")
        to.wfile.write(b"data: [DONE]\n\n")

    return reply


def breaks_off(draft: str) -> Reply:
    """A draft whose connection is cut in the middle of an event."""

    def reply(to: Handler) -> None:
        to.begin(content_length="1000000")
        to.event(draft)
        to.wfile.write(b'data: {"id": "c", "choi')

    return reply


def fails(status: int, words: str = "wrong", **headers: str) -> Reply:
    """An error of HTTP."""

    def reply(to: Handler) -> None:
        body = json.dumps({"error": {"message": words}}).encode()
        to.begin(status, content_type="application/json", content_length=str(len(body)), **headers)
        to.wfile.write(body)

    return reply


def writes(body: bytes, **headers: str) -> Reply:
    """Any bytes."""

    def reply(to: Handler) -> None:
        to.begin(**headers)
        to.wfile.write(body)

    return reply


def for_ever(piece: bytes) -> Reply:
    """The same bytes until nobody takes them any more."""

    def reply(to: Handler) -> None:
        to.begin()
        while not to.script.over.is_set():
            to.wfile.write(piece)

    return reply


def hangs(first: str = "") -> Reply:
    """A piece of a draft, and then nothing while the test lasts."""

    def reply(to: Handler) -> None:
        if first:
            to.begin()
            to.event(first)
        to.script.over.wait()

    return reply


@contextlib.contextmanager
def scripted(*replies: Reply) -> Iterator[Scripted]:
    """A server that gives `replies` one after the other."""
    handler = type("Scripting", (Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    script = Scripted(f"http://127.0.0.1:{server.server_port}/v1", list(replies))
    handler.script = script  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield script
    finally:
        script.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
