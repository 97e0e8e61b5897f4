"""Reading ahead: what takes a library a while outside the interpreter goes on while the last of it is looked at."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from contextlib import suppress
from queue import Full, Queue
from typing import TypeVar

Item = TypeVar("Item")
_WAIT = 0.2


def read_ahead(items: Iterator[Item], depth: int) -> Generator[Item, None, None]:
    """The items in their order, at most `depth` of them made in a thread beforehand; its errors are raised here."""
    queue: Queue[tuple[Item] | BaseException | None] = Queue(maxsize=depth)
    stopped = threading.Event()

    def put(item: tuple[Item] | BaseException | None) -> bool:
        while not stopped.is_set():
            with suppress(Full):
                queue.put(item, timeout=_WAIT)
                return True
        return False

    def fill() -> None:
        try:
            for item in items:
                if not put((item,)):
                    return
            put(None)
        except Exception as error:  # it belongs to whoever reads
            put(error)

    thread = threading.Thread(target=fill, daemon=True)
    thread.start()
    try:
        while (item := queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item[0]
    finally:
        stopped.set()
        with suppress(Exception):
            while True:
                queue.get_nowait()
        thread.join()
