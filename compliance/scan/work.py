"""One piece of one file, scanned: its tally and its hits, with record numbers counted from the piece's first record."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from compliance.scan import sources
from compliance.scan.lines import Emit, Engine, LineScanner, parse_line
from compliance.scan.plan import DOCUMENT_LIMIT, Form, Source, Task, text_form_of
from compliance.scan.remote_files import file_at
from compliance.scan.tables import TableScanner
from compliance.scan.tally import Tally

# Elements of a document that are confirmed together.
_TOGETHER = 32

Progress = Callable[[int], None]


def scan_piece(engine: Engine, source: Source, task: Task, emit: Emit, progress: Progress) -> Tally:
    """Scan a piece; `emit` gets the hits of each record, `progress` the bytes of the file that are done."""
    path = file_at(source.path)
    try:
        tally = _scan(engine, source, task, path, emit, progress)
    except sources.BROKEN as error:
        reason = str(error) if isinstance(error, sources.BrokenStream) else _reason(error)
        tally = Tally(complete=False)
        tally.warn(reason)
    if source.note:
        tally.note(source.note)
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
        chunks = _counted(sources.file_range(path, 0, source.size), progress)
        return TableScanner(engine, emit, _delimiter(path.name)).run(sources.cut(chunks))
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

    scanner: LineScanner | TableScanner | None = None
    try:
        chunks = sources.utf16(path) if source.form == "utf16" else sources.compressed(path, source.form, done)
        head = next(chunks, b"")
        form = _form_of(path, head)
        if form == "json":
            head, whole = _gather(head, chunks)
            if whole:
                return _document(engine, head, emit)
        if form == "csv":
            scanner = TableScanner(engine, emit, _delimiter(_bare(path)))
        else:
            scanner = LineScanner(engine, emit, is_json=form == "jsonl")
        scanner.run(sources.cut(itertools.chain([head], chunks)))
    except sources.BROKEN as error:
        tally = scanner.tally if scanner else Tally()
        reason = str(error) if isinstance(error, sources.BrokenStream) else _reason(error)
        tally.complete = False
        tally.warn(f"{reason}, after {tally.records} records")
        return tally
    return scanner.tally if scanner else Tally()


def form_inside(source: Source) -> Form:
    """What a file holds: its own form, or that of the text that is compressed in it."""
    if source.form not in ("gz", "zst"):
        return source.form
    path = Path(source.path)
    with closing(sources.compressed(path, source.form)) as chunks:
        return _form_of(path, next(chunks, b""))


def _form_of(path: Path, head: bytes) -> Form:
    return text_form_of(_bare(path), head[: 64 * 1024], 0)[0]


def _bare(path: Path) -> str:
    return path.name.lower().removesuffix(".gz").removesuffix(".zst")


def _delimiter(name: str) -> str:
    return "\t" if name.lower().endswith(".tsv") else ","


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
    read, value = parse_line(data.removeprefix(b"\xef\xbb\xbf"))
    if not read:
        tally = LineScanner(engine, emit, is_json=False).run(sources.cut(iter([data])))
        tally.rejected = max(1, tally.rejected)
        tally.complete = False
        tally.warn("no JSON, or of too many values to be read as one; it was looked at line by line as text")
        return tally
    records = value if isinstance(value, list) else [value]
    for first in range(0, len(records), _TOGETHER):
        some = records[first : first + _TOGETHER]
        for number, hits in enumerate(engine.confirmer.records(some, engine.text.live), first):
            if hits:
                tally.count(hits)
                emit(number, hits)
    tally.records = len(records)
    return tally
