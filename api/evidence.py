"""`/v1/evidence`: files that a check is to read beside the manifest."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Sequence
from typing import Annotated, NamedTuple

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


class Apart(NamedTuple):
    """A file that was sent to be read at once: its name without folders, and its bytes."""

    name: str
    data: bytes


@router.post("/v1/evidence", status_code=201, **describe.EVIDENCE)
async def send_evidence(request: Request) -> Response:
    """Upload files, as `multipart/form-data`. They are kept for a day, for checks of the same key."""
    stored, _ = await received(request)
    if not stored.files:
        raise HTTPException(400, "the form holds no file")
    return Response(msgspec.json.encode(stored), 201, media_type="application/json")


async def received(request: Request) -> tuple[Stored, Sent]:
    """Take in a form with files; nothing is left of one that fails."""
    stored, sent, _ = await _received(request, "")
    return stored, sent


async def _received(request: Request, apart: str) -> tuple[Stored, Sent, Apart | None]:
    """As `received`; the file of the field `apart` is read and not kept."""
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
            apart=apart,
        )
        read = await service.read(_taken_out, sent, apart, settings.max_body) if apart else None
        if not sent.files:
            shutil.rmtree(folder, ignore_errors=True)
            return Stored(id="", files=[], expires_at=""), sent, read
        id_ = secrets.token_hex(16)
        return await service.read(uploads.keep, service.log.engine, principal, id_, folder, sent), sent, read
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _taken_out(sent: Sent, field: str, most: int) -> Apart | None:
    """The one file of a field, which is no longer among those that were sent; None where none came."""
    found = [file for file in sent.files if file.field == field]
    if not found:
        return None
    if len(found) > 1:
        raise HTTPException(422, f"{len(found)} files were sent as the manifest; send one")
    if found[0].bytes > most:
        raise HTTPException(413, f"a manifest has at most {most:,} bytes; check larger ones with the command line")
    sent.files.remove(found[0])
    data = found[0].path.read_bytes()
    found[0].path.unlink()
    return Apart(found[0].name.rpartition("/")[2], data)


async def evidence_of(request: Request, ids: Sequence[str], paths: Sequence[str]) -> Looked:
    """The evidence that a request names."""
    if not ids and not paths:
        return Looked()
    service, principal = service_of(request), principal_of(request)
    return await service.read(uploads.looked, service.settings, service.log.engine, principal, ids, paths)


async def signed_files(request: Request, apart: str) -> tuple[dict[str, str], str, Apart | None]:
    """The fields of one of our own forms, the id of the upload that came with it, and the file of the field `apart`.

    The id is empty where no other file came.
    """
    bodies.same_site(request)
    if not request.headers.get("content-type", "").lower().startswith(KIND):
        return await bodies.signed_form(request), "", None
    stored, sent, read = await _received(request, apart)
    bodies.of_session(request, sent.fields)
    return sent.fields, stored.id, read
