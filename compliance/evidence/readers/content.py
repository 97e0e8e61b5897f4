"""From the bytes of a file to its format: the bytes decide, and a name only breaks a tie."""

from __future__ import annotations

import io
import re
import tempfile
from collections import Counter
from typing import Any, BinaryIO, cast

from compliance.evidence.readers import limits
from compliance.evidence.readers.collector import Collector
from compliance.evidence.readers.columnar import read_columns
from compliance.evidence.readers.formats import Memo, read_value
from compliance.evidence.readers.interface import Shape
from compliance.evidence.readers.layers import MAGIC, tar_members, unfold, zip_members
from compliance.evidence.readers.texts import read_text

_LFS = b"version https://git-lfs.github.com/spec/v1"
_BINARY = (
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"%PDF-", "pdf"),
    (b"GGUF", "gguf"),
    (b"\x93NUMPY", "numpy"),
    (b"SQLite format 3", "sqlite"),
    (b"\x7fELF", "executable"),
    (b"\x89HDF", "hdf5"),
    (b"RIFF", "media"),
    (b"OggS", "media"),
    (b"ID3", "media"),
    (b"fLaC", "media"),
    (b"\x80\x02", "pickle"),
    (b"\x80\x04", "pickle"),
    (b"\x80\x05", "pickle"),
)
_SPOOL = 256 * 1024 * 1024
_BLANK = 512  # that many NUL bytes at the start are a failed write and no text


def read_content(stream: BinaryIO, name: str, out: Collector, layer: int = 0) -> str:
    """State what a stream says, and answer the label of its format."""
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(cast("Any", stream), limits.HEAD)
    head = _fill(buffered)
    if not head:
        out.warn("empty", "the file is empty")
        return "empty"
    if layer > limits.LAYERS:
        out.warn("bomb", f"more than {limits.LAYERS} archives in one another; the rest was not read")
        return "archive"
    rest = _Rejoined(head, buffered)
    for magic, kind in MAGIC:
        if head.startswith(magic):
            inner = unfold(cast("BinaryIO", rest), kind, out)
            return read_content(inner, re.sub(r"\.(?:gz|zst|bz2|xz)$", "", name), out, layer + 1) if inner else kind
    if head.startswith(b"PAR1"):
        return _columns(rest, "parquet", out, name)
    if head.startswith(b"ARROW1"):
        return _columns(rest, "arrow_file", out, name)
    if head.startswith(b"\xff\xff\xff\xff") and len(head) > 8 and head[4:8] != b"\xff\xff\xff\xff":
        return _columns(rest, "arrow_stream", out, name)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        with _seekable(rest, out) as copy:
            return _archive(copy, "zip", out, layer)
    if head[257:262] == b"ustar":
        return _archive(rest, "tar", out, layer)
    if head.startswith(_LFS):
        return _pointer(head, out)
    if not head[:_BLANK].strip(b"\0"):
        return _nothing(rest, name, out)
    kind = next((label for magic, label in _BINARY if head.startswith(magic)), "")
    if kind or _is_binary(head):
        out.warn("not-read", f"binary content ({kind or 'of no known kind'}) is not searched")
        return kind or "unknown_binary"
    return read_text(cast("BinaryIO", rest), head, name, out)


def _fill(stream: io.BufferedReader) -> bytes:
    parts, size = [], 0
    while size < limits.HEAD:
        data = stream.read(limits.HEAD - size)
        if not data:
            break
        parts.append(data)
        size += len(data)
    return b"".join(parts)


class _Rejoined(io.RawIOBase):
    """A stream whose beginning was already taken, from its start again."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = memoryview(head)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if len(self._head):
            taken = self._head[: len(buffer)]
            buffer[: len(taken)] = taken
            self._head = self._head[len(taken) :]
            return len(taken)
        data = self._rest.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _seekable(stream: io.RawIOBase, out: Collector) -> BinaryIO:
    """A copy of a stream in which one can go back: in memory while small, then in a file without a name."""
    copy = tempfile.SpooledTemporaryFile(max_size=_SPOOL)  # noqa: SIM115
    size = 0
    while data := stream.read(limits.CHUNK):
        size += len(data)
        if size > limits.UNFOLDED:
            out.warn("too-large", f"only the first {limits.UNFOLDED} bytes were looked at")
            break
        copy.write(data)
    copy.seek(0)
    return cast("BinaryIO", copy)


class RowSink:
    """Takes rows as they come, and remembers which formats they were in."""

    def __init__(self, shape: Shape, out: Collector) -> None:
        self.shape = shape
        self.out = out
        self.labels: Counter[str] = Counter()
        self._memo: Memo = {}

    def feed(self, value: Any, index: int, line: int) -> None:
        """State what one row says."""
        out = self.out
        out.record = index
        out.line_of = (lambda _: line) if line else None
        if isinstance(value, str) and value[:1] == "{":
            from compliance.evidence.readers.answers import decoded

            value = decoded(value) or value
        if isinstance(value, (dict, list)):
            self.labels[read_value(value, self.shape, out, self._memo)] += 1
        else:
            self.labels["(no mapping)"] += 1

    def label(self) -> str:
        """The format of most rows; empty where no reader knew it. Rows of several formats are said."""
        self.out.record = None
        self.out.line_of = None
        plain = self.labels.pop("(no mapping)", 0)
        if plain:
            self.out.warn("mixed", f"{plain} rows hold no mapping, so no field could be read")
        known = Counter({label: n for label, n in self.labels.items() if label})
        if not known:
            return ""
        if len(self.labels) > 1:
            parts = ", ".join(f"{n} {label or 'of no known format'}" for label, n in self.labels.most_common(6))
            self.out.warn("mixed", f"rows of several formats: {parts}")
        return known.most_common(1)[0][0]


def _columns(rest: io.RawIOBase, kind: str, out: Collector, name: str) -> str:
    sink = RowSink(Shape("columns", name), out)
    buffered = cast("BinaryIO", io.BufferedReader(rest, limits.CHUNK))
    with buffered if kind == "arrow_stream" else _seekable(rest, out) as stream:
        read_columns(stream, kind, out, sink.feed)
    sink.label()
    return "hf_arrow_stream" if kind == "arrow_stream" else kind


def _archive(stream: Any, kind: str, out: Collector, layer: int) -> str:
    labels: Counter[str] = Counter()

    def use(name: str, inner: BinaryIO, size: int) -> None:
        out.prefix = f"{name}!"
        labels[read_content(inner, name.rpartition("/")[2], out, layer + 1)] += 1
        out.prefix = ""

    count = tar_members(stream, out, use) if kind == "tar" else zip_members(stream, out, use)
    if not count:
        out.warn("empty", "the archive holds nothing")
    out.record = None
    return "webdataset_tar" if kind == "tar" else "zip"


def _pointer(head: bytes, out: Collector) -> str:
    text = head[:2_000].decode("utf-8", "replace")
    match = re.search(r"oid sha256:([0-9a-f]{64})", text)
    out.warn(
        "content-absent",
        f"a Git LFS pointer: the content is elsewhere, sha256 {match.group(1) if match else 'unknown'}",
    )
    out.unknown("content")
    return "git_lfs_pointer"


def _nothing(stream: io.RawIOBase, name: str, out: Collector) -> str:
    only = True
    while only and (data := stream.read(limits.CHUNK)):
        only = not data.strip(b"\0")
    says = "holds NUL bytes only" if only else "begins with NUL bytes, and what follows was not read"
    out.warn("content-absent", f"the file {says}: so a failed write leaves it")
    out.unknown("content")
    return "corrupt_nul_json" if re.search(r"\.jsonl?$", name) else "corrupt_nul"


def _is_binary(head: bytes) -> bool:
    from compliance.evidence.readers.text_stream import encoding_of

    if encoding_of(head)[0].startswith("utf-16") or encoding_of(head)[0].startswith("utf-32"):
        return False
    odd = sum(1 for b in head[:8192] if b < 9 or (13 < b < 32 and b != 27))
    return odd > max(8, len(head[:8192]) * 0.05)
