"""Whatever the bytes: a manifest is read or refused with an error of ours, and read alike as YAML and as JSON."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.domain.manifest import Manifest
from compliance.errors import InputError
from compliance.evidence.places import read_placed
from compliance.reading.structured import Text, line_of, parse

GENERATOR: dict[str, Any] = {"model": "gpt-4o", "channel": "first-party-api", "when": "2025-01/2025-02", "share": 0.5}
WHOLE: dict[str, Any] = {
    "run": {"date": "2025-06-15", "name": "mix", "purpose": "commercial"},
    "trainer": {"name": "A", "affiliates": ["B"], "annual_revenue_usd": [{"amount": 1.5e9, "on": "2024"}]},
    "trainee": {"kind": "general-llm", "distributed": True, "parameters": 7000000000},
    "sources": [
        {"name": "first", "rows": 10, "licence": None, "generated_by": GENERATOR},
        {"name": "second", "licence": ["MIT", "CC0"], "derived_from": ["first"], "generated_by": [GENERATOR]},
        {"name": "third", "kind": "human-data", "generated_by": None},
    ],
    "base_models": [{"model": "x", "licence": "Apache-2.0"}],
    "agreements": [{"party": "C", "form": "oral", "from": "2024-01", "until": "2025"}],
}
COMPACT = json.dumps(WHOLE)
WRITTEN = [COMPACT.encode(), json.dumps(WHOLE, indent=1).encode(), b"# yaml\n" + COMPACT.replace("{", "\n {").encode()]
PIECES = [
    *(bytes([byte]) for byte in b"[]{},:\"'-?*&!|>%@`#~\n\t\0\\ \x85\xff\xc3"),
    *(b"\xef\xbb\xbf", b"\\ud800", b"<<: ", b"&a ", b"*a", b"--- ", b"...", b"!!str ", b"1e999", b"NaN", b"9" * 30),
    *(b"null", b"true", b"[" * 50, b"2025-02-30", b'"name": "first",', b"\xe2\x80\xa8", b"\xf0\x9f\x92\xa9"),
]

edits = st.lists(
    st.tuples(
        st.integers(0, len(WRITTEN[1])), st.integers(0, 12), st.one_of(st.sampled_from(PIECES), st.binary(max_size=6))
    ),
    min_size=1,
    max_size=4,
)


def read(data: bytes, suffix: str) -> Manifest | InputError:
    """The manifest, or the error of ours; any other exception fails the test."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"m{suffix}"
        path.write_bytes(data)
        try:
            return read_placed(path).manifest
        except InputError as error:
            line = error.one_line()
            assert line.isprintable() and len(line) < 2000
            assert str(path) in line and error.remedy
            return error


def survives(found: Manifest | InputError) -> None:
    """A manifest that was read can be written and read again."""
    if isinstance(found, Manifest):
        assert msgspec.json.decode(msgspec.json.encode(found), type=Manifest) == found


@given(st.binary(max_size=400), st.sampled_from([".yaml", ".json"]))
def test_random_bytes(data: bytes, suffix: str) -> None:
    survives(read(data, suffix))


@given(st.text(max_size=300), st.sampled_from([".yaml", ".json"]))
def test_random_text(text: str, suffix: str) -> None:
    survives(read(text.encode("utf-8", "replace"), suffix))


@settings(max_examples=400)
@given(st.sampled_from(WRITTEN), edits, st.sampled_from([".yaml", ".json"]))
def test_damaged_manifests(data: bytes, changes: list[tuple[int, int, bytes]], suffix: str) -> None:
    for at, cut, piece in changes:
        at %= len(data) + 1
        data = data[:at] + piece + data[at + cut :]
    survives(read(data, suffix))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, part in inner for place in places(part, (*path, key)))]


@settings(max_examples=300)
@given(st.sampled_from(places(WHOLE)[1:]), VALUES, st.booleans())
def test_a_value_of_another_kind_anywhere(place: tuple[str | int, ...], value: Any, indent: bool) -> None:
    whole = json.loads(COMPACT)
    spot = whole
    for step in place[:-1]:
        spot = spot[step]
    spot[place[-1]] = value
    survives(read(json.dumps(whole, indent=1 if indent else None).encode(), ".json"))


def test_the_whole_is_read_and_alike_in_both_forms() -> None:
    manifests = [read(data, suffix) for data in WRITTEN[:2] for suffix in (".yaml", ".json")]
    assert all(isinstance(m, Manifest) and m == manifests[0] for m in manifests)


@pytest.mark.parametrize("place", places(WHOLE), ids=str)
def test_every_value_has_the_same_line_by_both_readers(place: tuple[str | int, ...]) -> None:
    written = json.dumps(WHOLE, indent=1)
    commented = Text("m.yaml", "# a comment, so that YAML reads it\n" + written)
    assert parse(commented, frozenset({"share", "rows", "amount", "parameters"})) == WHOLE
    line = line_of(Text("m.json", written), place)
    assert line is not None
    assert line_of(commented, place) == line + 1
