"""The one shape of every error: a problem document of RFC 9457."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from compliance.errors import (
    ClearanceError,
    InputError,
    MalformedText,
    ManifestError,
    SchemaError,
    UnreadableFile,
    UnsafeInput,
    UsageError,
)

MEDIA_TYPE = "application/problem+json"
PREFIX = "urn:clearance:problem:"

KINDS: dict[str, tuple[int, str]] = {
    "bad-request": (400, "The request is not well formed"),
    "usage": (400, "The request asks for something that does not exist or does not go together"),
    "malformed-text": (400, "The text is not UTF-8, or neither YAML nor JSON"),
    "unauthenticated": (401, "A live key is needed"),
    "forbidden": (403, "The key's role does not allow this"),
    "not-found": (404, "There is nothing here"),
    "not-set-up": (404, "This part of the service is not set up"),
    "method-not-allowed": (405, "This method is not offered here"),
    "timeout": (408, "The request did not arrive in time"),
    "not-ready": (409, "The job has not come to its end"),
    "gone": (410, "What was here was destroyed, and the ledger says so"),
    "too-large": (413, "The body is too large"),
    "unsupported-media-type": (415, "The body is of a kind that is not read here"),
    "host": (421, "The service does not answer to this name"),
    "invalid": (422, "A parameter has a value that it cannot have"),
    "schema": (422, "A key is missing, unknown or of the wrong type"),
    "manifest": (422, "The manifest contradicts itself"),
    "unsafe-input": (422, "The input is deeper or more repetitive than is read"),
    "input": (422, "What was handed over cannot be used"),
    "key-reused": (422, "The Idempotency-Key was used for another request"),
    "too-many": (429, "Requests come too often"),
    "internal": (500, "A defect of Clearance"),
    "unavailable": (503, "The service cannot answer now"),
}
"""Every kind of problem: status and title. The type is the kind after `urn:clearance:problem:`."""

_OF_STATUS = {
    400: "bad-request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    408: "timeout",
    409: "not-ready",
    410: "gone",
    413: "too-large",
    415: "unsupported-media-type",
    421: "host",
    422: "invalid",
    429: "too-many",
    500: "internal",
    503: "unavailable",
}
_OF_ERROR: list[tuple[type[ClearanceError], str]] = [
    (MalformedText, "malformed-text"),
    (UnsafeInput, "unsafe-input"),
    (SchemaError, "schema"),
    (ManifestError, "manifest"),
    (UnreadableFile, "unavailable"),  # callers name no files: it is the service's own database that failed
    (InputError, "input"),
    (UsageError, "usage"),
]


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A problem; `request` is the id under which the log speaks of it."""

    type: str
    title: str
    status: int
    detail: str = ""
    request: str = ""
    remedy: str = ""
    file: str = ""
    line: int | None = None
    field: str = ""
    errors: list[dict[str, str]] = []

    def one_line(self) -> str:
        """What is wrong, where, and what to do about it, as the command line says it."""
        place = self.file + (f":{self.line}" if self.line is not None else "")
        where = "".join(f"{part}: " for part in (place, self.field) if part)
        said = f"{where}{self.detail or self.title}"
        return f"{said} ({self.remedy})" if self.remedy else said


def problem(kind: str, detail: str = "", **more: Any) -> Problem:
    """The problem of a kind."""
    status, title = KINDS[kind]
    return Problem(type=PREFIX + kind, title=title, status=status, detail=_plain(detail), **more)


def of_exception(error: Exception) -> Problem:
    """What an exception is to a caller; nothing of the program's inside is told."""
    if isinstance(error, ClearanceError):
        kind = next((name for type_, name in _OF_ERROR if isinstance(error, type_)), "internal")
        if kind in ("internal", "unavailable"):
            return problem(kind, "" if kind == "internal" else "the database cannot be used", remedy="see the log")
        at = (
            {"file": _plain(error.file), "line": error.line, "field": _plain(error.field)}
            if isinstance(error, InputError)
            else {}
        )
        return problem(kind, error.message, remedy=_plain(error.remedy), **at)
    if isinstance(error, RequestValidationError):
        found = [
            {"field": _plain(".".join(str(part) for part in e["loc"])), "says": _plain(e["msg"])}
            for e in error.errors()
        ]
        return problem("invalid", "; ".join(f"{e['field']}: {e['says']}" for e in found)[:1000], errors=found[:20])
    if isinstance(error, HTTPException):
        kind = _OF_STATUS.get(error.status_code, "bad-request" if error.status_code < 500 else "internal")
        detail = "" if error.detail == HTTPStatus(error.status_code).phrase else str(error.detail)
        if detail.startswith(PREFIX):
            kind, _, detail = detail.removeprefix(PREFIX).partition(" ")
        return problem(kind, detail)
    return problem("internal", remedy="please report it; the log has more under this request")


def answer(found: Problem, request_id: str, headers: dict[str, str] | None = None) -> Response:
    """A problem as a response."""
    body = msgspec.json.encode(msgspec.structs.replace(found, request=request_id))
    more = dict(headers or {})
    if found.status == 401:
        more["WWW-Authenticate"] = 'Bearer realm="clearance"'
    if found.status in (408, 413):
        more["Connection"] = "close"  # what is left of the body is not read
    return Response(body, found.status, {"Cache-Control": "no-store", **more}, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Answer every error of the application in this shape."""

    async def handle(request: Request, error: Exception) -> Response:
        from api.pages import error_page, wants_page

        found = of_exception(error)
        headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
        if found.status >= 500:
            request.scope["fault"] = error
        if wants_page(request):
            return error_page(request, found, headers)
        return answer(found, request.scope["request_id"], headers)

    for kind in (ClearanceError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, handle)


def _plain(text: str) -> str:
    """`text` on one line, of characters that can be shown."""
    return "".join(c if c.isprintable() else " " for c in text)[:2000]
