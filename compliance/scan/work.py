"""One piece of one file, scanned: its tally and its hits, with record numbers counted from the piece's first record."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from compliance.scan import sources
from compliance.scan.confirm import Hit
from compliance.scan.lines import MAX_LINE, Emit, Engine, LineScanner, Tally
from compliance.scan.plan import DOCUMENT_LIMIT, Source, Task, text_form_of

Progress = Callable[[int], None]


def scan_piece(engine: Engine, source: Source, task: Task, emit: Emit, progress: Progress) -> Tally:
    """Scan a piece; `emit` gets the hits of each record, `progress` the bytes of the file that are done."""
    path = Path(source.path)
    try:
        tally = _scan(engine, source, task, path, emit, progress)
    except sources.BROKEN as error:
        reason = str(error) if isinstance(error, sources.BrokenStream) else _reason(error)
        tally = Tally(complete=False, warnings=[reason])
    if source.note:
        tally.warnings.insert(0, source.note)
    return tally


def _reason(error: BaseException) -> str:
    return f"cannot be read: {getattr(error, 'strerror', None) or type(error).__name__}"


def _scan(engine: Engine, source: Source, task: Task, path: Path, emit: Emit, progress: Progress) -> Tally:
    if source.form == "unreadable":
        return Tally(complete=False, bytes=source.size)
    if source.form in ("jsonl", "text"):
        scanner = LineScanner(engine, emit, is_json=source.form == "jsonl")
        return scanner.run(sources.cut(_counted(sources.file_range(path, task.start, task.stop), progress)))
    if source.form in ("parquet", "arrow", "arrow-stream"):
        return _columns(engine, source, task, path, emit, progress)
    if source.form == "json":
        return _document(engine, path.read_bytes(), emit)
    if source.form == "csv":
        with path.open("rb") as handle:
            return _csv(engine, handle, path.name, emit)
    return _stream(engine, source, path, emit, progress)


def _counted(chunks: Iterator[bytes], progress: Progress) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk
        progress(len(chunk))


def _stream(engine: Engine, source: Source, path: Path, emit: Emit, progress: Progress) -> Tally:
    """A compressed or UTF-16 file, as lines; what was found before a fault stays found."""
    told = 0

    def done(position: int) -> None:
        nonlocal told
        progress(position - told)
        told = position

    chunks = sources.utf16(path) if source.form == "utf16" else sources.compressed(path, source.form, done)
    scanner: LineScanner | None = None
    try:
        name = path.name.lower().removesuffix(".gz").removesuffix(".zst")
        head = next(chunks, b"")
        form, _ = text_form_of(name, head[: 64 * 1024], 0)
        if form == "json":
            head, whole = _gather(head, chunks)
            if whole:
                return _document(engine, head, emit)
        if form == "csv":
            return _csv(engine, io.BytesIO(head + b"".join(chunks)), name, emit)
        scanner = LineScanner(engine, emit, is_json=form == "jsonl")
        scanner.run(sources.cut(itertools.chain([head], chunks)))
    except sources.BROKEN as error:
        tally = scanner.tally if scanner else Tally()
        reason = str(error) if isinstance(error, sources.BrokenStream) else _reason(error)
        tally.complete = False
        tally.warn(f"{reason}, after {tally.records} records")
        return tally
    return scanner.tally if scanner else Tally()


def _gather(head: bytes, chunks: Iterator[bytes]) -> tuple[bytes, bool]:
    """The bytes of a document up to the size that is read as one, and whether that is all of it."""
    parts, size = [head], len(head)
    for chunk in chunks:
        parts.append(chunk)
        size += len(chunk)
        if size > DOCUMENT_LIMIT:
            return b"".join(parts), False
    return b"".join(parts), True


def _columns(engine: Engine, source: Source, task: Task, path: Path, emit: Emit, progress: Progress) -> Tally:
    import pyarrow as pa

    from compliance.scan import columns

    first, scanner = 0, None
    try:
        if source.form == "parquet":
            _, batches = columns.parquet_part(path, task.start, task.stop)
            share = source.size // max(1, task.stop)
        else:
            batches = columns.arrow_batches(path, stream=source.form == "arrow-stream")
            share = source.size
        scanner = columns.ColumnScanner(engine, emit, first)
        for batch in batches:
            scanner.batch(batch)
        progress(share)
    except (pa.ArrowException, OSError, ValueError) as error:
        tally = scanner.tally if scanner else Tally()
        tally.complete = False
        tally.warn(
            f"damaged after {tally.records} rows: {str(error).splitlines()[0][:120] if str(error) else 'unreadable'}"
        )
        return tally
    return scanner.tally


def _document(engine: Engine, data: bytes, emit: Emit) -> Tally:
    """One JSON document: a list has a record an element, anything else is one record."""
    tally = Tally(bytes=len(data))
    try:
        value = json.loads(data.removeprefix(b"\xef\xbb\xbf").decode("utf-8"))
    except (ValueError, RecursionError) as error:
        scanner = LineScanner(engine, emit, is_json=False)
        tally = scanner.run(sources.cut(iter([data])))
        tally.rejected += 1
        tally.complete = False
        tally.warn(f"not JSON ({type(error).__name__}); it was looked at line by line as text")
        return tally
    for number, record in enumerate(value if isinstance(value, list) else [value]):
        tally.records += 1
        hits: list[Hit] = engine.confirmer.record(record, engine.text.live)
        if hits:
            tally.count(hits)
            emit(number, hits)
    return tally


def _csv(engine: Engine, raw: Any, name: str, emit: Emit) -> Tally:
    """A table with a header line: each row is a record of its columns; record 0 is the first row below the header."""
    tally = Tally()
    text = io.TextIOWrapper(raw, encoding="utf-8-sig", errors="replace", newline="")
    csv.field_size_limit(MAX_LINE)
    reader = csv.reader(_without_nul(text), delimiter="\t" if name.lower().endswith(".tsv") else ",")
    header: list[str] | None = None
    try:
        for row in reader:
            if header is None:
                header = row
                continue
            number = tally.records
            tally.records += 1
            record = dict(zip(header, row, strict=False)) if len(row) == len(header) else {"": list(row)}
            if len(row) != len(header):
                tally.rejected += 1
                tally.warn(f"record {number} has {len(row)} fields where the header has {len(header)}")
            hits = engine.confirmer.record(record, engine.text.live)
            if hits:
                tally.count(hits)
                emit(number, hits)
    except csv.Error as error:
        tally.complete = False
        tally.warn(f"not a table from record {tally.records} on: {error}")
    tally.bytes = raw.tell()
    return tally


def _without_nul(lines: Iterator[str]) -> Iterator[str]:
    return (line.replace("\x00", "�") for line in lines)
