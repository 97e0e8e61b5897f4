"""One entry: its leaf in the only spelling it has, and the fields behind its commitments."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from dataclasses import dataclass
from typing import Any

from .note import Malformed, exact_base64

KINDS = ("answer", "decision", "feedback", "hold", "key", "login", "redaction", "review", "terms", "waiver")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z\Z")
_HASH = re.compile(r"sha256:[0-9a-f]{64}\Z")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}\Z")
_SALT = re.compile(r"[0-9a-f]{64}\Z")
_MOST_BYTES = 64 * 1024 * 1024
_KEYS = ["at", "fields", "index", "kind", "prev", "v"]


@dataclass(frozen=True)
class Leaf:
    """What an entry's leaf says."""

    index: int
    kind: str
    at: str
    prev: str | None
    fields: dict[str, str]


def read_leaf(data: bytes) -> Leaf:
    """A leaf; `Malformed` unless it is canonical JSON of exactly the known keys."""
    try:
        said = json.loads(data)
        spelt = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        raise Malformed("its leaf is no JSON") from None
    if spelt != data or not isinstance(said, dict) or list(said) != _KEYS:
        raise Malformed("its leaf is not what a ledger writes")
    index, kind, at, prev, fields = said["index"], said["kind"], said["at"], said["prev"], said["fields"]
    good = (
        type(index) is int
        and index >= 0
        and kind in KINDS
        and isinstance(at, str)
        and _TIME.match(at)
        and (prev is None if index == 0 else isinstance(prev, str) and _HASH.match(prev))
        and type(said["v"]) is int
        and said["v"] == 1
        and isinstance(fields, dict)
        and all(_NAME.match(n) and isinstance(h, str) and _HASH.match(h) for n, h in fields.items())
    )
    if not good:
        raise Malformed("its leaf is not what a ledger writes")
    return Leaf(index, kind, at, prev, fields)


def read_payload(data: bytes) -> dict[str, tuple[bytes, bytes]]:
    """The fields of a payload as `(salt, value)`; `Malformed` unless it is in the one spelling."""
    try:
        said = json.loads(data)
        spelt = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        raise Malformed("its payload is no JSON") from None
    if spelt != data or not isinstance(said, dict):
        raise Malformed("its payload is not what a ledger writes")
    fields: dict[str, tuple[bytes, bytes]] = {}
    for name, held in said.items():
        if not isinstance(held, dict) or not isinstance(held.get("salt"), str) or not _SALT.match(held["salt"]):
            raise Malformed(f"its field {name[:40]!r} has no salt")
        if list(held) == ["salt", "text"] and isinstance(held["text"], str):
            value = held["text"].encode()
        elif list(held) == ["base64", "salt"] and isinstance(held["base64"], str):
            value = exact_base64(held["base64"])
        elif list(held) == ["salt", "zlib"] and isinstance(held["zlib"], str):
            value = _inflated(exact_base64(held["zlib"]), name)
        else:
            raise Malformed(f"its field {name[:40]!r} is not what a ledger writes")
        fields[name] = (bytes.fromhex(held["salt"]), value)
    return fields


def _inflated(data: bytes, name: str) -> bytes:
    """What one whole zlib stream holds, with nothing behind it."""
    stream = zlib.decompressobj()
    try:
        value = stream.decompress(data, _MOST_BYTES)
    except zlib.error:
        raise Malformed(f"its field {name[:40]!r} cannot be read") from None
    if not stream.eof or stream.unused_data or stream.unconsumed_tail:
        raise Malformed(f"its field {name[:40]!r} is not what a ledger writes")
    return value


def commitment(name: str, salt: bytes, value: bytes) -> str:
    """The hash that stands for a field in the leaf."""
    tagged = b"clearance ledger field v1\x00" + name.encode() + b"\x00" + salt + value
    return "sha256:" + hashlib.sha256(tagged).hexdigest()


def differing(leaf: Leaf, fields: dict[str, tuple[bytes, bytes]]) -> list[str]:
    """What is wrong with the fields that are there."""
    wrong = []
    for name, (salt, value) in fields.items():
        known = leaf.fields.get(name)
        if known is None:
            wrong.append(f"its field {name[:40]!r} was never part of it")
        elif commitment(name, salt, value) != known:
            wrong.append(f"its field {name!r} was changed")
    return wrong


def value_of(fields: dict[str, tuple[bytes, bytes]], name: str) -> Any:
    """A field that is JSON, as a plain value; None where it is absent or no JSON."""
    held = fields.get(name)
    if held is None:
        return None
    try:
        return json.loads(held[1])
    except (ValueError, RecursionError):
        return None
