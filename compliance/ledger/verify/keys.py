"""The keys of a log: who signed when, and on whose word the next key took over."""

from __future__ import annotations

from typing import Any

from .note import Checkpoint, Key, Malformed, read_key
from .result import Report


class Keys:
    """The chain of keys as the log's own entries record it."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.chain: list[tuple[int, Key]] = []

    def record(self, index: int, event: Any, vkey: Any) -> None:
        """Take up an entry of the kind `key`."""
        try:
            key = read_key(vkey if isinstance(vkey, str) else "")
        except Malformed as error:
            self.report.fault(str(error), index)
            return
        if (event, index) != ("created", 0) and (event != "rotated" or not self.chain):
            self.report.fault("it records a key at a place where none can begin", index)
            return
        if self.chain and key.name != self.chain[0][1].name:
            self.report.fault("it records a key of another log", index)
            return
        self.chain.append((index, key))

    def for_size(self, size: int) -> list[Key]:
        """The keys that must have signed the checkpoint of a size: two where a new key has just taken over."""
        so_far = [(since, key) for since, key in self.chain if since < size]
        if not so_far:
            return []
        new = so_far[-1][0] == size - 1 and len(so_far) > 1
        return [key for _, key in (so_far[-2:] if new else so_far[-1:])]

    def check(self, size: int, note: Checkpoint, root: bytes) -> bool:
        """Whether a stored checkpoint is signed as it must be and speaks of this root; faults are told."""
        good = True
        wanted = self.for_size(size)
        if note.size != size:
            self.report.fault(f"the checkpoint stored for {size} entries speaks of {note.size}")
            good = False
        if not wanted or note.origin != wanted[0].name:
            self.report.fault(f"the checkpoint of {size} entries is of another log: {note.origin[:100]!r}")
            good = False
        for key in wanted:
            if not note.signed_by(key):
                self.report.fault(f"the checkpoint of {size} entries is not signed by the key {key.id.hex()}")
                good = False
        return good and note.root == root
