"""Does the jobs, one after the other, in a deciding process for jobs alone: small checks do not wait behind them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anyio
import msgspec
from anyio.abc import TaskGroup
from fastapi import HTTPException
from sqlalchemy import Connection

from api import confirming, jobs_store, rechecking, work
from api.jobs_store import TRIES, Done, Task
from api.problems import of_exception, problem
from compliance.errors import ClearanceError

if TYPE_CHECKING:
    from api.service import Service

LOOK = 1.0
"""Seconds after which jobs are looked for that another process took in, or left."""
BEAT = 3.0
STEP = 0.25


class _Later(Exception):
    """The ledger does not take it now."""


class _Lost(Exception):
    """Another process has the job by now."""


class Runner:
    """The jobs of one service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._deciders = service.job_deciders
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
            await self._done(row, task)
        except _Lost:
            return  # whoever has it now ends it
        except _Later:
            await self._service.read(jobs_store.put_off, engine, row)
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                await self._service.read(jobs_store.let_go, engine, row)
            raise
        except Exception as error:
            told = of_exception(error) if isinstance(error, ClearanceError | HTTPException) else problem("internal")
            await self._service.read(jobs_store.fail, engine, row, told, task.webhook)

    async def _done(self, row: Any, task: Task) -> None:
        """Decide; the decisions and the end of the job become durable together."""
        if task.work:
            await self._worked(row, task)
            return
        corpora = await self._service.corpora()
        names: list[str] = []
        made: list[work.Made] = []
        async with self._held(row, made):
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

            def taken(connection: Connection, first: int) -> bool:
                found = [
                    Done(id=one.id, verdict=one.verdict, entry=first + n, line=name)
                    for n, (one, name) in enumerate(zip(made, names, strict=True))
                ]
                return jobs_store.finish(connection, row, found, task.webhook)

            texts = {digest: text for one in made for digest, text in one.texts.items()}
            try:
                entries = await self._service.append([("decision", one.body) for one in made], texts, taken)
            except HTTPException:
                raise _Later from None
        if not entries:
            raise _Lost
        for one in made:
            self._service.metrics.decided(one.verdict)

    async def _worked(self, row: Any, task: Task) -> None:
        """Do what is no check. Each step is durable by itself, and done once where it is begun again."""
        service, settings = self._service, self._service.settings
        async with self._held(row, None):
            if task.work == "recheck":
                held = rechecking.Held(row.id, row.fence)
                given = (settings.ledger, settings.ledger_key, await service.corpora(), row.by, held)
                report: Any = await self._deciders.run(rechecking.recheck, *given)
                done = report.stored
            else:
                texts = await self._deciders.run(confirming.texts_to_look, settings.terms, task.document, task.every)
                found = 0
                for number, sha256 in enumerate(texts):
                    await service.read(jobs_store.hold, service.log.engine, row, number, len(texts))
                    found += await self._deciders.run(confirming.look_in, settings.terms, sha256, settings.words_only)
                service.confirmed.forget()
                report, done = {"texts": len(texts), "found": found}, len(texts)
            if not await service.read(jobs_store.complete, service.log.engine, row, done, report, task.webhook):
                raise _Lost

    @asynccontextmanager
    async def _held(self, row: Any, made: list[work.Made] | None) -> AsyncIterator[None]:
        """Keep the job ours meanwhile, and say how far it is; what is done for a job that we lost is given up."""
        beating, working = anyio.CancelScope(), anyio.CancelScope()

        async def beat() -> None:
            said: int | None = -1
            at = 0.0
            with beating:
                while True:
                    far = None if made is None else len(made)
                    if far != said or time.monotonic() - at > BEAT:
                        said, at = far, time.monotonic()
                        with suppress(ClearanceError):  # the database is away: the lease runs on
                            if not await self._service.read(jobs_store.hold, self._service.log.engine, row, said):
                                working.cancel()
                                return
                    await anyio.sleep(STEP)

        self._tasks.start_soon(beat)
        try:
            with working:
                yield
        finally:
            beating.cancel()
        if working.cancelled_caught:
            raise _Lost
