"""One spelling of a value (RFC 8785), and the commitment that stands for it in the log.

A commitment is `sha256(tag, name, salt, value)`. The salt is 32 random bytes of its own for each field, so that once
field and salt are destroyed nobody can find out by guessing what the field said; the tag keeps the hash from meaning
anything elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from typing import Any

import msgspec
import rfc8785
from isal import isal_zlib

from compliance.errors import InputError, UnsafeInput

FIELD_TAG = b"clearance ledger field v1\x00"
SALT_BYTES = 32
MAX_ENTRY_BYTES = 64 * 1024 * 1024
COMPRESSED_FROM = 1024
"""A field of fewer bytes is stored as it is."""
_encoder = msgspec.json.Encoder(order="sorted")


def canonical(value: Any, field: str = "") -> bytes:
    """`value` as JSON by RFC 8785: one spelling, whoever writes it."""
    try:
        return _encoder.encode(value) if _plain(value) else rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise InputError(f"cannot be written as canonical JSON: {str(error)[:120]}", field=field) from None


def _plain(value: Any) -> bool:
    """Whether the fast encoder has the same spelling: of texts, and of mappings of them by names in ASCII."""
    if type(value) is dict:
        return all(type(k) is str and k.isascii() and type(v) is str for k, v in value.items())
    return type(value) is str


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
    """Fields as `(salt, value)` to a payload: text as it is, long values as zlib makes them, other bytes as base64."""
    size = sum(len(value) for _, value in fields.values())
    if size > MAX_ENTRY_BYTES:
        raise UnsafeInput(f"an entry of more than {MAX_ENTRY_BYTES >> 20} MiB", remedy="store the file, log its hash")
    return _encoder.encode({name: {"salt": salt.hex(), **_held(value)} for name, (salt, value) in fields.items()})


def _held(value: bytes) -> dict[str, str]:
    if len(value) >= COMPRESSED_FROM:
        # A decision takes a tenth of the room: less to write and to wait for than the text would be.
        small = base64.b64encode(isal_zlib.compress(value, 1)).decode()
        if len(small) < len(value):
            return {"zlib": small}
    try:
        return {"text": value.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}


def unpack(payload: bytes) -> dict[str, tuple[bytes, bytes]]:
    """The fields of a payload as `(salt, value)`."""
    return {name: (bytes.fromhex(held["salt"]), _value(held)) for name, held in msgspec.json.decode(payload).items()}


def _value(held: dict[str, str]) -> bytes:
    if "text" in held:
        return held["text"].encode()
    if "zlib" in held:
        try:
            return zlib.decompressobj().decompress(base64.b64decode(held["zlib"]), MAX_ENTRY_BYTES)
        except zlib.error:
            raise InputError("a stored field cannot be read", remedy="clearance ledger verify says which") from None
    return base64.b64decode(held["base64"])
