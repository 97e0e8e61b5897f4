"""The pages of reviews: the queue, and one item with its forms. Every step is a form; no script runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from api import bodies
from api.chat_pages import lines
from api.facts_form import MAX_FIELDS, stated, unstated
from api.jobs_store import submit
from api.problems import of_exception
from api.rendering import page
from api.reviews import RECHECK, After, ItemId, Stated, answered, listed, step, whole
from api.service import Service, principal_of, service_of
from compliance.errors import InputError, UsageError
from compliance.ledger.log import Log
from compliance.reviews import queue
from compliance.reviews.queue import Whole

router = APIRouter(include_in_schema=False)
ROWS = 25
CLAUSES = 20
"""So many clauses can be ticked in the form of a waiver."""
STATES = {
    "open": "open",
    "requested": "waiver asked for",
    "waived": "waived",
    "answered": "answered",
    "rejected": "rejected",
    "superseded": "taken again",
}
DUE = {"overdue": "overdue", "week": "within a week"}
STEPS = {
    "assigned": "assigned it",
    "commented": "commented",
    "answered": "stated missing facts",
    "rejected": "rejected it",
    "reopened": "re-opened it",
    "waiver requested": "asked for a waiver",
    "waiver granted": "approved the waiver",
    "waiver withdrawn": "withdrew the waiver",
}
ZONES = ("UTC", "America/Los_Angeles", "America/New_York", "America/Sao_Paulo", "Europe/London", "Europe/Berlin",
         "Asia/Dubai", "Asia/Kolkata", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney")  # fmt: skip
DONE = {
    "assigned": "It is assigned.",
    "commented": "Your comment stands in the ledger.",
    "rejected": "It is rejected; the run does not start.",
    "requested": "The waiver is asked for. A second person must approve it.",
    "granted": "The waiver is approved.",
    "withdrawn": "The waiver is withdrawn.",
}
Done = Annotated[str, Query(pattern=r"^[a-z]{0,20}$")]
Search = Annotated[str, Query(max_length=200)]


@router.get("/reviews")
async def reviews(
    request: Request,
    state: Annotated[str, Query(pattern=f"^(|{'|'.join(queue.STATES)})$")] = "",
    verdict: Annotated[str, Query(pattern=r"^(|review|block)$")] = "",
    who: Annotated[str, Query(max_length=600)] = "",
    due: Annotated[str, Query(pattern=r"^(|overdue|week)$")] = "",
    q: Search = "",
    after: After = "",
) -> Response:
    """What waits for a person, the items due first."""
    chosen = {"state": state, "verdict": verdict, "who": who, "due": due, "q": q}
    service = service_of(request)
    me = principal_of(request).signature
    today = datetime.now(UTC).date()
    days = {"overdue": today - timedelta(days=1), "week": today + timedelta(days=7)}
    asked: dict[str, Any] = {
        "state": chosen["state"] or None,
        "verdict": chosen["verdict"] or None,
        "assignee": {"": None, "nobody": "", "me": me}.get(chosen["who"], chosen["who"]),
        "due_by": days[chosen["due"]].isoformat() if chosen["due"] else "",
        "text": chosen["q"],
    }
    found, following = await listed(service, asked, ROWS, after)
    counts, people = await service.read(queue.standing, service.log)
    kept = {name: value for name, value in chosen.items() if value}
    return page(
        request,
        "reviews.html.j2",
        items=found,
        chosen=chosen,
        counts=counts,
        people=people,
        states=STATES,
        dues=DUE,
        today=today.isoformat(),
        first="/reviews" + (f"?{urlencode(kept)}" if kept else "") if after else None,
        next=f"/reviews?{urlencode({**kept, 'after': following})}" if following else None,
    )


@router.post("/reviews/recheck")
async def recheck(request: Request) -> Response:
    """Take again what a change of terms, corpora or rules touches, as a job whose page follows."""
    await bodies.signed_form(request)
    service = service_of(request)
    job, _ = await service.read(submit, service.log.engine, principal_of(request), RECHECK, b"", 1, None)
    service.runner.wake()
    return RedirectResponse(f"/jobs/{job.id}", 303)


@router.get("/reviews/{id}")
async def item(request: Request, id: ItemId, done: Done = "") -> Response:
    """One item: why it waits, what was said, and the forms of every step."""
    return await item_page(request, id, done=done)


async def item_page(
    request: Request,
    id_: str,
    status: int = 200,
    *,
    done: str = "",
    form: str = "",
    fault: str = "",
    given: dict[str, str] | None = None,
) -> Response:
    """The page of an item; `fault` stands beside the form that is named, which keeps what was `given`."""
    service = service_of(request)
    found = await whole(service, id_)
    principal = principal_of(request)
    return page(
        request,
        "review.html.j2",
        status,
        held=found,
        others=await service.read(_others, service.log, found),
        facts=await _facts(service, found),
        states=STATES,
        steps=STEPS,
        zones=ZONES,
        most=CLAUSES,
        me=principal.signature,
        today=datetime.now(UTC).date().isoformat(),
        done=DONE.get(done, ""),
        form=form,
        fault=fault,
        given=given or {},
        lines=lines,
    )


def _others(log: Log, found: Whole) -> list[queue.Item]:
    return [i for i in queue.queue(log, decision=found.item.decision, limit=50) if i.id != found.item.id]


async def _facts(service: Service, found: Whole) -> Any:
    if found.item.state in ("answered", "rejected", "superseded"):
        return []
    entry = await service.read(service.log.find, found.item.decision, "decision")
    return unstated(entry.raw("basis"), found.item.source)


@router.post("/reviews/{id}/assign")
async def assign(request: Request, id: ItemId) -> Response:
    """Say who works on an item, and by when."""
    fields = await bodies.signed_form(request)
    to = principal_of(request).signature if fields.get("take") else fields.get("to", "").strip()
    due = fields.get("due", "").strip()
    return await _taken(
        request,
        id,
        "assign",
        "assigned",
        fields,
        lambda: step(request, id, lambda d, by: d.assign(id, by=by, to=to, due=due)),
    )


@router.post("/reviews/{id}/comment")
async def comment(request: Request, id: ItemId) -> Response:
    """Say something about an item."""
    fields = await bodies.signed_form(request)
    text, evidence = words(fields, "text"), _references(fields)
    return await _taken(
        request,
        id,
        "comment",
        "commented",
        fields,
        lambda: step(request, id, lambda d, by: d.comment(id, text, by=by, evidence=evidence)),
    )


@router.post("/reviews/{id}/reject")
async def reject(request: Request, id: ItemId) -> Response:
    """Refuse a source."""
    fields = await bodies.signed_form(request)
    reason, evidence = words(fields, "reason"), _references(fields)
    return await _taken(
        request,
        id,
        "reject",
        "rejected",
        fields,
        lambda: step(request, id, lambda d, by: d.reject(id, reason, by=by, evidence=evidence)),
    )


@router.post("/reviews/{id}/waive")
async def waive(request: Request, id: ItemId) -> Response:
    """Ask for a waiver."""
    fields = await bodies.signed_form(request, MAX_FIELDS)
    until = " ".join(fields.get(name, "").strip() for name in ("until", "zone")).strip()
    scope = fields.get("scope", "source")
    clauses = (
        [value for name, value in sorted(fields.items()) if name.startswith("clause-")] if scope == "clause" else []
    )
    reason, evidence = words(fields, "reason"), _references(fields)

    def ask() -> Awaitable[str]:
        return step(
            request,
            id,
            lambda d, by: d.accept(id, reason, by=by, until=until, scope=scope, clauses=clauses, evidence=evidence),
        )

    return await _taken(request, id, "waive", "requested", fields, ask)


@router.post("/reviews/{id}/answer")
async def answer(request: Request, id: ItemId) -> Response:
    """State missing facts, and go on to the decision that was made with them."""
    fields = await bodies.signed_form(request, MAX_FIELDS)
    said = Stated(facts=stated(fields), reason=words(fields, "reason"))
    try:
        if not said.facts:
            raise UsageError("no fact is stated", remedy="fill in at least one")
        decision, _ = await answered(request, id, said)
    except (InputError, UsageError) as error:
        return await item_page(
            request, id, of_exception(error).status, form="answer", fault=told(error), given=_kept(fields)
        )
    return RedirectResponse(f"/runs/{decision}", 303)


async def _taken(
    request: Request,
    id_: str,
    form: str,
    done: str,
    fields: dict[str, str],
    take: Callable[[], Awaitable[Any]],
) -> Response:
    """Take a step and go back to the item; what stands in the way is said beside the form, which keeps its words."""
    try:
        await take()
    except (InputError, UsageError) as error:
        return await item_page(
            request, id_, of_exception(error).status, form=form, fault=told(error), given=_kept(fields)
        )
    return RedirectResponse(f"/reviews/{id_}?done={done}", 303)


def told(error: InputError | UsageError) -> str:
    """What stands in the way and where, without remedies that are commands."""
    remedy = error.remedy or ""
    field = error.field if isinstance(error, InputError) else ""
    said = f"{field}: {error.message}" if field else error.message
    return f"{said}; {remedy}" if remedy and not remedy.startswith(("-", "clearance ")) else said


def words(fields: dict[str, str], name: str) -> str:
    """A field of a form that may have several lines."""
    return fields.get(name, "").replace("\r\n", "\n").strip()


def _references(fields: dict[str, str]) -> list[str]:
    return [line.strip() for line in words(fields, "evidence").split("\n") if line.strip()]


def _kept(fields: dict[str, str]) -> dict[str, str]:
    """What was filled in, to be filled in again; the token of the session is none of it."""
    return {name: value for name, value in fields.items() if name != "csrf"}
