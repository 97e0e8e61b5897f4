"""Copies are found again however they were dressed, and rows that are nobody's are not."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from fingerprint_making import benchmark, pack_of, rows, write

from compliance.corpus.corpus import load_corpus
from compliance.fingerprint.claims import claims_of
from compliance.fingerprint.match import FileMatch, Matcher
from compliance.fingerprint.pack import Pack

SET = rows(3_000)
CORPUS = load_corpus()


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    folder = tmp_path_factory.mktemp("pack")
    return pack_of(folder / "x.pack", write(folder / "a.jsonl", SET))


def matched(pack: Pack, folder: Path, values: list[Any]) -> FileMatch:
    return Matcher([pack]).file(write(folder / "b.jsonl", values))


@pytest.mark.parametrize("edit", list(benchmark.EDITS))
def test_one_row_in_a_hundred_is_enough(pack: Pack, tmp_path: Path, edit: str) -> None:
    rng = random.Random(5)
    copies = [benchmark.EDITS[edit](rng, r) for r in rng.sample(SET, 20)]
    mixed = [*copies, *rows(1_980, seed=6)]
    rng.shuffle(mixed)
    result = matched(pack, tmp_path, mixed)
    assert [f.dataset for f in result.found] == ["made/set"]
    (found,) = result.found
    assert 6 <= found.rows <= 20 and found.rows == found.distinct
    assert found.share == found.rows / 2_000
    assert all(mixed[p.row] in copies for p in found.first)


def test_the_places_are_those_of_the_copies(pack: Pack, tmp_path: Path) -> None:
    long = [n for n, r in enumerate(SET) if len(r["output"]) > 400][:3]
    mixed: list[Any] = rows(50, seed=7)
    for at, n in zip((10, 20, 30), long, strict=True):
        mixed[at] = {"text": SET[n]["output"]}
    (found,) = matched(pack, tmp_path, mixed).found
    assert [(p.row, p.packed_row, p.part, p.likeness) for p in found.first] == [
        (at, n, "answer", 1.0) for at, n in zip((10, 20, 30), long, strict=True)
    ]
    assert (found.exact, found.strength) == (3, "medium")


def test_places_and_packed_rows_count_the_broken_lines(tmp_path: Path) -> None:
    long = [r for r in SET if len(r["output"]) > 400][:3]

    def broken(name: str, values: list[Any], *at: int) -> Path:
        lines = write(tmp_path / name, values).read_text(encoding="utf-8").splitlines()
        for place in at:
            lines.insert(place, '{"broken": }')
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        return tmp_path / name

    made = pack_of(tmp_path / "x.pack", broken("a.jsonl", long[:2], 1, 3), broken("b.jsonl", long[2:], 0))
    assert (made.header.rows, [i.rows for i in made.header.inputs]) == (6, [4, 2])
    result = Matcher([made]).file(broken("c.jsonl", [*rows(20, seed=7), *long], 5, 21))
    (found,) = result.found
    assert (result.rows, result.rejected) == (25, 2)
    assert [(p.row, p.packed_row) for p in found.first] == [(22, 0), (23, 2), (24, 5)]


def test_rows_that_are_nobodys_match_nothing(pack: Pack, tmp_path: Path) -> None:
    assert not matched(pack, tmp_path, rows(20_000, seed=8)).found
    shared = [{"messages": [{"role": "assistant", "content": r}]} for r in benchmark.REFUSALS] * 50
    assert not matched(pack, tmp_path, shared).found


def test_the_same_questions_with_other_answers_are_told_apart(tmp_path: Path) -> None:
    rng = random.Random(9)
    asked = [benchmark.answer(rng, 6) for _ in range(40)]
    first, second = ([{"question": q, "answer": benchmark.answer(rng, 8)} for q in asked] for _ in range(2))
    result = matched(pack_of(tmp_path / "x.pack", write(tmp_path / "a.jsonl", first)), tmp_path, second)
    (found,) = result.found
    assert (found.rows, found.answers, found.strength) == (40, 0, "medium")
    (claim,) = claims_of(result, CORPUS)
    assert (claim.kind, claim.role, claim.strength) == ("dataset", "prompts", "medium")
    assert "40 of them by the question alone" in claim.note


def test_a_row_that_is_repeated_is_one_row_of_the_set(pack: Pack, tmp_path: Path) -> None:
    one = next(r for r in SET if len(r["output"]) > 400)
    (found,) = matched(pack, tmp_path, [one] * 500).found
    assert (found.rows, found.distinct, found.strength) == (500, 1, "medium")


def test_several_sets_in_one_file(pack: Pack, tmp_path: Path) -> None:
    others = rows(300, seed=10)
    second = pack_of(tmp_path / "y.pack", write(tmp_path / "c.jsonl", others), name="other/set", teachers=())
    path = write(tmp_path / "b.jsonl", [*SET[:100], *others])
    result = Matcher([pack, second]).file(path)
    assert [f.dataset for f in result.found] == ["other/set", "made/set"]
    assert [(c.kind, c.value, c.role, c.strength) for c in claims_of(result, CORPUS)] == [
        ("dataset", "other/set", "subject", "strong"),
        ("dataset", "made/set", "subject", "strong"),
        ("model", "gpt-4", "targets", "medium"),
    ]
    assert claims_of(result, CORPUS)[2].maker == "openai"
    assert claims_of(result, CORPUS)[1].records == result.found[1].rows


def test_rows_of_conversations_and_prose(pack: Pack, tmp_path: Path) -> None:
    """Three rows of the set in one conversation are one row of the file; paragraphs of a text are rows."""
    long = [r["output"] for r in SET if len(r["output"]) > 400][:3]
    (found,) = matched(pack, tmp_path, [{"conversations": [{"from": "gpt", "value": t} for t in long]}]).found
    assert (found.rows, found.distinct) == (1, 3)
    (tmp_path / "b.txt").write_text("\n\n".join(long))
    (found,) = Matcher([pack]).file(tmp_path / "b.txt").found
    assert (found.rows, found.distinct) == (3, 3)


def test_batches_make_no_difference(pack: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "b.jsonl", [*SET[:300], *rows(300, seed=11)])
    whole = Matcher([pack]).file(path)
    monkeypatch.setattr("compliance.fingerprint.match._BATCH", 100)
    assert Matcher([pack]).file(path) == whole


def test_files_without_rows_or_text(pack: Pack, tmp_path: Path) -> None:
    assert not matched(pack, tmp_path, [{"n": 1}, None, 3, "short", {"text": "one two three four five"}]).found
    empty = matched(pack, tmp_path, [])
    assert (empty.rows, empty.found) == (0, ())
    assert not Matcher([pack]).file(tmp_path / "absent.jsonl").whole
