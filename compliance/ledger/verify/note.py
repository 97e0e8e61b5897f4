"""Signed notes and checkpoints in the C2SP forms, read strictly: one spelling, or none."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MOST_BYTES = 64 * 1024
MOST_SIGNATURES = 100
_NAME = re.compile(r"[^\s+]{1,200}\Z")
_SIZE = re.compile(r"(0|[1-9][0-9]{0,17})\Z")


class Malformed(ValueError):
    """Bytes that are not what they should be; the text says why."""


@dataclass(frozen=True)
class Key:
    """A verifier key: `<name>+<id>+<base64 of 0x01 and the Ed25519 public key>`."""

    name: str
    id: bytes
    public: Ed25519PublicKey
    line: str


@dataclass(frozen=True)
class Checkpoint:
    """A signed tree head. `text` is what the signatures are over."""

    origin: str
    size: int
    root: bytes
    text: bytes
    signatures: tuple[tuple[str, bytes, bytes], ...]
    """Name, key id, signature."""

    def signed_by(self, key: Key) -> bool:
        """Whether the key signed this; a wrong signature in its name counts as none."""
        for name, key_id, signature in self.signatures:
            if name == key.name and key_id == key.id:
                try:
                    key.public.verify(signature, self.text)
                except InvalidSignature:
                    return False
                return True
        return False


def exact_base64(text: str) -> bytes:
    """Base64 in its one spelling."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("base64 is broken") from None
    if base64.b64encode(data).decode() != text:
        raise Malformed("base64 has a second spelling")
    return data


def read_key(line: str) -> Key:
    """A verifier key from its line."""
    name, _, rest = line.strip().partition("+")
    key_id, _, data = rest.partition("+")
    if not _NAME.match(name) or not re.fullmatch(r"[0-9a-f]{8}", key_id):
        raise Malformed("this is not a verifier key (name+id+base64)")
    material = exact_base64(data)
    if len(material) != 33 or material[0] != 1:
        raise Malformed("the verifier key is not an Ed25519 key")
    expected = hashlib.sha256(name.encode() + b"\n" + material).digest()[:4]
    if expected.hex() != key_id:
        raise Malformed("the verifier key's id is not that of its key")
    return Key(name, expected, Ed25519PublicKey.from_public_bytes(material[1:]), line.strip())


def read_checkpoint(note: bytes) -> Checkpoint:
    """A checkpoint from its note; the signatures are not checked here."""
    if len(note) > MOST_BYTES:
        raise Malformed("the checkpoint is too long")
    head, gap, tail = note.rpartition(b"\n\n")
    if not gap or not tail.endswith(b"\n"):
        raise Malformed("the checkpoint has no signatures")
    text = head + b"\n"
    try:
        lines = text.decode("utf-8").split("\n")[:-1]
        signed = tail.decode("utf-8").split("\n")[:-1]
    except UnicodeDecodeError:
        raise Malformed("the checkpoint is not UTF-8") from None
    if any(ord(c) < 32 for line in lines + signed for c in line):
        raise Malformed("the checkpoint holds control characters")
    if len(lines) < 3 or not all(lines):
        raise Malformed("the checkpoint lacks origin, size or root")
    if not _SIZE.match(lines[1]):
        raise Malformed("the checkpoint's size is not a number")
    root = exact_base64(lines[2])
    if len(root) != 32:
        raise Malformed("the checkpoint's root is not a SHA-256")
    if len(signed) > MOST_SIGNATURES:
        raise Malformed("the checkpoint has too many signatures")
    return Checkpoint(lines[0], int(lines[1]), root, text, tuple(_signature(line) for line in signed))


def _signature(line: str) -> tuple[str, bytes, bytes]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "\u2014" or not _NAME.match(parts[1]):
        raise Malformed("a signature line is malformed")
    data = exact_base64(parts[2])
    if len(data) < 5:
        raise Malformed("a signature is too short")
    return parts[1], data[:4], data[4:]
