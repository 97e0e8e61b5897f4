"""Reading `corpora/` from disk, with a cache keyed by the hash of its content.

The cache is only a faster spelling of the same files: it is typed on reading, holds no code, and is written anew
whenever a file or the record types change. A cache that cannot be read or written is passed over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from compliance.corpus import records
from compliance.corpus.records import CorpusFile
from compliance.errors import CorpusError, InputError
from compliance.reading import cache as cache_of
from compliance.reading.structured import Text, decode, line_of, parse, read_bytes
from compliance.reading.typed import convert

NUMBER_KEYS = frozenset({"above"})


class Loaded(msgspec.Struct, frozen=True):
    """All records of a corpora folder, merged in the order of the file names, and the hash of the files."""

    content: CorpusFile
    sha256: str


def default_root() -> Path:
    """The corpora that come with the program: beside the package in a checkout, inside it when installed."""
    return data_folder("corpora")


def data_folder(name: str) -> Path:
    """A folder of data that comes with the program."""
    package = Path(__file__).resolve().parent.parent
    beside = package.parent / name
    return beside if beside.is_dir() else package / "_data" / name


def files_of(root: Path) -> list[Path]:
    """The YAML files below `root`, in the order in which they are merged."""
    if not root.is_dir():
        raise CorpusError("no such folder", file=str(root), remedy="a corpora folder holds YAML records")
    return sorted(p for p in root.rglob("*.yaml") if p.is_file() and not p.is_symlink())


def content_hash(paths: list[Path], root: Path) -> tuple[str, list[bytes]]:
    """One hash over names and bytes of all files, and the bytes."""
    digest = hashlib.sha256()
    contents = []
    for path in paths:
        data = read_bytes(path)
        contents.append(data)
        name = path.relative_to(root).as_posix().encode()
        digest.update(b"%d:%s%d:" % (len(name), name, len(data)))
        digest.update(data)
    return digest.hexdigest(), contents


def read_file(data: bytes, name: str) -> tuple[CorpusFile, Text]:
    """One corpora file as records, and its text for the lines of later faults."""
    text = decode(data, name)
    try:
        return convert(parse(text, NUMBER_KEYS), CorpusFile, text), text
    except CorpusError:
        raise
    except InputError as error:
        raise CorpusError(
            error.message, file=error.file, line=error.line, field=error.field, remedy=error.remedy
        ) from None


def load(root: Path | None = None, *, extra: Sequence[Path] = (), cache: bool = True) -> Loaded:
    """The records below `root` (default: those that come with the program), and those of the `extra` folders.

    Records of extra folders are added; one whose id is already taken is an error, so that nothing known is replaced
    unseen.
    """
    roots = [root or default_root(), *extra]
    files: list[tuple[Path, bytes]] = []
    hashes: list[str] = []
    for folder in roots:
        paths = files_of(folder)
        found, contents = content_hash(paths, folder)
        hashes.append(found)
        files += zip(paths, contents, strict=True)
    sha256 = hashes[0] if len(hashes) == 1 else hashlib.sha256(" ".join(hashes).encode()).hexdigest()
    spot = _cache_file(sha256) if cache else None
    if spot is not None:
        cached = _read_cache(spot)
        if cached is not None:
            return Loaded(cached, sha256)
    read = [read_file(data, str(path)) for path, data in files]
    _refuse_twins(read)
    content = merge(found for found, _ in read)
    if spot is not None:
        _write_cache(spot, content)
    return Loaded(content, sha256)


def merge(files: Iterable[CorpusFile]) -> CorpusFile:
    """All records of several files as one, in their order."""
    merged: dict[str, list[Any]] = {name: [] for name in CorpusFile.__struct_fields__}
    for found in files:
        for name, kept in merged.items():
            kept.extend(getattr(found, name))
    return CorpusFile(**{name: tuple(kept) for name, kept in merged.items()})


def _refuse_twins(read: list[tuple[CorpusFile, Text]]) -> None:
    first: dict[tuple[str, str], tuple[str, int]] = {}
    for found, text in read:
        for name in CorpusFile.__struct_fields__:
            for at, record in enumerate(getattr(found, name)):
                mark = (name, getattr(record, "id", ""))
                here = (text.name, at)
                if mark[1] and first.setdefault(mark, here) != here:
                    message = f"the id {mark[1]!r} is taken in {first[mark][0]}"
                    remedy = "give the record an id of its own"
                    raise CorpusError(message, file=text.name, line=line_of(text, (name, at)), remedy=remedy)


def _cache_file(sha256: str) -> Path | None:
    try:
        types = hashlib.sha256(Path(records.__file__).read_bytes()).hexdigest()
    except OSError:
        return None
    return cache_of.spot_of(f"corpora-{types[:16]}-{sha256[:32]}.msgpack")


def _read_cache(spot: Path) -> CorpusFile | None:
    kept = cache_of.read(spot)
    try:
        return None if kept is None else msgspec.msgpack.decode(kept, type=CorpusFile)
    except msgspec.DecodeError:
        return None


def _write_cache(spot: Path, content: CorpusFile) -> None:
    if cache_of.write(spot, msgspec.msgpack.encode(content)):
        with suppress(OSError):
            for old in spot.parent.glob("corpora-*.msgpack"):
                if old != spot:
                    old.unlink(missing_ok=True)
