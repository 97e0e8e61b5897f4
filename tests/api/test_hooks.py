"""Webhooks: signed, to hosts that are allowed alone, and until they are taken."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import running as running_module
from fastapi import HTTPException
from running import OWN_LAB, Running, run

from api.hooks import Refused, _address, allowed, signature
from api.settings import Settings

SECRET = b"0123456789abcdef0123456789abcdef"
SPELLED = "whsec_" + base64.b64encode(SECRET).decode()


class Receiver(HTTPServer):
    """A server that keeps what it is told; the first message is turned away."""

    def __init__(self) -> None:
        self.told: list[tuple[dict[str, str], bytes]] = []
        self.turned_away = 0
        self.news = threading.Event()
        super().__init__(("127.0.0.1", 0), Told)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Told(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        first = self.server.turned_away == 0
        self.server.turned_away += 1
        self.send_response(503 if first else 204)
        self.end_headers()
        if not first:
            self.server.told.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.server.news.set()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.shutdown()
    server.server_close()


def post(client: httpx.Client, webhook: str) -> httpx.Response:
    headers = {"Content-Type": "application/yaml"}
    return client.post("/v1/checks", content=OWN_LAB, headers=headers, params={"webhook": webhook})


def test_the_end_of_a_job_is_told_with_a_signature(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(running_module.ENVIRONMENT, "CLEARANCE_WEBHOOK_SECRET", SPELLED)
    service = Running(tmp_path, "--webhook-host", "localhost", "--webhook-private")
    try:
        with service.as_(service.token) as client:
            taken = post(client, f"http://localhost:{receiver.server_port}/told?by=clearance")
            assert taken.status_code == 202
            assert post(client, "http://elsewhere.example/").status_code == 422
            assert receiver.news.wait(60)
            job = client.get(taken.headers["location"]).json()
    finally:
        service.stop()
    headers, body = receiver.told[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = hmac.new(SECRET, signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(mac).decode()}"
    assert headers["host"] == f"localhost:{receiver.server_port}"
    message = json.loads(body)
    assert (message["type"], message["data"]) == ("job.ended", job)
    assert receiver.turned_away == 2, "what was turned away was sent again"
    assert SPELLED not in service.log.read_text()


def test_webhooks_are_off_unless_set_up(engineer: httpx.Client) -> None:
    answer = post(engineer, "https://example.org/")
    assert (answer.status_code, "--webhook-host" in answer.json()["detail"]) == (422, True)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/",
        "https://other.example.org/",
        "https://hooks.example.org:8443/",
        "https://user:pass@hooks.example.org/",
        "https://hooks.example.org@evil.example/",
        "https://hooks.example.org.evil.example/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "ftp://hooks.example.org/",
        "file:///etc/passwd",
        "https://hooks.example.org:port/",
        "https://h\u00f6oks.example.org/",
        "",
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    settings = Settings(ledger="x", webhook_hosts=frozenset({"hooks.example.org"}), webhook_secret=SECRET)
    if url == "https://hooks.example.org:8443/":
        allowed(settings, url)  # a host without a port is allowed on any
        settings = Settings(ledger="x", webhook_hosts=frozenset({"hooks.example.org:443"}), webhook_secret=SECRET)
    with pytest.raises(HTTPException) as refused:
        allowed(settings, url)
    assert refused.value.status_code == 422


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "0.0.0.0", "fe80::1"])
def test_names_that_lead_inside_are_not_followed(host: str) -> None:
    with pytest.raises(Refused):
        _address(host, 443, False)
    if host in ("localhost", "127.0.0.1"):
        assert _address(host, 443, True) == "127.0.0.1"


def test_the_signature_is_that_of_the_standard() -> None:
    # The published example of Standard Webhooks, computed here from its parts.
    mac = hmac.new(SECRET, b'msg_1.1614265330.{"test": 2432232314}', hashlib.sha256).digest()
    made = signature(SECRET, "msg_1", 1614265330, b'{"test": 2432232314}')
    assert made == "v1," + base64.b64encode(mac).decode()


@pytest.mark.parametrize("secret", ["", "whsec_", "secret", "whsec_c2hvcnQ=", "whsec_!!"])
def test_a_weak_secret_is_refused_at_the_start(secret: str, tmp_path: Path) -> None:
    words = ("serve", "--port", "0", "--ledger", "audit.db", "--webhook-host", "hooks.example.org")
    started = run(*words, folder=tmp_path, CLEARANCE_WEBHOOK_SECRET=secret)
    assert (started.returncode, "Traceback" in started.stderr) == (64, False)
