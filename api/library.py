"""`/v1/rules` and `/v1/corpora`: the policy and the facts that decide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVarTuple

import msgspec
from fastapi import APIRouter, HTTPException, Path, Request
from starlette.responses import Response

from api import describe, work
from api.service import service_of
from compliance.errors import UsageError

router = APIRouter(tags=["library"])
Given = TypeVarTuple("Given")
Word = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9.-]{0,99}$", description="a label or id")]


@router.get("/v1/rules", **describe.RULES)
async def list_rules(request: Request) -> Response:
    """The rules in their order, and the profiles."""
    found, profiles = await _ask(request, work.rules), await _ask(request, work.profiles)
    return _json({"rules": found, "profiles": profiles})


@router.get("/v1/rules/{label}", **describe.RULE)
async def show_rule(request: Request, label: Word) -> Response:
    """One rule: what it says, when it applies, and its page."""
    return _json(await _ask(request, work.rule, label))


@router.get("/v1/corpora/parties/{id}", **describe.PARTY)
async def show_party(request: Request, id: Word) -> Response:
    """The record of a party."""
    return _json(await _ask(request, work.party, id, await service_of(request).corpora()))


async def _ask(request: Request, function: Callable[[*Given], Any], *given: *Given) -> Any:
    try:
        return await service_of(request).deciders.run(function, *given)
    except UsageError as error:
        raise HTTPException(404, error.message) from None


def _json(value: Any) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
