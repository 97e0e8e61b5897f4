"""The application: routes behind the guard, in the envelope."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from fastapi import Depends, FastAPI
from starlette.middleware.gzip import GZipMiddleware

from api import (
    chat,
    chat_pages,
    check_pages,
    checks,
    clauses,
    clauses_pages,
    evidence,
    health,
    jobs,
    library,
    pages,
    portfolio,
    problems,
    records,
    reviews,
    reviews_pages,
    terms,
    terms_pages,
    waivers,
    waivers_pages,
)
from api.envelope import Envelope
from api.guard import guard
from api.service import Service
from api.settings import Settings
from compliance import __version__


def create_app(settings: Settings) -> FastAPI:
    """The service as an ASGI application; the ledger is opened here, so that its faults are told before all else."""
    service = Service(settings)

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(service.desk.start)
                await service.deciders.start()
                tasks.start_soon(service.deciders.fill)
                for work in (*service.work, service.tenants.run):
                    tasks.start_soon(work)
                yield
                tasks.cancel_scope.cancel()
        finally:
            service.desk.stop()
            service.ledger.close()

    app = FastAPI(
        title="Clearance",
        version=__version__,
        lifespan=life,
        dependencies=[Depends(guard)],
        openapi_url=None,  # the one that is served stands behind the guard
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"auto_configure": False},
    )
    app.state.service = service
    for part in (health, checks, evidence, jobs, reviews, waivers, portfolio, chat, clauses, terms, library, records):
        app.include_router(part.router)
    for shown in (pages, check_pages, reviews_pages, waivers_pages, chat_pages, clauses_pages, terms_pages):
        app.include_router(shown.router)
    problems.install(app)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    app.add_middleware(Envelope, metrics=service.metrics, hosts=settings.hosts)
    return app
