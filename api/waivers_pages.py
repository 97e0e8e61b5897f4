"""The page of waivers, and the forms by which they are approved and withdrawn, there and on an item's page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from api import bodies
from api.chat_pages import lines
from api.problems import of_exception
from api.rendering import page
from api.reviews_pages import DONE, ROWS, Done, item_page, told, words
from api.service import principal_of, service_of
from api.waivers import After, Standing, WaiverId, approved, listed, withdrawn
from compliance.errors import InputError, UsageError

router = APIRouter(include_in_schema=False)


@router.get("/waivers")
async def waivers(request: Request, standing: Standing = "current", after: After = "", done: Done = "") -> Response:
    """Waivers as they stand, the soonest to end first."""
    return await _waivers(request, standing, after, done=DONE.get(done, ""))


async def _waivers(
    request: Request, standing: str = "current", after: str = "", status: int = 200, **more: Any
) -> Response:
    service = service_of(request)
    found, following = await listed(service, standing, ROWS, after)
    values = {"done": "", "fault": "", "at": "", **more}
    return page(
        request,
        "waivers.html.j2",
        status,
        waivers=found,
        standing=standing,
        next=f"/waivers?standing={standing}&after={following}" if following else None,
        me=principal_of(request).signature,
        lines=lines,
        **values,
    )


@router.post("/waivers/{id}/approve")
async def approve(request: Request, id: WaiverId) -> Response:
    """Grant leave as a second person."""
    fields = await bodies.signed_form(request)
    return await _on_waiver(request, id, "granted", fields, lambda: approved(request, id, words(fields, "reason")))


@router.post("/waivers/{id}/withdraw")
async def withdraw(request: Request, id: WaiverId) -> Response:
    """End leave, or the request for it."""
    fields = await bodies.signed_form(request)
    return await _on_waiver(request, id, "withdrawn", fields, lambda: withdrawn(request, id, words(fields, "reason")))


async def _on_waiver(
    request: Request, id_: str, done: str, fields: dict[str, str], take: Callable[[], Awaitable[Any]]
) -> Response:
    """Take a step on a waiver and go back to where the form was: an item, or the list."""
    item_ = fields.get("item", "")
    from_item = len(item_) == 16 and set(item_) <= set("0123456789abcdef")
    try:
        await take()
    except (InputError, UsageError) as error:
        status = of_exception(error).status
        if from_item:
            return await item_page(request, item_, status, form=f"waiver-{id_}", fault=told(error))
        return await _waivers(request, status=status, fault=told(error), at=id_)
    return RedirectResponse(f"/reviews/{item_}?done={done}" if from_item else f"/waivers?done={done}", 303)
