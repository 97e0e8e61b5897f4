"""The web pages of runs, jobs and the ledger: no script, no build step, no request to anybody else."""

from __future__ import annotations

import re
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from api import bodies
from api.checks import Before, Id, entry_of, report
from api.guard import COOKIE
from api.jobs import ENDED, JobId, own
from api.keys import Principal
from api.listing import brief, page_of_checks
from api.listing import page as page_of_entries
from api.problems import Problem, answer
from api.records import checked
from api.rendering import page
from api.service import principal_of, service_of
from compliance.ledger.kinds import Login
from compliance.reviews import queue

router = APIRouter(include_in_schema=False)
ROWS = 25
ITEMS = 8
"""So many of a run's items are named above its report."""
_NEXT = re.compile(r"/(?![/\\])[A-Za-z0-9/?=&._-]{0,200}\Z")
JOBS = {
    "check": {
        "waiting": "The check waits for its turn",
        "running": "The check is being decided",
        "done": "The check is decided",
        "failed": "The check could not be decided",
    },
    "recheck": {
        "waiting": "Taking decisions again waits for its turn",
        "running": "Decisions are being taken again",
        "done": "Decisions were taken again",
        "failed": "Decisions could not be taken again",
    },
    "look": {
        "waiting": "Looking for clauses waits for its turn",
        "running": "Clauses are being looked for",
        "done": "Clauses were looked for",
        "failed": "Clauses could not be looked for",
    },
}
FAR = {"check": "decided", "batch": "decided", "recheck": "taken again, at most", "look": "texts looked through"}
"""What the numbers of a job's progress count."""
Shown = Annotated[str, Query(max_length=300)]


@router.get("/login")
async def login(request: Request, next: Shown = "/", token: Shown = "") -> Response:
    """The page where a token opens a session. It fills in a token from the address, and opens nothing by itself."""
    return page(request, "login.html.j2", next=_safe(next), token=token)


@router.post("/login")
async def log_in(request: Request) -> Response:
    """Open a session."""
    service = service_of(request)
    fields = await bodies.form(request)
    service.limits.may_try(request)
    principal = await service.read(service.door.by_token, fields.get("token", "").strip())
    if principal is None:
        service.limits.failed(request)
        service.metrics.refused()
        said = "No live key has this token."
        return page(request, "login.html.j2", 401, next=_safe(fields.get("next", "/")), token="", fault=said)
    part = await service.tenants.of(principal.tenant)
    await part.append([("login", _login(request, principal, "in"))])
    cookie = await service.read(service.door.log_in, principal)
    response = RedirectResponse(_safe(fields.get("next", "/")), 303)
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=int(service.settings.session_hours * 3600),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return response


@router.post("/logout")
async def log_out(request: Request) -> Response:
    """End the session."""
    service, principal = service_of(request), principal_of(request)
    await bodies.signed_form(request)
    await service.read(service.door.log_out, request.cookies.get(COOKIE, ""))
    await service.append([("login", _login(request, principal, "out"))])
    response = RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response


@router.get("/")
async def runs(request: Request, before: Before = None) -> Response:
    """The runs that were checked, the newest first."""
    service = service_of(request)
    found, after = await service.read(page_of_checks, service.log, ROWS, before)
    return page(request, "runs.html.j2", checks=found, after=after, before=before)


@router.get("/runs/{id}")
async def run(request: Request, id: Id) -> Response:
    """One run: the report, and how it stands in the ledger."""
    service = service_of(request)
    entry = await entry_of(service, id)
    text = (await report(service, entry, "html")).decode()
    inner = text.partition("<body>")[2].rpartition("</body>")[0]
    gate = await service.read(queue.outcome, service.log, id)
    items = await service.read(lambda: queue.queue(service.log, decision=id, limit=ITEMS))
    return page(request, "run.html.j2", check=brief(entry), entry=entry, report=Markup(inner), gate=gate, items=items)


@router.get("/jobs/{id}")
async def show_job(request: Request, id: JobId) -> Response:
    """How a job goes on; once it is done, its run, or what came of it."""
    job = await own(request, id)
    if job.state == "done" and job.kind == "check":
        return RedirectResponse(f"/runs/{job.checks[0].id}", 303)
    if job.state == "done" and job.kind == "look":
        return RedirectResponse(f"/terms/{job.document}/clauses", 303)
    titles = JOBS.get(job.kind, JOBS["check"])
    script = "" if job.state in ENDED else "job.js"
    return page(request, "job.html.j2", script=script, job=job, titles=titles, far=FAR[job.kind])


@router.get("/ledger")
async def ledger(request: Request, before: Before = None) -> Response:
    """The ledger's entries, and a button that checks all of them."""
    return await _ledger(request, before)


@router.post("/ledger/verify")
async def verify_ledger(request: Request) -> Response:
    """Check the ledger and say what was found."""
    await bodies.signed_form(request)
    return await _ledger(request, None, found=await checked(service_of(request)))


async def _ledger(request: Request, before: int | None, **more: Any) -> Response:
    service = service_of(request)
    entries, after = await service.read(page_of_entries, service.log, ROWS, before, None)
    size = await service.read(service.log.size)
    return page(request, "ledger.html.j2", entries=entries, after=after, before=before, size=size, **more)


def wants_page(request: Request) -> bool:
    """Whether an error is for a person's eyes."""
    path = request.url.path
    return not path.startswith(("/v1/", "/healthz", "/readyz", "/metrics", "/openapi")) and "text/html" in (
        request.headers.get("accept", "")
    )


def error_page(request: Request, found: Problem, headers: dict[str, str]) -> Response:
    """An error as a page; who is not logged in is sent to do so."""
    if found.status == 401 and request.method == "GET":
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/login?next={quote(back)}" if _NEXT.match(back) and back != "/" else "/login", 303)
    if found.status == 401:
        return answer(found, request.scope["request_id"], headers)
    shown = page(request, "error.html.j2", found.status, problem=found)
    shown.headers.update(headers)
    return shown


def _safe(target: str) -> str:
    """A place of this service to go on to, whatever was asked for."""
    return target if _NEXT.match(target) else "/"


def _login(request: Request, principal: Principal, event: Any) -> Login:
    address = request.client.host if request.client else ""
    return Login(subject=principal.id, by=principal.signature, event=event, method="token", address=address)
