"""Blocks of lines: what is no record is counted wherever blocks are cut, and every place is given its own line."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from compliance.scan import sources
from compliance.scan.confirm import Hit
from compliance.scan.lines import MAX_VALUES, LineScanner, newlines
from compliance.scan.run import _engine
from compliance.scan.tally import Tally

ENGINE = _engine()
pieces = st.lists(
    st.sampled_from([
        b'{"text": "plain"}', b'{"model": "gpt-4o"}', b'{"a": "\xc3\xa9"}', b'{"a": "\xe9t\xe9"}',
        b'{"a": "\xed\xa0\x80"}',
        b'{"a": "\xf0\x9f\x98\x80"}', b'{"a": "\xf0\x9f\x98"}', b'{"nul": "\x00"}', b'["list"]', b"no JSON", b" ", b"",
        b'  {"a": 1} ', b'{"cut": "of', b"\xc3", b'"gpt-4o"',
    ]),
    min_size=1, max_size=12,
)  # fmt: skip


def scanned(data: bytes, cuts: int, *, is_json: bool) -> tuple[Tally, list[tuple[int, list[Hit]]]]:
    """The scan of some lines, of which `cuts` at a time make a block."""
    found: list[tuple[int, list[Hit]]] = []
    scanner = LineScanner(ENGINE, lambda number, hits: found.append((number, hits)), is_json=is_json)
    lines = data.splitlines(keepends=True) if b"\r" not in data else [x + b"\n" for x in data.split(b"\n")[:-1]]
    blocks = [b"".join(lines[i : i + cuts]) for i in range(0, len(lines), cuts)]
    return scanner.run((block, 0) for block in blocks), found


def is_record(line: bytes) -> bool:
    """What a line of records looks like from outside: its ends, its bytes."""
    bare = line.strip()
    try:
        text = bare.decode()
    except UnicodeDecodeError:
        return False
    return not text or ("\x00" not in text and text[0] + text[-1] in ("{}", "[]"))


@settings(max_examples=150)
@given(pieces, st.integers(1, 12), st.sampled_from([b"\n", b"\r\n"]))
@example([b"\xc3", b'{"a": 1}'], 2, b"\n")
def test_lines_that_are_no_records_are_counted(lines: list[bytes], cuts: int, ending: bytes) -> None:
    data = ending.join(lines) + ending
    tally, found = scanned(data, cuts, is_json=True)
    assert tally.records == len(lines)
    assert tally.rejected == sum(not is_record(line) and line != b'"gpt-4o"' for line in lines)
    assert [number for number, _ in found] == [n for n, line in enumerate(lines) if line == b'{"model": "gpt-4o"}']
    assert (tally, found) == scanned(data, 1, is_json=True)


@given(pieces, st.integers(1, 12))
def test_text_that_is_no_utf_8_is_counted(lines: list[bytes], cuts: int) -> None:
    tally, _ = scanned(b"\n".join(lines) + b"\n", cuts, is_json=False)
    wrong = [line for line in lines if b"\x00" in line or "\ufffd" in line.decode("utf-8", "replace")]
    assert (tally.records, tally.rejected) == (len(lines), len(wrong))


@given(st.binary(max_size=40))
def test_wrong_bytes_are_those_that_python_refuses(data: bytes) -> None:
    try:
        data.decode()
        right = True
    except UnicodeDecodeError:
        right = False
    assert ENGINE.holds_wrong_bytes(data) is not right
    assert newlines(data) == data.count(b"\n")


def test_a_line_of_endless_values_is_looked_at_as_text() -> None:
    line = b'{"model": "gpt-4o", "n": [' + b"0," * MAX_VALUES + b"0]}\n"
    tally, found = scanned(line, 1, is_json=True)
    assert tally.rejected == 1 and [hit.model for _, hits in found for hit in hits] == ["gpt-4o"]


def test_no_part_of_a_file_reads_beyond_a_line_that_passes_it_by(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    lines = [json.dumps({"text": "x" * length}).encode() + b"\n" for length in (10, 3_000_000, 10, 700_000, 10)]
    path.write_bytes(b"".join(lines))
    size, step = path.stat().st_size, 400_000
    parts = [b"".join(sources.file_range(path, at, min(at + step, size))) for at in range(0, size, step)]
    assert b"".join(parts) == path.read_bytes()
    assert [len(part) for part in parts[1:7]] == [0] * 6


def test_a_long_line_without_marks_is_passed_over_whatever_its_bytes() -> None:
    for filling in (b"\x00", b"\xff", b"}"):
        assert ENGINE.raw.ends(filling * 5000) == ENGINE.text.ends(filling * 5000) == []
