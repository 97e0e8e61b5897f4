"""The rows of a file of any format that holds some, one after another, without looking at what they mean.

It stands on the evidence readers' parsers, so bounds, encodings, compression and damage are theirs; a fast decoder
goes first, and theirs reads what it refuses.
"""

from __future__ import annotations

import io
import json
import re
import tempfile
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec

from compliance.corpus.corpus import Corpus
from compliance.corpus.records import CorpusFile
from compliance.evidence.claims import Warning_
from compliance.evidence.readers import json_text, limits
from compliance.evidence.readers.collector import Collector
from compliance.evidence.readers.columnar import read_columns
from compliance.evidence.readers.layers import MAGIC, tar_members, unfold, zip_members
from compliance.evidence.readers.tables import read_table, separator_of
from compliance.evidence.readers.text_stream import TextStream

Take = Callable[[Any, int], None]  # row, and its number from 0: rejected rows before it are counted
Tell = Callable[[int], None]

_SPOOL = 256 * 1024 * 1024
_PARAGRAPH = 100_000  # characters of plain text that make a row where no blank line comes sooner
_EVERY = 512  # rows between two words about progress
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_PROSE = re.compile(r"\.(?:md|markdown|rst|ya?ml|toml|ini|cfg|py|sh|html?)$", re.IGNORECASE)


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """How the reading of a file went. `rows` counts the rejected ones too; `whole` says that all were seen."""

    rows: int
    rejected: int
    warnings: tuple[Warning_, ...]
    whole: bool


# Warnings after which there may be rows that nobody saw.
_MISSED = frozenset(("unreadable", "too-large", "bomb", "corrupt", "sampled"))


def read_rows(path: Path, take: Take, tell: Tell | None = None, *, documents: bool = True) -> Read:
    """Hand every row of a file with its number to `take`, and tell `tell` now and then how many bytes are done.

    Without `documents`, files of prose, code and settings are passed over, since they hold no rows.
    """
    rows = _Rows(str(path), take, documents)
    try:
        with path.open("rb") as stream:
            rows.tell = (lambda: tell(stream.tell())) if tell is not None else None
            rows.content(stream, path.name, 0)
    except OSError as error:
        rows.notes.warn("unreadable", f"cannot be read: {error.strerror or type(error).__name__}")
    except (MemoryError, RecursionError) as error:
        rows.notes.warn("unreadable", f"the reading stopped: {type(error).__name__}")
    report = rows.notes.report("", "", 0)
    whole = not any(w.kind in _MISSED for w in report.warnings)
    return Read(rows=rows.count, rejected=report.rejected, warnings=tuple(report.warnings), whole=whole)


@lru_cache(maxsize=1)
def _no_corpus() -> Corpus:
    return Corpus(CorpusFile(), "")


class _Values(json_text.JsonReader):
    """Decodes quickly, and by the lenient reader what is not quite JSON."""

    def __init__(self, out: Collector) -> None:
        super().__init__(out)
        self._plain = json.JSONDecoder(strict=False)

    def value(self, text: str) -> Any:
        try:
            return msgspec.json.decode(text)
        except (ValueError, RecursionError):
            return super().value(text)

    def at(self, text: str, start: int) -> tuple[Any, int]:
        return self._plain.raw_decode(text, start)


class _Again(io.RawIOBase):
    """A stream whose beginning was already taken, from its start again; closing it leaves the stream open."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = io.BytesIO(head)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._head.read(len(buffer)) or self._rest.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class _Rows:
    def __init__(self, file: str, take: Take, documents: bool) -> None:
        self.notes = Collector(file, _no_corpus())
        self.take = take
        self.documents = documents
        self.tell: Callable[[], None] | None = None
        self.count = 0
        self._base = 0

    def feed(self, value: Any, index: int, line: int) -> None:
        """Take a row of the part that is being read; rejected rows before it are counted by its index."""
        number = self._base + index
        self.take(value, number)
        self.count = number + 1
        if self.tell is not None and self.count % _EVERY == 0:
            self.tell()

    def content(self, stream: BinaryIO, name: str, layer: int) -> None:
        """Read a stream by what its bytes are."""
        notes = self.notes
        head = _head(stream)
        if not head:
            notes.warn("empty", "the file is empty")
            return
        if layer > limits.LAYERS:
            notes.warn("bomb", f"more than {limits.LAYERS} archives in one another; the rest was not read")
            return
        again = cast("BinaryIO", io.BufferedReader(_Again(head, stream), limits.HEAD))
        for magic, kind in MAGIC:
            if head.startswith(magic):
                inner = unfold(again, kind, notes)
                if inner is not None:
                    self.content(inner, re.sub(r"\.(?:gz|zst|bz2|xz)$", "", name), layer + 1)
                return
        if head.startswith((b"PAR1", b"ARROW1")):
            kind = "parquet" if head.startswith(b"PAR1") else "arrow_file"
            with _seekable(again, stream, layer) as copy:
                self._rows(lambda: read_columns(copy, kind, notes, self.feed))
        elif head.startswith(b"\xff\xff\xff\xff") and head[4:8] != b"\xff\xff\xff\xff":
            self._rows(lambda: read_columns(again, "arrow_stream", notes, self.feed))
        elif head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            with _seekable(again, stream, layer) as copy:
                zip_members(copy, notes, lambda n, s, _: self.content(s, n, layer + 1))
        elif head[257:262] == b"ustar":
            tar_members(again, notes, lambda n, s, _: self.content(s, n, layer + 1))
        elif head.startswith(b"version https://git-lfs.github.com/spec/v1"):
            notes.warn("content-absent", "a Git LFS pointer: the content is elsewhere")
        else:
            self._text(stream, head, name)

    def _rows(self, read: Callable[[], None]) -> None:
        """Run a reader whose rows are counted from 0, so that rows of several members are counted through."""
        self._base = self.count
        before = self.notes.records
        read()
        self.count = self._base + self.notes.records - before

    def _text(self, stream: BinaryIO, head: bytes, name: str) -> None:
        text = TextStream(stream, head, self.notes)
        if not text.encoding.startswith(("utf-16", "utf-32")) and len(_BINARY.findall(head[:8192])) > 8:
            self.notes.warn("not-read", "binary content is not searched")
            return
        begins = text.head.lstrip("\ufeff \t\r\n")
        values = _Values(self.notes)
        if begins[:1] == "[":
            self._rows(lambda: json_text.read_values(text.chunks(), values, self.notes, self.feed))
        elif begins[:1] in '{"' and _a_line(begins, name):
            self._rows(lambda: json_text.read_lines(text.lines(), values, self.notes, self.feed))
        elif begins[:1] == "{":
            self._rows(lambda: self._document(text, values))
        elif _PROSE.search(name) and not self.documents:
            self.notes.warn("unknown-format", "a text that holds no rows was passed over")
        elif separator := "" if _PROSE.search(name) else separator_of(begins):
            self._rows(lambda: read_table(text.lines(), separator, self.notes, self.feed))
        else:
            self._rows(lambda: self._paragraphs(text))

    def _document(self, text: TextStream, values: _Values) -> None:
        whole = text.whole(limits.DOCUMENT)
        try:
            value = values.value(whole.strip("\ufeff \t\r\n\0"))
        except (ValueError, RecursionError):
            json_text.read_values(iter([whole]), values, self.notes, self.feed)
            return
        for index, row in enumerate(_inside(value)):
            self.feed(row, index, 0)
            self.notes.records += 1

    def _paragraphs(self, text: TextStream) -> None:
        held: list[str] = []
        index = size = 0
        for _, line in text.lines():
            if line.strip():
                held.append(line)
                size += len(line)
            if held and (not line.strip() or size > _PARAGRAPH):
                self.feed("\n".join(held), index, 0)
                index, held, size = index + 1, [], 0
        if held:
            self.feed("\n".join(held), index, 0)
            index += 1
        self.notes.records += index


def _head(stream: BinaryIO) -> bytes:
    pieces, size = [], 0
    while size < limits.HEAD and (data := stream.read(limits.HEAD - size)):
        pieces.append(data)
        size += len(data)
    return b"".join(pieces)


def _seekable(again: BinaryIO, stream: BinaryIO, layer: int) -> BinaryIO:
    """A stream in which one can go back: the file itself, or a copy, in memory while small, then without a name."""
    if layer == 0:
        stream.seek(0)
        return stream
    copy = tempfile.SpooledTemporaryFile(max_size=_SPOOL)  # noqa: SIM115
    while data := again.read(limits.CHUNK):
        copy.write(data)
    copy.seek(0)
    return cast("BinaryIO", copy)


def _a_line(begins: str, name: str) -> bool:
    """Whether a text is lines of JSON: its first line is a value, or its name says so and the second may be one."""
    first, _, more = begins.partition("\n")
    try:
        msgspec.json.decode(first.strip())
    except (ValueError, RecursionError):
        return name.lower().endswith((".jsonl", ".ndjson")) and more.lstrip()[:1] == "{" and first.rstrip()[-1:] == "}"
    return bool(more.strip()) or name.lower().endswith((".jsonl", ".ndjson"))


def _inside(value: Any) -> Iterator[Any]:
    """The rows of a document: the members of its lists of mappings, mappings by id, or the document itself."""
    if isinstance(value, dict):
        lists = [v for v in value.values() if isinstance(v, list) and v and isinstance(v[0], dict)]
        named = list(value.values())
        turns = any(k in value for k in ("messages", "conversations", "conversation", "turns", "choices"))
        if lists and not turns:
            for rows in lists:
                yield from rows
            return
        if len(named) > 1 and all(isinstance(v, dict) for v in named):
            yield from named
            return
    yield value
