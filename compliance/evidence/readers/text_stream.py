"""Bytes to text, a piece at a time: the encoding is told from the bytes, and line breaks are `\\n` alone."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from compliance.evidence.readers import limits
from compliance.evidence.readers.collector import Collector

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def encoding_of(head: bytes) -> tuple[str, int]:
    """The encoding of a text that begins with `head`, and how many bytes its byte order mark takes."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name, len(mark)
    sample = head[:4096]
    if len(sample) >= 4:
        odd, even = sample[1::2].count(0), sample[0::2].count(0)
        if odd > len(sample) * 0.3 and even < len(sample) * 0.1:
            return "utf-16-le", 0
        if even > len(sample) * 0.3 and odd < len(sample) * 0.1:
            return "utf-16-be", 0
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        decoder.decode(head)
        return "utf-8", 0
    except UnicodeDecodeError:
        pass
    try:
        text = codecs.getincrementaldecoder("gb18030")("strict").decode(head)
    except UnicodeDecodeError:
        return "cp1252", 0
    high = [c for c in text if ord(c) > 0x7F]
    common = sum(1 for c in high if "\u4e00" <= c <= "\u9fff" or "\u3000" <= c <= "\u303f" or "\uff00" <= c <= "\uffef")
    long_runs = len(high) >= 8 and common > 0.8 * len(high) and len(high) * 2 > sum(b > 0x7F for b in head) * 0.9
    return ("gb18030", 0) if long_runs and common > 20 else ("cp1252", 0)


class TextStream:
    """The text of a binary stream; `head` is its beginning. What cannot be decoded is replaced and said."""

    def __init__(self, stream: BinaryIO, head: bytes, out: Collector) -> None:
        self.encoding, skip = encoding_of(head)
        self.bom = skip > 0
        self._stream = stream
        self._out = out
        self._decoder = codecs.getincrementaldecoder(self.encoding)("strict")
        self._replaced = False
        self._ended = len(head) < limits.HEAD
        if self.encoding != "utf-8":
            out.warn("encoding", f"read as {self.encoding}, not UTF-8")
        self.head = self._decode(head[skip:], final=self._ended)

    def chunks(self) -> Iterator[str]:
        """All text, the head included; to be called once."""
        yield self.head
        while not self._ended:
            data = self._stream.read(limits.CHUNK)
            self._ended = not data
            yield self._decode(data, final=self._ended)

    def whole(self, limit: int) -> str:
        """The text up to about `limit` characters, and a warning where there is more."""
        pieces, size = [], 0
        for piece in self.chunks():
            pieces.append(piece)
            size += len(piece)
            if size > limit and not self._ended:
                self._out.warn("sampled", f"looked at the first {size} characters; the file is longer")
                break
        return "".join(pieces)

    def lines(self) -> Iterator[tuple[int, str]]:
        """Every line with its number (from 1), without its break; a line over the limit is passed over and said."""
        parts: list[str] = []
        number, size = 1, 0
        for piece in self.chunks():
            start = 0
            while True:
                end = piece.find("\n", start)
                part = piece[start : end if end >= 0 else len(piece)]
                size += len(part)
                parts = [*parts, part] if size <= limits.LINE else []
                if end < 0:
                    break
                if size <= limits.LINE:
                    yield number, "".join(parts).removesuffix("\r")
                else:
                    self._too_long(number)
                number, parts, size, start = number + 1, [], 0, end + 1
        if parts:
            yield number, "".join(parts).removesuffix("\r")
        elif size > limits.LINE:
            self._too_long(number)

    def _too_long(self, number: int) -> None:
        self._out.warn("too-large", f"a line of more than {limits.LINE} characters was not read", line=number)
        self._out.rejected += 1
        self._out.records += 1

    def _decode(self, data: bytes, *, final: bool) -> str:
        state = self._decoder.getstate()
        try:
            return self._decoder.decode(data, final)
        except UnicodeDecodeError as error:
            if not self._replaced:
                self._replaced = True
                self._out.warn("encoding", f"bytes that are not {self.encoding} ({error.reason}) were replaced")
            self._decoder = codecs.getincrementaldecoder(self.encoding)("replace")
            self._decoder.setstate(state)
            return self._decoder.decode(data, final)
