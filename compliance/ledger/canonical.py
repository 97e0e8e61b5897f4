"""One spelling of a value (RFC 8785), and the commitment that stands for it in the log.

A commitment is `sha256(tag, name, salt, value)`. The salt is 32 random bytes of its own for each field, so that once
field and salt are destroyed nobody can find out by guessing what the field said; the tag keeps the hash from meaning
anything elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import rfc8785

from compliance.errors import InputError, UnsafeInput

FIELD_TAG = b"clearance ledger field v1\x00"
SALT_BYTES = 32
MAX_ENTRY_BYTES = 64 * 1024 * 1024


def canonical(value: Any, field: str = "") -> bytes:
    """`value` as JSON by RFC 8785: one spelling, whoever writes it."""
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise InputError(f"cannot be written as canonical JSON: {str(error)[:120]}", field=field) from None


def tagged(digest: bytes) -> str:
    """A SHA-256 with its algorithm in front."""
    return f"sha256:{digest.hex()}"


def text_hash(content: bytes) -> str:
    """The tagged hash of a text."""
    return tagged(hashlib.sha256(content).digest())


def commitment(name: str, salt: bytes, value: bytes) -> str:
    """What stands for a field in the leaf."""
    return tagged(hashlib.sha256(FIELD_TAG + name.encode() + b"\x00" + salt + value).digest())


def pack(fields: dict[str, tuple[bytes, bytes]]) -> bytes:
    """Fields as `(salt, value)` to the payload's one spelling: text as text, other bytes as base64."""
    size = sum(len(value) for _, value in fields.values())
    if size > MAX_ENTRY_BYTES:
        raise UnsafeInput(f"an entry of more than {MAX_ENTRY_BYTES >> 20} MiB", remedy="store the file, log its hash")
    packed: dict[str, dict[str, str]] = {}
    for name, (salt, value) in fields.items():
        try:
            packed[name] = {"salt": salt.hex(), "text": value.decode()}
        except UnicodeDecodeError:
            packed[name] = {"base64": base64.b64encode(value).decode(), "salt": salt.hex()}
    return json.dumps(packed, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def unpack(payload: bytes) -> dict[str, tuple[bytes, bytes]]:
    """The fields of a payload as `(salt, value)`."""
    fields = {}
    for name, held in json.loads(payload).items():
        value = held["text"].encode() if "text" in held else base64.b64decode(held["base64"])
        fields[name] = (bytes.fromhex(held["salt"]), value)
    return fields
