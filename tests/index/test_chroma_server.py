"""Vectors on a real Chroma server that several processes share."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from chroma_server import running

pytest.importorskip("chromadb")

from compliance.errors import UsageError
from compliance.index.vectors import VectorStore
from compliance.store import chroma

TEXTS = {"a": "you may not train models", "b": "governed by the law of Portugal", "c": "delete after 45 days"}


@pytest.fixture(autouse=True)
def closed_connections() -> Iterator[None]:
    """Chroma's client does not close its connections; here they go with it, unreported."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        chroma.forget_clients()
        gc.collect()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server for all tests that do not end it."""
    with running(tmp_path_factory.mktemp("chroma")) as address:
        yield address


def test_what_one_has_embedded_serves_the_next(url: str, hashed) -> None:  # type: ignore[no-untyped-def]
    first = VectorStore(url, hashed)
    assert first.fill(TEXTS) == 3 and not first.note
    again = VectorStore(url, hashed)
    assert again.missing(TEXTS) == [] and again.fill(TEXTS) == 0
    assert hashed.embedded == 3
    query = hashed.embed(["the law of Portugal"])
    np.testing.assert_allclose(again.scores(list(TEXTS), query), first.scores(list(TEXTS), query), atol=1e-6)


def test_nothing_of_others_is_deleted(url: str, hashed) -> None:  # type: ignore[no-untyped-def]
    hashed.model = "shared-by-two"
    VectorStore(url, hashed).fill(TEXTS)
    mine = {"d": "we may change these terms"}
    VectorStore(url, hashed).fill(mine)
    assert VectorStore(url, hashed).missing({**TEXTS, **mine}) == []


def test_models_are_kept_apart(url: str, hashed) -> None:  # type: ignore[no-untyped-def]
    hashed.model = "one/model"
    VectorStore(url, hashed).fill(TEXTS)
    hashed.model = "other/model"
    other = VectorStore(url, hashed)
    assert sorted(other.missing(TEXTS)) == ["a", "b", "c"] and not other.note


def test_a_server_that_is_away_is_said_and_answers_go_on(tmp_path: Path, hashed) -> None:  # type: ignore[no-untyped-def]
    with running(tmp_path) as address:
        VectorStore(address, hashed).fill(TEXTS)
    gone = VectorStore(address, hashed)
    assert "server cannot be used" in gone.note
    assert gone.fill(TEXTS) == 3 and gone.rows(["a"]) is not None
    with running(tmp_path, int(address.rpartition(":")[2])):
        assert VectorStore(address, hashed).missing(TEXTS) == [], "nothing was lost"


def test_a_server_that_ends_while_it_is_filled_loses_no_answer(tmp_path: Path, hashed) -> None:  # type: ignore[no-untyped-def]
    with running(tmp_path) as address:
        store = VectorStore(address, hashed)
    assert store.fill(TEXTS) == 3
    assert "could not be kept on the server" in store.note and store.rows(list(TEXTS)) is not None


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1:8000",
        "ftp://127.0.0.1",
        "http://",
        "http://u:p@127.0.0.1",
        "http://h/x",
        "http://h:port",
        "file:///x",
    ],
)
def test_what_is_no_address_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(chroma.SERVER, address)
    with pytest.raises(UsageError) as refused:
        chroma.server()
    assert chroma.SERVER in refused.value.one_line()


def test_a_token_goes_over_no_open_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(chroma.TOKEN, "secret")
    monkeypatch.setenv(chroma.SERVER, "http://chroma.example.org")
    with pytest.raises(UsageError, match="plain http") as refused:
        chroma.server()
    assert "secret" not in refused.value.one_line()
    monkeypatch.setenv(chroma.SERVER, "https://chroma.example.org/")
    assert chroma.server() == "https://chroma.example.org"
