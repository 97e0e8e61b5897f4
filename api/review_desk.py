"""The desk at which a service's items are worked on: steps beside the loop, decisions in processes of their own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from anyio import CapacityLimiter, from_thread, sleep, to_thread
from fastapi import HTTPException

from api import rechecking, work
from api.deciders import Deciders
from api.keys import Principal
from compliance.decision.model import Decision
from compliance.errors import ClearanceError, UsageError
from compliance.reviews.desk import Desk
from compliance.reviews.project import catch_up
from compliance.reviews.recheck import Report, keep
from compliance.store.engine import said_plainly

if TYPE_CHECKING:
    from api.service import Service

T = TypeVar("T")
LOOK = 2.0
FEW = 20
"""Where fewer entries than this were recorded since the last look, the tables are brought to the ledger's end."""
STEPS = 4
"""So many steps are taken at once; each waits for the disk, and an answer for a decision."""


class Reviews:
    """The desk of one service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._desk = Desk(service.ledger, index=False)
        self._threads = CapacityLimiter(STEPS)
        self._one = CapacityLimiter(1)
        self._deciders = Deciders(replace(service.settings, deciders=1, decide_seconds=service.settings.job_seconds))

    async def start(self) -> None:
        """Remember what is known, so that a later change can be told, and keep the tables near the ledger.

        The tables are brought to its end where little is being recorded, so that checks do not wait for it, and pages
        seldom.
        """
        before, known = 0, None
        while True:
            with suppress(ClearanceError, HTTPException):  # then all decisions are taken again after a change
                corpora = await self._service.corpora()
                if corpora != known:
                    sha256, records = await self._service.deciders.run(work.known, corpora)
                    await self._service.read(keep, self._service.log, sha256, partial(_same, records))
                    known = corpora
            with suppress(ClearanceError):  # the database is away: later
                size = await self._service.read(self._service.log.size)
                if size - before < FEW or not before:
                    await self._service.read(catch_up, self._service.log)
                before = size
            await sleep(LOOK)

    async def step(self, take: Callable[[Desk], T]) -> T:
        """Take a step; its entry is on disk when this returns."""

        def work() -> T:
            with said_plainly(self._service.settings.ledger):
                return take(self._desk)

        return await to_thread.run_sync(work, limiter=self._threads)

    def program(self, profile: str) -> Present:
        """Who decides again where missing facts are answered."""
        return Present(self._service, profile)

    async def recheck(self, principal: Principal) -> Report:
        """Take again what a change of corpora or rules touches; one at a time."""
        if self._one.borrowed_tokens:
            raise HTTPException(503, "decisions are being taken again already", {"Retry-After": "5"})
        settings = self._service.settings
        async with self._one:
            given = (settings.ledger, settings.ledger_key, await self._service.corpora(), principal.signature)
            return await self._deciders.run(rechecking.recheck, *given)


def _same(records: bytes) -> bytes:
    return records


@dataclass(frozen=True)
class Present:
    """The installed corpora and rules, as answering asks for them; used within a step."""

    service: Service
    profile: str

    @property
    def corpora(self) -> str:
        """Not asked for where missing facts are answered."""
        raise UsageError("the service loads no corpora itself")

    @property
    def rules(self) -> str:
        """Not asked for where missing facts are answered."""
        raise UsageError("the service loads no rules itself")

    def decide(self, basis: bytes) -> Decision:
        """The decision on a stored basis, made in one of the deciding processes."""
        corpora = from_thread.run(self.service.corpora)
        return from_thread.run(self.service.deciders.run, work.decide_again, basis, self.profile, corpora)
