"""Files into the catalogue of a store: rows to texts, copies found, batch by batch."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from compliance.errors import InputError
from compliance.evidence.claims import Warning_, WarningKind
from compliance.fingerprint.rows import read_rows
from compliance.fingerprint.shingles import Numbers, Shingler
from compliance.recordstore.catalogue import Batch, Held, Record
from compliance.recordstore.copies import NEAR, Sketch, digest_of, likeness, shingles_of
from compliance.recordstore.rows import Entry, Maker, RowReader
from compliance.scan.output import name_of

if TYPE_CHECKING:
    from compliance.recordstore.store import Store

_BATCH_TEXTS = 4_096
_BATCH_CHARACTERS = 8_000_000
_MEMO = 50_000  # shingled texts, and names, that are remembered
_LAST = datetime.date.max.toordinal()


class FileRead(msgspec.Struct, frozen=True, kw_only=True):
    """How a file was read: its rows, and what became of their texts.

    `new` texts are embedded; `repeated` ones are the same as earlier ones and `near` ones nearly so. `short` ones mean
    too little by themselves, and `beyond` counts those past the limit of a row. `unchanged` files were not read again.
    """

    file: str
    rows: int = 0
    new: int = 0
    repeated: int = 0
    near: int = 0
    short: int = 0
    beyond: int = 0
    rejected: int = 0
    complete: bool = True
    unchanged: bool = False
    warnings: tuple[Warning_, ...] = ()


class _Pending(NamedTuple):
    record: int
    entry: Entry
    day: int


class Reading:
    """Takes files into a store that this process may write."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._catalogue = store.catalogue
        self._rows = RowReader()
        self._shingler = Shingler()
        self._fields: dict[str, int] = {}
        self._makers: dict[Maker, int] = {}
        self._shingled: dict[int, Numbers] = {}

    def file(self, path: Path, tell: Callable[[int], None] | None = None) -> FileRead:
        """Take in what of a file is not in the store yet; a changed file is taken in anew."""
        absolute = path.absolute()
        name = name_of(os.path.normpath(absolute))
        try:
            identity = _identity(path)
        except OSError as error:
            warning = _warning("unreadable", name, f"cannot be read: {error.strerror or 'error'}")
            return FileRead(file=name, complete=False, warnings=(warning,))
        held = self._catalogue.file(name)
        if held is None or (held.size, held.mtime) != identity:
            fresh = self._catalogue.begin(name, *identity)
            if held is not None:
                self._store.columns.forget(held.id)
            held = fresh
        if held.done:
            return FileRead(file=name, rows=held.rows, short=held.short, beyond=held.beyond, unchanged=True)
        return _OneFile(self, held).read(path, tell)

    def field(self, name: str) -> int:
        """The number of a field; the indexes of lists are kept, so there may be many."""
        if name not in self._fields:
            if len(self._fields) >= _MEMO:
                self._fields.clear()
            self._fields[name] = self._catalogue.number_of("fields", name=name)
        return self._fields[name]

    def maker(self, maker: Maker) -> int:
        """The number of a maker."""
        if maker not in self._makers:
            if len(self._makers) >= _MEMO:
                self._makers.clear()
            self._makers[maker] = self._catalogue.number_of("makers", **maker._asdict())
        return self._makers[maker]

    def shingled(self, text: int) -> Numbers:
        """The shingles of a text that is in the store."""
        if text not in self._shingled:
            if len(self._shingled) >= _MEMO:
                self._shingled.clear()
            self._shingled[text] = shingles_of(self._shingler, self._catalogue.texts([text])[text])
        return self._shingled[text]


class _OneFile:
    def __init__(self, reading: Reading, held: Held) -> None:
        self._reading = reading
        self._held = held
        self._seen = 0
        self._pending: list[_Pending] = []
        self._characters = self._short = self._beyond = 0
        self._new = self._repeated = self._near = 0

    def read(self, path: Path, tell: Callable[[int], None] | None) -> FileRead:
        read = read_rows(path, self._take, tell, documents=False)
        warnings = list(read.warnings)
        changed = _identity(path) != (self._held.size, self._held.mtime)
        if changed:
            warnings.append(_warning("changed", self._held.path, "the file was written to while it was read"))
        self._flush(rejected=read.rejected, done=read.whole and not changed)
        return FileRead(
            file=self._held.path, rows=read.rows, short=self._held.short, beyond=self._held.beyond,
            rejected=read.rejected, complete=read.whole and not changed, warnings=tuple(warnings),
            new=self._new, repeated=self._repeated, near=self._near,
        )  # fmt: skip

    def _take(self, value: Any, number: int) -> None:
        self._seen = number + 1
        if number < self._held.rows:  # taken in before this run
            return
        row = self._reading._rows.row(value)
        self._short += row.short
        self._beyond += row.beyond
        for entry in row.entries:
            self._pending.append(_Pending(number, entry, min(row.day, _LAST)))
            self._characters += len(entry.text)
        if len(self._pending) >= _BATCH_TEXTS or self._characters >= _BATCH_CHARACTERS:
            self._flush()

    def _flush(self, *, rejected: int = 0, done: bool = False) -> None:
        """Keep what is pending, as one batch."""
        held, reading = self._held, self._reading
        batch = self._copies()
        self._held = held._replace(
            rows=max(self._seen, held.rows), texts=held.texts + len(batch.records), short=held.short + self._short,
            beyond=held.beyond + self._beyond, rejected=rejected, done=done,
        )  # fmt: skip
        try:
            reading._store.columns.add(batch.records)
        except OSError as error:
            says = f"the store cannot be written: {error.strerror or type(error).__name__}"
            raise InputError(says, file=str(reading._store.folder), remedy="see to the disk") from None
        reading._catalogue.keep(self._held, batch)
        self._pending, self._characters, self._short, self._beyond = [], 0, 0, 0

    def _copies(self) -> Batch:
        """The batch that the pending texts make: each is new, a repetition or a near copy."""
        reading, pending = self._reading, self._pending
        found = [digest_of(p.entry.text) for p in pending]
        places = reading._catalogue.known(list(dict.fromkeys(digest for _, digest in found)))
        fresh: dict[bytes, int] = {}
        for at, (_, digest) in enumerate(found):
            if digest not in places:
                fresh.setdefault(digest, at)
        sketch = Sketch(reading._shingler, [found[at][0] for at in fresh.values()])
        keys = [sketch.keys(n) for n in range(len(fresh))]
        met = reading._catalogue.met([key for some in keys for key in some])
        batch = Batch([], [], [], [])
        following = reading._catalogue.text_count
        for n, (digest, at) in enumerate(fresh.items()):
            original = self._original(sketch, n, {met[key] for key in keys[n] if key in met})
            if original is None:
                original = following + len(batch.texts)
                batch.texts.append((original, pending[at].entry.text))
                batch.bands.extend((key, original) for key in keys[n])
                met.update((key, original) for key in keys[n] if key not in met)
                reading._shingled[original] = sketch.shingles(n)
                places[digest] = (original, 0)
                self._new += 1
            else:
                places[digest] = (original, 1)
                self._near += 1
            batch.exact.append((digest, *places[digest]))
        for at, (record, entry, day) in enumerate(pending):
            digest = found[at][1]
            text, near = places[digest]
            if fresh.get(digest) != at:
                self._near += near
                self._repeated += 1 - near
            batch.records.append(
                Record(self._held.id, record, reading.field(entry.field), text, reading.maker(entry.maker), day, near)
            )
        return batch

    def _original(self, sketch: Sketch, n: int, candidates: set[int]) -> int | None:
        """The first text of which this one is a near copy."""
        if not candidates:
            return None
        own = sketch.shingles(n)
        return next((t for t in sorted(candidates) if likeness(own, self._reading.shingled(t)) >= NEAR), None)


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _warning(kind: WarningKind, file: str, says: str) -> Warning_:
    return Warning_(kind=kind, file=file, says=says)
