"""One document from the web: only from hosts that were listed, only from public addresses, bounded in size and time.

The name is resolved once, each of its addresses must be public, and the connection goes to the address that was
checked, so that a name that changes its mind in between leads nowhere. A redirect is a new request under all the same
rules. Nothing of the machine's settings (proxies, cookies, passwords) is used.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Collection
from typing import NamedTuple
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from compliance.errors import InputError, MalformedText, UnreadableFile, UnsafeInput, UsageError

MAX_BYTES = 32 * 1024 * 1024
MAX_SECONDS = 60.0
MAX_REDIRECTS = 5
_WAIT = 15.0
_CHUNK = 1 << 16
_SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/markdown": ".md",
    "text/plain": ".txt",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}


class Fetched(NamedTuple):
    """What came: its bytes, the address that gave them at last, and the suffix that its kind of content has."""

    data: bytes
    url: str
    suffix: str


class Limits(NamedTuple):
    """How much may come, in bytes and seconds, and whether from private addresses too (a server of the tests)."""

    size: int = MAX_BYTES
    seconds: float = MAX_SECONDS
    private: bool = False


USUAL = Limits()


def is_url(text: str) -> bool:
    """Whether `text` names something on the web."""
    return text.casefold().startswith(("http://", "https://"))


def fetch(url: str, hosts: Collection[str], limits: Limits = USUAL) -> Fetched:
    """The document at `url`; `hosts` are the names that may be asked."""
    deadline = time.monotonic() + limits.seconds
    allowed = {h.strip().casefold().rstrip(".") for h in hosts}
    for _ in range(MAX_REDIRECTS + 1):
        parts = _checked(url, allowed, limits)
        answer = _get(parts, url, limits, deadline)
        if isinstance(answer, Fetched):
            return answer
        onward = urljoin(url, answer)
        if parts.scheme == "https" and not onward.casefold().startswith("https:"):
            raise UsageError(f"{_shown(url)} sends on to an address without TLS", remedy="save the document to a file")
        url = onward
    raise UnreadableFile(f"more than {MAX_REDIRECTS} redirects", file=_shown(url), remedy="name the last address")


def _checked(url: str, allowed: Collection[str], limits: Limits) -> SplitResult:
    """The parts of an address that may be asked."""
    if len(url) > 4000 or not url.isprintable() or " " in url:
        raise UsageError("this is no web address", remedy="name one such as https://example.org/terms")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise UsageError("this is no web address", remedy="name one such as https://example.org/terms") from None
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError(f"{_shown(url)}: only http and https can be fetched", remedy="save the document to a file")
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            "an address with a name and password in it is not fetched", remedy="save the document to a file"
        )
    if host not in allowed:
        remedy = f"--allow-host {host}, or save the document to a file"
        raise UsageError(f"fetching from {host} is not allowed", remedy=remedy)
    if port not in (None, 80, 443) and not limits.private:
        raise UsageError(f"{_shown(url)}: the port {port} is not fetched from", remedy="save the document to a file")
    return parts


def _get(parts: SplitResult, url: str, limits: Limits, deadline: float) -> Fetched | str:
    """The document, or the address that the server sends on to."""
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    connection = _Pinned(host, port, _address(host, port, url, limits), parts.scheme == "https", deadline)
    path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe="/?%:@!$&'()*+,;=~-._[]")
    watch = threading.Timer(max(0.1, deadline - time.monotonic()), connection.stop)
    watch.daemon = True
    watch.start()
    headers = {"Accept": "text/html,text/*,application/pdf,*/*;q=0.5", "Accept-Encoding": "identity",
               "User-Agent": "clearance", "Connection": "close"}  # fmt: skip
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.answer = connection.getresponse()
        if answer.status in (301, 302, 303, 307, 308) and answer.headers.get("Location"):
            return str(answer.headers["Location"])
        if answer.status != 200:
            raise UnreadableFile(
                f"the server answers {answer.status}", file=_shown(url), remedy="check the address in a browser"
            )
        if answer.headers.get("Content-Encoding", "identity").casefold() not in ("", "identity"):
            raise MalformedText("the server sends it packed", file=_shown(url), remedy="save the document to a file")
        kind = answer.headers.get_content_type()
        return Fetched(_body(answer, url, limits, deadline), url, _SUFFIXES.get(kind, ""))
    except InputError:
        raise
    except TimeoutError:
        raise _slow(url, limits) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        if time.monotonic() > deadline:
            raise _slow(url, limits) from None
        reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        raise UnreadableFile(
            f"cannot be fetched: {reason}", file=_shown(url), remedy="save the document to a file"
        ) from None
    finally:
        watch.cancel()
        connection.finish()


def _body(answer: http.client.HTTPResponse, url: str, limits: Limits, deadline: float) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while True:
        piece = answer.read1(_CHUNK)
        if time.monotonic() > deadline:
            raise _slow(url, limits)
        if not piece:
            break
        size += len(piece)
        if size > limits.size:
            raise UnsafeInput(
                f"larger than {limits.size // (1024 * 1024) or 1} MiB", file=_shown(url), remedy="is it the document?"
            )
        pieces.append(piece)
    if answer.length:
        raise UnreadableFile("the server stopped in the middle", file=_shown(url), remedy="try again")
    return b"".join(pieces)


def _address(host: str, port: int, url: str, limits: Limits) -> str:
    """The address to connect to; each that the name has must be public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UnreadableFile("its host is not found", file=_shown(url), remedy="check the address") from None
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    if not limits.private and not all(is_public(address) for address in addresses):
        raise UsageError(
            f"{host} leads to a private address, which is never fetched from", remedy="save the document to a file"
        )
    return addresses[0]


def is_public(text: str) -> bool:
    """Whether an address belongs to the public internet, in whatever notation another address is wrapped."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in ipaddress.ip_network("64:ff9b::/96") or int(address) >> 32 == 0:
            inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if any(a is not None and not is_public(str(a)) for a in inner):
            return False
        if address.ipv4_mapped is not None:
            return True
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was checked, which speaks to the server by its name."""

    def __init__(self, host: str, port: int, address: str, tls: bool, deadline: float) -> None:
        super().__init__(host, port, timeout=max(0.1, min(_WAIT, deadline - time.monotonic())))
        self.address = address
        self.tls = tls
        self.held: socket.socket | None = None
        self.answer: http.client.HTTPResponse | None = None

    def connect(self) -> None:
        self.held = self.sock = socket.create_connection((self.address, self.port), self.timeout)
        if self.tls:
            self.held = self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)

    def stop(self) -> None:
        """End it from another thread: whoever reads from it gets no more."""
        if self.held is not None:
            with contextlib.suppress(OSError):
                self.held.shutdown(socket.SHUT_RDWR)

    def finish(self) -> None:
        """Release everything; `close` alone leaves an answer that is being read."""
        self.close()
        if self.answer is not None:
            self.answer.close()
        if self.held is not None:
            self.held.close()


def _slow(url: str, limits: Limits) -> UnreadableFile:
    return UnreadableFile(
        f"did not come within {limits.seconds:.0f} seconds", file=_shown(url), remedy="save the document to a file"
    )


def _shown(url: str) -> str:
    """An address as messages say it: without a password, its query left out."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "the address"
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"[:200]
