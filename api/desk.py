"""The process that answers questions: started with the service, ended when it hangs, and started again."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any, Literal

from anyio import CapacityLimiter, to_thread
from fastapi import HTTPException

from api import asking
from api.problems import PREFIX
from api.settings import Settings
from compliance.errors import ClearanceError
from compliance.qa.question import Turn

WAITING = 32
"""So many questions may wait for the one process."""
LOADING = 3600.0
"""Seconds in which a large folder is read into the index for the first time."""
State = Literal["off", "loading", "ready", "failed"]


class Desk:
    """Questions on the terms below the folders of `--corpus`; without one, every question is told what to set."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._seconds = settings.answer_seconds + (settings.chat_model.seconds if settings.chat_model else 0.0)
        self._one = CapacityLimiter(1)
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None
        self._waiting = 0
        self._stopped = False
        self.state: State = "loading" if settings.corpus else "off"
        self.fault = ""

    async def start(self) -> None:
        """Load; from then on questions are answered."""
        if self.state != "off":
            await to_thread.run_sync(self._start, limiter=self._one, abandon_on_cancel=True)

    def stop(self) -> None:
        """End the process."""
        self._stopped = True
        if self._process is not None:
            self._process.kill()

    async def answer(self, question: str, history: Sequence[Turn], as_of: str) -> asking.Answered:
        """An answer on the texts that are held."""
        found: asking.Answered = await self._ask("answer", question, list(history), as_of)
        return found

    async def search(self, query: str, provider: str, as_of: str, limit: int) -> dict[str, Any]:
        """Passages, as `clearance search` prints them."""
        found: dict[str, Any] = await self._ask("search", query, provider, as_of, limit)
        return found

    async def text(self, file: str) -> asking.HeldPage:
        """A held text."""
        found: asking.HeldPage = await self._ask("text", file)
        return found

    def check(self) -> None:
        """Raise what stands in the way of an answer."""
        if self.state == "off":
            raise HTTPException(404, f"{PREFIX}not-set-up start the service with --corpus DIR, a folder of dated terms")
        if self.state == "failed":
            raise HTTPException(503, f"the texts could not be loaded: {self.fault}")
        if self.state == "loading":
            raise HTTPException(503, "the texts are being loaded", {"Retry-After": "5"})
        if self._waiting >= WAITING:
            raise HTTPException(503, "too many questions wait already", {"Retry-After": "2"})

    async def _ask(self, name: str, *given: Any) -> Any:
        self.check()
        self._waiting += 1
        try:
            told, value = await to_thread.run_sync(self._exchange, name, given, limiter=self._one)
        finally:
            self._waiting -= 1
        if told == "error":
            raise value
        if told == "defect":
            raise RuntimeError(value)
        if told == "hung":
            raise HTTPException(503, "the question took too long and was given up", {"Retry-After": "5"})
        return value

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        given = (theirs, self._settings.corpus, self._settings.words_only, self._settings.chat_model)
        process = context.Process(target=asking.serve, args=given, daemon=True)
        process.start()
        theirs.close()
        self._process, self._pipe = process, ours
        try:
            told, value = ours.recv() if ours.poll(LOADING) else ("error", ClearanceError("loading took too long"))
        except (EOFError, OSError):
            told, value = "error", ClearanceError("the process that answers ended")
        if self._stopped:
            process.kill()
        elif told == "ok":
            self.state, self.fault = "ready", ""
        else:
            self.state, self.fault = "failed", value.one_line()

    def _exchange(self, name: str, given: tuple[Any, ...]) -> tuple[str, Any]:
        """One question and its answer; a process that does not answer is ended, and the next starts another."""
        if self._process is None or self._pipe is None or not self._process.is_alive():
            self._start()
        assert self._process is not None and self._pipe is not None
        try:
            self._pipe.send((name, given))
            if self._pipe.poll(self._seconds):
                found: tuple[str, Any] = self._pipe.recv()
                return found
        except (EOFError, OSError):
            return "hung", None
        self._process.kill()
        self._process.join()
        return "hung", None
