"""A store through its life: filled, stopped, gone on with, moved, damaged, mended."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import a_row, small_model, write_rows

from compliance.errors import InputError, UsageError
from compliance.recordstore import store as store_module
from compliance.recordstore.filling import fill
from compliance.recordstore.models import STATIC, Model, open_model
from compliance.recordstore.reading import FileRead, Reading
from compliance.recordstore.search import Filters, Searcher
from compliance.recordstore.store import KINDS, Store, writing
from compliance.store.chroma import forget_clients
from compliance.store.lock import if_free, one_writer


def take_in(folder: Path, *files: Path, kind: str = "", window: int = 64) -> tuple[list[FileRead], int, list[str]]:
    """Files into a store, with vectors: how each was read, how many vectors were made, and the store's notes."""
    with writing(folder) as store:
        read = [Reading(store).file(path) for path in files]
        store.mend(kind)
        model = small(folder, window)
        store.adopt(model, kind)
        return read, fill(store, model), store.notes


def small(folder: Path, window: int = 64) -> Model:
    model = open_model(STATIC, folder)
    model.window = window
    return model


def everything(folder: Path) -> tuple[list[tuple[object, ...]], list[str], np.ndarray]:
    """All that a store holds: records, texts and vectors."""
    store = Store(folder)
    texts = store.catalogue.texts_from(0, 1_000_000)
    rows = store.vectors().rows(np.arange(store.vector_count))
    columns = [tuple(row) for row in store.columns.read().rows.tolist()]
    store.close()
    return columns, texts, rows


@pytest.mark.parametrize("kind", KINDS)
def test_each_text_has_the_vector_that_the_model_makes_of_it(folder: Path, tmp_path: Path, kind: str) -> None:
    file = write_rows(tmp_path / "log.jsonl", [a_row(n) for n in range(150)])
    read, made, _ = take_in(folder, file, kind=kind)
    assert made == read[0].new == 300
    _, texts, rows = everything(folder)
    assert np.abs(rows - small(folder).embed(texts)).max() < 1e-3


def test_a_record_keeps_its_number_behind_a_broken_line(folder: Path, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "log.jsonl", [a_row(n) for n in range(4)])
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([*lines[:2], '{"broken": ', *lines[2:]]) + "\n", encoding="utf-8")
    read, _, _ = take_in(folder, file)
    assert (read[0].rows, read[0].rejected) == (5, 1)
    store = Store(folder)
    catalogue = store.catalogue
    assert [catalogue.record(n).record for n in range(catalogue.record_count)] == [0, 0, 1, 1, 3, 3, 4, 4]
    store.close()


def test_copies_are_embedded_once_and_counted(folder: Path, tmp_path: Path) -> None:
    rows = [a_row(n) for n in range(50)]
    shouted = [{**r, "messages": [{**m, "content": m["content"].upper() + "!"} for m in r["messages"]]} for r in rows]
    file = write_rows(tmp_path / "log.jsonl", [*rows, *rows[:20], *shouted[:10]])
    read, made, _ = take_in(folder, file)
    assert (read[0].new, read[0].repeated, read[0].near) == (100, 60, 0)
    assert made == 100
    store = Store(folder)
    assert store.catalogue.record_count == 160
    store.close()


def test_near_copies_share_a_vector_and_say_so(folder: Path, tmp_path: Path) -> None:
    row = a_row(1)
    other = {
        **row,
        "messages": [row["messages"][0], {"role": "assistant", "content": "Well: " + row["messages"][1]["content"]}],
    }
    read, made, _ = take_in(
        folder, write_rows(tmp_path / "log.jsonl", [row]), write_rows(tmp_path / "b.jsonl", [other, other])
    )
    assert (read[1].new, read[1].repeated, read[1].near) == (0, 2, 2)
    assert made == 2
    searcher = Searcher(folder)
    hit = searcher.like([("b.jsonl", 1, "messages[0].content")], filters=Filters(file="b.jsonl")).hits[0]
    searcher.close()
    assert hit.near and hit.others == 1


def test_nothing_is_done_twice(folder: Path, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "log.jsonl", [a_row(n) for n in range(40)])
    take_in(folder, file)
    read, made, _ = take_in(folder, file)
    assert read[0].unchanged and made == 0
    more = write_rows(tmp_path / "more.jsonl", [a_row(n) for n in range(30, 50)])
    read, made, _ = take_in(folder, file, more)
    assert made == 20
    assert (read[1].new, read[1].repeated) == (20, 20)


def test_a_changed_file_is_taken_in_anew(folder: Path, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "log.jsonl", [a_row(n) for n in range(40)])
    take_in(folder, file)
    write_rows(file, [a_row(n) for n in range(10)])
    read, made, _ = take_in(folder, file)
    assert (read[0].rows, read[0].repeated, made) == (10, 20, 0)
    searcher = Searcher(folder)
    found = searcher.search("the dog and the cake", 50)
    searcher.close()
    assert found.allowed == 20 and len(found.hits) == 20
    assert all(hit.record < 10 for hit in found.hits)


class Stop(Exception):
    """What a test stops a run with."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_stopped_run_is_gone_on_with(
    folder: Path, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [a_row(n % 700) for n in range(1_000)]
    file = write_rows(tmp_path / "log.jsonl", rows)
    monkeypatch.setattr("compliance.recordstore.reading._BATCH_TEXTS", 200)

    def stop_at(limit: int) -> Callable[..., None]:
        def tell(done: int, *_: int) -> None:
            if done >= limit:
                raise Stop

        return tell

    for _ in range(2):  # stopped while it reads, and again
        with pytest.raises(Stop), writing(folder) as store:
            Reading(store).file(file, stop_at(100))
    with writing(folder) as store:
        held = store.catalogue.files()[0]
        assert 0 < held.rows < 1_000 and not held.done
        Reading(store).file(file)
        store.adopt(small(folder), kind)
    for _ in range(2):  # stopped while it embeds, and again
        with pytest.raises(Stop), writing(folder) as store:
            store.mend(kind)
            fill(store, small(folder), stop_at(100))
    with writing(folder) as store:
        store.mend(kind)
        assert 0 < store.vector_count < store.catalogue.text_count
        fill(store, small(folder))
    whole = folder.with_name("whole")
    whole.mkdir()
    (whole / "static.safetensors").write_bytes(small_model())
    take_in(whole, file, kind=kind)
    for mine, other in zip(everything(folder), everything(whole), strict=True):
        assert np.array_equal(mine, other)


def test_what_a_killed_batch_left_behind_is_cut_off(folder: Path, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "log.jsonl", [a_row(n) for n in range(100)])
    take_in(folder, file, kind="arrays")
    before = everything(folder)
    for name in ("columns.bin", "vectors.f16", "signs.bin"):
        with (folder / name).open("ab") as out:
            out.write(b"rest of a batch that was never kept")
    take_in(folder, file, kind="arrays")
    take_in(folder, write_rows(tmp_path / "b.jsonl", [a_row(500)]), kind="arrays")
    after = everything(folder)
    assert after[0][:200] == before[0]
    assert np.array_equal(after[2][:200], before[2])


@pytest.mark.parametrize(("first", "then"), [("chroma", "arrays"), ("arrays", "chroma")])
def test_vectors_move_without_being_made_again(folder: Path, tmp_path: Path, first: str, then: str) -> None:
    file = write_rows(tmp_path / "log.jsonl", [a_row(n) for n in range(150)])
    take_in(folder, file, kind=first)
    before = everything(folder)
    _, made, notes = take_in(folder, file, kind=then)
    assert made == 0
    assert notes == [f"300 vectors were moved to {then}"]
    assert np.abs(everything(folder)[2] - before[2]).max() < 1e-3
    assert (folder / "chroma").exists() is (then == "chroma")


def test_a_store_that_has_grown_moves_to_arrays(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "CHROMA_MOST", 100)
    take_in(folder, write_rows(tmp_path / "a.jsonl", [a_row(n) for n in range(40)]))
    assert Store(folder).kind == "chroma"
    _, made, notes = take_in(folder, write_rows(tmp_path / "b.jsonl", [a_row(n) for n in range(40, 80)]))
    assert Store(folder).kind == "arrays"
    assert made == 80 and notes == ["80 vectors were moved to arrays"]


def test_vectors_of_another_model_are_made_anew(folder: Path, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "log.jsonl", [a_row(n) for n in range(20)])
    take_in(folder, file)
    (folder / "static.safetensors").write_bytes(small_model(seed=2))
    searcher = Searcher(folder)
    with pytest.raises(InputError, match="made by static"):
        searcher.search("anything at all")
    searcher.close()
    _, made, notes = take_in(folder, file)
    assert made == 40 and "another model" in notes[0]
    _, texts, rows = everything(folder)
    assert np.abs(rows - small(folder).embed(texts)).max() < 1e-3


@pytest.mark.parametrize("name", ["vectors.f16", "signs.bin"])
@pytest.mark.parametrize("how", ["gone", "short", "changed"])
def test_damaged_arrays_are_made_again(folder: Path, tmp_path: Path, name: str, how: str) -> None:
    file = write_rows(tmp_path / "log.jsonl", [a_row(n) for n in range(150)])
    take_in(folder, file, kind="arrays")
    before = everything(folder)
    path = folder / name
    data = path.read_bytes()
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(data[: len(data) // 2] if how == "short" else data[:-200] + bytes(200))
    with pytest.raises(InputError, match="vectors are damaged"):
        Searcher(folder)
    _, made, notes = take_in(folder, file, kind="arrays")
    assert 0 < made <= 300 and "are made again" in notes[0]
    for mine, other in zip(everything(folder), before, strict=True):
        assert np.array_equal(mine, other)


@pytest.mark.parametrize("damage", [b"this is no database", b"", None])
def test_a_damaged_collection_is_made_again(folder: Path, tmp_path: Path, damage: bytes | None) -> None:
    file = write_rows(tmp_path / "log.jsonl", [a_row(n) for n in range(50)])
    take_in(folder, file, kind="chroma")
    forget_clients()
    database = folder / "chroma" / "chroma.sqlite3"
    database.unlink()
    if damage is not None:
        database.write_bytes(damage)
    with pytest.raises(InputError, match="vectors are damaged"):
        Searcher(folder)
    _, made, notes = take_in(folder, file, kind="chroma")
    assert made == 100 and "are made again" in notes[0]
    Searcher(folder).close()


def test_missing_columns_are_made_again(folder: Path, tmp_path: Path) -> None:
    files = [write_rows(tmp_path / f"{n}.jsonl", [a_row(n * 100 + m) for m in range(30)]) for n in range(2)]
    take_in(folder, *files)
    write_rows(files[0], [a_row(7)])
    take_in(folder, *files)
    before = (folder / "columns.bin").read_bytes()
    (folder / "columns.bin").unlink()
    searcher = Searcher(folder)
    found = searcher.search("cake in the oven", filters=Filters(file="1.jsonl"))
    searcher.close()
    assert found.allowed == 60
    texts = np.frombuffer(before, "<u4")[::4]
    assert np.array_equal(np.frombuffer((folder / "columns.bin").read_bytes(), "<u4")[::4], texts)


@pytest.mark.parametrize(
    "damage", [b"this is no database, whatever its name may say" * 100, b"SQLite format 3\0" + b"\xff" * 4000]
)
def test_a_damaged_catalogue_is_an_error_that_says_what_to_do(folder: Path, tmp_path: Path, damage: bytes) -> None:
    file = write_rows(tmp_path / "log.jsonl", [a_row(n) for n in range(10)])
    take_in(folder, file)
    (folder / "records.db").write_bytes(damage)
    for suffix in ("-wal", "-shm"):
        (folder / f"records.db{suffix}").unlink(missing_ok=True)
    with pytest.raises(InputError, match="damaged") as caught:
        Searcher(folder)
    assert "--rebuild" in caught.value.remedy
    with pytest.raises(InputError, match="damaged"), writing(folder):
        pass
    with writing(folder, rebuild=True) as store:
        assert Reading(store).file(file).new == 20


def test_a_store_of_another_format_is_refused(folder: Path, tmp_path: Path) -> None:
    take_in(folder, write_rows(tmp_path / "log.jsonl", [a_row(1)]))
    with sqlite3.connect(folder / "records.db") as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE name = 'format'")
    connection.close()
    with pytest.raises(InputError, match="another format"):
        Searcher(folder)


def test_a_second_writer_is_refused(folder: Path) -> None:
    with one_writer(folder), pytest.raises(InputError, match="another process is writing"), writing(folder):
        pass
    with writing(folder):  # the lock is free again
        pass


def test_a_lock_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    lock = tmp_path / "new" / "a.lock"
    with if_free(lock) as first, if_free(lock) as second:
        assert (first, second) == (True, False)
    with if_free(lock) as again:
        assert again
    (tmp_path / "file").touch()
    with if_free(tmp_path / "file" / "a.lock") as impossible:
        assert not impossible


def test_a_locked_catalogue_is_an_error(folder: Path, tmp_path: Path) -> None:
    take_in(folder, write_rows(tmp_path / "log.jsonl", [a_row(1)]))
    other = sqlite3.connect(folder / "records.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store = Store(folder, create=True)
    store.catalogue._connection.execute("PRAGMA busy_timeout = 10")
    with pytest.raises(InputError, match="locked"):
        store.catalogue.begin("x", 1, 1)
    other.close()
    store.close()


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="not empty"), writing(tmp_path, rebuild=True):
        pass
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
    with pytest.raises(InputError, match="no such store"):
        Searcher(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no records"):
        Searcher(tmp_path / "empty")


def test_a_damaged_static_model_is_an_error(folder: Path) -> None:
    for damage in (b"", b"\xff" * 100, small_model()[:1000]):
        (folder / "static.safetensors").write_bytes(damage)
        with pytest.raises(InputError, match="static model cannot be read"):
            open_model(STATIC, folder)


def test_several_devices_share_the_work(folder: Path) -> None:
    """The code that spreads texts over GPUs, run on the CPU twice."""
    alone = open_model(STATIC, folder)
    texts = [f"{n} cake dog tax {n * n}" for n in range(300)]
    crowd = Model(STATIC, alone.model, alone.dimensions, alone.encoder, 16, ("cpu", "cpu"))
    try:
        assert crowd.window == 2 * alone.window
        assert np.abs(crowd.embed(texts) - alone.embed(texts)).max() < 1e-6
    finally:
        crowd.close()
