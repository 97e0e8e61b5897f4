"""What is to be scanned: files, what they are, and the pieces in which workers take them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from compliance.errors import UnreadableFile

# A file is cut into so many pieces that workers end together, within these bounds.
PIECE = 16 * 1024 * 1024
_LEAST_PIECE = 4 * 1024 * 1024
_PIECES = 64
_PARTS = 16
DOCUMENT_LIMIT = 32 * 1024 * 1024
_HEAD = 64 * 1024

Form = Literal["jsonl", "text", "json", "csv", "gz", "zst", "utf16", "parquet", "arrow", "arrow-stream", "unreadable"]


class Source(msgspec.Struct, frozen=True):
    """A file to scan, and the identity by which a resumed scan knows that it is still the same."""

    path: str
    form: Form
    size: int
    modified: int
    note: str = ""


class Task(msgspec.Struct, frozen=True):
    """A piece of a file: a byte range (jsonl, text), a part of its row groups (parquet), or all of it."""

    source: int
    start: int
    stop: int


def sources_of(paths: list[Path]) -> list[Source]:
    """The files that the paths name, those of folders by name; links and hidden files in folders are left out."""
    found: list[Source] = []
    seen: set[Path] = set()
    for path in paths:
        if not path.exists():
            raise UnreadableFile("no such file", file=str(path), remedy="check the path")
        for file in _files(path):
            if file not in seen:
                seen.add(file)
                found.append(_source(file))
    return found


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(files):
            file = Path(folder) / name
            if not name.startswith(".") and not file.is_symlink():
                yield file


def _source(path: Path) -> Source:
    try:
        if not path.is_file():
            return Source(str(path), "unreadable", 0, 0, "not a regular file")
        status = path.stat()
        with path.open("rb") as handle:
            head = handle.read(_HEAD)
    except OSError as error:
        return Source(str(path), "unreadable", 0, 0, f"cannot be read: {error.strerror or type(error).__name__}")
    form, note = _form(path, head, status.st_size)
    return Source(str(path), form, status.st_size, status.st_mtime_ns, note)


def _form(path: Path, head: bytes, size: int) -> tuple[Form, str]:
    name = path.name.lower()
    if head.startswith(b"\x1f\x8b"):
        return "gz", ""
    if head.startswith(b"\x28\xb5\x2f\xfd") or (head[:1] and head[0] & 0xF0 == 0x50 and head[1:4] == b"\x2a\x4d\x18"):
        return "zst", ""
    if head.startswith(b"PAR1"):
        return "parquet", ""
    if head.startswith(b"ARROW1"):
        return "arrow", ""
    if head.startswith(b"\xff\xff\xff\xff") and name.endswith((".arrow", ".arrows", ".ipc")):
        return "arrow-stream", ""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf16", "UTF-16, read as UTF-8"
    if name.endswith((".gz", ".zst", ".parquet", ".arrow")) and size:
        return "unreadable", "the content is not what the file's name says"
    return text_form_of(name, head, size)


def text_form_of(name: str, head: bytes, size: int) -> tuple[Form, str]:
    """What a file of plain text is, by its name without compression and its first bytes."""
    bare = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if name.endswith((".jsonl", ".ndjson")):
        return "jsonl", ""
    if name.endswith((".csv", ".tsv")):
        return "csv", ""
    if bare[:1] in (b"{", b"["):
        if _first_line_is_whole(bare) and not bare.startswith(b"["):
            return "jsonl", ""
        if size <= DOCUMENT_LIMIT:
            return "json", ""
        return "text", f"one JSON document of more than {DOCUMENT_LIMIT >> 20} MiB: looked at line by line as text"
    if b"\x00" in head[:8192] and not name.endswith((".txt", ".log", ".json")):
        return "unreadable", "not a text, and of no format that is read here"
    return "text", ""


def _first_line_is_whole(bare: bytes) -> bool:
    """Whether the first line is a JSON value by itself: then each line is a record."""
    line, newline, _ = bare.partition(b"\n")
    if not newline:
        return False
    try:
        msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return False
    return True


def tasks_of(sources: list[Source]) -> list[Task]:
    """The pieces of all files, in order."""
    tasks: list[Task] = []
    for index, source in enumerate(sources):
        if source.form in ("jsonl", "text"):
            piece = min(PIECE, max(_LEAST_PIECE, source.size // _PIECES))
            for start in range(0, max(1, source.size), piece):
                tasks.append(Task(index, start, min(start + piece, source.size)))
        elif source.form == "parquet":
            parts = max(1, min(_PARTS, source.size // (4 * 1024 * 1024)))
            tasks += [Task(index, part, parts) for part in range(parts)]
        else:
            tasks.append(Task(index, 0, source.size))
    return tasks
