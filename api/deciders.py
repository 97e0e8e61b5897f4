"""Processes that decide, so that a hard case holds up neither the loop nor other cases, and can be ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

import anyio
from anyio import BrokenWorkerProcess, CapacityLimiter, to_process
from fastapi import HTTPException

from api import work
from api.settings import Settings

T = TypeVar("T")
Given = TypeVarTuple("Given")


class Deciders:
    """A fixed number of processes, and a bounded queue before them; `wait` is told how many calls are in either."""

    def __init__(self, settings: Settings, wait: Callable[[int], None] = lambda _: None) -> None:
        self._settings = settings
        self._wait = wait
        self._limiter = CapacityLimiter(settings.deciders)
        self.waiting = 0
        self.ready = False

    async def start(self) -> None:
        """Start one of the processes and have it load what it needs, so that what is wrong with that is told first."""
        await self.run(work.warm, self._settings.corpora)

    async def fill(self) -> None:
        """Start the others too, beside requests; `ready` when all have loaded."""
        each = (self.run(work.warm, self._settings.corpora) for _ in range(self._settings.deciders))
        await asyncio.gather(*each, return_exceptions=True)  # one that ended is started again when it is needed
        self.ready = True

    async def run(self, function: Callable[[*Given], T], *given: *Given) -> T:
        """What `function` returns or raises in one of the processes."""
        if self.waiting >= self._settings.max_waiting:
            raise HTTPException(503, "too many checks wait already", {"Retry-After": "2"})
        self.waiting += 1
        self._wait(self.waiting)
        try:
            async with self._limiter:
                with anyio.fail_after(self._settings.decide_seconds):
                    return await to_process.run_sync(function, *given, cancellable=True, limiter=CapacityLimiter(1))
        except TimeoutError:
            seconds = f"{self._settings.decide_seconds:g}"
            raise HTTPException(
                503, f"the check took more than {seconds} seconds and was ended; split the run"
            ) from None
        except BrokenWorkerProcess:
            raise HTTPException(503, "the process that decided it ended", {"Retry-After": "1"}) from None
        finally:
            self.waiting -= 1
            self._wait(self.waiting)
