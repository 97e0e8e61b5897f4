"""The whole log: every entry in its place, under every checkpoint."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from .duties import Duties
from .keys import Keys
from .leaf import Leaf, differing, read_leaf, read_payload, value_of
from .note import Checkpoint, Key, Malformed, read_checkpoint
from .result import Report
from .tree import Growing, of_leaf


class Row(NamedTuple):
    """A stored entry, as bytes."""

    place: int
    kind: bytes
    subject: bytes | None
    at: bytes
    leaf: bytes
    leaf_hash: bytes
    payload: bytes


class Stored(NamedTuple):
    """A stored log, as it was found."""

    rows: Iterable[Row]
    nodes: dict[tuple[int, int], bytes]
    checkpoints: list[tuple[int, bytes]]
    public_keys: list[tuple[int, str]]
    texts: Iterable[tuple[str, bytes]]


def _tagged(digest: bytes) -> str:
    return "sha256:" + digest.hex()


class LogCheck:
    """Goes through a stored log once, from its first entry to its last."""

    def __init__(self, stored: Stored, report: Report) -> None:
        self.stored = stored
        self.report = report
        self.tree = Growing()
        self.keys = Keys(report)
        self.duties = Duties(report)
        self.roots: dict[int, bytes] = {}
        self._notes: dict[int, Checkpoint] = {}
        self._sound = 0
        self._unsound: tuple[int, int] | None = None
        self._nodes = dict(stored.nodes)
        self._texts: dict[str, int] = {}
        self._before: list[bytes] = []
        self._shift = 0
        self._excused = False
        self._first_wrong: int | None = None

    def run(self, kept: Checkpoint | None = None, pinned: Key | None = None) -> None:
        """Check everything; `kept` is a checkpoint, `pinned` a verifier key that came from elsewhere."""
        self._read_notes()
        wanted = {kept.size} if kept is not None else set()
        expected = 0
        for row in self.stored.rows:
            if row.place > expected:
                self._missing(expected, row.place)
                self._excused = True
            expected = max(expected, row.place + 1)
            self._entry(row)
            size = self.tree.size
            if size in self._notes:
                self._head(size)
            if size in wanted:
                self.roots[size] = self.tree.root()
        self._end(expected)
        self._repeats()
        self.report.erased = self.duties.settle()
        self.report.keys = [key.line for _, key in self.keys.chain]
        self._elsewhere(kept, pinned, expected)

    def _read_notes(self) -> None:
        for size, data in self.stored.checkpoints:
            try:
                self._notes[size] = read_checkpoint(data)
            except Malformed as error:
                self.report.fault(f"the checkpoint of {size} entries cannot be read: {error}")

    def _wrong(self, says: str, index: int) -> None:
        """A fault that changes the tree from this entry on."""
        self.report.fault(says, index)
        self._first_wrong = index if self._first_wrong is None else min(index, self._first_wrong)

    def _explained(self, end: int) -> bool:
        """Whether a wrong root over the entries before `end` follows from what was told already."""
        return self._first_wrong is not None and self._first_wrong < end

    def _missing(self, first: int, after: int) -> None:
        for index in range(first, min(after, first + 50)):
            self._wrong("it is missing", index)
        if after > first + 50:
            self._wrong(f"it and all up to entry {after - 1} are missing", first + 50)

    def _entry(self, row: Row) -> None:
        """Step 1 and 2 for one row."""
        said = of_leaf(row.leaf)
        told = said != row.leaf_hash
        if told:
            self._wrong("its leaf and the stored hash of it differ", row.place)
        try:
            leaf = read_leaf(row.leaf)
        except Malformed as error:
            self._wrong(str(error), row.place)
            told = True
        else:
            told = self._follows(row, leaf, told) or told
            self._columns(row, leaf)
        for level, position, root in self.tree.take(said):
            held = self._nodes.pop((level, position), None)
            first, after = position << level, (position + 1) << level
            if held != root and not self._explained(after):
                what = "is missing" if held is None else "is not that of its entries"
                self.report.fault(f"the stored tree node over entries {first} to {after - 1} {what}")
        self._before = [*self._before[-1:], said]
        self._excused = told or self._shift != 0
        self.report.entries += 1

    def _follows(self, row: Row, leaf: Leaf, told: bool) -> bool:
        """Whether the entry stands where and after what it was written; True where a fault was told."""
        was, self._shift = self._shift, leaf.index - row.place
        before = _tagged(self._before[-1]) if self._before else None
        older = _tagged(self._before[0]) if len(self._before) > 1 else None
        put_in = bool(self._before) and leaf.prev == older
        if self._shift != was and self._shift != 0:
            if put_in and self._shift == was - 1:
                self._wrong("it was put in: the entry after it does not know it", row.place - 1)
            else:
                self._wrong(f"its place holds the entry that was written as {leaf.index}", row.place)
            return True
        if told or self._excused or self._shift or leaf.prev == before:
            return False
        if put_in:
            self._wrong("it was put in: the entry after it does not know it", row.place - 1)
        else:
            self._wrong(f"it is not the entry that entry {row.place} was written after", max(row.place - 1, 0))
        return True

    def _columns(self, row: Row, leaf: Leaf) -> None:
        index = row.place
        try:
            fields = read_payload(row.payload)
        except Malformed as error:
            self.report.fault(str(error), index)
            return
        for wrong in differing(leaf, fields):
            self.report.fault(wrong, index)
        gone = leaf.fields.keys() - fields.keys()
        if gone:
            self.duties.missing(index, set(gone))
        subject = value_of(fields, "subject")
        if row.kind != leaf.kind.encode() or row.at != leaf.at.encode():
            self.report.fault("its searchable kind or time is not that of its leaf", index)
        if row.subject != (subject.encode() if isinstance(subject, str) else None):
            self.report.fault("its searchable subject is not that of its payload", index)
        if leaf.kind == "key":
            self.keys.record(index, value_of(fields, "event"), value_of(fields, "vkey"))
        elif leaf.kind == "redaction":
            self.duties.redaction(index, fields)
        elif leaf.kind == "hold":
            self.duties.hold(index, fields)
        elif leaf.kind == "decision":
            held = value_of(fields, "texts")
            for digest in held.values() if isinstance(held, dict) else ():
                self._texts.setdefault(str(digest), index)

    def _head(self, size: int) -> None:
        """Steps 3 and 4 for one checkpoint."""
        root = self.tree.root()
        if self.keys.check(size, self._notes[size], root):
            self._sound = size
            return
        if self._notes[size].root != root and self._unsound is None:
            self._unsound = (self._sound, size)

    def _end(self, expected: int) -> None:
        size = self.tree.size
        self.report.size = size
        self.report.root = self.tree.root().hex()
        latest = max((s for s, _ in self.stored.checkpoints), default=0)
        self._missing(expected, latest)
        for index in range(latest, min(expected, latest + 50)):
            self.report.fault("no checkpoint covers it: it was added without the key", index)
        if self._unsound is not None and not self._explained(self._unsound[1]):
            self.report.fault(
                f"it or one of the entries up to {self._unsound[1] - 1} was rewritten: "
                "their checkpoint was signed over others",
                self._unsound[0],
            )
        if self.keys.chain:
            self.report.origin = self.keys.chain[0][1].name
        else:
            self.report.fault("the log records no key", 0)
        for since, key in self.keys.chain[1:]:
            if since + 1 not in self._notes:
                self.report.fault(f"no checkpoint vouches for the key {key.id.hex()}", since)

    def _repeats(self) -> None:
        """Step 5: what is stored a second time."""
        for level, position in sorted(self._nodes)[:50]:
            self.report.fault(f"a tree node is stored that the log does not have: level {level}, position {position}")
        if self.stored.public_keys != [(since, key.line) for since, key in self.keys.chain]:
            self.report.fault("the table of public keys is not that of the log's entries")
        for digest, content in self.stored.texts:
            if "sha256:" + hashlib.sha256(content).hexdigest() != digest:
                self.report.fault(f"the stored text {digest[:23]} was changed", self._texts.get(digest))
            self._texts.pop(digest, None)
        for digest, index in self._texts.items():
            self.report.fault(f"the text {digest[:23]} that it names is missing", index)

    def _elsewhere(self, kept: Checkpoint | None, pinned: Key | None, expected: int) -> None:
        """Step 6: what somebody kept outside the log."""
        recorded = [key for _, key in self.keys.chain]
        if pinned is not None and pinned.line not in [key.line for key in recorded]:
            self.report.fault(f"the key that you gave ({pinned.id.hex()}) is not one of this log's")
        if kept is None:
            return
        signers = [pinned] if pinned is not None and pinned not in recorded else recorded
        if kept.origin != self.report.origin:
            self.report.fault(f"the checkpoint that you gave is of another log: {kept.origin[:100]!r}")
        elif not any(kept.signed_by(key) for key in signers):
            self.report.fault("the checkpoint that you gave is not signed by a key of this log")
        elif kept.size > expected:
            self._missing(expected, kept.size)
        elif kept.size and self.roots.get(kept.size) != kept.root:
            self.report.fault(
                f"the first {kept.size} entries are not those that the checkpoint you gave was signed over: "
                "history was rewritten"
            )
