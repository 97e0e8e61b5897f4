"""A copy of the scanned files without the rows that strong evidence ties to a model, and the proof that all is there.

Below the folder: `data/` with the kept rows of each file, byte for byte (compressed files stay compressed, tables stay
tables), `removed.jsonl` with a line a removed row (file, record, why, the SHA-256 of its bytes), and `summary.json`
with the rows read, kept and removed of each file. The copies are read and counted again after writing.
"""

from __future__ import annotations

import gzip
import hashlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from compliance.errors import InternalError, UsageError
from compliance.scan import sources
from compliance.scan.output import name_of
from compliance.scan.plan import Source
from compliance.scan.run import Scan
from compliance.scan.work import form_inside

_LINES = ("jsonl", "text")

# For a removed record its number, and for each strong hit what it says.
Strong = tuple[int, list[dict[str, Any]]]


class Copied(msgspec.Struct):
    """One file of the summary; `left_out` says why a file has no copy."""

    file: str
    copy: str = ""
    read: int = 0
    kept: int = 0
    removed: int = 0
    sha256: str = ""
    left_out: str = ""


def write_clean(scan: Scan, folder: Path) -> list[str]:
    """Write the copies; lines for the user that say what was kept, removed and left out."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not an empty folder", remedy="name a new folder")
    (folder / "data").mkdir(parents=True, exist_ok=True)
    strong = _Strong(scan)
    copied: list[Copied] = []
    with (folder / "removed.jsonl").open("wb") as index:
        for number, result in enumerate(scan.results()):
            source = result.source
            entry = Copied(file=name_of(source.path))
            copied.append(entry)
            found = strong.of(number)
            target = folder / "data" / f"{number:04d}-{Path(source.path).name}"
            if not result.tally.complete:
                entry.left_out = "it could not be read to its end"
            elif (form := form_inside(source)) in _LINES:
                _copy_lines(source, target, found, index, entry)
            elif form == "parquet":
                _copy_table(source, target, found, index, entry)
            else:
                entry.left_out = f"copies are made of lines and of Parquet, not of {form}"
            for _ in found:  # what the copy did not use up belongs to no other file
                pass
            if not entry.left_out:
                entry.copy = target.relative_to(folder).as_posix()
                _prove(source, target, entry, result.tally.records)
    summary = msgspec.json.format(msgspec.json.encode({"files": copied}), indent=1)
    (folder / "summary.json").write_bytes(summary + b"\n")
    return [_sentence(entry) for entry in copied]


class _Strong:
    """The records with strong hits, file by file, read from the results without holding them."""

    def __init__(self, scan: Scan) -> None:
        hits = (
            (source, record, hit)
            for source, record, rest in scan.hit_lines()
            if b'"strength":"strong"' in rest and (hit := msgspec.json.decode(b"{" + rest))["party"] is not None
        )
        self._groups = itertools.groupby(hits, key=lambda item: item[0])
        self._next: tuple[int, Iterator[Any]] | None = next(self._groups, None)

    def of(self, source: int) -> Iterator[Strong]:
        """The records of one file; files must be asked for in order."""
        if self._next is None or self._next[0] != source:
            return
        for record, hits in itertools.groupby(self._next[1], key=lambda item: item[1]):
            yield record, [hit for _, _, hit in hits]
        self._next = next(self._groups, None)


def _lines(source: Source) -> Iterator[tuple[bytes, bool]]:
    """The lines of a file in pieces, each with whether it ends its line."""
    path = Path(source.path)
    packed = source.form in ("gz", "zst")
    chunks = sources.compressed(path, source.form) if packed else sources.file_range(path, 0, source.size)
    for data, piece in sources.cut(chunks):
        if piece:
            yield data, data.endswith(b"\n")
        else:
            for line in _split(data):
                yield line, True


def _split(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        end = data.find(b"\n", at) + 1 or len(data)
        yield data[at:end]
        at = end


def _copy_lines(source: Source, target: Path, strong: Iterator[Strong], index: BinaryIO, entry: Copied) -> None:
    """Copy line by line. A line that is no readable record is kept: what cannot be judged is not thrown away."""
    upcoming = next(strong, None)
    digest, number, begun = hashlib.sha256(), 0, False
    with _opened(source, target) as out:
        for piece, ends in _lines(source):
            remove = upcoming is not None and upcoming[0] == number
            if remove:
                digest.update(piece)
            else:
                out.write(piece)
            begun = not ends
            if not ends:
                continue
            if remove and upcoming is not None:
                _note(index, entry, upcoming, digest.hexdigest())
                upcoming, digest = next(strong, None), hashlib.sha256()
            number += 1
    entry.read = number + begun
    entry.kept = entry.read - entry.removed


def _opened(source: Source, target: Path) -> Any:
    if source.form == "gz":
        return gzip.open(target, "wb", compresslevel=6)
    if source.form == "zst":
        import zstandard

        return zstandard.ZstdCompressor(level=3).stream_writer(target.open("wb"))
    return target.open("wb")


def _copy_table(source: Source, target: Path, strong: Iterator[Strong], index: BinaryIO, entry: Copied) -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from compliance.scan.columns import parquet_part

    schema = pq.read_schema(source.path)
    upcoming = next(strong, None)
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for batch in parquet_part(Path(source.path), 0, 1)[1]:
            keep = np.ones(batch.num_rows, bool)
            while upcoming is not None and upcoming[0] < entry.read + batch.num_rows:
                row = upcoming[0] - entry.read
                keep[row] = False
                content = repr(batch.slice(row, 1).to_pylist()[0]).encode("utf-8", "surrogatepass")
                _note(index, entry, upcoming, hashlib.sha256(content).hexdigest())
                upcoming = next(strong, None)
            entry.read += batch.num_rows
            writer.write_batch(batch.filter(pa.array(keep)))
    entry.kept = entry.read - entry.removed


def _note(index: BinaryIO, entry: Copied, strong: Strong, digest: str) -> None:
    record, hits = strong
    entry.removed += 1
    why = [{k: hit[k] for k in ("field", "signature", "party", "model", "channel", "date")} for hit in hits]
    line = {"file": entry.file, "record": record, "sha256": digest, "why": why}
    index.write(msgspec.json.encode(line) + b"\n")


def _prove(source: Source, target: Path, entry: Copied, scanned: int) -> None:
    """Count the copy again, and hold it against the scan."""
    if source.form == "parquet":
        import pyarrow.parquet as pq

        written = pq.read_metadata(target).num_rows
    else:
        copy = Source(str(target), source.form, target.stat().st_size, 0)
        written, begun = 0, False
        for _, ends in _lines(copy):
            written, begun = written + ends, not ends
        written += begun
    digest = hashlib.sha256()
    with target.open("rb") as handle:
        while chunk := handle.read(sources.BLOCK):
            digest.update(chunk)
    entry.sha256 = digest.hexdigest()
    if written != entry.kept or entry.kept + entry.removed != scanned:
        raise InternalError(
            f"{entry.file}: {scanned} rows were read, {written} kept and {entry.removed} removed",
            remedy="please report it; do not use this copy",
        )


def _sentence(entry: Copied) -> str:
    if entry.left_out:
        return f"{entry.file}: no copy: {entry.left_out}"
    return f"{entry.file}: {entry.read} rows read = {entry.kept} kept + {entry.removed} removed"
