"""Whatever the bytes, a reader answers with a report: claims and warnings, and never an error of its own."""

from __future__ import annotations

import gzip
import io
import json
from typing import Any

import msgspec
import pytest
import yaml
from evidence_making import tar_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_files import TEXTS

from compliance.corpus.corpus import load_corpus
from compliance.evidence.claims import FileReport
from compliance.evidence.readers.cards import CARD
from compliance.evidence.readers.collector import Collector
from compliance.evidence.readers.content import read_content
from compliance.evidence.readers.formats import READERS, recognise
from compliance.evidence.readers.interface import Shape

CORPUS = load_corpus()
SAMPLES = [(m.name, m.content) for m in TEXTS]
SAMPLES += [("a.gz", gzip.compress(TEXTS[0].content)), ("a.tar", tar_of({"a.json": TEXTS[0].content}))]
MAPPINGS = [json.loads(m.content) for m in TEXTS if m.content[:1] == b"{" and not m.name.endswith("l")]
KEYS = sorted({key for mapping in MAPPINGS for key in mapping})
WORDS = ["gpt-4o", "a/b", "message", "${x}"]
CONTAINERS = ("document", "lines", "yaml", "card")
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


def marked() -> list[tuple[str, dict[str, Any]]]:
    """Every mapping of the small files, after the class of the reader that knows it."""
    found = []
    for made in TEXTS:
        text = made.content.decode("utf-8-sig", "replace")
        card = text.split("---\n")[1] if text.startswith("---\n") else ""
        values = [_value(part) for part in (text, *text.split("\n"))] + [_value(card)]
        inner = [v for value in values if isinstance(value, list) for v in value]
        for value in [*values, *inner]:
            if not isinstance(value, dict) or not value:
                continue
            mapping = {**value, CARD: text} if card else value
            known = next((k for c in CONTAINERS if (k := recognise(mapping, Shape(c, made.name)))), None)
            if known is not None:
                found.append((type(known[0]).__name__, json.loads(json.dumps(value, default=str))))
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        try:
            return yaml.safe_load(text)
        except yaml.YAMLError:
            return None


MARKED = marked()


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


def tables() -> list[tuple[str, bytes]]:
    """Small tables in each columnar form."""
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    held = pa.Table.from_pylist([{"model": "gpt-4o", "messages": [{"role": "user", "content": "Why?"}], "n": 1}] * 40)
    files = {"a.parquet": io.BytesIO(), "b.arrow": io.BytesIO(), "c.arrow": io.BytesIO()}
    parquet.write_table(held, files["a.parquet"])
    for name, opened in (("b.arrow", pa.ipc.new_stream), ("c.arrow", pa.ipc.new_file)):
        with opened(files[name], held.schema) as writer:
            writer.write_table(held)
    return [(name, file.getvalue()) for name, file in files.items()]


@given(st.integers(0, 2), st.data())
@FUZZ
def test_tables_cut_and_changed(at: int, data: Any) -> None:
    name, content = tables()[at]
    broken = bytearray(content)
    for _ in range(data.draw(st.integers(1, 6))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    report_of(name, bytes(broken[: data.draw(st.integers(1, len(broken)))]))


@given(
    st.lists(st.lists(st.text(max_size=12) | st.sampled_from(KEYS), max_size=6), max_size=8), st.sampled_from(",\t;|")
)
@FUZZ
def test_any_table_of_text(cells: list[list[str]], separator: str) -> None:
    lines = [separator.join(["model", "dataset", "licence"]), *(separator.join(row) for row in cells)]
    report_of("a.csv", "\n".join(lines).encode("utf-8", "replace"))


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: type(reader).__name__)
@given(value=JSON, keep=st.data())
@settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)
def test_each_reader_with_junk_behind_its_own_marks(reader: Any, value: Any, keep: Any) -> None:
    own = [mapping for name, mapping in MARKED if name == type(reader).__name__]
    assert own, "no small file of the tests is read by it"
    mapping = dict(keep.draw(st.sampled_from(own)))
    for name in keep.draw(st.lists(st.sampled_from(sorted(mapping)), max_size=3)):
        mapping[name] = value
    written = json.dumps(mapping)
    report_of("a.json", written.encode())
    report_of("README.md", f"---\n{written}\n---\n# A card\n".encode())


@pytest.mark.parametrize("made", TEXTS, ids=[f"{m.format}-{m.name}" for m in TEXTS])
def test_every_cut_of_every_sample(made: Any) -> None:
    for end in range(0, len(made.content), max(1, len(made.content) // 25)):
        report_of(made.name, made.content[:end])
