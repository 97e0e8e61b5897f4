"""`/v1/evidence`: files that a check is to read beside the manifest."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Sequence
from typing import Annotated

import msgspec
from fastapi import APIRouter, HTTPException, Query, Request
from starlette.responses import Response

from api import bodies, describe, uploads
from api.multipart import KIND, Sent, receive
from api.service import principal_of, service_of
from api.uploads import Looked, Stored

router = APIRouter(tags=["checks"])
UploadIds = Annotated[
    tuple[Annotated[str, Query(pattern=r"^[0-9a-f]{32}$")], ...],
    Query(max_length=20, description="ids of uploads (`POST /v1/evidence`), may repeat"),
]
Paths = Annotated[
    tuple[Annotated[str, Query(min_length=1, max_length=1000)], ...],
    Query(max_length=20, description="paths below the folders that the service may read, may repeat"),
]


@router.post("/v1/evidence", status_code=201, **describe.EVIDENCE)
async def send_evidence(request: Request) -> Response:
    """Upload files, as `multipart/form-data`. They are kept for a day, for checks of the same key."""
    stored, _ = await received(request)
    if not stored.files:
        raise HTTPException(400, "the form holds no file")
    return Response(msgspec.json.encode(stored), 201, media_type="application/json")


async def received(request: Request) -> tuple[Stored, Sent]:
    """Take in a form with files; nothing is left of one that fails."""
    service, principal = service_of(request), principal_of(request)
    settings = service.settings
    folder = await service.read(uploads.room, settings, service.log.engine)
    try:
        sent = await receive(
            request,
            folder,
            limit=settings.max_upload,
            max_field=settings.max_body,
            seconds=settings.upload_seconds,
        )
        if not sent.files:
            shutil.rmtree(folder, ignore_errors=True)
            return Stored(id="", files=[], expires_at=""), sent
        id_ = secrets.token_hex(16)
        return await service.read(uploads.keep, service.log.engine, principal, id_, folder, sent), sent
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


async def evidence_of(request: Request, ids: Sequence[str], paths: Sequence[str]) -> Looked:
    """The evidence that a request names."""
    if not ids and not paths:
        return Looked()
    service, principal = service_of(request), principal_of(request)
    return await service.read(uploads.looked, service.settings, service.log.engine, principal, ids, paths)


async def signed_files(request: Request) -> tuple[dict[str, str], str]:
    """The fields of one of our own forms, and the id of the upload that came with it; empty where no file came."""
    bodies.same_site(request)
    if not request.headers.get("content-type", "").lower().startswith(KIND):
        return await bodies.signed_form(request), ""
    stored, sent = await received(request)
    bodies.of_session(request, sent.fields)
    return sent.fields, stored.id
