"""Compressed streams and archives, unfolded in memory within bounds; nothing is ever written to disk.

A stream that gives far more bytes than it takes (`limits.RATIO`) or that never ends (`limits.UNFOLDED`) is cut, and a
stream that is damaged ends where the damage begins; both are said.
"""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO, cast

from compliance.evidence.claims import WarningKind
from compliance.evidence.readers import limits
from compliance.evidence.readers.collector import Collector

MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
)


class _Bounded(io.RawIOBase):
    """Bytes that are unfolded from others, cut where a bound is passed or the data is damaged.

    `taken` counts the bytes that went in; `more` gives the next bytes that come out, and none at the end.
    """

    def __init__(self, kind: str, out: Collector) -> None:
        self._kind = kind
        self._out = out
        self._given = 0
        self._over = False
        self.taken = 0

    def readable(self) -> bool:
        return True

    def more(self, size: int) -> bytes:
        """The next bytes, at most `size`."""
        raise NotImplementedError

    def readinto(self, buffer: Any) -> int:
        if self._over:
            return 0
        try:
            data = self.more(len(buffer))
        except _faults() as error:
            says = f"the {self._kind} stream is damaged after {self._given} bytes; the rest was not read"
            self._end("corrupt", says if not isinstance(error, EOFError) else f"the {self._kind} stream is cut off")
            return 0
        self._given += len(data)
        bound = min(max(limits.RATIO_FREE, limits.RATIO * max(self.taken, 1)), limits.UNFOLDED)
        if self._given > bound:
            self._end("bomb", f"the {self._kind} stream unfolds to more than {bound} bytes; cut there")
            return 0
        buffer[: len(data)] = data
        return len(data)

    def _end(self, kind: WarningKind, says: str) -> None:
        self._over = True
        self._out.warn(kind, says)


class _Inflated(_Bounded):
    """What a gzip, bzip2 or xz stream holds, its members one after another, as far as it is whole."""

    def __init__(self, stream: BinaryIO, kind: str, out: Collector) -> None:
        super().__init__(kind, out)
        self._stream = stream
        self._engine: Any = _engine(kind)
        self._waiting = b""
        self._begun = False

    def more(self, size: int) -> bytes:
        while True:
            if self._engine.eof:
                self._waiting = self._engine.unused_data or self._waiting
                rest = self._waiting or self._stream.read(limits.CHUNK)
                if not rest.strip(b"\0"):
                    return b""
                self._engine, self._waiting, self._begun = _engine(self._kind), rest, False
            if not self._waiting and getattr(self._engine, "needs_input", True):
                self._waiting = self._stream.read(limits.CHUNK)
                self.taken += len(self._waiting)
                if not self._waiting:
                    raise EOFError
            data = self._engine.decompress(self._waiting, size)
            self._waiting = getattr(self._engine, "unconsumed_tail", b"")
            if data:
                return bytes(data)


class _Copied(_Bounded):
    """What a stream that another library unfolds holds, `taken` bytes of it being known beforehand."""

    def __init__(self, stream: BinaryIO, kind: str, out: Collector, taken: int) -> None:
        super().__init__(kind, out)
        self._stream = stream
        self.taken = taken

    def more(self, size: int) -> bytes:
        return self._stream.read(size)


class _Zstd(_Bounded):
    """What a zstd stream holds, its frames one after another."""

    def __init__(self, stream: BinaryIO, out: Collector) -> None:
        import zstandard

        super().__init__("zstd", out)
        self._counted = _Counted(stream)
        engine = zstandard.ZstdDecompressor(max_window_size=128 * 1024 * 1024)
        self._opened = engine.stream_reader(cast("BinaryIO", self._counted), read_across_frames=True)

    def more(self, size: int) -> bytes:
        data = bytes(self._opened.read(size))
        self.taken = self._counted.taken
        return data


class _Counted:
    """A stream whose bytes are counted as they are read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data = self._stream.read(size)
        self.taken += len(data)
        return data


def _engine(kind: str) -> Any:
    if kind == "gzip":
        return zlib.decompressobj(31)
    return bz2.BZ2Decompressor() if kind == "bzip2" else lzma.LZMADecompressor(memlimit=512 * 1024 * 1024)


def unfold(stream: BinaryIO, kind: str, out: Collector) -> BinaryIO | None:
    """The stream inside a compressed stream; None where the library for it is not installed."""
    if kind != "zstd":
        return io.BufferedReader(_Inflated(stream, kind, out), limits.HEAD)
    try:
        return io.BufferedReader(_Zstd(stream, out), limits.HEAD)
    except ImportError:
        out.warn("not-read", "a zstd stream needs the package zstandard, which is not installed")
        return None


def _faults() -> tuple[type[Exception], ...]:
    """What damaged data is answered with."""
    found: tuple[type[Exception], ...] = (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError, RuntimeError)
    try:
        import zstandard
    except ImportError:
        return found
    return (*found, zstandard.ZstdError)


Member = Callable[[str, BinaryIO, int], None]  # name, content, size


def tar_members(stream: BinaryIO, out: Collector, use: Member) -> int:
    """Hand each plain file of a tar to `use` (name, stream, size), in order; the number of members."""
    import tarfile

    count = 0
    try:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                count += 1
                if count > limits.MEMBERS:
                    out.warn("sampled", f"looked at the first {limits.MEMBERS} members of the archive")
                    break
                if member.isfile():
                    inner = archive.extractfile(member)
                    if inner is not None:
                        use(member.name, cast("BinaryIO", inner), member.size)
                elif not member.isdir():
                    out.warn("not-read", "a member that is a link or a device was passed over")
    except (tarfile.TarError, OSError, EOFError, ValueError, zlib.error, OverflowError) as error:
        out.warn("corrupt", f"the archive is damaged: {' '.join(str(error).split())[:100]}")
    return count


def zip_members(stream: BinaryIO, out: Collector, use: Member) -> int:
    """Hand each plain file of a zip to `use`, its unfolding bounded; the number of members."""
    import zipfile

    count = 0
    try:
        with zipfile.ZipFile(stream) as archive:
            for member in archive.infolist():
                count += 1
                if count > limits.MEMBERS:
                    out.warn("sampled", f"looked at the first {limits.MEMBERS} members of the archive")
                    break
                if member.is_dir():
                    continue
                if member.flag_bits & 1:
                    out.warn("not-read", "a member that is encrypted was passed over")
                    continue
                with archive.open(member) as inner:
                    copied = _Copied(cast("BinaryIO", inner), "zip", out, member.compress_size)
                    use(member.filename, io.BufferedReader(copied, limits.HEAD), member.file_size)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, zlib.error, NotImplementedError, RuntimeError) as error:
        out.warn("corrupt", f"the archive is damaged: {' '.join(str(error).split())[:100]}")
    return count
