"""`/v1/jobs`: checks that take longer than a request should."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Annotated

import anyio
import msgspec
from fastapi import APIRouter, HTTPException, Path, Query, Request
from starlette.responses import Response

from api import describe, hooks, jobs_store, work
from api.events import event, stream
from api.jobs_store import Job, Task
from api.problems import PREFIX
from api.roles import AUDITS
from api.service import Service, principal_of, service_of

router = APIRouter(tags=["checks"])
JobId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="the job's id")]
Wait = Annotated[int, Query(ge=0, le=60, description="wait so many seconds for its end")]
STEP = 0.15
"""Seconds between two looks at a job."""
ALIVE = 10.0
"""Seconds after which an event stream says that it is still there."""
ENDED = frozenset({"done", "failed"})


async def hand_over(
    request: Request, task: Task, body: bytes, of: int, once: tuple[str, str] | None, wait: int
) -> Response:
    """Make a job of a check: 202, or its answer where it ends while the caller waits."""
    service, principal = service_of(request), principal_of(request)
    if task.webhook:
        hooks.allowed(service.settings, task.webhook)
    made = await service.read(jobs_store.submit, service.log.engine, principal, task, body, of, once)
    job, replayed = made
    service.runner.wake()
    job = await _awaited(service, job, wait)
    headers = {"Idempotency-Replayed": "true"} if replayed else {}
    if job.state == "done":
        return await _result(service, job, 201, headers)
    headers |= {"Location": f"/v1/jobs/{job.id}", "Retry-After": "1"}
    return Response(msgspec.json.encode(job), 202, headers, "application/json")


@router.get("/v1/jobs/{id}", **describe.JOB)
async def show_job(request: Request, id: JobId, wait: Wait = 0) -> Response:
    """How a job stands."""
    job = await _awaited(service_of(request), await own(request, id), wait)
    return Response(msgspec.json.encode(job), media_type="application/json")


@router.get("/v1/jobs/{id}/events", **describe.JOB_EVENTS)
async def follow_job(request: Request, id: JobId) -> Response:
    """How a job goes on, as events: `progress` whenever something changed, and `done` or `failed` at its end."""
    return stream(_followed(service_of(request), await own(request, id)))


@router.get("/v1/jobs/{id}/result", **describe.RESULT)
async def show_result(request: Request, id: JobId) -> Response:
    """What came of a job: of a check what it would have answered itself, else the report; 409 before its end."""
    service = service_of(request)
    job = await own(request, id)
    if job.state != "done":
        raise HTTPException(409, f"{PREFIX}not-ready the job is {job.state}", {"Retry-After": "1"})
    return await _result(service, job, 200, {})


async def own(request: Request, id_: str) -> Job:
    """A job that the caller may see; else 404."""
    service, principal = service_of(request), principal_of(request)
    job = await service.read(jobs_store.find, service.log.engine, id_)
    if principal.role not in AUDITS and await service.read(jobs_store.owner, service.log.engine, id_) != principal.id:
        raise HTTPException(404, "no job has this id")
    return job


async def _awaited(service: Service, job: Job, seconds: float) -> Job:
    until = time.monotonic() + seconds
    while job.state not in ENDED and time.monotonic() < until:
        await anyio.sleep(STEP)
        job = await service.read(jobs_store.find, service.log.engine, job.id)
    return job


async def _followed(service: Service, job: Job) -> AsyncIterator[bytes]:
    last, spoke = None, time.monotonic()
    while job.state not in ENDED:
        if (job.state, job.done) != last:
            yield event("progress", {"state": job.state, "done": job.done, "of": job.of})
            last, spoke = (job.state, job.done), time.monotonic()
        elif time.monotonic() - spoke > ALIVE:
            yield b": still there\n\n"
            spoke = time.monotonic()
        await anyio.sleep(STEP)
        job = await service.read(jobs_store.find, service.log.engine, job.id)
    yield event(job.state, job)


async def _result(service: Service, job: Job, status: int, headers: dict[str, str]) -> Response:
    if job.kind in ("recheck", "look"):
        headers["Location"] = f"/v1/jobs/{job.id}"
        return Response(msgspec.json.encode(job.report), status, headers, "application/json")
    entries = [await service.read(service.log.entry, one.entry) for one in job.checks]
    documents = [entry.raw("document") for entry in entries]
    if any(document is None for document in documents):
        raise HTTPException(410, "a decision was destroyed by a recorded redaction")
    held = [d for d in documents if d is not None]
    if job.kind == "batch":
        names = [one.line for one in job.checks]
        lines = await service.deciders.run(work.named_lines, held, names)
        return Response(lines, status, headers, "application/x-ndjson")
    answer = work.told(held[0])
    headers |= {"Location": f"/v1/checks/{job.checks[0].id}", "Clearance-Entry": str(job.checks[0].entry)}
    return Response(answer, status, headers, "application/json")
