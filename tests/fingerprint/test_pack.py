"""Packs: the same for the same rows, without text, merged, and refused where they are damaged or strange."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import msgspec
import numpy as np
import pytest
from fingerprint_making import benchmark, pack_of, rows, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.errors import InputError, MalformedText, SchemaError, UnreadableFile
from compliance.fingerprint import build
from compliance.fingerprint.build import Builder
from compliance.fingerprint.pack import KINDS, MAGIC, Header, Pack, open_pack, write_pack

FAULTS = (MalformedText, SchemaError, UnreadableFile)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    made = rows(400)
    return write(tmp_path / "a.jsonl", made[:250]), write(tmp_path / "b.jsonl", made[250:])


def test_a_pack_says_what_it_was_made_of(tmp_path: Path, files: tuple[Path, Path]) -> None:
    header = pack_of(tmp_path / "x.pack", *files).header
    assert (header.format, header.dataset, header.teachers, header.rows) == (1, "made/set", ("gpt-4",), 400)
    assert [(i.name, i.rows) for i in header.inputs] == [("a.jsonl", 250), ("b.jsonl", 150)]
    assert header.inputs[0].sha256 == hashlib.sha256(files[0].read_bytes()).hexdigest()
    assert 350 < header.packed < 400


def test_the_same_rows_give_the_same_bytes(
    tmp_path: Path, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    pack_of(tmp_path / "x.pack", *files)
    monkeypatch.setattr(build, "_RUN", 700)  # many sorted runs and ranges instead of one
    monkeypatch.setattr(build, "_BATCH", 900)
    pack_of(tmp_path / "y.pack", *files)
    assert (tmp_path / "x.pack").read_bytes() == (tmp_path / "y.pack").read_bytes()


def test_no_text_is_in_a_pack(tmp_path: Path, files: tuple[Path, Path]) -> None:
    pack = pack_of(tmp_path / "x.pack", *files)
    held = Path(pack.path).read_bytes().lower()
    body = held[held.index(b"}}") :]
    assert not [w for w in benchmark.WORDS if len(w) > 4 and w.encode() in body]
    assert pack.header.hashes == len(pack.hashes) and pack.header.units == len(pack.rows)


def test_short_common_and_repeated_rows_are_left_out(tmp_path: Path) -> None:
    good = [r for r in rows(60) if len(r["output"]) > 300]
    short = [{"instruction": "Name a river.", "output": "The Elbe."}] * 20
    refused = [{"instruction": f"Tell me of {n}", "output": r} for n, r in enumerate(benchmark.REFUSALS)]
    common = [{"instruction": f"Item number {n}", "output": good[0]["output"]} for n in range(1, 12)]
    twice = good[1:]
    path = write(tmp_path / "a.jsonl", [*good, *twice, *short, *refused, *common])
    pack = pack_of(tmp_path / "x.pack", path)
    assert set(pack.rows[pack.kinds == KINDS.index("answer")].tolist()) == set(range(1, len(good)))
    assert pack.rows.max() < len(good)


def test_merged_packs_know_the_rows_of_both(tmp_path: Path, files: tuple[Path, Path]) -> None:
    whole = pack_of(tmp_path / "whole.pack", *files)
    one = pack_of(tmp_path / "one.pack", files[0])
    two = pack_of(tmp_path / "two.pack", files[1], teachers=("claude-3",))
    with Builder("made/set", [*one.header.teachers, *two.header.teachers]) as builder:
        builder.add_pack(one)
        builder.add_pack(two)
        builder.write(tmp_path / "merged.pack")
    merged = open_pack(tmp_path / "merged.pack")
    assert merged.header.inputs == whole.header.inputs
    assert merged.header.teachers == ("gpt-4", "claude-3")
    assert merged.header.rows == 400
    both = {(int(h), int(merged.rows[o])) for h, o in zip(merged.hashes, merged.owners, strict=True)}
    alone = {(int(h), int(whole.rows[o])) for h, o in zip(whole.hashes, whole.owners, strict=True)}
    assert len(both & alone) > 0.97 * len(alone)


def test_a_file_is_merged_once(tmp_path: Path, files: tuple[Path, Path]) -> None:
    one = pack_of(tmp_path / "one.pack", files[0])
    with Builder("made/set", []) as builder:
        builder.add_pack(one)
        with pytest.raises(InputError, match="in another of the packs"):
            builder.add_pack(one)


@pytest.mark.parametrize("content", ["", "{}\n", '{"text": "too short a row"}\n' * 50, '{"n": 1}\n' * 50])
def test_sets_without_rows_or_text_are_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(content)
    with Builder("x", []) as builder:
        builder.add_file(path)
        with pytest.raises(InputError, match=r"no rows|none of"):
            builder.write(tmp_path / "x.pack")
    assert not (tmp_path / "x.pack").exists()


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pack")
    return Path(pack_of(folder / "x.pack", write(folder / "a.jsonl", rows(30))).path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_damage_is_noticed(sound: Path, tmp_path: Path, draw: st.DataObject) -> None:
    data = bytearray(sound.read_bytes())
    at = draw.draw(st.integers(0, len(data) - 1))
    data[at] ^= draw.draw(st.integers(1, 255))
    path = tmp_path / "broken.pack"
    path.write_bytes(data)
    with pytest.raises(FAULTS):
        open_pack(path)
    path.write_bytes(sound.read_bytes()[:at])
    with pytest.raises(FAULTS):
        open_pack(path)


def rewritten(pack: Pack, path: Path, header: Header, **arrays: np.ndarray) -> Path:
    """A pack whose SHA-256 is right and whose content is not."""
    names = ("hashes", "owners", "rows", "sizes", "lengths", "kinds")
    write_pack(path, header, [arrays.get(n, np.asarray(getattr(pack, n))) for n in names])
    return path


def test_packs_of_strangers_are_checked(sound: Path, tmp_path: Path) -> None:
    pack, path = open_pack(sound), tmp_path / "strange.pack"
    header = pack.header
    assert open_pack(rewritten(pack, path, header)).sha256 == pack.sha256
    ones = np.ones(header.hashes, np.uint32)
    for field, says, array in (
        ("hashes", "not in order", pack.hashes[::-1].copy()),
        ("hashes", "more units", ones),
        ("owners", "no unit", ones * np.uint32(header.units)),
        ("rows", "none that could", np.full(header.units, 10**6, np.uint32)),
        ("sizes", "none that could", np.zeros(header.units, np.uint8)),
        ("kinds", "none that could", np.full(header.units, 9, np.uint8)),
        ("lengths", "none that could", np.zeros(header.units, np.uint8)),
    ):
        rewritten(pack, path, header, **{field: array})
        with pytest.raises(MalformedText, match=says):
            open_pack(path)
    for change, says in (
        ({"format": 2}, "format 2"),
        ({"parameters": msgspec.structs.replace(header.parameters, words=9)}, "other shingles"),
        ({"hashes": 10**15}, "size is not"),
        ({"hashes": -1}, "negative"),
    ):
        rewritten(pack, path, msgspec.structs.replace(header, **change))
        with pytest.raises((MalformedText, SchemaError), match=says):
            open_pack(path)


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04", MAGIC, MAGIC + b"\xff" * 8, MAGIC + b"\x02\0\0\0{}", MAGIC + b"\x60\0\0\0" + b"[" * 96]
)
def test_what_is_no_pack_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.pack"
    path.write_bytes(data)
    with pytest.raises(FAULTS):
        open_pack(path)
    with pytest.raises(UnreadableFile):
        open_pack(tmp_path)


def test_long_answers_have_several_units(tmp_path: Path) -> None:
    rng = random.Random(2)
    long = {"instruction": "Tell", "output": " ".join(benchmark.answer(rng, 30) for _ in range(5))}
    pack = pack_of(tmp_path / "x.pack", write(tmp_path / "a.jsonl", [long]))
    assert pack.header.units > 3 and set(pack.rows.tolist()) == {0}
