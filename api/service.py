"""What all requests share: the ledger, the deciding processes, keys and metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar, TypeVarTuple

from anyio import CancelScope, CapacityLimiter, to_thread
from fastapi import HTTPException, Request

from api.deciders import Deciders
from api.desk import Desk
from api.hooks import Messenger
from api.keys import Doorkeeper, Principal
from api.metrics import Metrics
from api.runner import Runner
from api.settings import Settings
from api.store import prepare
from compliance.errors import ClearanceError
from compliance.ledger.entry import Entry
from compliance.ledger.kinds import Said
from compliance.ledger.ledger import open_ledger
from compliance.ledger.log import Log
from compliance.store.engine import said_plainly

T = TypeVar("T")
Given = TypeVarTuple("Given")
THREADS = 8
"""So many requests read the database at once."""


class Service:
    """An open service."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.deciders = Deciders(settings)
        self.desk = Desk(settings)
        self.metrics.watch(lambda: self.deciders.waiting)
        self.ledger = open_ledger(settings.ledger)
        self._threads = CapacityLimiter(THREADS)
        try:
            with said_plainly(settings.ledger):
                prepare(self.log.engine)
        except BaseException:
            self.ledger.close()
            raise
        self.runner = Runner(self)
        self.messenger = Messenger(self)
        self.door = Doorkeeper(self.log.engine, settings.startup_token, settings.session_hours)

    @property
    def log(self) -> Log:
        """The ledger, to read."""
        return self.ledger.log

    async def append(self, said: list[tuple[str, Said]], texts: Mapping[str, bytes] | None = None) -> list[Entry]:
        """Entries, all or none, on disk when this returns, also where the caller has gone away meanwhile.

        Where the ledger does not take them there is no answer either: 503.
        """
        made: list[Entry] = []
        try:
            with CancelScope(shield=True):
                made = await self.ledger.append_many_async(said, texts=texts)
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
    """The service that a request belongs to."""
    service: Service = request.app.state.service
    return service


def principal_of(request: Request) -> Principal:
    """Who makes the request; `guard` has found out."""
    principal: Principal = request.state.principal
    return principal
