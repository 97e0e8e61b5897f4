"""Searching records: by meaning, under filters, and by likeness to others."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import THINGS, a_row, small_model, write_rows

from compliance.domain.days import span
from compliance.errors import UsageError
from compliance.recordstore.filling import fill
from compliance.recordstore.models import STATIC, open_model
from compliance.recordstore.reading import Reading
from compliance.recordstore.search import Filters, Searcher
from compliance.recordstore.store import KINDS, writing
from compliance.store.chroma import forget_clients

ROWS = {f"{name}.jsonl": [a_row(n) for n in range(low, low + 60)] for name, low in (("june", 0), ("july", 100))}


@pytest.fixture(scope="module", params=KINDS)
def searcher(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    base = tmp_path_factory.mktemp("records")
    folder = base / "store"
    folder.mkdir()
    (folder / "static.safetensors").write_bytes(small_model())
    undated = [{k: v for k, v in a_row(n).items() if k not in ("created_at", "model")} for n in range(200, 210)]
    files = [write_rows(base / "logs" / name, rows) for name, rows in {**ROWS, "other.jsonl": undated}.items()]
    with writing(folder) as store:
        for file in files:
            Reading(store).file(file)
        model = open_model(STATIC, folder)
        store.adopt(model, request.param)
        fill(store, model)
    found = Searcher(folder)
    yield found
    found.close()
    forget_clients()


def row_of(hit: Any) -> dict[str, Any]:
    return ROWS[Path(hit.file).name][hit.record]


def test_the_best_hits_are_about_what_was_asked(searcher: Searcher) -> None:
    for words in THINGS.values():
        found = searcher.search(words, 5)
        assert len(found.hits) == 5 and found.allowed == found.texts == 260
        assert sum(words in hit.text for hit in found.hits) >= 4
        assert [h.score for h in found.hits] == sorted((h.score for h in found.hits), reverse=True)


def test_a_hit_says_where_it_stands(searcher: Searcher) -> None:
    text = ROWS["july.jsonl"][12]["messages"][1]["content"]
    hit = searcher.search(text, 1).hits[0]
    assert (Path(hit.file).name, hit.record, hit.field, hit.text) == ("july.jsonl", 12, "messages[1].content", text)
    assert (hit.party, hit.model, hit.strength) == ("OpenAI", "gpt-4o-2024-08-06", "strong")
    assert hit.date == row_of(hit)["created_at"][:10]
    assert hit.score > 0.99 and hit.others == 0 and not hit.near


@pytest.mark.parametrize("teacher", ["Anthropic", "anthropic", "claude-3-5-sonnet-20241022", "claude-3"])
def test_only_records_of_a_teacher(searcher: Searcher, teacher: str) -> None:
    found = searcher.search("the cake and the dog", 50, Filters(teacher=teacher))
    assert len(found.hits) == 50 and found.allowed == 120
    assert all(row_of(hit)["model"].startswith("claude") and hit.party == "Anthropic" for hit in found.hits)


@pytest.mark.parametrize("file", ["june.jsonl", "*/june.jsonl", "absolute"])
def test_only_records_of_a_file(searcher: Searcher, file: str) -> None:
    paths = [f.path for f in searcher.store.catalogue.files()]
    found = searcher.search("the cake and the dog", 50, Filters(file=paths[0] if file == "absolute" else file))
    assert found.allowed == 120
    assert all(hit.file == paths[0] for hit in found.hits)
    folder = str(Path(paths[0]).parent)
    assert searcher.search("the cake and the dog", 50, Filters(file=folder)).allowed == 260


def test_only_records_of_a_time_and_the_undated_are_told(searcher: Searcher) -> None:
    found = searcher.search("the cake and the dog", 100, Filters(dated=span("2025-03/2025-04")))
    assert {hit.date for hit in found.hits} == {"2025-03-10", "2025-04-10"}
    assert found.notes == ("20 records without a date were left out",)
    both = searcher.search("cake", 100, Filters(dated=span("2025-03"), teacher="OpenAI", file="july.jsonl"))
    assert both.hits and all(row_of(h)["created_at"][:7] == "2025-03" for h in both.hits)
    assert searcher.search("cake", 5, Filters(dated=span("1999"))).hits == ()


def test_rows_like_a_row(searcher: Searcher) -> None:
    found = searcher.like([("june.jsonl", 3, "")], 5)
    assert all((Path(hit.file).name, hit.record) != ("june.jsonl", 3) for hit in found.hits)
    words = next(w for w in THINGS.values() if w in ROWS["june.jsonl"][3]["messages"][1]["content"])
    one = searcher.like([("june.jsonl", 3, "messages[1].content")], 5, Filters(file="july.jsonl"))
    assert all(hit.file.endswith("july.jsonl") for hit in one.hits)
    assert sum(words in hit.text for hit in one.hits) >= 3


def test_the_retriever_gives_the_same_records(searcher: Searcher) -> None:
    from compliance.recordstore.retriever import RecordRetriever

    filters = Filters(teacher="OpenAI")
    documents = RecordRetriever(searcher=searcher, filters=filters, k=4).invoke("train the young dog")
    hits = searcher.search("train the young dog", 4, filters).hits
    assert [(d.metadata["file"], d.metadata["record"], d.page_content) for d in documents] == [
        (h.file, h.record, h.text) for h in hits
    ]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda s: s.search("x", filters=Filters(teacher="Nobody")), "no record of the store is by"),
        (lambda s: s.search("x", filters=Filters(file="nowhere.jsonl")), "no file"),
        (lambda s: s.like([("june.jsonl", 5_000, "")]), "no text of june.jsonl, record 5000"),
        (lambda s: s.search(" \u200b "), "nothing was asked"),
    ],
)
def test_what_is_not_there_is_said(searcher: Searcher, call: Callable[[Searcher], object], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        call(searcher)


def test_texts_without_vectors_are_told(folder: Path, tmp_path: Path) -> None:
    with writing(folder) as store:
        Reading(store).file(write_rows(tmp_path / "a.jsonl", [a_row(1)]))
    searcher = Searcher(folder, lambda: open_model(STATIC, folder))
    found = searcher.search("cake")
    searcher.close()
    assert found.hits == () and "2 texts have no vector yet" in found.notes[0]


def test_what_is_searched_while_a_writer_adds_is_what_was_there(folder: Path, tmp_path: Path) -> None:
    with writing(folder) as store:
        Reading(store).file(write_rows(tmp_path / "a.jsonl", [a_row(n) for n in range(20)]))
        model = open_model(STATIC, folder)
        store.adopt(model, "arrays")
        fill(store, model)
        searcher = Searcher(folder)
        Reading(store).file(write_rows(tmp_path / "b.jsonl", [a_row(n) for n in range(20, 40)]))
        fill(store, model)
        found = searcher.search("cake and tax", 100)
        searcher.close()
        later = Searcher(folder)
        assert (found.allowed, later.search("cake and tax", 100).allowed) == (40, 80)
        later.close()


def test_json_is_one_document(folder: Path, tmp_path: Path, command: Callable[..., tuple[int, str, str]]) -> None:
    file = write_rows(tmp_path / "a.jsonl", [a_row(n) for n in range(20)])
    code, out, _ = command("index", file, "--in", folder, "--model", "static", "--format", "json")
    document = json.loads(out)
    assert code == 0
    assert (document["records"], document["texts"], document["vectors"], document["embedded"]) == (40, 40, 40, 40)
    assert document["files"][0]["rows"] == 20 and document["store"] == "chroma"
    code, out, _ = command("search", "--records", "bake a cake", "--in", folder, "--limit", "3", "--format", "json")
    document = json.loads(out)
    assert code == 0 and len(document["hits"]) == 3 and document["query"] == "bake a cake"
    assert set(document["hits"][0]) == {
        "file", "record", "field", "text", "score", "party", "model", "strength", "date", "near", "others"
    }  # fmt: skip
