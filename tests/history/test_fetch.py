"""Documents from the web: a real server on loopback behind the allowance for tests; without it, nothing private."""

from __future__ import annotations

import datetime
import http.server
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import pytest
from archive import BAN, page, run
from hypothesis import given
from hypothesis import strategies as st

from compliance.errors import ClearanceError, InputError, UnsafeInput, UsageError
from compliance.history.database import open_history
from compliance.history.fetch import Limits, fetch, is_public
from compliance.history.sync import ingest_url

LOOPBACK = Limits(size=200_000, seconds=5, private=True)
HERE = ["127.0.0.1", "localhost"]


class Site(http.server.BaseHTTPRequestHandler):
    """What the paths of the server answer."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        port = self.server.server_address[1]
        path = urlsplit(self.path).path
        to = {
            "/moved": "/terms.html",
            "/round": "/round",
            "/away": "http://example.org/terms",
            "/private": f"http://127.0.0.1:{port}/terms.html",
            "/metadata": "http://169.254.169.254/latest",
            "/file": "file:///etc/passwd",
        }.get(path)
        if to is not None:
            self.send_response(302)
            self.send_header("Location", to)
            self.end_headers()
        elif path == "/slow":
            self.send_response(200)
            self.end_headers()
            for _ in range(100):
                self.wfile.write(b"a line of terms\n")
                time.sleep(0.1)
        elif path == "/large":
            self.send_response(200)
            self.end_headers()
            for _ in range(100):
                self.wfile.write(b"x" * 100_000)
        elif path == "/cut":
            self._answer(b"You agree to", "text/plain", 5000)
        elif path == "/packed":
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip")
            self.end_headers()
        elif path == "/error":
            self._answer(b"<html><h1>403 Forbidden</h1><p>Access denied</p></html>", "text/html")
        elif path == "/terms.html":
            paragraphs = "".join(f"<p>{p}</p>" for p in page(BAN).removeprefix("# ").split("\n\n"))
            self._answer(f"<html><body>{paragraphs}</body></html>".encode(), "text/html; charset=utf-8")
        else:
            self.send_error(404)

    def _answer(self, body: bytes, kind: str, length: int | None = None) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length or len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            self.close_connection = True  # the client went away, as it should

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_a_page_becomes_a_version_and_again_none(site: str, db: Path) -> None:
    with open_history(db, create=True) as held:
        for expected in (1, 0):
            done = ingest_url(
                held, f"{site}/terms.html", HERE, party="Acme", document=None, date=datetime.date(2026, 1, 2),
                limits=LOOPBACK,
            )  # fmt: skip
            assert done.versions == expected
        (key,) = held.documents()
        assert key.label == "Acme/terms"
        (version,) = held.versions(key.id)
        assert version.origin.startswith(f"{site}/terms.html ")
        assert BAN in held.text(version.text_sha256 or "").content


def test_redirects_are_followed_within_the_rules(site: str) -> None:
    got = fetch(f"{site}/moved", HERE, LOOPBACK)
    assert (got.url, got.suffix) == (f"{site}/terms.html", ".html")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/round", "more than 5 redirects"),
        ("/away", "example.org is not allowed"),
        ("/metadata", "169.254.169.254 is not allowed"),
        ("/file", "only http and https"),
        ("/nothing", "the server answers 404"),
        ("/slow", "within 1 seconds"),
        ("/large", "larger than"),
        ("/cut", "stopped in the middle"),
        ("/packed", "packed"),
    ],
)
def test_what_breaks_a_rule_is_one_line(site: str, path: str, words: str) -> None:
    with pytest.raises(ClearanceError, match=words) as raised:
        fetch(f"{site}{path}", HERE, LOOPBACK._replace(seconds=1))
    line = raised.value.one_line()
    assert "\n" not in line and raised.value.remedy


def test_an_error_page_is_no_version(site: str, db: Path) -> None:
    with open_history(db, create=True) as held:
        with pytest.raises(InputError, match="not terms"):
            ingest_url(
                held, f"{site}/error", HERE, party="Acme", document=None, date=datetime.date(2026, 1, 2),
                limits=LOOPBACK,
            )  # fmt: skip
        assert held.documents() == []


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "127.1", "2130706433", "[::ffff:127.0.0.1]"]
)
def test_private_addresses_are_refused_in_any_notation_even_when_listed(site: str, host: str) -> None:
    asked = len(Site.asked)
    port = site.rpartition(":")[2]
    for address in (f"http://{host}/terms.html", f"http://{host}:{port}/terms.html"):
        with pytest.raises(ClearanceError):
            fetch(address, [host.strip("[]"), *HERE])
    assert len(Site.asked) == asked


def test_a_name_that_leads_to_a_private_address_is_refused(db: Path) -> None:
    name = "localhost"
    assert socket.gethostbyname(name) == "127.0.0.1"
    done = run(
        "ingest", f"http://{name}/terms", "--allow-host", name, "--party", "A", "--date", "2026-01-01", "--db", db
    )
    assert done.code == 64
    assert "private address" in done.error


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://example.org/terms", "nothing is fetched"),
        ("http://ada:hush@example.org/", "nothing is fetched"),
    ],
)
def test_nothing_is_fetched_unless_its_host_is_listed(db: Path, url: str, words: str) -> None:
    done = run("ingest", url, "--party", "A", "--date", "2026-01-01", "--db", db)
    assert done.code == 64
    assert words in done.error and "hush" not in done.error


@pytest.mark.parametrize(
    "url",
    ["http://ada:hush@example.org/", "http://example.org:22/", "http://[::1", "http://example.org/a b", "http:///x"],
)
def test_addresses_that_are_never_asked(url: str) -> None:
    with pytest.raises(UsageError) as raised:
        fetch(url, ["example.org"])
    assert "hush" not in raised.value.one_line()


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True), ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True), ("10.0.0.1", False),
        ("172.16.3.4", False), ("192.168.1.1", False), ("169.254.169.254", False), ("100.64.0.1", False),
        ("224.0.0.1", False), ("255.255.255.255", False), ("::", False), ("fc00::1", False), ("fe80::1", False),
        ("fec0::1", False), ("::ffff:10.0.0.1", False), ("::ffff:93.184.215.14", True), ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False), ("::127.0.0.1", False), ("ff02::1", False), ("nonsense", False),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@given(st.ip_addresses(v=4, network="10.0.0.0/8"))
def test_a_private_address_stays_private_however_it_is_wrapped(address: object) -> None:
    number = int(address)  # type: ignore[call-overload]
    import ipaddress

    for wrapped in ((0xFFFF << 32) | number, (0x64FF9B << 96) | number, (0x2002 << 112) | (number << 80), number):
        assert not is_public(str(ipaddress.IPv6Address(wrapped)))


def certificate(folder: Path) -> Path:
    """A certificate for localhost that signs itself, with its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
        .not_valid_before(today - datetime.timedelta(days=1)).not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = folder / "site.pem"
    plain = serialization.NoEncryption()
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    file.write_bytes(key.private_bytes(pem, form, plain) + made.public_bytes(pem))
    return file


def test_tls_is_checked_against_the_name_though_the_address_is_pinned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    try:
        with pytest.raises(InputError, match="cannot be fetched"):
            fetch(f"https://localhost:{port}/terms.html", HERE, LOOPBACK)
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        assert BAN.encode() in fetch(f"https://localhost:{port}/terms.html", HERE, LOOPBACK).data
        with pytest.raises(InputError, match="cannot be fetched"):
            fetch(f"https://127.0.0.1:{port}/terms.html", HERE, LOOPBACK)  # not the name of the certificate
        with pytest.raises(UsageError, match="without TLS"):
            fetch(f"https://localhost:{port}/private", HERE, LOOPBACK)
    finally:
        server.shutdown()
        server.server_close()


def test_larger_than_the_limit_is_unsafe(site: str) -> None:
    with pytest.raises(UnsafeInput):
        fetch(f"{site}/large", HERE, LOOPBACK)
