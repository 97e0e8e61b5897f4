"""Whatever the bytes, a reader answers with a report: claims and warnings, and never an error of its own."""

from __future__ import annotations

import gzip
import io
import json
from typing import Any

import msgspec
import pytest
from evidence_making import tar_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_files import TEXTS

from compliance.corpus.corpus import load_corpus
from compliance.evidence.claims import FileReport
from compliance.evidence.readers.collector import Collector
from compliance.evidence.readers.content import read_content

CORPUS = load_corpus()
SAMPLES = [(m.name, m.content) for m in TEXTS]
SAMPLES += [("a.gz", gzip.compress(TEXTS[0].content)), ("a.tar", tar_of({"a.json": TEXTS[0].content}))]
MAPPINGS = [json.loads(m.content) for m in TEXTS if m.content[:1] == b"{" and not m.name.endswith("l")]
KEYS = sorted({key for mapping in MAPPINGS for key in mapping})
WORDS = ["gpt-4o", "a/b", "message", "${x}"]
SUFFIXES = ["", ".json", ".jsonl", ".yaml", ".csv", ".md", ".py", ".tar", ".parquet"]
MAGIC = [b"PAR1", b"ARROW1\0\0", b"\xff\xff\xff\xff", b"\x1f\x8b\x08", b"(\xb5/\xfd", b"BZh9", b"\xfd7zXZ\0"]
MAGIC += [b"PK\x03\x04", b"\xff\xfe", b"\0\0\xfe\xff", b"[", b"{", b"---\n", b"data: "]
MAGIC += [b"version https://git-lfs.github.com/spec/v1"]
YAML_KEYS = ["base_model", "datasets", "path", "- path", "  - a", "model", "<<", "? x", "&a b", "*a", "#"]
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.sampled_from(WORDS)
JSON = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=8), inner),
    max_leaves=30,
)
FUZZ = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)


def report_of(name: str, content: bytes) -> FileReport:
    """The report on some bytes, whole: what was rejected was counted, and it goes through JSON unchanged."""
    out = Collector(name, CORPUS)
    label = read_content(io.BytesIO(content), name, out)  # type: ignore[arg-type]
    report = out.report(label, "", len(content))
    assert label
    assert report.rejected <= report.records
    assert msgspec.json.decode(msgspec.json.encode(report), type=FileReport) == report
    return report


@given(st.binary(max_size=400), st.sampled_from(SUFFIXES))
@FUZZ
def test_any_bytes(content: bytes, suffix: str) -> None:
    report_of(f"a{suffix}", content)


@given(st.sampled_from(MAGIC), st.binary(max_size=300))
@FUZZ
def test_any_bytes_behind_a_known_beginning(magic: bytes, rest: bytes) -> None:
    report_of("a", magic + rest)


@given(st.sampled_from(SAMPLES), st.data())
@FUZZ
def test_samples_cut_and_changed(sample: tuple[str, bytes], data: Any) -> None:
    name, content = sample
    end = data.draw(st.integers(0, len(content)))
    at = data.draw(st.integers(0, end))
    report_of(name, content[:at] + data.draw(st.binary(max_size=8)) + content[at:end])


@given(JSON)
@FUZZ
def test_any_json_with_known_keys(value: Any) -> None:
    text = json.dumps(value)
    report_of("a.json", text.encode())
    report_of("a.jsonl", (text + "\n").encode() * 2)


@given(st.sampled_from(MAPPINGS), JSON, st.data())
@FUZZ
def test_samples_with_fields_of_other_types(mapping: dict[str, Any], junk: Any, data: Any) -> None:
    value = json.loads(json.dumps(mapping))
    here = value
    for _ in range(data.draw(st.integers(0, 4))):
        inner = [k for k, v in here.items() if isinstance(v, dict) and v]
        if not inner:
            break
        here = here[data.draw(st.sampled_from(inner))]
    here[data.draw(st.sampled_from(sorted(here)))] = junk
    report_of("a.json", json.dumps(value).encode())


@given(st.lists(st.tuples(st.sampled_from(YAML_KEYS), st.text(max_size=20)), max_size=12))
@FUZZ
def test_any_yaml(lines: list[tuple[str, str]]) -> None:
    report_of("a.yaml", "\n".join(f"{key}: {value}" for key, value in lines).encode("utf-8", "replace"))


@pytest.mark.parametrize("made", TEXTS, ids=[f"{m.format}-{m.name}" for m in TEXTS])
def test_every_cut_of_every_sample(made: Any) -> None:
    for end in range(0, len(made.content), max(1, len(made.content) // 25)):
        report_of(made.name, made.content[:end])
