"""The page on which a manifest is checked: pasted or dropped, with the files that it is held against."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from api.checks import decide, large, record
from api.evidence import evidence_of, signed_files
from api.jobs_store import Task, submit
from api.problems import of_exception
from api.rendering import page
from api.service import principal_of, service_of
from api.uploads import names_of
from compliance.errors import InputError, UsageError

router = APIRouter(include_in_schema=False)
MOST_KEPT = 10
"""So many uploads of attempts before are taken again."""
_UPLOAD = re.compile(r"[0-9a-f]{32}\Z")


@router.get("/check")
async def check(request: Request) -> Response:
    """Where a manifest is pasted, or dropped as a file."""
    return _check_page(request, 200, Form())


@router.post("/check")
async def make_check(request: Request) -> Response:
    """Decide a manifest; what is wrong with it is said beside the form, which keeps what was sent."""
    service, principal = service_of(request), principal_of(request)
    form = Form()
    try:
        form, pasted = await _sent(request)
        if pasted and form.file:
            raise UsageError("a manifest was pasted and a file was chosen", remedy="send one of the two")
        if not form.data.strip():
            raise UsageError("no manifest was sent", remedy="paste it, or choose its file")
        looked = await evidence_of(request, form.evidence, [])
        if large(service.settings, form.data, looked):
            task = Task(name=form.name, profile=form.profile, looked=looked)
            job, _ = await service.read(submit, service.log.engine, principal, task, form.data, 1, None)
            service.runner.wake()
            return RedirectResponse(f"/jobs/{job.id}", 303)
        made = await decide(service, principal, form.data, form.name, form.profile, looked=looked)
    except (InputError, UsageError, HTTPException) as error:
        told = of_exception(error)
        if told.status in (401, 403) or told.status >= 500:
            raise
        kept = [(id_, await service.read(names_of, service.log.engine, principal, id_)) for id_ in form.evidence]
        return _check_page(request, told.status, form, fault=told.one_line(), kept=[k for k in kept if k[1]])
    await record(service, made)
    return RedirectResponse(f"/runs/{made.id}", 303)


@dataclass(frozen=True)
class Form:
    """What was sent to be checked: the manifest, the name of its file, and the ids of uploads to hold it against."""

    data: bytes = b""
    name: str = "manifest.yaml"
    profile: str = "default"
    evidence: tuple[str, ...] = ()
    file: bool = False
    """Whether the manifest came as a file."""

    @property
    def text(self) -> str:
        """The manifest as it is shown again; nothing of what is no text."""
        try:
            return self.data.decode()
        except UnicodeDecodeError:
            return ""


async def _sent(request: Request) -> tuple[Form, bool]:
    """What the form holds, and whether a manifest was pasted into it."""
    fields, upload, file = await signed_files(request, "manifest_file")
    pasted = fields.get("manifest", "").replace("\r\n", "\n")
    kept = [value for name, value in sorted(fields.items()) if name.startswith("kept-") and _UPLOAD.match(value)]
    form = Form(profile=fields.get("profile", "default"), evidence=(*kept[:MOST_KEPT], *([upload] if upload else [])))
    if file is None:
        return replace(form, data=pasted.encode("utf-8", "replace")), bool(pasted.strip())
    return replace(form, data=file.data, name=file.name, file=True), bool(pasted.strip())


def _check_page(request: Request, status: int, form: Form, **more: Any) -> Response:
    return page(request, "check.html.j2", status, script="check.js", form=form, **more)
