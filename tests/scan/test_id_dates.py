"""Dates inside ids: made with each scheme and read back, and refused where the structure does not fit."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from compliance.scan.id_dates import Issued, issued, looks_typed

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
LISTED = Path(__file__).resolve().parents[3] / "shared" / "id_dates.jsonl"

seconds = st.integers(
    int(datetime(2025, 9, 1, tzinfo=UTC).timestamp()), int(datetime(2026, 11, 1, tzinfo=UTC).timestamp())
)
hexes = st.text("0123456789abcdef", min_size=32, max_size=32)


def digits(value: int, alphabet: str, length: int) -> str:
    out = ""
    for _ in range(length):
        value, digit = divmod(value, len(alphabet))
        out = alphabet[digit] + out
    return out


def varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def check(id_: str, epoch: float, party: str | None, channel: str | None = None) -> None:
    assume(not looks_typed(id_.partition("-" if id_.startswith(("chat", "gen")) else "_")[2] or id_))
    found = issued(id_)
    assert isinstance(found, Issued)
    assert (found.party, found.channel) == (party, channel)
    assert found.first <= epoch + 0.001 and epoch - 1 <= found.last


@given(seconds, st.text(BASE62, min_size=24, max_size=24))
def test_chat_completion(epoch: int, tail: str) -> None:
    check("chatcmpl-" + digits(epoch - 1_576_800_000, BASE62, 5) + tail, epoch, "OpenAI")


@given(seconds, hexes, hexes, st.sampled_from(["resp_", "msg_", "rs_", "fc_"]))
def test_responses_items(epoch: int, before: str, after: str, prefix: str) -> None:
    body = f"{epoch:08x}{after[:4]}81{after[6:8]}9{after[9:]}"
    check(prefix + before[:16] + "00" + body[:32], epoch, "OpenAI")
    check(prefix + body[:32] + before[:16], epoch, "OpenAI")
    check("batch_" + body[:32], epoch, "OpenAI")


@given(seconds, st.integers(0, 999), st.integers(0, 2**74 - 1))
def test_anthropic_requests(epoch: int, millis: int, tail: int) -> None:
    value = (epoch * 1000 + millis) << 80 | 7 << 76 | (tail >> 62) << 64 | 2 << 62 | tail & (1 << 62) - 1
    check("req_01" + digits(value, BASE58, 22), epoch + millis / 1000, "Anthropic")


@given(seconds, st.integers(0, 999_999), st.integers(2**28, 2**32 - 1), st.integers(2**28, 2**32 - 1))
def test_gemini(epoch: int, micros: int, one: int, two: int) -> None:
    raw = epoch.to_bytes(4, "little") + varint(micros) + varint(one) + varint(two)
    check(base64.urlsafe_b64encode(raw).decode().rstrip("="), epoch + micros / 1e6, "Google")


@given(seconds, st.text(CROCKFORD, min_size=16, max_size=16))
def test_groq_and_openrouter(epoch: int, tail: str) -> None:
    check("req_" + digits(epoch * 1000, CROCKFORD, 10) + tail, epoch, None, "groq")
    check(f"gen-{epoch}-{tail}AbCd", epoch, None, "openrouter")


@pytest.mark.parametrize(
    "id_",
    [
        "chatcmpl-abcdefghijklmnopqrstuvwxyzabc",
        "chatcmpl-" + "A" * 29,
        "chatcmpl-zzzzz" + "0aB1cD2eF3gH4iJ5kL6mN7oP",
        "resp_551daeb1a02e4fcaf9ab76ed29f821a6db2df1883e55652c",
        "resp_0f1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f",
        "msg_01T8kTq7cYyYJeQ5DxcVUc6D",
        "req_01zzzzzzzzzzzzzzzzzzzzzz",
        "gen-0000000001-AbCdEfGhIjKlMnOpQrSt",
        "f47ac10b-58cc-4372-a567-0e02b2c3d479",
        "thisisnotanidbutaword12",
        "",
        "é" * 30,
        "chatcmpl-" + "é" * 29,
    ],
)
def test_what_does_not_fit_is_refused(id_: str) -> None:
    assert issued(id_) is None


def test_an_id_from_after_the_file_is_refused() -> None:
    id_ = "chatcmpl-D8Z5f52zQqikDBEKQMQoYcWMcWPeU"
    assert issued(id_) is not None
    assert issued(id_, not_after=datetime(2025, 1, 1, tzinfo=UTC).timestamp()) is None


@given(st.text(max_size=60))
def test_any_text_is_answered(text: str) -> None:
    found = issued(text)
    assert found is None or found.first <= found.last


@pytest.mark.skipif(not LISTED.exists(), reason="the labelled ids are not beside the project")
def test_labelled_ids() -> None:
    lines = [json.loads(line) for line in LISTED.read_text(encoding="utf-8").splitlines()]
    dated = [entry for entry in lines if entry["epoch"] is not None]
    right = [e for e in dated if (found := issued(e["id"])) is not None and abs(found.first - e["epoch"]) < 2]
    assert len(right) >= 0.99 * len(dated)
    assert not [e for e in lines if e["epoch"] is None and issued(e["id"]) is not None]
