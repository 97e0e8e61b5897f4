"""`inspect`: what the readers see in files and folders, and what they passed over."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from compliance.corpus.corpus import Corpus
from compliance.errors import ClearanceError, UnreadableFile
from compliance.evidence.claims import FileReport, Inspection, Warning_, WarningKind
from compliance.evidence.readers import limits
from compliance.evidence.readers.collector import Collector, sayable

PASSED_OVER = frozenset(
    {
        ".git",
        ".hg",
        ".svn",
        "__pycache__",
        "node_modules",
        ".venv",
        "venv",
        ".tox",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".ipynb_checkpoints",
    }
)


def inspect(paths: Iterable[Path], corpus: Corpus) -> Inspection:
    """What the readers see below `paths`; a path that does not exist is an error, all else becomes a warning."""
    skipped: list[Warning_] = []
    files = [inspect_file(path, corpus) for path in find_files(paths, skipped)]
    return Inspection(files=files, skipped=skipped)


def find_files(paths: Iterable[Path], skipped: list[Warning_]) -> Iterator[Path]:
    """The files below `paths`, sorted, each once; what is passed over is added to `skipped` with the reason."""
    seen: set[tuple[int, int]] = set()
    count = 0
    for path in paths:
        if not os.path.lexists(path):
            raise UnreadableFile("no such file or folder", file=str(path), remedy="check the path")
        for found in _below(path, skipped, named=True):
            try:
                status = found.stat()
            except OSError:
                yield found
                continue
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            count += 1
            if count > limits.FILES:
                skipped.append(_passed("sampled", path, f"more than {limits.FILES} files; the rest was not read"))
                return
            yield found


def _below(path: Path, skipped: list[Warning_], *, named: bool) -> Iterator[Path]:
    """The files below a path, without following links to folders, so that no loop of links can hold us."""
    stack = [(path, named)]
    while stack:
        here, named = stack.pop()
        try:
            mode = here.stat().st_mode if named or not here.is_symlink() else here.lstat().st_mode
        except OSError as error:
            if here.is_symlink():
                skipped.append(_passed("symlink", here, "a link that leads nowhere or in a circle"))
            else:
                skipped.append(_passed("unreadable", here, f"cannot be read: {error.strerror or 'error'}"))
            continue
        if stat.S_ISLNK(mode):
            if here.is_file():
                yield here
            else:
                skipped.append(_passed("symlink", here, "a link to a folder is not followed"))
        elif stat.S_ISDIR(mode):
            if here.name in PASSED_OVER and not named:
                skipped.append(_passed("not-read", here, "a folder of tools is not searched"))
                continue
            try:
                stack += [(entry, False) for entry in sorted(here.iterdir(), reverse=True)]
            except OSError as error:
                skipped.append(_passed("unreadable", here, f"cannot be read: {error.strerror or 'error'}"))
        elif stat.S_ISREG(mode):
            yield here
        else:
            skipped.append(_passed("not-read", here, "neither a file nor a folder"))


def inspect_file(path: Path, corpus: Corpus) -> FileReport:
    """What the readers see in one file; whatever goes wrong is a warning in the report."""
    from compliance.evidence.readers.content import read_content

    out = Collector(str(path), corpus)
    label, digest, size = "unreadable", "", 0
    try:
        with path.open("rb") as stream:
            before = os.fstat(stream.fileno())
            digest, size = _hashed(stream)
            stream.seek(0)
            label = read_content(stream, path.name, out)
            after = os.fstat(stream.fileno())
            if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or size != after.st_size:
                out.warn("changed", "the file changed while it was read; the hash is of what was there at first")
    except OSError as error:
        out.warn("unreadable", f"cannot be read: {error.strerror or type(error).__name__}")
        out.unknown("content")
    except (ClearanceError, MemoryError, RecursionError) as error:
        out.warn("unreadable", f"the reading stopped: {type(error).__name__}")
        out.unknown("content")
    return out.report(label, digest, size)


def _passed(kind: WarningKind, path: Path, says: str) -> Warning_:
    return Warning_(kind=kind, file=sayable(str(path)), says=says)


def _hashed(stream: BinaryIO) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while data := stream.read(limits.CHUNK):
        digest.update(data)
        size += len(data)
    return digest.hexdigest(), size
