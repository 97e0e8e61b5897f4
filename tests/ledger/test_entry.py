"""What an entry may say, and its one spelling."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from compliance.errors import InputError, UsageError
from compliance.ledger.canonical import canonical, pack, text_hash, unpack
from compliance.ledger.entry import draft, place
from compliance.ledger.kinds import KINDS, LASTING
from compliance.ledger.verify import leaf as verifier

LOGIN = {"subject": "ann", "event": "in", "method": "token"}


@given(st.text(max_size=50), st.integers(0, 2**53 - 2), st.booleans())
def test_a_leaf_is_canonical_json_and_the_verifier_reads_it(subject: str, index: int, first: bool) -> None:
    subject = subject.replace("\x00", "")
    made = draft("login", {**LOGIN, "subject": subject})
    index = 0 if first else index + 1
    data = place(made, index, "2026-01-02T03:04:05.678901Z", None if first else b"\x07" * 32)
    assert rfc8785.dumps(json.loads(data)) == data
    read = verifier.read_leaf(data)
    assert (read.index, read.kind) == (index, "login")
    fields = verifier.read_payload(made.payload)
    assert not verifier.differing(read, fields)
    assert verifier.value_of(fields, "subject") == subject
    assert fields == unpack(made.payload)


@given(st.dictionaries(st.sampled_from("abcd"), st.tuples(st.binary(min_size=32, max_size=32), st.binary())))
def test_a_payload_keeps_any_bytes(fields: dict[str, tuple[bytes, bytes]]) -> None:
    assert unpack(pack(fields)) == fields == verifier.read_payload(pack(fields))


@given(st.binary(max_size=200))
def test_hostile_leaves_and_payloads_are_malformed_and_nothing_else(data: bytes) -> None:
    for read in (verifier.read_leaf, verifier.read_payload):
        try:
            read(data)
        except verifier.Malformed:
            continue
        assert data == b"{}"


@given(st.one_of(st.text(), st.dictionaries(st.text(), st.text())))
def test_what_is_written_fast_is_canonical_too(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


def test_salts_are_new_each_time() -> None:
    first, second = (unpack(draft("login", LOGIN).payload) for _ in range(2))
    salts = [salt for fields in (first, second) for salt, _ in fields.values()]
    assert len(set(salts)) == len(salts)
    assert {len(salt) for salt in salts} == {32}


@pytest.mark.parametrize(
    ("kind", "body", "error"),
    [
        ("rumour", {}, UsageError),
        ("login", {}, InputError),
        ("login", {**LOGIN, "colour": 1}, InputError),
        ("login", {**LOGIN, "event": "sideways"}, InputError),
        ("login", {**LOGIN, "subject": "a\x00b"}, InputError),
        ("login", {**LOGIN, "subject": "a" * 501}, InputError),
        ("login", {**LOGIN, "subject": "\ud800"}, InputError),
        ("answer", {"subject": "q", "question": "?", "answer": b"", "program": "p", "citations": [2**60]}, InputError),
    ],
)
def test_what_is_no_entry_is_refused(kind: str, body: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        draft(kind, body)


def test_the_verifier_knows_every_kind() -> None:
    assert tuple(sorted(KINDS)) == verifier.KINDS
    assert set(KINDS) > LASTING


def test_canonical_json_refuses_what_has_no_one_spelling() -> None:
    assert canonical({"b": 1.0, "a": "\u20ac\n"}) == '{"a":"\u20ac\\n","b":1}'.encode()
    for value in (float("nan"), "\ud800", 2**60, object()):
        with pytest.raises(InputError):
            canonical(value, "field")
    assert text_hash(b"") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_long_field_takes_little_room_and_is_read_by_both() -> None:
    value = b'{"source":"answers","verdict":"review"}' * 5000
    held = {"document": (b"\x01" * 32, value)}
    packed = pack(held)
    assert len(packed) < len(value) / 20
    assert unpack(packed) == held == verifier.read_payload(packed)


def test_long_fields_as_they_were_stored_before_are_read_too() -> None:
    value = "\u20ac and more " * 500
    old = json.dumps({"note": {"salt": "02" * 32, "text": value}}, ensure_ascii=False, separators=(",", ":")).encode()
    held = {"note": (b"\x02" * 32, value.encode())}
    assert unpack(old) == held == verifier.read_payload(old)


def zipped(data: bytes) -> bytes:
    return f'{{"note":{{"salt":"{"02" * 32}","zlib":"{base64.b64encode(data).decode()}"}}}}'.encode()


@pytest.mark.parametrize(
    "data",
    [
        zlib.compress(b"words")[:-2],
        zlib.compress(b"words") + b"hidden",
        zlib.compress(b"words") + zlib.compress(b"hidden"),
        zlib.compress(bytes(65 << 20)),
        b"no stream",
    ],
    ids=["cut", "hidden", "two", "bomb", "none"],
)
def test_a_compressed_field_is_one_whole_stream_of_bounded_size(data: bytes) -> None:
    assert verifier.read_payload(zipped(zlib.compress(b"words")))["note"][1] == b"words"
    with pytest.raises(verifier.Malformed):
        verifier.read_payload(zipped(data))
