"""The line of a field in a JSON document, by its path."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.evidence.readers import limits
from compliance.evidence.readers.interface import walk
from compliance.evidence.readers.json_places import JsonPlaces

TEXT = """{
 "a": [
  {"name": "x"},
  {"name": "y", "deep.er": {"name": "},{["}},
  [1, "two",
   "three"]
 ],
 "b\\u0021": {"name":
  null}, "name": "two
lines", "c": 1
}"""
KEYS = st.text("ab\"'{},\n", min_size=1, max_size=4)
NOISE = st.text("\"'[]{},:\\\n.", max_size=6)
VALUES = st.recursive(st.integers() | NOISE, lambda v: st.lists(v, max_size=4) | st.dictionaries(KEYS, v))


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("a", 2),
        ("a[0].name", 3),
        ("a[1].name", 4),
        ("a[1].deep.er.name", 4),
        ("a[2]", 5),
        ("a[2][2]", 6),
        ("b!.name", 8),
        ("name", 9),
        ("c", 10),
        ("a[1].flat.name", 4),
        ("nowhere", None),
        ("", None),
    ],
)
def test_each_field_has_its_line(place: str, line: int | None) -> None:
    assert JsonPlaces(TEXT).line(place) == line


def _depth(place: str) -> int:
    return 1 + place.count(".") + place.count("[")


@given(st.dictionaries(KEYS, VALUES))
def test_keys_of_any_document_are_on_their_lines(value: dict[str, Any]) -> None:
    text = json.dumps(value, indent=1)
    places, lines = JsonPlaces(text), text.split("\n")
    for place, key, _ in walk(value):
        line = places.line(place)
        assert line is not None
        assert place.endswith("]") or lines[line - 1].startswith(" " * _depth(place) + json.dumps(key))


@given(st.text('{}[],:"\\ \na', max_size=60), st.text("a.[]0", max_size=10))
def test_any_text_and_any_place(text: str, place: str) -> None:
    line = JsonPlaces(text).line(place)
    assert line is None or 1 <= line <= text.count("\n") + 1


def test_past_the_limits_no_line_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PLACES", 2)
    assert (JsonPlaces(TEXT).line("a[0].name"), JsonPlaces(TEXT).line("c")) == (3, None)
    monkeypatch.setattr(limits, "PLACED", 20)
    assert JsonPlaces(TEXT).line("a") is None
