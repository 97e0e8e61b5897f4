"""The way to a chat model: which addresses may be asked, with which key, and how much of a reply is taken.

Questions and passages go to the one address that was named and nowhere else: no proxy of the environment, no redirect,
no tracing service.
"""

from __future__ import annotations

import importlib
import ipaddress
import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from compliance.errors import UsageError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

SECONDS = 120.0
"""A model that has not ended its draft after this long is not waited for."""
LONGEST_SECONDS = 3600.0
MOST_TOKENS = 500
MOST_BYTES = 4_000_000
"""Of a reply; a draft of `MOST_TOKENS` tokens, each in an event of its own, is far smaller."""

_HEADERS = frozenset(
    ("host", "accept", "accept-encoding", "authorization", "connection", "content-length", "content-type", "user-agent")
)
_ADDRESS = re.compile(r"https?://(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::\d{1,5})?(?:/[A-Za-z0-9._~/-]*)?")
_KEY = re.compile(r"[!-~]{1,4096}")


def chat_model(
    url: str, name: str, *, hosts: Collection[str] = (), key: str = "", seconds: float = SECONDS
) -> BaseChatModel:
    """The chat model behind an OpenAI-compatible address on this machine, or on one of `hosts` over https.

    `key` is sent as the bearer token. Raises `UsageError` for any other address.
    """
    checked_address(url, hosts)
    if key and not _KEY.fullmatch(key):
        raise UsageError("the model's key is not one", remedy="CLEARANCE_MODEL_KEY holds printable characters only")
    if not 0 < seconds <= LONGEST_SECONDS:
        raise UsageError(f"--model-timeout: {seconds:g} seconds", remedy=f"at most {LONGEST_SECONDS:g}, more than none")
    try:
        package: Any = importlib.import_module("langchain_openai")
        client = _client(seconds)
    except ImportError:
        raise UsageError("langchain-openai is not installed", remedy="pip install 'clearance[chat]'") from None
    model: BaseChatModel = package.ChatOpenAI(
        base_url=url,
        model=name,
        api_key=key or "none",
        temperature=0,
        timeout=seconds,
        max_retries=0,  # whoever asks tries again, within the time that is left
        http_client=client,
        openai_proxy=None,
        stream_usage=False,
        extra_body={"max_tokens": MOST_TOKENS},
    )
    return model


def checked_address(url: str, hosts: Collection[str]) -> str:
    """The host of `url`, which is this machine or one of `hosts`; an error that says what an address may be."""
    host = (urlsplit(url).hostname or "").lower() if _ADDRESS.fullmatch(url) else ""
    if is_loopback(host):
        return host
    if not host or host not in {allowed.lower() for allowed in hosts}:
        raise UsageError(
            f"--model-url: {host or url!r} is not this machine",
            remedy="run the model here, as at http://127.0.0.1:8080/v1, or allow its host with --model-host",
        )
    if not url.startswith("https://"):
        raise UsageError(
            f"--model-url: {host} would be asked in the clear", remedy="use https for another machine's model"
        )
    return host


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _client(seconds: float) -> Any:
    """An HTTP client that asks nobody but the address, and takes no more of a reply than `MOST_BYTES`."""
    import httpx

    class Bounded(httpx.SyncByteStream):
        def __init__(self, stream: Any) -> None:
            self.stream = stream

        def __iter__(self) -> Iterator[bytes]:
            left = MOST_BYTES
            for piece in self.stream:
                left -= len(piece)
                if left < 0:
                    raise httpx.ReadError("the reply is too large")
                yield piece

        def close(self) -> None:
            self.stream.close()

    def bare(request: Any) -> None:
        for name in set(request.headers) - _HEADERS:
            del request.headers[name]

    def bound(response: Any) -> None:
        if "content-encoding" in response.headers:
            raise httpx.ReadError("the reply is packed, which was not asked for")
        response.stream = Bounded(response.stream)

    return httpx.Client(
        timeout=httpx.Timeout(seconds, connect=min(10.0, seconds)),
        trust_env=False,
        follow_redirects=False,
        headers={"accept-encoding": "identity"},
        event_hooks={"request": [bare], "response": [bound]},
    )
