"""`/v1/terms`: the versions of terms documents, and which of their changes are real."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVarTuple

import msgspec
from fastapi import APIRouter, HTTPException, Path, Request
from starlette.responses import Response

from api import describe_terms as describe
from api import versions
from api.chat import Day
from api.problems import PREFIX
from api.service import service_of
from compliance.errors import InputError, UsageError

router = APIRouter(tags=["terms and questions"])
DocumentId = Annotated[int, Path(ge=0, le=2**53, description="the document's id")]
Given = TypeVarTuple("Given")


@router.get("/v1/terms", **describe.TERMS)
async def list_terms(request: Request) -> Response:
    """Providers and their documents."""
    return _json(await from_terms(request, versions.providers))


@router.get("/v1/terms/{document}", **describe.DOCUMENT_OF_TERMS)
async def show_document(request: Request, document: DocumentId) -> Response:
    """A document's versions in order of time, what each is, and the alerts."""
    return _json(await from_terms(request, versions.document, document))


@router.get("/v1/terms/{document}/text", **describe.VERSION)
async def show_text(request: Request, document: DocumentId, date: Day = "") -> Response:
    """The text that stood on a day, with its clauses."""
    return _json(await from_terms(request, versions.text, document, date))


@router.get("/v1/terms/{document}/diff", **describe.DIFF)
async def show_diff(request: Request, document: DocumentId, before: Day = "", after: Day = "") -> Response:
    """Two versions clause by clause: what kind of change each is, why, and which words changed."""
    return _json(await from_terms(request, versions.diff, document, before, after))


async def from_terms(request: Request, function: Callable[[str, *Given], Any], *given: *Given) -> Any:
    """What a function reads from the database of terms; 404 where there is none, or nothing of that name in it."""
    service, place = service_of(request), place_of(request)
    try:
        return await service.deciders.run(function, place, *given)
    except UsageError as error:
        raise HTTPException(404, error.message) from None
    except InputError as error:
        raise HTTPException(503, "the database of terms cannot be read") from error


def place_of(request: Request) -> str:
    """Where the database of terms is; 404 where none is set up."""
    place = service_of(request).settings.terms
    if not place:
        raise HTTPException(404, f"{PREFIX}not-set-up start the service with --terms PATH, from `clearance terms sync`")
    return place


def _json(value: Any) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
