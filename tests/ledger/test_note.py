"""Signed notes and checkpoints: interoperable, and read in one spelling only."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from compliance.errors import InputError
from compliance.ledger.keys import SigningKey, checkpoint, read_key, read_or_make_key, write_key
from compliance.ledger.verify.note import Malformed, read_checkpoint
from compliance.ledger.verify.note import read_key as read_vkey

KEY = SigningKey("clearance.local/ledger/test", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
NOTE = checkpoint(7, bytes(32), [KEY])


def test_the_note_of_the_specification_is_accepted() -> None:
    from compliance.ledger.verify.note import Checkpoint, _signature

    key = read_vkey("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    line = (
        "\u2014 example.com/foo "
        "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    )
    text = b"This is an example message.\n"
    assert Checkpoint("", 0, b"", text, (_signature(line),)).signed_by(key)
    assert not Checkpoint("", 0, b"", text + b"\n", (_signature(line),)).signed_by(key)


def test_the_checkpoint_of_the_specification_is_read() -> None:
    found = read_checkpoint(
        b"example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        b"\xe2\x80\x94 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGz"
        b"Gku9nTo+zyWE+xeMcTOAYQ8=\n"
    )
    assert (found.origin, found.size) == ("example.com/behind-the-sofa", 20852163)


def test_what_the_ledger_signs_is_a_checkpoint() -> None:
    found = read_checkpoint(NOTE)
    assert (found.origin, found.size, found.root) == ("clearance.local/ledger/test", 7, bytes(32))
    assert found.signed_by(read_vkey(KEY.vkey))


@given(st.integers(0, len(NOTE) * 8 - 1))
def test_no_flipped_bit_passes(bit: int) -> None:
    flipped = bytearray(NOTE)
    flipped[bit // 8] ^= 1 << bit % 8
    try:
        found = read_checkpoint(bytes(flipped))
    except Malformed:
        return
    assert not found.signed_by(read_vkey(KEY.vkey))


@given(st.integers(0, len(KEY.vkey) * 8 - 1))
def test_no_flipped_bit_of_a_key_passes(bit: int) -> None:
    flipped = bytearray(KEY.vkey.encode())
    flipped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Malformed):
        read_vkey(flipped.decode("utf-8", "replace"))


@given(st.binary(max_size=300))
def test_hostile_notes_are_malformed_and_nothing_else(data: bytes) -> None:
    for text in (data, NOTE[: len(data)] + data, data + NOTE):
        try:
            assert not read_checkpoint(text).signed_by(read_vkey(KEY.vkey)) or text == NOTE
        except Malformed:
            continue


@pytest.mark.parametrize("size", ["", "07", "+7", "-7", "7 ", "\u0667", "9" * 19, "0x7"])
def test_sizes_have_one_spelling(size: str) -> None:
    with pytest.raises(Malformed):
        read_checkpoint(NOTE.replace(b"\n7\n", f"\n{size}\n".encode(), 1))


def test_a_key_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "audit.key"
    made = read_or_make_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_key(path).private_bytes_raw() == made.private_bytes_raw()
    assert read_or_make_key(path).private_bytes_raw() == made.private_bytes_raw()
    with pytest.raises(FileExistsError):
        write_key(path, made)
    os.chmod(path, 0o640)
    with pytest.raises(InputError, match="others may read"):
        read_key(path)
    assert sorted(p.name for p in path.parent.iterdir()) == ["audit.key"]


@pytest.mark.parametrize("content", [b"", b"hello", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_what_is_no_key_is_said_to_be_none(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "k"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(InputError, match="not a private key"):
        read_key(path)
