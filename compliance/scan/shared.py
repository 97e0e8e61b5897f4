"""One stream of lines, matched by several processes: a compressed file can be read by one, but not searched by one.

The process that reads puts stretches of whole lines into memory that all share, and hands on what comes back in the
order of the stream. So the result is that of one process, and no more is held than a few stretches.
"""

from __future__ import annotations

import mmap
import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple

import msgspec

from compliance.errors import InputError
from compliance.scan.lines import Emit, Engine, LineScanner
from compliance.scan.marks import Hit
from compliance.scan.tally import Tally

# A stretch is large enough that handing it over costs little beside searching it.
STRETCH = 2 * 1024 * 1024
# Stretches for each process: one under work, one that waits, one that is being filled.
_EACH = 3
_LOOK = 1.0

Found = list[tuple[int, list[Hit]]]


class Order(msgspec.Struct, frozen=True):
    """A stretch to search: its number in the stream, and where it lies in the shared memory."""

    number: int
    slot: int
    size: int


class Answer(msgspec.Struct, frozen=True):
    """What a stretch came to; records are counted from its first."""

    number: int
    slot: int
    tally: Tally
    found: Found


class _Helper(NamedTuple):
    process: Any
    link: Connection
    open: list[int]


class SharedLines:
    """As `LineScanner`, with its lines searched by `helpers` processes."""

    def __init__(self, engine: Engine, emit: Emit, *, is_json: bool, helpers: int) -> None:
        self.engine = engine
        self.emit = emit
        self.is_json = is_json
        self.tally = Tally()
        self._free = list(range(helpers * _EACH))
        self._memory = mmap.mmap(-1, len(self._free) * STRETCH)
        self._answers: dict[int, Answer] = {}
        self._asked = self._told = 0
        self._helpers = self._start(helpers)
        # A line that is too long for a stretch is looked at here, piece by piece.
        self._own: LineScanner | None = None
        self._own_found: Found = []

    def _start(self, count: int) -> list[_Helper]:
        import multiprocessing

        context: Any = multiprocessing.get_context("fork")
        helpers: list[_Helper] = []
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # until they ignore it
        try:
            for _ in range(count):
                here, there = context.Pipe()
                others = [here, *(h.link for h in helpers)]
                process = context.Process(target=self._help, args=(there, others, os.getpid()), daemon=True)
                process.start()
                there.close()
                helpers.append(_Helper(process, here, []))
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return helpers

    def _help(self, link: Connection, others: list[Connection], parent: int) -> None:
        """A helper: searches what it is told to, and ends with the process that tells it."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for other in others:
            other.close()
        with suppress(EOFError, OSError):
            while True:
                while not link.poll(_LOOK):
                    if os.getppid() != parent:
                        return
                order = msgspec.msgpack.decode(link.recv_bytes(), type=Order)
                start = order.slot * STRETCH
                found: Found = []
                scanner = self._scanner(found)
                tally = scanner.run(_blocks(self._memory[start : start + order.size]))
                link.send_bytes(msgspec.msgpack.encode(Answer(order.number, order.slot, tally, found)))

    def _scanner(self, found: Found) -> LineScanner:
        def emit(record: int, hits: list[Hit]) -> None:
            found.append((record, hits))

        return LineScanner(self.engine, emit, is_json=self.is_json)

    def run(self, blocks: Iterable[tuple[bytes, int]]) -> Tally:
        """All blocks of a source, as `sources.cut` gives them."""
        gathered: list[bytes] = []
        size = 0
        try:
            for data, piece in blocks:
                if piece or len(data) > STRETCH or size + len(data) > STRETCH:
                    self._ask(gathered)
                    gathered, size = [], 0
                if piece or len(data) > STRETCH:
                    self._look(data, piece)
                else:
                    gathered.append(data)
                    size += len(data)
        finally:  # what was read before a fault stays found
            self._ask(gathered)
            self._end_own()
            while self._told < self._asked:
                self._collect()
        return self.tally

    def close(self) -> None:
        """End the helpers."""
        for helper in self._helpers:
            helper.link.close()
            helper.process.terminate()
        for helper in self._helpers:
            helper.process.join()
        self._memory.close()

    def _ask(self, gathered: list[bytes]) -> None:
        if not gathered:
            return
        self._end_own()
        while not self._free:
            self._collect()
        data = b"".join(gathered)
        slot = self._free.pop()
        self._memory[slot * STRETCH : slot * STRETCH + len(data)] = data
        helper = min(self._helpers, key=lambda h: len(h.open))
        helper.open.append(self._asked)
        with suppress(OSError):  # it is gone, as the wait for its answer tells
            helper.link.send_bytes(msgspec.msgpack.encode(Order(self._asked, slot, len(data))))
        self._asked += 1

    def _look(self, data: bytes, piece: int) -> None:
        if self._own is None:
            self._own_found = []
            self._own = self._scanner(self._own_found)
        if piece:
            self._own.long_piece(data, first=piece == 1)
        else:
            self._own.block(data)

    def _end_own(self) -> None:
        if self._own is not None:
            own, self._own = self._own, None
            own.flush()
            self._answers[self._asked] = Answer(self._asked, -1, own.tally, self._own_found)
            self._asked += 1
            self._tell()

    def _collect(self) -> None:
        """Wait until something comes back, and hand on what is next in the stream."""
        at_work = [h for h in self._helpers if h.open]
        ready = wait([h.link for h in at_work] + [h.process.sentinel for h in at_work])
        for helper in at_work:
            if helper.link in ready:
                try:
                    answer = msgspec.msgpack.decode(helper.link.recv_bytes(), type=Answer)
                except (EOFError, OSError):
                    raise _lost() from None
                helper.open.remove(answer.number)
                self._free.append(answer.slot)
                self._answers[answer.number] = answer
            elif helper.process.sentinel in ready:
                raise _lost()
        self._tell()

    def _tell(self) -> None:
        while (answer := self._answers.pop(self._told, None)) is not None:
            for record, hits in answer.found:
                self.emit(self.tally.records + record, hits)
            self.tally.add(answer.tally)
            self._told += 1


def _lost() -> InputError:
    return InputError("a worker process ended early", remedy="free memory or use fewer workers, and start again")


def _blocks(data: bytes) -> Iterable[tuple[bytes, int]]:
    """A stretch in blocks that fit the processor's cache."""
    from compliance.scan.sources import BLOCK

    at = 0
    while at < len(data):
        end = len(data) if at + BLOCK >= len(data) else data.rfind(b"\n", at, at + BLOCK) + 1
        if end <= at:
            end = data.find(b"\n", at) + 1 or len(data)
        yield data[at:end], 0
        at = end
