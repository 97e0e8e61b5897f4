"""`/v1/waivers`: leave that was asked for or granted, how it stands now, approving and withdrawing it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, HTTPException, Path, Query, Request
from starlette.responses import Response

from api import bodies
from api import describe_reviews as describe
from api.checks import Limit
from api.reviews import Tag, Words, json_of, stepped, tagged
from api.service import Service, principal_of, service_of
from compliance.errors import UsageError
from compliance.ledger.entry import Entry
from compliance.reviews import queue
from compliance.reviews.leave import Waiver

router = APIRouter(tags=["reviews"])
WaiverId = Annotated[str, Path(pattern=r"^w[0-9a-f]{16}$", description="the waiver's id")]
After = Annotated[str, Query(pattern=r"^(w[0-9a-f]{16})?$", description="`next` of the page before")]
Standing = Literal["current", "requested", "in-force", "expired", "withdrawn", "broken"]


class Granted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the second person says."""

    reason: Words = ""


class Withdrawn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why leave ends."""

    reason: Words


@router.get("/v1/waivers", **describe.WAIVERS)
async def list_waivers(
    request: Request,
    standing: Annotated[Standing | None, Query(description="`current` for what is asked for or in force")] = None,
    limit: Limit = 50,
    after: After = "",
) -> Response:
    """Waivers as they stand now, the soonest to end first."""
    found, following = await listed(service_of(request), standing, limit, after)
    return json_of({"waivers": found, "next": following})


async def listed(service: Service, standing: str | None, limit: int, after: str) -> tuple[list[Waiver], str | None]:
    """A page of waivers, and the `after` of the next one."""
    found = await service.read(lambda: queue.all_waivers(service.log, standing=standing, limit=limit + 1, after=after))
    return found[:limit], found[limit - 1].id if len(found) > limit else None


@router.get("/v1/waivers/{id}", **describe.WAIVER)
async def show_waiver(request: Request, id: WaiverId, if_none_match: Tag = None) -> Response:
    """One waiver: for what, until when, by whom, and whether it holds."""
    return tagged(await one(service_of(request), id), if_none_match)


async def one(service: Service, id_: str) -> Waiver:
    """A waiver; 404 where there is none."""
    try:
        return await service.read(queue.waiver, service.log, id_)
    except UsageError:
        raise HTTPException(404, "no waiver has this id") from None


@router.post("/v1/waivers/{id}/approve", status_code=201, **describe.APPROVE)
async def approve(request: Request, id: WaiverId) -> Response:
    """Grant leave as a second person; refused to whoever asked for it."""
    return stepped(await approved(request, id, (await bodies.record(request, Granted)).reason))


@router.post("/v1/waivers/{id}/withdraw", status_code=201, **describe.WITHDRAW)
async def withdraw(request: Request, id: WaiverId) -> Response:
    """End leave, or the request for it, from now on."""
    return stepped(await withdrawn(request, id, (await bodies.record(request, Withdrawn)).reason))


async def approved(request: Request, id_: str, reason: str) -> Entry:
    """The entry of an approval; 404 where there is no such waiver."""
    service, by = service_of(request), principal_of(request).signature
    await one(service, id_)
    return await service.reviews.step(lambda desk: desk.approve(id_, by=by, reason=reason))


async def withdrawn(request: Request, id_: str, reason: str) -> Entry:
    """The entry of a withdrawal; 404 where there is no such waiver."""
    service, by = service_of(request), principal_of(request).signature
    await one(service, id_)
    return await service.reviews.step(lambda desk: desk.revoke(id_, reason, by=by))
