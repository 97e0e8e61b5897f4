"""Chroma, as the index of terms and the records use it.

It is never given an embedding function of its own, which would fetch a model, and its telemetry is off. It keeps
vectors in a folder, which has one writer, on a server that several processes share, or in memory.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from compliance.errors import UsageError

SERVER = "CLEARANCE_CHROMA"
"""The variable that names a server, as `http://127.0.0.1:8000`."""
TOKEN = "CLEARANCE_CHROMA_TOKEN"
"""The variable with a bearer token for the server, or for the proxy before it."""
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
ANSWER_SECONDS = 5.0
"""So long a server may take to say that it is there."""


def installed() -> bool:
    """Whether Chroma and numpy are installed."""
    return all(importlib.util.find_spec(name) is not None for name in ("chromadb", "numpy"))


def server() -> str:
    """The address of the server that is set, or nothing; a `UsageError` where it is no such address."""
    url = os.environ.get(SERVER, "").strip().rstrip("/")
    if url:
        _parts(url)
    return url


def in_folder(folder: Path, name: str, **metadata: str) -> Any:
    """A collection in a folder, which is made; PermissionError where it may not be written."""
    import chromadb

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not os.access(folder, os.W_OK):
        raise PermissionError(13, "Permission denied", str(folder))
    return _collection(chromadb.PersistentClient(path=str(folder), settings=_settings()), name, metadata)


def on_server(url: str, name: str, **metadata: str) -> Any:
    """A collection on a server; what cannot be reached raises errors of many kinds."""
    import chromadb

    scheme, host, port = _parts(url)
    token = os.environ.get(TOKEN, "")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    # The client waits for ever; whoever asks a question does not.
    with urllib.request.urlopen(
        urllib.request.Request(f"{url}/api/v2/heartbeat", headers=headers), timeout=ANSWER_SECONDS
    ):
        pass
    client = chromadb.HttpClient(host=host, port=port, ssl=scheme == "https", headers=headers, settings=_settings())
    return _collection(client, name, metadata)


def in_memory(name: str, **metadata: str) -> Any:
    """A collection that ends with the process."""
    import chromadb

    return _collection(chromadb.EphemeralClient(settings=_settings(is_persistent=False)), name, metadata)


def name_for(model: str, base: str) -> str:
    """The name under which a server keeps the vectors of a model, apart from those of others."""
    return f"{base}-{hashlib.sha256(model.encode()).hexdigest()[:12]}"


def forget_clients() -> None:
    """Make Chroma forget the clients that it keeps by path, so that the next one opens the folder afresh."""
    if installed():
        from chromadb.api.shared_system_client import SharedSystemClient

        SharedSystemClient.clear_system_cache()


def _collection(client: Any, name: str, metadata: dict[str, str]) -> Any:
    return client.get_or_create_collection(name, metadata={**metadata, "hnsw:space": "cosine"}, embedding_function=None)


def _settings(**changed: Any) -> Any:
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False, **changed)


def _parts(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a server's address."""
    remedy = f"set {SERVER} to http://127.0.0.1:8000 or https://chroma.example.org"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UsageError("not the address of a Chroma server", remedy=remedy) from None
    plain = not (parts.username or parts.password or parts.query or parts.fragment or parts.path.strip("/"))
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain:
        raise UsageError("not the address of a Chroma server", remedy=remedy)
    if parts.scheme == "http" and os.environ.get(TOKEN) and parts.hostname not in LOOPBACK:
        raise UsageError("a token is not sent over plain http", remedy=f"set {SERVER} to an address with https")
    return parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 8000)
