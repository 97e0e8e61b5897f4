"""What requests share: the ledger of their tenant, and for all of them the deciding processes, keys and metrics."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple

from anyio import CancelScope, CapacityLimiter, to_thread
from fastapi import HTTPException, Request

from api.confirmed import Confirmed
from api.deciders import Deciders
from api.desk import Desk
from api.hooks import Messenger
from api.keys import Doorkeeper, Principal, Provider
from api.limits import Limits
from api.metrics import Metrics
from api.metrics_folder import shared_folder
from api.oidc import open_provider
from api.review_desk import Reviews
from api.runner import Runner
from api.settings import Settings
from api.store import prepare
from api.tenants import Tenants
from compliance.errors import ClearanceError
from compliance.ledger.entry import Entry
from compliance.ledger.kinds import Said
from compliance.ledger.ledger import Ledger, open_ledger
from compliance.ledger.log import Log
from compliance.ledger.writer import Taken
from compliance.store.engine import said_plainly

T = TypeVar("T")
Given = TypeVarTuple("Given")
THREADS = 8
"""So many requests read the database at once."""


class Service:
    """An open service, or the part of one that belongs to a tenant.

    A part has a ledger, jobs and reviews of its own. With the service itself (`home`) it shares what holds nothing of
    anybody's: processes, metrics, the texts that questions are answered from; and the door, since keys tell tenants.
    """

    def __init__(self, settings: Settings, home: Service | None = None) -> None:
        self.settings = settings
        self.metrics: Metrics = home.metrics if home else Metrics(shared_folder(settings))
        self.limits: Limits = home.limits if home else Limits(settings)
        self.deciders: Deciders = home.deciders if home else Deciders(settings, self.metrics.wait)
        self.job_deciders: Deciders = home.job_deciders if home else Deciders(_for_jobs(settings))
        self.confirmed: Confirmed = home.confirmed if home else Confirmed(settings, self.deciders)
        self.desk: Desk = home.desk if home else Desk(settings)
        self._threads: CapacityLimiter = home._threads if home else CapacityLimiter(THREADS)
        provider = open_provider(settings.oidc) if settings.oidc and not home else None
        self.ledger: Ledger = open_ledger(settings.ledger, key=settings.ledger_key)
        try:
            with said_plainly(settings.ledger):
                prepare(self.log.engine)
            self.reviews = Reviews(self)
        except BaseException:
            self.ledger.close()
            raise
        self.runner = Runner(self)
        self.messenger = Messenger(self)
        self.tenants: Tenants = home.tenants if home else Tenants(self)
        self.door: Doorkeeper = home.door if home else self._door(provider)

    def _door(self, provider: Provider | None) -> Doorkeeper:
        return Doorkeeper(self.log.engine, self.settings.startup_token, self.settings.session_hours, provider)

    @property
    def work(self) -> tuple[Callable[[], Coroutine[Any, Any, None]], ...]:
        """What is done beside requests, until it is cancelled."""
        return (self.runner.run, self.messenger.run, self.reviews.start)

    @property
    def log(self) -> Log:
        """The ledger, to read."""
        return self.ledger.log

    async def corpora(self) -> tuple[Path, ...]:
        """The folders of further records to decide with now, those of confirmed clauses included."""
        return await self.confirmed.folders()

    async def append(
        self,
        said: list[tuple[str, Said]],
        texts: Mapping[str, bytes] | None = None,
        taken: Taken | None = None,
    ) -> list[Entry]:
        """Entries, all or none, on disk when this returns, also where the caller has gone away meanwhile.

        Where the ledger does not take them there is no answer either: 503. `taken` is asked within the transaction;
        where it says no, there are no entries.
        """
        made: list[Entry] = []
        try:
            with CancelScope(shield=True):
                made = await self.ledger.append_many_async(said, texts=texts, taken=taken)
        except ClearanceError as error:
            raise HTTPException(503, "the ledger did not take it, so there is no answer") from error
        return made

    async def read(self, function: Callable[[*Given], T], *given: *Given) -> T:
        """What `function` returns, run beside the loop; its failures of the database are said plainly."""

        def work() -> T:
            with said_plainly(self.settings.ledger):
                return function(*given)

        return await to_thread.run_sync(work, limiter=self._threads)


def service_of(request: Request) -> Service:
    """The service that a request belongs to: its tenant's part, as `guard` has found out."""
    service: Service = request.state.service
    return service


def principal_of(request: Request) -> Principal:
    """Who makes the request; `guard` has found out."""
    principal: Principal = request.state.principal
    return principal


def _for_jobs(settings: Settings) -> Settings:
    """One process for the jobs of all tenants, which take turns; each has one job at a time, so none is turned away."""
    return replace(settings, deciders=1, decide_seconds=settings.job_seconds, max_waiting=sys.maxsize)
