"""The bounded YAML 1.2 and JSON reader."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from compliance.errors import InputError, MalformedText, UnreadableFile, UnsafeInput
from compliance.reading.structured import Text, decode, line_of, parse, read_bytes

NUMBERS = frozenset({"rows"})


def read(text: str, name: str = "a.yaml") -> object:
    return parse(Text(name, text), NUMBERS)


def test_words_of_yaml_1_1_and_dates_stay_strings() -> None:
    assert read("on: 2025-06-15\nx: yes\nyear: 2025\nrows: 12\nname: 007\n") == {
        "on": "2025-06-15",
        "x": "yes",
        "year": "2025",
        "rows": 12,
        "name": "007",
    }


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: 1\na: 2\n", 2, "stands twice"),
        ('{"a": 1,\n"a": 2}', 2, "stands twice"),
        ("a: [1,\n", 2, "not YAML"),
        ("a: !!python/object:os.system x\n", 1, "tag"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("a: *b\n", 1, "anchor"),
    ],
)
def test_a_fault_names_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(MalformedText) as caught:
        read(text)
    assert caught.value.line == line
    assert says in caught.value.one_line()
    assert "\n" not in caught.value.one_line()


def test_an_alias_bomb_is_refused() -> None:
    lines = ["a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    with pytest.raises(UnsafeInput):
        read("\n".join(lines))


@pytest.mark.parametrize("text", ["[" * 200_000, "a: " + "{b: " * 5000, '{"a":' * 5000])
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        read(text)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no such file"):
        read_bytes(tmp_path / "absent.yaml")
    with pytest.raises(UnreadableFile, match="folder"):
        read_bytes(tmp_path)
    big = tmp_path / "big.yaml"
    big.write_bytes(b"x" * 2048)
    with pytest.raises(UnsafeInput):
        read_bytes(big, limit=1024)


def test_encodings() -> None:
    assert decode(b"\xef\xbb\xbfa: 1\r\n", "a").content == "a: 1\r\n"
    with pytest.raises(MalformedText) as caught:
        decode(b"a: 1\nb: \xff\n", "a")
    assert caught.value.line == 2
    with pytest.raises(MalformedText, match="UTF-16"):
        decode("a: 1".encode("utf-16"), "a")
    with pytest.raises(MalformedText, match="empty"):
        decode(b" \n", "a")


def test_the_line_of_a_value() -> None:
    text = Text("a.yaml", "run:\n  date: x\nsources:\n  - name: a\n  - name: b\n")
    assert line_of(text, ("sources", 1, "name")) == 5
    assert line_of(text, ("run", "date")) == 2


PLAIN = st.recursive(
    st.none() | st.booleans() | st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcdef", min_size=1), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text("abcdef", min_size=1), PLAIN, max_size=4))
def test_yaml_and_json_of_one_value_read_alike(value: dict[str, object]) -> None:
    assert parse(Text("a.json", json.dumps(value)), NUMBERS) == value
    dumped = yaml.safe_dump(value, allow_unicode=True)
    again = parse(Text("a.yaml", dumped), NUMBERS)
    assert again == value


@pytest.mark.parametrize("name", ["a.jsonl", "a.yaml"])
@pytest.mark.parametrize(
    "text", ['{"a": 1, "a": 2}', '{"a": ]', '{"rows": 1e999}', '{"a": ' + "[" * 60, '{"a": "\\ud800"}']
)
def test_a_line_of_a_larger_file_is_named_by_its_line_there(text: str, name: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(Text(name, text, first_line=7), NUMBERS)
    assert caught.value.line == 7
    assert line_of(Text(name, '{"a": [1, 2]}', first_line=7), ("a", 1)) == 7


def test_a_yaml_text_may_begin_like_json() -> None:
    assert read("{a: [b, 'c'], rows: 3}") == {"a": ["b", "c"], "rows": 3}


def test_halves_of_characters_are_refused_and_whole_ones_read() -> None:
    assert read('{"a": "\\ud83d\\ude00 \\\\ud83d"}') == {"a": "\U0001f600 \\ud83d"}
    for half in ("\\ud83d", "\\ude00", "\\ud83dx\\ude00", "\\ude00\\ud83d", "\\ud83d\\ud83d\\ude00"):
        with pytest.raises(MalformedText, match="half a character"):
            read(f'{{"a": "{half}"}}', "a.json")


def test_numbers_within_limits() -> None:
    assert read("rows: 999999999999999999") == {"rows": 10**18 - 1}
    assert read("rows: -.5e3") == {"rows": -500.0}
    for number in ("1000000000000000000", "1e999"):
        for text in (f"rows: {number}", f'{{"rows": {number}}}'):
            with pytest.raises(MalformedText) as caught:
                read(text)
            assert "18 digits" in caught.value.one_line()


def test_depth_is_counted_outside_strings() -> None:
    brackets = "[{" * 100
    assert read(json.dumps({"a": [brackets, {"b" + brackets: '"' + brackets}]}), "a.json") == {
        "a": [brackets, {"b" + brackets: '"' + brackets}]
    }
    deepest = "[" * 40 + "]" * 40
    assert read(deepest, "a.json") == read(deepest, "a.yaml") == json.loads(deepest)
    for name in ("a.json", "a.yaml"):
        with pytest.raises(UnsafeInput, match="deeper than 40"):
            read(f"[{deepest}]", name)
