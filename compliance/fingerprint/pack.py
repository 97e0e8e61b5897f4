"""A pack: what a data set is recognised by, as sorted arrays of hashes in a file that is safe to take from strangers.

    8 bytes  magic      4 bytes  length of the header      the header, JSON
    hashes   uint32, ascending, and for each the unit (uint32) in which it stands
    units    a row number (uint32) each; how many of its hashes are kept; how many shingles it had, 255 standing for
             more; and its kind (all uint8)
    32 bytes SHA-256 of everything before

All numbers are little-endian. A *unit* is a stretch of the questions or of the answers of one row. Nothing in a pack is
executed, and every size, order and reference is checked before it is used.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from compliance.errors import MalformedText, SchemaError, UnreadableFile
from compliance.fingerprint.shingles import SCHEME, WORDS

MAGIC = b"CLRPACK\n"
VERSION = 1
KINDS = ("text", "answer", "prompt", "row")
KEPT = 24  # hashes of a unit, the smallest of them
LEAST_KEPT = 8  # a unit of which fewer are its own is left out
LEAST_SHINGLES = 20  # a text of fewer is too short to be anybody's
CHUNK = 256  # shingles of a unit; a longer text is cut into several
COMMON = 10  # a hash that stands in more units than that is everybody's
_HEADER = 16 * 1024 * 1024
_END = 32
_BLOCK = 1 << 20


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a pack's hashes were made; packs of other parameters cannot be compared with texts or merged."""

    scheme: str = SCHEME
    words: int = WORDS
    kept: int = KEPT
    least_kept: int = LEAST_KEPT
    least_shingles: int = LEAST_SHINGLES
    chunk: int = CHUNK
    common: int = COMMON


class Input(msgspec.Struct, frozen=True):
    """A file that went into a pack: its bare name, what it was, and how many rows it gave."""

    name: str
    sha256: str
    bytes: int
    rows: int


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What a pack says of itself. `rows` were read, and `packed` of them can be recognised."""

    format: int
    dataset: str
    teachers: tuple[str, ...]
    rows: int
    packed: int
    hashes: int
    units: int
    inputs: tuple[Input, ...]
    parameters: Parameters


class Pack(msgspec.Struct, frozen=True, kw_only=True):
    """An opened pack; its arrays are mapped from the file and read as they are needed."""

    path: str
    sha256: str
    header: Header
    hashes: npt.NDArray[np.uint32]
    owners: npt.NDArray[np.uint32]
    rows: npt.NDArray[np.uint32]
    sizes: npt.NDArray[np.uint8]
    lengths: npt.NDArray[np.uint8]
    kinds: npt.NDArray[np.uint8]


def open_pack(path: Path) -> Pack:
    """Map a pack, once everything in it is checked."""
    name = str(path)
    try:
        if not path.is_file():
            raise UnreadableFile("not a file" if path.exists() else "no such file", file=name, remedy="check the path")
        size = path.stat().st_size
        with path.open("rb") as stream:
            header, start = _header(stream, name, size)
            digest = _digest(stream, size)
            if digest != stream.read(_END):
                raise _damaged(name, "its content is not that of its SHA-256")
    except OSError as error:
        raise UnreadableFile(f"cannot be read: {error.strerror}", file=name, remedy="check the path") from None
    n, m = header.hashes, header.units
    data: Any = np.memmap(path, np.uint8, "r", start, (size - start - _END,)) if n else np.zeros(0, np.uint8)
    ends = np.cumsum([4 * n, 4 * n, 4 * m, m, m, m])
    at = [data[a:b] for a, b in zip([0, *ends[:-1]], ends, strict=True)]
    pack = Pack(
        path=name, sha256=digest.hex(), header=header, hashes=at[0].view("<u4"), owners=at[1].view("<u4"),
        rows=at[2].view("<u4"), sizes=at[3], lengths=at[4], kinds=at[5],
    )  # fmt: skip
    _check(pack, name)
    return pack


def _header(stream: Any, name: str, size: int) -> tuple[Header, int]:
    if stream.read(len(MAGIC)) != MAGIC:
        raise MalformedText("not a pack of fingerprints", file=name, remedy="make one: clearance fingerprint build")
    length = int.from_bytes(stream.read(4), "little")
    if length > min(_HEADER, size):
        raise _damaged(name, "its header is longer than it may be")
    raw = stream.read(length)
    try:
        version = msgspec.json.decode(raw, type=_Version).format
        if version != VERSION:
            remedy = "use the version of Clearance that made it, or build it again"
            raise SchemaError(f"a pack of format {version}; format {VERSION} is read here", file=name, remedy=remedy)
        header = msgspec.json.decode(raw, type=Header)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise _damaged(name, "its header cannot be read") from None
    if header.parameters != Parameters():
        remedy = "build it again with this version"
        raise SchemaError("a pack of other shingles than are made here", file=name, remedy=remedy)
    start = len(MAGIC) + 4 + length
    if min(header.hashes, header.units, header.rows, header.packed) < 0:
        raise _damaged(name, "a count is negative")
    if start + 8 * header.hashes + 7 * header.units + _END != size:
        raise _damaged(name, "its size is not what its header says")
    return header, start


class _Version(msgspec.Struct):
    format: int


def _digest(stream: Any, size: int) -> bytes:
    stream.seek(0)
    digest, left = hashlib.sha256(), size - _END
    while left > 0 and (data := stream.read(min(_BLOCK, left))):
        digest.update(data)
        left -= len(data)
    return digest.digest()


def _check(pack: Pack, name: str) -> None:
    """The order and the references of the arrays, block by block."""
    header = pack.header
    for low in range(0, header.hashes, _BLOCK):
        hashes = pack.hashes[low : low + _BLOCK + COMMON]
        if (hashes[1:] < hashes[:-1]).any():
            raise _damaged(name, "its hashes are not in order")
        if (hashes[COMMON:] == hashes[:-COMMON]).any():
            raise _damaged(name, "a hash stands in more units than may be")
        if (pack.owners[low : low + _BLOCK] >= header.units).any():
            raise _damaged(name, "a hash belongs to no unit")
    if header.units and (
        pack.kinds.max() >= len(KINDS)
        or pack.sizes.max() > KEPT
        or pack.sizes.min() < LEAST_KEPT
        or pack.lengths.min() < LEAST_SHINGLES
        or pack.rows.max() >= header.rows
    ):
        raise _damaged(name, "a unit is none that could have been made")


def _damaged(name: str, says: str) -> MalformedText:
    return MalformedText(f"a damaged pack: {says}", file=name, remedy="fetch or build it again")


def write_pack(path: Path, header: Header, arrays: Iterable[npt.NDArray[Any]]) -> str:
    """Write a pack under a name of its own, then give it its own; the SHA-256 of its content."""
    encoded = msgspec.json.encode(header)
    encoded += b" " * (-(len(MAGIC) + 4 + len(encoded)) % 64)  # so that the arrays lie on whole words
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    digest = hashlib.sha256()
    try:
        with partial.open("wb") as out:

            def put(data: bytes) -> None:
                digest.update(data)
                out.write(data)

            put(MAGIC + len(encoded).to_bytes(4, "little") + encoded)
            for array in arrays:
                put(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes())
            out.write(digest.digest())
        os.replace(partial, path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        remedy = "check the folder"
        raise UnreadableFile(f"cannot be written: {error.strerror}", file=str(path), remedy=remedy) from None
    return digest.hexdigest()
