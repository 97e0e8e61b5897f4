"""Parquet and Arrow: the schema's own words first, then the columns that can hold provenance, batch by batch.

Columns of long texts are read only where a format needs them to be told apart; every row of the chosen columns is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from compliance.evidence.readers.cards import prose
from compliance.evidence.readers.collector import Collector
from compliance.evidence.readers.interface import walk
from compliance.evidence.readers.json_text import Feed

_BATCH = 4_096
_BATCH_BYTES = 256 * 1024 * 1024


def read_columns(stream: BinaryIO, kind: str, out: Collector, feed: Feed) -> None:
    """Feed every row of a `parquet`, `arrow_file` or `arrow_stream`, and state what its schema says."""
    try:
        import pyarrow as pa
    except ImportError:
        out.warn("not-read", "Parquet and Arrow need the package pyarrow, which is not installed")
        out.unknown("content")
        return
    index = 0
    try:
        for rows in _batches(stream, kind, out):
            for row in rows:
                feed(row, index, 0)
                index += 1
    except (pa.ArrowException, OSError, ValueError, TypeError, OverflowError, MemoryError) as error:
        out.warn("corrupt", f"the file is damaged after {index} rows: {' '.join(str(error).split())[:120]}")
        out.unknown("content")
    out.records += index


def _batches(stream: BinaryIO, kind: str, out: Collector) -> Iterator[list[dict[str, Any]]]:
    import pyarrow as pa

    if kind == "parquet":
        from pyarrow import parquet

        file = parquet.ParquetFile(stream, memory_map=False)
        _schema(file.schema_arrow, out)
        for batch in file.iter_batches(batch_size=_size(file.metadata.num_rows, file.metadata)):
            yield _rows(batch, out)
        return
    reader = pa.ipc.open_file(stream) if kind == "arrow_file" else pa.ipc.open_stream(stream)
    _schema(reader.schema, out)
    for batch in (reader.get_batch(n) for n in range(reader.num_record_batches)) if kind == "arrow_file" else reader:
        for start in range(0, batch.num_rows, _BATCH):
            yield _rows(batch.slice(start, _BATCH), out)


def _size(rows: int, metadata: Any) -> int:
    """How many rows a batch may take so that its bytes stay bounded."""
    total: int = sum(metadata.row_group(n).total_byte_size for n in range(metadata.num_row_groups))
    each: int = max(1, total // max(rows, 1))
    return max(1, min(_BATCH, _BATCH_BYTES // each))


def _rows(batch: Any, out: Collector) -> list[dict[str, Any]]:
    """The rows of a batch as plain values; a column of a type that has none is said and left out."""
    import pyarrow as pa

    names, columns = [], []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if _holds_text(column.type):
            try:
                columns.append(column.to_pylist())
                names.append(name)
            except (pa.ArrowException, ValueError, UnicodeDecodeError, OverflowError):
                out.warn("not-read", f"the column {name[:80]!r} holds values that could not be read")
    if not columns:
        return [{} for _ in range(batch.num_rows)]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _holds_text(kind: Any) -> bool:
    """Whether values of a type may say something: no raw bytes, no tensors of numbers."""
    import pyarrow.types as types

    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        return False
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        inner = kind.value_type
        return not (types.is_floating(inner) or types.is_integer(inner))
    return True


def _schema(schema: Any, out: Collector) -> None:
    """What a schema's metadata says: the `huggingface` key holds a description of the data set."""
    metadata = {k.decode("utf-8", "replace"): v for k, v in (schema.metadata or {}).items()}
    try:
        info = json.loads(metadata.get("huggingface", b"{}"))
    except (ValueError, RecursionError):
        out.warn("malformed", "the schema's huggingface metadata is not JSON")
        return
    for path, key, item in walk(info, "schema.huggingface", 20_000):
        if key in ("license", "licence"):
            out.licence(item, field=path, strength="strong")
        elif (
            key in ("dataset_name", "builder_name")
            and isinstance(item, str)
            and item not in ("json", "parquet", "csv", "generator", "text")
        ):
            out.dataset(item, field=path, role="subject", strength="strong")
        elif key == "description" and isinstance(item, str):
            prose(item, out, path)
    for key in ("distilabel", "pipeline", "model", "generator"):
        if key in metadata:
            out.model(metadata[key].decode("utf-8", "replace")[:300], field=f"schema.{key}")
