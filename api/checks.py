"""`/v1/checks`: decide, and read what was decided. The ledger holds a decision before its answer is sent."""

from __future__ import annotations

import asyncio
import hashlib
import re
from functools import partial
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Header, HTTPException, Path, Query, Request
from starlette.responses import Response

from api import bodies, describe, work
from api.evidence import Paths, UploadIds, evidence_of
from api.jobs import Wait, hand_over
from api.jobs_store import Task
from api.keys import Principal
from api.listing import Check, page_of_checks
from api.once import KEY, Once
from api.rendering import sheet
from api.service import Service, principal_of, service_of
from api.settings import Settings
from api.uploads import NOTHING, Looked
from compliance.errors import UsageError
from compliance.ledger.entry import Entry
from compliance.ledger.writer import Taken

router = APIRouter(tags=["checks"])

Profile = Annotated[str, Query(pattern=r"^[a-z0-9-]{1,40}$", description="how strict to be", examples=["default"])]
Id = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="the decision's id")]
Name = Annotated[
    str | None,
    Query(pattern=r"^[A-Za-z0-9._-]{1,100}$", description="what the answer calls the manifest's file"),
]
Limit = Annotated[int, Query(ge=1, le=200, description="at most so many")]
Before = Annotated[int | None, Query(ge=0, le=2**53, description="`next` of the page before")]
Webhook = Annotated[str, Query(max_length=500, description="an https address that is told when the job ends")]
Key = Annotated[str | None, Header(alias="Idempotency-Key", description="the same key and request: the same answer")]
Prefer = Annotated[str, Header(max_length=200, description="`respond-async` makes a job of it")]
Form = Literal["json", "text", "markdown", "html", "sarif"]

TYPES = {
    "json": "application/json",
    "text": "text/plain; charset=utf-8",
    "markdown": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "sarif": "application/sarif+json",
}
_STYLE = re.compile(r"style-src ('sha256-[A-Za-z0-9+/=]{44}')")


@router.post("/v1/checks", status_code=201, **describe.CHECK)
async def make_check(
    request: Request,
    profile: Profile = "default",
    name: Name = None,
    evidence: UploadIds = (),
    path: Paths = (),
    wait: Wait = 0,
    webhook: Webhook = "",
    idempotency_key: Key = None,
    prefer: Prefer = "",
) -> Response:
    """Decide the run of a manifest. The body is the manifest, as JSON or YAML.

    It is held against the evidence that the call names: uploads, and paths that the service may read. A large check,
    one with a `webhook`, and one with the header `Prefer: respond-async` is a job: 202.
    """
    service, principal = service_of(request), principal_of(request)
    kind = bodies.kind_of(request, bodies.JSON | bodies.YAML)
    suffix = ".json" if kind in bodies.JSON else ".yaml"
    data = await bodies.read(request)
    named = _named(idempotency_key, profile, name, suffix, evidence, path, webhook, data)
    looked = await evidence_of(request, evidence, path)
    file = name or f"manifest{suffix}"
    if large(service.settings, data, looked) or webhook or "respond-async" in prefer:
        task = Task(name=file, profile=profile, json_only=kind in bodies.JSON, looked=looked, webhook=webhook)
        return await hand_over(request, task, data, 1, named, wait)
    once = Once(principal, *named) if named else None
    if once is not None and (again := await _repeated(service, once)):
        return again
    made = await decide(service, principal, data, file, profile, json_only=kind in bodies.JSON, looked=looked)
    entry = await record(service, made, once)
    if entry is not None:
        return _made(made.answer, made.id, entry.index)
    # The same request came in twice at once, and the other is recorded.
    if once is not None and (again := await _repeated(service, once)):
        return again
    raise HTTPException(503, headers={"Retry-After": "1"})


def large(settings: Settings, data: bytes, looked: Looked) -> bool:
    """Whether a check takes longer than a request should."""
    return len(data) > settings.job_bytes or looked.bytes > settings.job_evidence


def _named(key: str | None, *asked: object) -> tuple[str, str] | None:
    """An idempotency key, and the hash of what is asked with it."""
    if key is None:
        return None
    if not KEY.match(key):
        raise HTTPException(400, "an Idempotency-Key has 1 to 128 printable ASCII characters")
    return key, hashlib.sha256(msgspec.json.encode(asked)).hexdigest()


async def decide(
    service: Service,
    principal: Principal,
    data: bytes,
    name: str,
    profile: str,
    *,
    json_only: bool = False,
    looked: Looked = NOTHING,
) -> work.Made:
    """The decision on a manifest, not yet recorded."""
    corpora, by = await service.corpora(), principal.signature
    return await service.deciders.run(work.decide, data, name, profile, corpora, by, json_only, looked)


async def record(service: Service, made: work.Made, once: Once | None = None) -> Entry | None:
    """Put a decision into the ledger, durable when this returns; None where the request was answered meanwhile."""
    taken: Taken | None = None
    if once is not None:
        taken = partial(once.settle, made.id)
    entries = await service.append([("decision", made.body)], made.texts, taken)
    for _ in entries:
        service.metrics.decided(made.verdict)
    return entries[0] if entries else None


def _made(answer: bytes, id_: str, index: int, replayed: bool = False) -> Response:
    headers = {"Location": f"/v1/checks/{id_}", "Clearance-Entry": str(index)}
    if replayed:
        headers["Idempotency-Replayed"] = "true"
    return Response(answer, 201, headers, "application/json")


async def _repeated(service: Service, once: Once) -> Response | None:
    """The answer to a request that was answered before; None for a new one."""
    index = await service.read(once.done, service.log.engine)
    if index is None:
        return None
    entry = await service.read(service.log.entry, index)
    answer = await report(service, entry, "json")
    return _made(answer, entry.subject or "", index, replayed=True)


@router.post("/v1/checks/batch", **describe.BATCH)
async def make_checks(
    request: Request,
    profile: Profile = "default",
    wait: Wait = 0,
    webhook: Webhook = "",
    idempotency_key: Key = None,
    prefer: Prefer = "",
) -> Response:
    """Decide many runs: a line `{id, manifest}` each; all are recorded, or none.

    A large batch, one with a `webhook` or an `Idempotency-Key`, and one with `Prefer: respond-async` is a job: 202.
    """
    service, principal = service_of(request), principal_of(request)
    bodies.kind_of(request, bodies.LINES)
    data = await bodies.read(request)
    named = _named(idempotency_key, profile, webhook, data)
    lines = work.numbered(data)
    if not lines:
        raise HTTPException(400, "the batch is empty")
    if len(lines) > service.settings.max_job_batch:
        raise HTTPException(413, f"at most {service.settings.max_job_batch:,} manifests in a batch")
    if len(lines) > service.settings.max_batch or webhook or named or "respond-async" in prefer:
        task = Task(name="batch.jsonl", profile=profile, lines=True, webhook=webhook)
        return await hand_over(request, task, data, len(lines), named, wait)
    corpora, by = await service.corpora(), principal.signature
    made: list[work.Made] = []
    for at in range(0, len(lines), service.settings.deciders):  # a batch never fills the queue before others
        some = lines[at : at + service.settings.deciders]
        calls = [service.deciders.run(work.decide_line, line, n, profile, corpora, by) for n, line in some]
        made += await asyncio.gather(*calls)
    texts = {digest: text for one in made for digest, text in one.texts.items()}
    await service.append([("decision", one.body) for one in made], texts)
    for one in made:
        service.metrics.decided(one.verdict)
    return Response(b"".join(one.answer for one in made), media_type="application/x-ndjson")


class Checks(msgspec.Struct, frozen=True):
    """A page of checks, the newest first; `next` is the `before` of the page after."""

    checks: list[Check]
    next: int | None


@router.get("/v1/checks", **describe.CHECKS)
async def list_checks(request: Request, limit: Limit = 20, before: Before = None) -> Response:
    """What was decided, the newest first."""
    service = service_of(request)
    found, after = await service.read(page_of_checks, service.log, limit, before)
    return Response(msgspec.json.encode(Checks(found, after)), media_type="application/json")


@router.get("/v1/checks/{id}", **describe.ONE_CHECK)
async def show_check(
    request: Request, id: Id, format: Form = "json", if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """A decision, in one of the report's forms."""
    service = service_of(request)
    data = await report(service, await entry_of(service, id), format)
    headers = {"ETag": f'W/"{hashlib.sha256(data).hexdigest()[:32]}"', "Cache-Control": "private, no-cache"}
    if format == "html":
        style = _STYLE.search(data.decode())
        headers["Content-Security-Policy"] = (
            f"default-src 'none'; style-src {style[1] if style else chr(39) + 'none' + chr(39)}; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'; sandbox"
        )
    if if_none_match is not None and headers["ETag"] in [tag.strip() for tag in if_none_match.split(",")]:
        return Response(None, 304, headers)
    return Response(data, 200, headers, TYPES[format])


@router.get("/v1/checks/{id}/memo", **describe.MEMO)
async def show_memo(request: Request, id: Id, format: Literal["html", "pdf"] = "html") -> Response:
    """A decision as a memo to hand to counsel."""
    service = service_of(request)
    entry = await entry_of(service, id)
    if entry.raw("document") is None:
        raise HTTPException(410, f"the decision of entry {entry.index} was destroyed by a recorded redaction")
    data = await service.deciders.run(work.memo, entry, format)
    headers = {"Cache-Control": "private, no-cache"}
    if format == "pdf":
        headers["Content-Disposition"] = f'inline; filename="clearance-{id[:12]}.pdf"'
        return Response(data, 200, headers, "application/pdf")
    headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'sha256-{sheet('memo.css')[1]}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; sandbox"
    )
    return Response(data, 200, headers, "text/html; charset=utf-8")


async def entry_of(service: Service, id_: str) -> Entry:
    """The newest entry of a decision; 404 where there is none."""
    try:
        return await service.read(service.log.find, id_, "decision")
    except UsageError:
        raise HTTPException(404, "no check has this id") from None


async def report(service: Service, entry: Entry, form: str) -> bytes:
    """An entry's decision in a form; 410 where it was destroyed."""
    document = entry.raw("document")
    if document is None:
        raise HTTPException(410, f"the decision of entry {entry.index} was destroyed by a recorded redaction")
    if form == "json":
        return work.told(document)
    return (await service.deciders.run(work.report, document, form)).encode()
