"""A stream that several processes search gives what one process finds in it, and a lost helper is told of."""

from __future__ import annotations

import gzip
import json
import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.errors import InputError
from compliance.scan import shared, sources
from compliance.scan.confirm import Hit
from compliance.scan.lines import LineScanner
from compliance.scan.run import Scan, _engine
from compliance.scan.shared import SharedLines
from compliance.scan.sources import cut
from compliance.scan.tally import Tally

ENGINE = _engine()
ROWS = [
    b'{"model": "gpt-4o"}', b'{"text": "plain"}', b'{"text": "I am Claude, an AI made by Anthropic."}', b"no JSON",
    b'{"a": "\xe9"}', b"", b'{"text": "' + b"long " * 60 + b'"}', b'{"text": "' + b"x" * 900 + b' gpt-4o"}',
]  # fmt: skip
Answer = tuple[Tally, list[tuple[int, list[Hit]]]]


def one(chunks: list[bytes]) -> Answer:
    found: list[tuple[int, list[Hit]]] = []
    scanner = LineScanner(ENGINE, lambda number, hits: found.append((number, hits)), is_json=True)
    return scanner.run(cut(iter(chunks))), found


def several(chunks: list[bytes]) -> Answer:
    found: list[tuple[int, list[Hit]]] = []
    with closing(
        SharedLines(ENGINE, lambda number, hits: found.append((number, hits)), is_json=True, helpers=2)
    ) as scanner:
        return scanner.run(cut(iter(chunks))), found


@settings(max_examples=12, deadline=None)
@given(st.lists(st.sampled_from(ROWS), max_size=60), st.integers(100, 700), st.booleans())
def test_several_processes_find_what_one_finds(rows: list[bytes], size: int, last_newline: bool) -> None:
    data = b"\n".join(rows) + b"\n" * last_newline
    chunks = [data[i : i + size] for i in range(0, len(data), size)]
    stretch, longest = shared.STRETCH, sources.MAX_LINE
    shared.STRETCH, sources.MAX_LINE = 512, 800
    try:
        assert several(chunks) == one(chunks)
    finally:
        shared.STRETCH, sources.MAX_LINE = stretch, longest


def test_a_compressed_file_gives_the_same_for_any_number_of_workers(tmp_path: Path) -> None:
    rows = [{"n": n, "text": "words " * 40, **({"model": "gpt-4o"} if n % 97 == 0 else {})} for n in range(30_000)]
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(b"".join(json.dumps(r).encode() + b"\n" for r in rows) + b"bad\n"))
    scans = []
    for workers in (1, 3):
        scan = Scan([path], tmp_path / f"state-{workers}")
        scan.run(workers)
        scans.append((list(scan.hit_lines()), scan.results()[0].tally))
    assert scans[0] == scans[1]
    assert len(scans[0][0]) == 310 and scans[0][1].warnings == ["record 30000 is not JSON; it was looked at as text"]


def test_what_stands_before_damage_is_found_by_several_processes_too(tmp_path: Path) -> None:
    rows = b"".join(
        b'{"model": "gpt-4o", "n": %d, "r": "%s"}\n' % (n, os.urandom(60).hex().encode()) for n in range(99)
    )
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(rows * 900)[:-2000])
    tallies = []
    for workers in (1, 2):
        scan = Scan([path], tmp_path / f"state-{workers}")
        scan.run(workers)
        tallies.append(scan.results()[0].tally)
    assert tallies[0] == tallies[1] and not tallies[0].complete
    assert tallies[0].by_party["OpenAI"] == tallies[0].records > 0


def test_a_helper_that_is_lost_ends_the_scan() -> None:
    scanner = SharedLines(ENGINE, lambda number, hits: None, is_json=True, helpers=2)

    def blocks() -> Iterator[tuple[bytes, int]]:
        yield b'{"a": 1}\n' * 200_000, 0
        os.kill(scanner._helpers[0].process.pid, signal.SIGKILL)
        for _ in range(40):
            yield b'{"a": 1}\n' * 200_000, 0

    with closing(scanner), pytest.raises(InputError, match="ended early"):
        scanner.run(blocks())
    assert not any(helper.process.is_alive() for helper in scanner._helpers)
