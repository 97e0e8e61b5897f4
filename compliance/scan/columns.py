"""Rows of Parquet and Arrow files: text columns are scanned in their buffers, and few rows have to be built."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from compliance.scan.ahead import read_ahead
from compliance.scan.confirm import Confirmer, is_model_key
from compliance.scan.lines import Emit, Engine
from compliance.scan.tally import Tally

# Small batches stay in the processor's caches: decoding is up to three times faster than in large ones.
_BATCH_BYTES = 4 * 1024 * 1024
_MAX_ROWS = 65_536
_CUT = 4_000_000
# So many batches are decoded before they are asked for.
_AHEAD = 2


class ColumnScanner:
    """Takes record batches in order and hands on the hits of each row."""

    def __init__(self, engine: Engine, emit: Emit, first: int) -> None:
        self.engine = engine
        self.emit = emit
        self.first = first
        self.tally = Tally()

    def batch(self, batch: pa.RecordBatch) -> None:
        """Scan one batch."""
        base = self.first + self.tally.records
        self.tally.records += batch.num_rows
        self.tally.bytes += batch.nbytes
        marked = np.zeros(batch.num_rows, bool)
        rows = np.arange(batch.num_rows)
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            self._mark(name, column, rows, marked)
        wanted = np.flatnonzero(marked)
        for start in range(0, len(wanted), 256):
            some = wanted[start : start + 256]
            records = [prune(record) for record in batch.take(pa.array(some)).to_pylist()]
            found = self.engine.confirmer.records(records, self.engine.text.live)
            for row, hits in zip(some.tolist(), found, strict=True):
                if hits:
                    self.tally.count(hits)
                    self.emit(base + row, hits)

    def _mark(self, name: str, column: pa.Array, rows: Any, marked: Any) -> None:
        """Mark the rows in which a column may hold something; `rows` gives the row of each of its values."""
        if isinstance(column, pa.ExtensionArray):
            column = column.storage
        kind = column.type
        if name in self.engine.confirmer.watched:
            marked[rows[_present(column)]] = True
        if pa.types.is_struct(kind):
            inner = column.flatten()
            for index, field in enumerate(kind):
                self._mark(field.name, inner[index], rows, marked)
        elif pa.types.is_map(kind):
            owners = _owners(column, rows)
            lo, hi = _bounds(column)
            self._mark("", column.keys.slice(lo, hi - lo), owners, marked)
            self._mark("", column.items.slice(lo, hi - lo), owners, marked)
            if not pa.types.is_nested(kind.item_type):
                marked[owners] = True  # keys of a map are data: any of them may be one that is watched
        elif pa.types.is_fixed_size_list(kind):
            self._mark(name, column.flatten(), np.repeat(rows[_present(column)], kind.list_size), marked)
        elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
            lo, hi = _bounds(column)
            self._mark(name, column.values.slice(lo, hi - lo), _owners(column, rows), marked)
        elif pa.types.is_dictionary(kind):
            words = column.dictionary
            flags = np.zeros(len(words) + 1, bool)
            self._mark(name, words, np.arange(len(words)), flags)
            indices = column.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
            marked[rows[flags[indices]]] = True
        elif _is_text(kind):
            self._mark_text(name, column, rows, marked)

    def _mark_text(self, name: str, column: pa.Array, rows: Any, marked: Any) -> None:
        offsets, data = _buffers(column)
        if data is not None and len(offsets) > 1:
            first, last = int(offsets[0]), int(offsets[-1])
            view = memoryview(data)[first:last]
            for at in range(0, len(view), _CUT):
                low = max(0, at - 65_536)
                places = self.engine.text.places(view[low : at + _CUT])
                firm = _values_at(offsets, places.firm, low + first)
                marked[rows[firm]] = True
                if len(places.firm) < len(places.ends):
                    named = np.setdiff1d(_values_at(offsets, places.ends, low + first), firm)
                    self._mark_named(data, offsets, named[~marked[rows[named]]], rows, marked)
        confirmer = self.engine.confirmer
        by_value = name in confirmer.by_value_key
        if by_value or is_model_key(name):
            words = column.dictionary_encode()
            told = [_tells(confirmer, name, value) for value in words.dictionary.to_pylist()] + [False]
            indices = words.indices.fill_null(len(told) - 1).to_numpy(zero_copy_only=False)
            marked[rows[np.asarray(told, bool)[indices]]] = True

    def _mark_named(self, data: Any, offsets: Any, named: Any, rows: Any, marked: Any) -> None:
        """Mark the rows of values that hold names of makers alone, unless they claim nothing about them."""
        view = memoryview(data)
        for index in named.tolist():
            start, stop = int(offsets[index]), int(offsets[index + 1])
            if stop - start > _CUT or self.engine.text_speaking.near(bytes(view[start:stop])):
                marked[rows[index]] = True


def _values_at(offsets: Any, ends: list[int], first: int) -> Any:
    """The values in which places end, each once; `first` is what the places count from."""
    return np.unique(np.searchsorted(offsets, np.asarray(ends, np.int64) - 1 + first, "right") - 1)


def prune(value: Any) -> Any:
    """A row without its empty fields, which the schema and not the record put there; bytes are read as text."""
    if isinstance(value, dict):
        return {k: prune(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        if value and isinstance(value[0], tuple):  # a map comes as pairs
            return {str(k): prune(v) for k, v in value if v is not None}
        return [prune(v) for v in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value


def _tells(confirmer: Confirmer, name: str, value: Any) -> bool:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    if not isinstance(text, str):
        return False
    if is_model_key(name) and confirmer.maker_of(text) is not None:
        return True
    return any(mark.pattern.fullmatch(text) for mark in confirmer.by_value_key.get(name, ()))


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_string_view(kind)
        or pa.types.is_binary_view(kind)
    )


def _buffers(column: pa.Array) -> tuple[Any, Any]:
    kind = column.type
    if pa.types.is_string_view(kind) or pa.types.is_binary_view(kind):
        column = column.cast(pa.large_binary() if pa.types.is_binary_view(kind) else pa.large_string())
        kind = column.type
    wide = pa.types.is_large_string(kind) or pa.types.is_large_binary(kind)
    _, offsets, data = column.buffers()
    if offsets is None or data is None:
        return np.zeros(1, np.int64), None
    numbers = np.frombuffer(offsets, np.int64 if wide else np.int32)
    return numbers[column.offset : column.offset + len(column) + 1], data


def _present(column: pa.Array) -> Any:
    return column.is_valid().to_numpy(zero_copy_only=False)


def _bounds(column: pa.Array) -> tuple[int, int]:
    offsets = column.offsets
    return (offsets[0].as_py() or 0, offsets[len(offsets) - 1].as_py() or 0) if len(column) else (0, 0)


def _owners(column: pa.Array, rows: Any) -> Any:
    """For each value of a list column, the row that it belongs to."""
    lengths = np.diff(column.offsets.to_numpy(zero_copy_only=False)) if len(column) else np.zeros(0, np.int64)
    return np.repeat(rows, lengths)


def parquet_part(path: Path, part: int, parts: int) -> tuple[int, Iterator[pa.RecordBatch]]:
    """The number of the first row of one part of a Parquet file (row groups are shared out evenly), and its batches."""
    import pyarrow.parquet as pq

    # Read page by page: without a buffer size a row group's column would be held as a whole.
    where = path if isinstance(path, Path) else path.open("rb")  # a file of an object store
    opened = pq.ParquetFile(where, buffer_size=1 << 20, pre_buffer=False, thrift_string_size_limit=64 << 20)
    meta = opened.metadata
    low, high = meta.num_row_groups * part // parts, meta.num_row_groups * (part + 1) // parts
    first = sum(meta.row_group(i).num_rows for i in range(low))

    def batches() -> Iterator[pa.RecordBatch]:
        for group in range(low, high):
            described = meta.row_group(group)
            mean = max(1, described.total_byte_size // max(1, described.num_rows))
            size = max(16, min(_MAX_ROWS, _BATCH_BYTES // mean))
            yield from opened.iter_batches(batch_size=size, row_groups=[group], use_threads=False)

    return first, read_ahead(batches(), _AHEAD)


def arrow_batches(path: Path, *, stream: bool) -> Iterator[pa.RecordBatch]:
    """The batches of an Arrow file, mapped into memory, or of an Arrow stream; large ones are sliced."""
    with pa.memory_map(str(path)) if isinstance(path, Path) else pa.PythonFile(path.open("rb"), "r") as mapped:
        if stream:
            batches: Iterator[pa.RecordBatch] = iter(pa.ipc.open_stream(mapped))
        else:
            opened = pa.ipc.open_file(mapped)
            batches = (opened.get_batch(i) for i in range(opened.num_record_batches))
        for batch in batches:
            mean = max(1, batch.nbytes // max(1, batch.num_rows))
            size = max(16, min(_MAX_ROWS, _BATCH_BYTES // mean))
            for start in range(0, batch.num_rows, size):
                yield batch.slice(start, size)
