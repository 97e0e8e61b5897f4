"""`/v1/reviews`: what waits for a person, and every step on it; `/v1/checks/{id}/gate`: may the run start?

A step is answered once its entry is in the ledger.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from fastapi import APIRouter, Header, HTTPException, Path, Query, Request
from starlette.responses import Response

from api import bodies
from api import describe_reviews as describe
from api.checks import Id, Limit, Prefer, entry_of
from api.jobs import Wait, hand_over
from api.jobs_store import Task
from api.service import Service, principal_of, service_of
from compliance.decision.model import Edit
from compliance.errors import UsageError
from compliance.ledger.entry import Entry
from compliance.reviews import queue
from compliance.reviews.answers import edits_of
from compliance.reviews.desk import Desk

router = APIRouter(tags=["reviews"])
RECHECK = Task(name="", profile="", work="recheck")
T = TypeVar("T")

ItemId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$", description="the item's id")]
After = Annotated[str, Query(pattern=r"^([0-9a-f]{16})?$", description="`next` of the page before")]
State = Literal["open", "requested", "waived", "answered", "rejected", "superseded"]
Tag = Annotated[str | None, Header(alias="If-None-Match")]
Name = Annotated[str, msgspec.Meta(max_length=600)]
Words = Annotated[str, msgspec.Meta(max_length=20_000)]
References = Annotated[list[Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]], msgspec.Meta(max_length=100)]
Day = Annotated[str, msgspec.Meta(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")]


class Assigned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who works on an item, and the day by which; one of the two may be left out."""

    to: Name = ""
    due: Day = ""
    reason: Words = ""


class Comment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody says, with references to evidence."""

    text: Words
    evidence: References = []


class Stated(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Facts that nobody had stated, by key as in the manifest, or as edits such as a remedy lists."""

    facts: dict[str, Any] = {}
    edits: list[Edit] = []
    reason: Words = ""


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A waiver to ask for; `until` names its zone: `2026-06-30T18:00 Europe/Berlin`."""

    reason: Words
    until: Annotated[str, msgspec.Meta(max_length=100)]
    scope: Literal["source", "clause", "run"] = "source"
    clauses: Annotated[list[Annotated[str, msgspec.Meta(max_length=1000)]], msgspec.Meta(max_length=100)] = []
    evidence: References = []


class Rejected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a source is refused."""

    reason: Words
    evidence: References = []


@router.get("/v1/reviews", **describe.REVIEWS)
async def list_items(
    request: Request,
    state: State | None = None,
    verdict: Annotated[Literal["review", "block"] | None, Query(description="the verdict on the source")] = None,
    assignee: Annotated[str | None, Query(max_length=600, description="a name; empty for what nobody has")] = None,
    due_by: Annotated[datetime.date | None, Query(description="due on this day or before")] = None,
    q: Annotated[str, Query(max_length=200, description="words of the run, the source or the rule")] = "",
    decision: Annotated[
        str | None, Query(pattern=r"^[0-9a-f]{32}$", description="all items of one decision, whatever became of them")
    ] = None,
    limit: Limit = 50,
    after: After = "",
) -> Response:
    """Items, those due first and then by age; without `state` and `decision`, what is not settled."""
    asked: dict[str, Any] = {"state": state, "verdict": verdict, "assignee": assignee, "decision": decision}
    asked |= {"due_by": due_by.isoformat() if due_by else "", "text": q}
    found, following = await listed(service_of(request), asked, limit, after)
    return json_of({"items": found, "next": following})


async def listed(
    service: Service, asked: dict[str, Any], limit: int, after: str
) -> tuple[list[queue.Item], str | None]:
    """A page of items, and the `after` of the next one."""
    found = await service.read(lambda: queue.queue(service.log, **asked, limit=limit + 1, after=after))
    return found[:limit], found[limit - 1].id if len(found) > limit else None


@router.post("/v1/reviews/recheck", **describe.RECHECK)
async def recheck(request: Request, wait: Wait = 0, prefer: Prefer = "") -> Response:
    """Decide again what a change of terms, corpora or rules may touch; what comes out otherwise is re-opened, with why.

    With the header `Prefer: respond-async` it is a job: 202.
    """
    if "respond-async" in prefer:
        return await hand_over(request, RECHECK, b"", 1, None, wait)
    return json_of(await service_of(request).reviews.recheck(principal_of(request)))


@router.get("/v1/reviews/{id}", **describe.ITEM)
async def show_item(request: Request, id: ItemId, if_none_match: Tag = None) -> Response:
    """One item: why it waits, what is missing, waivers, every step, and whether the run may start."""
    return tagged(await whole(service_of(request), id), if_none_match)


async def whole(service: Service, id_: str) -> queue.Whole:
    """An item; 404 where there is none."""
    try:
        return await service.read(queue.show, service.log, id_)
    except UsageError:
        raise HTTPException(404, "no item has this id") from None


@router.post("/v1/reviews/{id}/assign", status_code=201, **describe.ASSIGN)
async def assign(request: Request, id: ItemId) -> Response:
    """Say who works on an item, and by when."""
    said = await bodies.record(request, Assigned)
    return stepped(await step(request, id, lambda d, by: d.assign(id, by=by, **msgspec.structs.asdict(said))))


@router.post("/v1/reviews/{id}/comments", status_code=201, **describe.COMMENT)
async def comment(request: Request, id: ItemId) -> Response:
    """Say something about an item; possible whatever became of it."""
    said = await bodies.record(request, Comment)
    return stepped(await step(request, id, lambda d, by: d.comment(id, said.text, by=by, evidence=said.evidence)))


@router.post("/v1/reviews/{id}/reject", status_code=201, **describe.REJECT)
async def reject(request: Request, id: ItemId) -> Response:
    """Refuse a source: the run does not start, whatever was waived."""
    said = await bodies.record(request, Rejected)
    return stepped(await step(request, id, lambda d, by: d.reject(id, said.reason, by=by, evidence=said.evidence)))


@router.post("/v1/reviews/{id}/answer", status_code=201, **describe.ANSWER_FACTS)
async def answer(request: Request, id: ItemId) -> Response:
    """State missing facts: the run is decided again, and the new decision stands in the place of the old one."""
    decision, verdict = await answered(request, id, await bodies.record(request, Stated))
    body = msgspec.json.encode({"decision": decision, "verdict": verdict})
    return Response(body, 201, {"Location": f"/v1/checks/{decision}"}, "application/json")


async def answered(request: Request, id_: str, said: Stated) -> tuple[str, str]:
    """Answer with facts or edits; the new decision's id and verdict."""
    if bool(said.facts) == bool(said.edits):
        raise UsageError("no answer is given", remedy="send facts, or edits, and not both")
    service = service_of(request)
    item = (await whole(service, id_)).item

    def take(desk: Desk, by: str) -> tuple[str, str]:
        edits = said.edits
        if said.facts:
            basis = service.log.find(item.decision, "decision").raw("basis")
            if basis is None:
                raise UsageError("what the decision was made from was destroyed", remedy="check the run again")
            edits = edits_of(item.source, said.facts, basis)
        return desk.answer(id_, edits, service.reviews.program, by=by, reason=said.reason)

    decision, verdict = await step(request, id_, take)
    service.metrics.decided(verdict)
    return decision, verdict


@router.post("/v1/reviews/{id}/waivers", status_code=201, **describe.WAIVE)
async def waive(request: Request, id: ItemId) -> Response:
    """Ask that the run may go on despite the verdict, until a time. Nothing passes before a second person approves."""
    said = await bodies.record(request, Asked)
    name = await step(request, id, lambda d, by: d.accept(id, by=by, **msgspec.structs.asdict(said)))
    body = msgspec.json.encode({"waiver": name, "standing": "requested"})
    return Response(body, 201, {"Location": f"/v1/waivers/{name}"}, "application/json")


@router.get("/v1/checks/{id}/gate", **describe.GATE)
async def show_gate(request: Request, id: Id, if_none_match: Tag = None) -> Response:
    """Whether the run may start now, and why: the verdict, and the waivers that stand beside it."""
    service = service_of(request)
    await entry_of(service, id)
    return tagged(await service.read(queue.outcome, service.log, id), if_none_match)


async def step(request: Request, id_: str, take: Callable[[Desk, str], T]) -> T:
    """Take a step on an item as the caller; 404 where there is none."""
    service, by = service_of(request), principal_of(request).signature
    await whole(service, id_)
    return await service.reviews.step(lambda desk: take(desk, by))


def stepped(entry: Entry, status: int = 201) -> Response:
    """A step as it stands in the ledger."""
    told = {"entry": entry.index, "kind": entry.kind, "subject": entry.subject, "event": entry.value("event")}
    body = msgspec.json.encode({**told, "at": entry.at})
    return Response(body, status, {"Clearance-Entry": str(entry.index)}, "application/json")


def json_of(value: Any, status: int = 200) -> Response:
    """A record as an answer."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def tagged(value: Any, given: str | None) -> Response:
    """A record with its `ETag`; 304 where the caller has it already."""
    data = msgspec.json.encode(value)
    headers = {"ETag": f'W/"{hashlib.sha256(data).hexdigest()[:32]}"', "Cache-Control": "private, no-cache"}
    if given is not None and headers["ETag"] in [tag.strip() for tag in given.split(",")]:
        return Response(None, 304, headers)
    return Response(data, 200, headers, "application/json")
