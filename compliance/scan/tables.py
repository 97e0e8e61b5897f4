"""CSV and TSV, read a block at a time: each row below the header line is a record of its columns."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from compliance.scan.lines import MAX_LINE, MAX_VALUES, Emit, Engine, LineScanner
from compliance.scan.sources import Block
from compliance.scan.tally import Tally

# Rows are confirmed together until their texts come to this many characters.
_BATCH = 256 * 1024


class TableScanner:
    """Takes the blocks of a table in order; what turns out to be no table is looked at line by line as text.

    A row is held until it ends, but never more than `MAX_LINE` characters of it.
    """

    def __init__(self, engine: Engine, emit: Emit, delimiter: str) -> None:
        self.engine = engine
        self.emit = emit
        self.delimiter = delimiter
        self.lines = LineScanner(engine, emit, is_json=False)
        self._batch: list[tuple[int, Any]] = []
        self._pending: list[str] = []
        self._size = self._held = 0

    @property
    def tally(self) -> Tally:
        """What was read so far."""
        return self.lines.tally

    def run(self, blocks: Iterable[Block]) -> Tally:
        """All blocks of a source, as `sources.cut` gives them."""
        csv.field_size_limit(MAX_LINE)
        texts = self._texts(blocks)
        rows = csv.reader(self._within_bounds(texts), delimiter=self.delimiter)
        try:
            self._rows(rows)
        except csv.Error as error:
            self._flush()
            self.tally.complete = False
            self.tally.warn(
                f"not a table from record {self.tally.records} on ({error}); looked at line by line as text"
            )
            for text in itertools.chain(self._pending, texts):
                self.lines.block(text.encode("utf-8", "surrogatepass"))
        finally:  # what was read before a fault stays found
            self._flush()
            self.lines.flush()
        return self.tally

    def _rows(self, rows: Iterator[list[str]]) -> None:
        header: list[str] | None = None
        tally = self.tally
        for row in rows:
            size, self._held, self._pending = self._held, 0, []
            if header is None:
                header = row
                continue
            if not row:
                continue
            number = tally.records
            tally.records += 1
            if len(row) != len(header):
                tally.rejected += 1
                tally.warn(f"has {len(row)} fields where the header has {len(header)}", number)
            if len(row) > MAX_VALUES:
                record: Any = self.delimiter.join(row)
            elif len(row) == len(header):
                record = dict(zip(header, row, strict=True))
            else:
                record = {"": row}
            self._batch.append((number, record))
            self._size += size
            if self._size > _BATCH:
                self._flush()

    def _flush(self) -> None:
        batch, self._batch, self._size = self._batch, [], 0
        found = self.engine.confirmer.records([record for _, record in batch], self.engine.text.live)
        for (number, _), hits in zip(batch, found, strict=True):
            if hits:
                self.tally.count(hits)
                self.emit(number, hits)

    def _texts(self, blocks: Iterable[Block]) -> Iterator[str]:
        """The lines, decoded. One that is too long for a row is reported as a record of its own."""
        for data, piece in blocks:
            if piece:
                self._flush()
                self.lines.long_piece(data, first=piece == 1)
                continue
            self.tally.bytes += len(data)
            text = data.decode("utf-8", "replace")
            if "\x00" in text:
                text = text.replace("\x00", "\ufffd")
            yield from io.StringIO(text, newline="")

    def _within_bounds(self, texts: Iterator[str]) -> Iterator[str]:
        for text in texts:
            self._pending.append(text)
            self._held += len(text)
            if self._held > MAX_LINE:
                raise csv.Error(f"a row of more than {MAX_LINE >> 20} MiB")
            yield text
