"""Does the jobs, one after the other, in a deciding process of its own: small checks do not wait behind them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import anyio
import msgspec
from anyio.abc import TaskGroup
from fastapi import HTTPException

from api import hooks, jobs_store, work
from api.deciders import Deciders
from api.jobs_store import TRIES, Done, Task
from api.problems import of_exception, problem
from compliance.errors import ClearanceError
from compliance.ledger.log import Log

if TYPE_CHECKING:
    from api.service import Service

LOOK = 1.0
"""Seconds after which jobs are looked for that another process took in, or left."""
BEAT = 3.0
STEP = 0.25


class _Later(Exception):
    """The ledger does not take it now."""


class Runner:
    """The jobs of one service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._deciders = Deciders(replace(service.settings, deciders=1, decide_seconds=service.settings.job_seconds))
        self._news = anyio.Event()
        self._tasks: TaskGroup

    def wake(self) -> None:
        """A job was taken in."""
        self._news.set()

    async def run(self) -> None:
        """Do jobs until cancelled; the one that is being done then goes back."""
        async with anyio.create_task_group() as self._tasks:
            while True:
                row = await self._look()
                if row is not None:
                    with suppress(ClearanceError):  # the database went away: the job is taken again when it is back
                        await self._do(row)
                    continue
                with anyio.move_on_after(LOOK):
                    await self._news.wait()
                if self._news.is_set():
                    self._news = anyio.Event()

    async def _look(self) -> Any:
        try:
            return await self._service.read(jobs_store.claim, self._service.log.engine)
        except ClearanceError:  # the database is away: later
            await anyio.sleep(LOOK)
            return None

    async def _do(self, row: Any) -> None:
        engine = self._service.log.engine
        task = msgspec.json.decode(row.task, type=Task)
        try:
            if row.tries > TRIES:
                raise HTTPException(503, f"it was begun {TRIES} times and never came to its end")
            found = await self._decided(row, task)
            await self._service.read(jobs_store.finish, engine, row.id, found)
        except _Later:
            await self._service.read(jobs_store.put_off, engine, row.id)
            return
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                await self._service.read(jobs_store.let_go, engine, row.id)
            raise
        except Exception as error:
            told = of_exception(error) if isinstance(error, ClearanceError | HTTPException) else problem("internal")
            await self._service.read(jobs_store.fail, engine, row.id, told)
        if task.webhook:
            told_job = await self._service.read(jobs_store.find, engine, row.id)
            await self._service.read(hooks.put, engine, task.webhook, "job.ended", told_job)

    async def _decided(self, row: Any, task: Task) -> list[Done]:
        """The job's decisions, which stand in the ledger when this returns."""
        corpora = self._service.settings.corpora
        names: list[str] = []
        made: list[work.Made] = []
        async with self._held(row.id, made):
            if task.lines:
                for number, line in work.numbered(row.body):
                    given = (line, number, task.profile, corpora, row.by)
                    one = await self._deciders.run(work.decide_line, *given)
                    names.append(msgspec.json.decode(one.answer)["id"])
                    made.append(replace(one, answer=b""))
            else:
                given_all = (row.body, task.name, task.profile, corpora, row.by, task.json_only, task.looked)
                names.append("")
                made.append(await self._deciders.run(work.decide, *given_all))
            ids = [one.id for one in made]
            index = await self._service.read(recorded, self._service.log, ids, row.by, row.made_at)
            if index is None:
                texts = {digest: text for one in made for digest, text in one.texts.items()}
                try:
                    entries = await self._service.append([("decision", one.body) for one in made], texts)
                except HTTPException:
                    raise _Later from None
                index = entries[0].index
        for one in made:
            self._service.metrics.decided(one.verdict)
        return [
            Done(id=one.id, verdict=one.verdict, entry=index + n, line=name)
            for n, (one, name) in enumerate(zip(made, names, strict=True))
        ]

    @asynccontextmanager
    async def _held(self, id_: str, made: list[work.Made]) -> AsyncIterator[None]:
        """Keep the job ours meanwhile, and say how far it is."""
        scope = anyio.CancelScope()

        async def beat() -> None:
            said, at = -1, 0.0
            with scope:
                while True:
                    if len(made) != said or time.monotonic() - at > BEAT:
                        said, at = len(made), time.monotonic()
                        with suppress(ClearanceError):
                            await self._service.read(jobs_store.hold, self._service.log.engine, id_, said)
                    await anyio.sleep(STEP)

        self._tasks.start_soon(beat)
        try:
            yield
        finally:
            scope.cancel()


def recorded(log: Log, decisions: Sequence[str], by: str, since: str) -> int | None:
    """The first of the entries that an earlier try of a job made, which stand one after the other."""
    for entry in log.entries(kind="decision", subject=decisions[0], start=log.size(), newest_first=True):
        if entry.at < since:
            break
        made = list(islice(log.entries(start=entry.index), len(decisions)))
        if [(one.subject, one.value("by")) for one in made] == [(id_, by) for id_ in decisions]:
            return entry.index
    return None
