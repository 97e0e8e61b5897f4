"""`/healthz`, `/readyz`, `/metrics` and the OpenAPI document."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response

from api import describe
from api.metrics import MEDIA_TYPE
from api.openapi import document
from api.service import service_of

router = APIRouter(tags=["operation"])


@router.get("/healthz", **describe.HEALTH)
async def health() -> Response:
    """Whether the process runs."""
    return Response(b'{"status":"ok"}', media_type="application/json")


@router.get("/readyz", **describe.READY)
async def ready(request: Request) -> Response:
    """Whether checks can be answered: the deciding processes are up, and ledger and confirmed clauses can be read.

    `questions` says how it stands with questions: `off`, `loading`, `ready` or `failed`; checks do not wait for them.
    """
    service = service_of(request)
    if not service.deciders.ready:
        raise HTTPException(503, "still starting", {"Retry-After": "1"})
    await service.read(service.log.size)
    await service.corpora()
    return Response(
        msgspec.json.encode({"status": "ready", "questions": service.desk.state}), media_type="application/json"
    )


@router.get("/metrics", **describe.METRICS)
async def metrics(request: Request) -> Response:
    """Metrics, as Prometheus reads them."""
    return Response(service_of(request).metrics.text(), media_type=MEDIA_TYPE)


@router.get("/openapi.json", **describe.DOCUMENT)
async def description(request: Request) -> Response:
    """This document."""
    app = request.app
    if not hasattr(app.state, "document"):
        app.state.document = msgspec.json.encode(document(app))
    return Response(app.state.document, media_type="application/json")
