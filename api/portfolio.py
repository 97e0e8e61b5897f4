"""`/v1/portfolio` and its page: which runs a teacher, a data set or a clause touches, and what ends next."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api import describe_reviews as describe
from api.checks import Limit
from api.rendering import page
from api.reviews import json_of
from api.service import Service, service_of
from compliance.reviews import exposed, portfolio

router = APIRouter(tags=["reviews"])
ROWS = 25
LEADING = (("teacher", "Teachers"), ("document", "Documents"), ("clause", "Clauses"))
TITLES = {"teacher": "teacher", "dataset": "data set", "clause": "clause", "document": "document", "rule": "rule"}

Asked = Annotated[str, Query(max_length=500)]
Teacher = Annotated[str, Query(max_length=500, description="a model, its maker, or a base model", examples=["openai"])]
Clause = Annotated[str, Query(max_length=500, description="`document#section`, or `document@version#section`")]
Offset = Annotated[int, Query(ge=0, le=2**31, description="`next` of the page before")]


@router.get("/v1/portfolio", **describe.PORTFOLIO)
async def show_portfolio(
    request: Request,
    teacher: Teacher = "",
    dataset: Asked = "",
    clause: Clause = "",
    document: Asked = "",
    rule: Asked = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> Response:
    """The current decisions that touch everything asked for, the most exposed first; without anything: all.

    Rows that nobody states are null, and no 0; `unstated` counts the sources.
    """
    named = {"teacher": teacher, "dataset": dataset, "clause": clause, "document": document, "rule": rule}
    found = await touched(service_of(request), named, limit, offset)
    following = offset + limit if offset + limit < found.total else None
    return json_of({**msgspec.structs.asdict(found), "next": following})


@router.get("/v1/portfolio/ending", **describe.ENDING)
async def show_ending(request: Request, limit: Limit = 50) -> Response:
    """What ends next: waivers that are asked for or in force, and items by the day on which they are due."""
    service = service_of(request)
    return json_of({"ending": await service.read(lambda: portfolio.ending(service.log, limit=limit))})


@router.get("/portfolio", include_in_schema=False)
async def show_page(
    request: Request,
    teacher: Asked = "",
    dataset: Asked = "",
    clause: Asked = "",
    document: Asked = "",
    rule: Asked = "",
    offset: Offset = 0,
) -> Response:
    """Exposure in rows, the runs, what touches most of them, and what ends next."""
    service = service_of(request)
    named = {"teacher": teacher, "dataset": dataset, "clause": clause, "document": document, "rule": rule}
    found = await touched(service, named, ROWS, offset)
    ending: list[portfolio.Ending] = []
    leading = []
    if not found.asked:
        ending = await service.read(lambda: portfolio.ending(service.log, limit=12))
        for kind, title in LEADING:
            leading.append((title, await service.read(portfolio.leading, service.log, kind)))
    today = datetime.now(UTC).date()
    return page(
        request,
        "portfolio.html.j2",
        found=found,
        days={end.at: (date.fromisoformat(end.at[:10]) - today).days for end in ending},
        named=named,
        offset=offset,
        rows=ROWS,
        ending=ending,
        leading=leading,
        titles=TITLES,
    )


async def touched(service: Service, named: dict[str, str], limit: int, offset: int) -> exposed.Portfolio:
    """The answer to what is named; names that are empty ask for nothing."""
    asked = {kind: name.strip() for kind, name in named.items() if name.strip()}
    return await service.read(lambda: exposed.touched(service.log, asked, limit=limit, offset=offset))
