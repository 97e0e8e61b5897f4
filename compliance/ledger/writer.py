"""One thread appends for all: whatever waits when it is free goes into one transaction, with one wait for the disk."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from queue import Empty, SimpleQueue

from sqlalchemy import Connection

from compliance.errors import ClearanceError, InternalError, UsageError
from compliance.ledger.appender import Appender, Operation
from compliance.ledger.entry import Draft, Entry
from compliance.ledger.keys import SigningKey
from compliance.ledger.log import size
from compliance.store.engine import said_plainly

MAX_BATCH = 512
MAX_BATCH_BYTES = 32 * 1024 * 1024

Taken = Callable[[Connection, int], bool]
"""Asked within the transaction, with the index that the first entry gets: where it says no, nothing is appended.

What it writes on the connection becomes durable with the entries. It writes nothing where it says no, and raises
nothing of its own, since others share the transaction.
"""


class Ticket:
    """What one caller wants appended, and where the answer will be."""

    __slots__ = ("_done", "drafts", "entries", "error", "future", "loop", "next_key", "operation", "taken", "texts")

    def __init__(
        self,
        drafts: Sequence[Draft],
        texts: Mapping[str, bytes] | None = None,
        operation: Operation | None = None,
        next_key: SigningKey | None = None,
        taken: Taken | None = None,
    ) -> None:
        self.drafts = drafts
        self.taken = taken
        self.texts = texts
        self.operation = operation
        self.next_key = next_key
        self.entries: list[Entry] = []
        self.error: ClearanceError | None = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self.future: asyncio.Future[list[Entry]] | None = None
        self._done = threading.Lock()
        self._done.acquire()

    @property
    def alone(self) -> bool:
        """Whether it must have a transaction of its own, since it may fail or changes the key."""
        return self.operation is not None or self.next_key is not None

    def wait(self) -> list[Entry]:
        """Block until the entries are durable."""
        self._done.acquire()
        if self.error is not None:
            raise self.error
        return self.entries

    def release(self) -> None:
        """Wake the thread that waits."""
        self._done.release()

    def settle(self) -> None:
        """Hand the answer to the coroutine that waits, on its own loop."""
        if self.future is None or self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.entries)


class Writer:
    """The thread and its queue."""

    def __init__(self, appender: Appender, place: object) -> None:
        self._appender = appender
        self._place = str(place)
        self._queue: SimpleQueue[Ticket | None] = SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        # A daemon, so that a program which forgets to close still ends: what was answered is on disk already.
        self._thread = threading.Thread(target=self._run, name="clearance-ledger", daemon=True)
        self._thread.start()

    def put(self, ticket: Ticket) -> Ticket:
        """Queue a ticket; `wait` on it, or await it with `put_async`."""
        with self._gate:
            if self._closed:
                raise UsageError("the ledger is closed", remedy="open it again")
            self._queue.put(ticket)
        return ticket

    async def put_async(self, ticket: Ticket) -> list[Entry]:
        """Queue a ticket and await its entries without blocking the loop."""
        ticket.loop = asyncio.get_running_loop()
        ticket.future = ticket.loop.create_future()
        self.put(ticket)
        return await ticket.future

    def close(self) -> None:
        """Append what is queued, then stop."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        held: Ticket | None = None
        while True:
            first = held or self._queue.get()
            held = None
            if first is None:
                return
            batch = [first]
            stop = False
            if not first.alone:
                room, weight = MAX_BATCH - len(first.drafts), _weight(first)
                while room > 0 and weight < MAX_BATCH_BYTES:
                    try:
                        ticket = self._queue.get_nowait()
                    except Empty:
                        break
                    if ticket is None:
                        stop = True
                        break
                    if ticket.alone:
                        held = ticket
                        break
                    batch.append(ticket)
                    room -= len(ticket.drafts)
                    weight += _weight(ticket)
            self._commit(batch)
            if stop:
                return

    def _commit(self, batch: list[Ticket]) -> None:
        try:
            with said_plainly(self._place):
                self._append(batch)
        except ClearanceError as error:
            _fail(batch, error)
        except Exception as error:
            _fail(
                batch, InternalError(f"the ledger failed: {type(error).__name__}: {error}", remedy="please report it")
            )
        by_loop: dict[asyncio.AbstractEventLoop, list[Ticket]] = {}
        for ticket in batch:
            if ticket.loop is None:
                ticket.release()
            else:
                by_loop.setdefault(ticket.loop, []).append(ticket)
        for loop, tickets in by_loop.items():
            try:
                loop.call_soon_threadsafe(_settle, tickets)
            except RuntimeError:
                continue  # the loop was closed: nobody waits any more, and the entries are durable all the same

    def _append(self, batch: list[Ticket]) -> None:
        only = batch[0]
        if len(batch) == 1 and only.taken is None:
            only.entries = self._appender.commit(
                only.drafts, held_texts=only.texts, operation=only.operation, next_key=only.next_key
            )
            return
        texts = {digest: text for ticket in batch if ticket.texts for digest, text in ticket.texts.items()}
        counts: list[int] = []

        def drafts(connection: Connection) -> list[Draft]:
            first, found = size(connection), list[Draft]()
            for ticket in batch:
                yes = ticket.taken is None or ticket.taken(connection, first + len(found))
                counts.append(len(ticket.drafts) if yes else 0)
                found += ticket.drafts if yes else ()
            return found

        made = self._appender.commit([], held_texts=texts, operation=drafts)
        at = 0
        for ticket, count in zip(batch, counts, strict=True):
            ticket.entries = made[at : at + count]
            at += count


def _weight(ticket: Ticket) -> int:
    return sum(len(draft.payload) for draft in ticket.drafts)


def _fail(batch: list[Ticket], error: ClearanceError) -> None:
    for ticket in batch:
        ticket.error = error


def _settle(tickets: list[Ticket]) -> None:
    for ticket in tickets:
        ticket.settle()
