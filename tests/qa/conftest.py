"""Answerers over the invented terms: by words, and by meaning too where the embedding model is installed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from invented_terms import write_corpus

from compliance.index import embedder
from compliance.qa.answer import Answerer
from compliance.qa.session import open_answerer
from compliance.store import chroma

TODAY = date(2026, 6, 1).toordinal()
WAYS = ["words", "meaning"] if embedder.available() and chroma.installed() else ["words"]


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("terms"))


@pytest.fixture(scope="session", params=WAYS)
def answerer(request: pytest.FixtureRequest, corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    cache = tmp_path_factory.mktemp(f"index-{request.param}")
    return open_answerer([corpus], cache=cache, semantic=request.param == "meaning", today=TODAY)
