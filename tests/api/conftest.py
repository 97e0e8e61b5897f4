"""One service for all tests of this folder, with a key of each role."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from running import Running
from texts import write_corpus, write_history


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("service")
    corpus, terms = write_corpus(folder / "texts"), write_history(folder / "terms.sqlite")
    running = Running(folder, "--corpus", str(corpus), "--words-only", "--terms", str(terms))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def tokens(service: Running) -> dict[str, str]:
    return {role: service.key(role, role) for role in ("engineer", "legal", "auditor", "admin")}


@pytest.fixture(scope="session")
def engineer(service: Running, tokens: dict[str, str]) -> Iterator[httpx.Client]:
    with service.as_(tokens["engineer"]) as client:
        yield client


@pytest.fixture(scope="session")
def admin(service: Running, tokens: dict[str, str]) -> Iterator[httpx.Client]:
    with service.as_(tokens["admin"]) as client:
        yield client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
