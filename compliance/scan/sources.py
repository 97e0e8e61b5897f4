"""Where the bytes come from: ranges of plain files and compressed streams, cut into blocks of whole lines.

Every source yields pairs: `(block, 0)` is whole lines; `(piece, 1)` begins a line that is longer than `MAX_LINE`, and
`(piece, 2)` goes on with it. Nothing larger than a block and one longest line is ever held.
"""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from compliance.scan.ahead import read_ahead
from compliance.scan.lines import MAX_LINE

# Small enough for the processor's second cache, in which a block is looked at several times.
BLOCK = 256 * 1024
# So many blocks are decompressed before they are asked for.
_AHEAD = 16
# A stream that grows by more than this, beyond the first stretch, is a bomb and not a log.
MAX_RATIO = 250
RATIO_FROM = 512 * 1024 * 1024

Block = tuple[bytes, int]


class BrokenStream(Exception):
    """A compressed file ends early, is damaged or is a bomb; the message says which."""


def cut(chunks: Iterator[bytes]) -> Iterator[Block]:
    """Chunks of any size as blocks of whole lines."""
    carry: list[bytes] = []
    held = 0
    long_line = False
    for chunk in chunks:
        at = chunk.rfind(b"\n") + 1
        if long_line:
            first = chunk.find(b"\n") + 1
            yield (chunk[:first] if first else chunk), 2
            if not first:
                continue
            long_line = False
            chunk = chunk[first:]
            at -= first
        if at == 0:
            carry.append(chunk)
            held += len(chunk)
            if held > MAX_LINE:
                yield b"".join(carry), 1
                carry, held, long_line = [], 0, True
            continue
        head = b"".join([*carry, chunk[:at]]) if carry else chunk[:at]
        rest = chunk[at:]
        carry, held = ([rest], len(rest)) if rest else ([], 0)
        if len(head) > MAX_LINE:
            first = head.find(b"\n") + 1
            if first > MAX_LINE:
                yield head[:first], 1
                head = head[first:]
        if head:
            yield head, 0
    if held:
        yield b"".join(carry), 0


def file_range(path: Path, start: int, stop: int) -> Iterator[bytes]:
    """The lines of a plain file that begin at or after `start` and before `stop`, as chunks."""
    with path.open("rb", buffering=0) as handle:
        at = start
        if start > 0:
            handle.seek(start - 1)
            at = start - 1
            while True:  # the line that is under way here belongs to the range before
                chunk = handle.read(BLOCK)
                found = chunk.find(b"\n")
                if not chunk:
                    return
                if found >= 0:
                    at += found + 1
                    break
                at += len(chunk)
                if at >= stop:
                    return
            if at >= stop:
                return
        handle.seek(at)
        skip_mark = at == 0
        last = b"\n"
        while at < stop:
            chunk = handle.read(min(BLOCK, stop - at))
            if not chunk:
                return
            whole = chunk.rfind(b"\n") + 1
            if 0 < whole < len(chunk):  # the line that is cut here is read again, which is cheaper than joining it
                chunk = chunk[:whole]
                handle.seek(at + whole)
            at += len(chunk)
            if skip_mark:
                chunk = chunk.removeprefix(codecs.BOM_UTF8)
                skip_mark = False
            last = chunk
            yield chunk
        if last.endswith(b"\n"):
            return
        while True:  # the line that began before `stop` is read to its end
            chunk = handle.read(BLOCK)
            if not chunk:
                return
            end = chunk.find(b"\n") + 1
            yield chunk[:end] if end else chunk
            if end:
                return


def compressed(path: Path, kind: str, done: Any = None) -> Generator[bytes, None, None]:
    """The decompressed bytes of a gzip or Zstandard file, made ahead in a thread; `done` is told of bytes read."""
    chunks = read_ahead(_unfolded(path, kind, done), _AHEAD)
    try:
        for first in chunks:
            yield first.removeprefix(codecs.BOM_UTF8)
            break
        yield from chunks
    finally:
        chunks.close()


def _unfolded(path: Path, kind: str, done: Any) -> Generator[bytes, None, None]:
    try:
        with path.open("rb") as raw:
            size = path.stat().st_size
            grown = 0
            for chunk in _decompress(raw, kind):
                grown += len(chunk)
                if done is not None:
                    done(raw.tell())
                if grown > RATIO_FROM and grown > MAX_RATIO * max(1, min(size, raw.tell())):
                    raise BrokenStream(f"grows by more than {MAX_RATIO} times when decompressed")
                yield chunk
    except BrokenStream:
        raise
    except Exception as error:  # the libraries raise errors of their own kinds for damaged data
        reason = f"the compressed data are damaged or cut off ({type(error).__name__})"
        raise BrokenStream(reason) from error


def _decompress(raw: BinaryIO, kind: str) -> Iterator[bytes]:
    if kind == "zst":
        import zstandard

        reader = zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(
            raw, read_across_frames=True, closefd=False
        )
        while chunk := reader.read(BLOCK):
            yield chunk
        if not _zst_is_whole(raw):
            raise BrokenStream("the compressed data are cut off")
        return
    opened: Any = _gzip(raw)
    with opened as handle:
        while chunk := handle.read(BLOCK):
            yield chunk


def _gzip(raw: BinaryIO) -> Any:
    try:
        from isal import igzip
    except ImportError:
        import gzip

        return gzip.GzipFile(fileobj=raw, mode="rb")
    reader: Any = igzip.IGzipFile
    return reader(fileobj=raw, mode="rb")


def _zst_is_whole(raw: BinaryIO) -> bool:
    """Whether the last frame ends with the file: the library takes a cut-off frame for the end of the data."""
    import zstandard

    raw.seek(0)
    while head := raw.read(18):
        if len(head) >= 8 and head[0] & 0xF0 == 0x50 and head[1:4] == b"\x2a\x4d\x18":
            raw.seek(int.from_bytes(head[4:8], "little") - len(head) + 8, 1)
            continue
        try:
            frame = zstandard.get_frame_parameters(head)
            raw.seek(zstandard.frame_header_size(head) - len(head), 1)
        except zstandard.ZstdError:
            return False
        last = False
        while not last:
            block = raw.read(3)
            if len(block) < 3:
                return False
            header = int.from_bytes(block, "little")
            last = bool(header & 1)
            size = 1 if (header >> 1) & 3 == 1 else header >> 3
            raw.seek(size - 1, 1)
            if not raw.read(1):
                return False
        if frame.has_checksum and len(raw.read(4)) < 4:
            return False
    return True


def utf16(path: Path) -> Iterator[bytes]:
    """A UTF-16 file with a byte order mark, as UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-16")("replace")
    with path.open("rb") as handle:
        while chunk := handle.read(BLOCK):
            text = decoder.decode(chunk)
            if text:
                yield text.encode("utf-8", "replace")
        tail = decoder.decode(b"", True)
        if tail:
            yield tail.encode("utf-8", "replace")


BROKEN: tuple[type[BaseException], ...] = (BrokenStream, OSError, EOFError, zlib.error)
