"""The vector store: nothing is embedded twice, and what is damaged, deleted or another model's is made again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

pytest.importorskip("chromadb")

from compliance.index.catalogue import Catalogue
from compliance.index.index import Index
from compliance.index.texts import read_shelf
from compliance.index.vectors import VectorStore, _writer
from compliance.store.chroma import forget_clients

TEXTS = {"a": "you may not train models", "b": "governed by the law of Portugal", "c": "delete after 45 days"}


@pytest.fixture(autouse=True)
def fresh_clients():  # type: ignore[no-untyped-def]
    yield
    forget_clients()


def test_what_has_a_vector_is_not_embedded_again(tmp_path: Path, hashed) -> None:  # type: ignore[no-untyped-def]
    store = VectorStore(tmp_path / "vectors", hashed)
    assert store.fill(TEXTS) == 3
    assert store.fill(TEXTS) == 0
    again = VectorStore(tmp_path / "vectors", hashed)
    assert again.missing(TEXTS) == []
    assert again.fill({**TEXTS, "d": "a new text"}) == 1
    assert hashed.embedded == 4


def test_scores_are_cosines_and_zero_where_there_is_no_vector(tmp_path: Path, hashed) -> None:  # type: ignore[no-untyped-def]
    store = VectorStore(tmp_path / "vectors", hashed)
    store.fill(TEXTS)
    scores = store.scores(["a", "b", "nowhere"], hashed.embed([TEXTS["a"]]))
    assert scores[0, 0] == pytest.approx(1, abs=1e-3)
    assert scores[0, 0] > scores[1, 0]
    assert scores[2, 0] == 0


def test_the_vectors_of_another_model_are_made_anew(tmp_path: Path, hashed) -> None:  # type: ignore[no-untyped-def]
    VectorStore(tmp_path / "vectors", hashed).fill(TEXTS)
    other = type(hashed)("another-model")
    store = VectorStore(tmp_path / "vectors", other)
    assert len(store.missing(TEXTS)) == 3
    assert "another model" in store.note
    assert store.fill(TEXTS) == 3


@pytest.mark.parametrize("damage", [b"this is no database", b""])
def test_a_damaged_store_is_built_anew(tmp_path: Path, hashed, damage: bytes) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "vectors"
    VectorStore(folder, hashed).fill(TEXTS)
    forget_clients()
    (folder / "chroma.sqlite3").write_bytes(damage)
    store = VectorStore(folder, hashed)
    assert store.fill(TEXTS) == 3
    forget_clients()
    assert VectorStore(folder, hashed).missing(TEXTS) == []


def test_deleting_the_store_loses_nothing(corpus: Path, tmp_path: Path, hashed) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "vectors"
    shelf = read_shelf([corpus])
    index = Index(shelf, Catalogue(tmp_path / "c.sqlite"), VectorStore(folder, hashed))
    made = index.embed()
    assert made > 10 and index.pending == 0
    forget_clients()
    shutil.rmtree(folder)
    after = Index(shelf, Catalogue(tmp_path / "c.sqlite"), VectorStore(folder, hashed))
    assert after.read_anew == 0
    assert after.pending == made
    assert after.lexical(["Portugal"])  # search goes on by words meanwhile
    assert after.embed() == made


def test_only_one_process_writes(tmp_path: Path) -> None:
    with _writer(tmp_path / "vectors") as first:
        assert first
        with _writer(tmp_path / "vectors") as second:
            assert not second
    with _writer(tmp_path / "vectors") as third:
        assert third


def test_who_may_not_write_answers_from_memory(tmp_path: Path, hashed) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "vectors"
    store = VectorStore(folder, hashed)
    with _writer(folder) as mine:
        assert mine
        assert store.fill(TEXTS) == 3
    assert store.missing(TEXTS) == []
    forget_clients()
    assert len(VectorStore(folder, hashed).missing(TEXTS)) == 3


def test_a_path_that_is_taken_by_a_file(tmp_path: Path, hashed) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    store = VectorStore(tmp_path / "taken" / "vectors", hashed)
    assert "in memory" in store.note
    assert store.fill(TEXTS) == 3
