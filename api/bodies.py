"""Reading what is sent: bounded in bytes and in time, of a stated kind, never more of it than is needed."""

from __future__ import annotations

import hmac
from typing import TypeVar
from urllib.parse import parse_qsl

import anyio
from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect

from api.service import principal_of, service_of
from compliance.reading.json_text import parse_json
from compliance.reading.structured import decode
from compliance.reading.typed import convert

T = TypeVar("T")
JSON = frozenset({"application/json"})
YAML = frozenset({"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"})
LINES = frozenset({"application/x-ndjson", "application/jsonl", "application/json-lines"})
FORM = frozenset({"application/x-www-form-urlencoded"})


def kind_of(request: Request, kinds: frozenset[str]) -> str:
    """The body's media type, which is one of `kinds`; else 415."""
    stated = request.headers.get("content-type", "")
    kind, *parameters = [part.strip().lower() for part in stated.split(";")]
    charset = [p.partition("=")[2].strip('"') for p in parameters if p.startswith("charset=")]
    if kind not in kinds:
        raise HTTPException(415, "send " + " or ".join(sorted(kinds)))
    if any(c not in ("utf-8", "utf8") for c in charset):
        raise HTTPException(415, "send it as UTF-8")
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise HTTPException(415, "send it without a Content-Encoding")
    return kind


async def read(request: Request) -> bytes:
    """The body; 413 as soon as it is too large, whatever its headers say, and 408 where it does not come."""
    settings = service_of(request).settings
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > settings.max_body:
        raise HTTPException(413, f"at most {settings.max_body:,} bytes")
    data = bytearray()
    try:
        with anyio.fail_after(settings.body_seconds):
            async for chunk in request.stream():
                data += chunk
                if len(data) > settings.max_body:
                    raise HTTPException(413, f"at most {settings.max_body:,} bytes")
    except TimeoutError:
        raise HTTPException(408) from None
    except ClientDisconnect:
        raise HTTPException(400, "the body ended early") from None
    return bytes(data)


async def record(request: Request, kind: type[T]) -> T:
    """A JSON body as a record."""
    kind_of(request, JSON)
    text = decode(await read(request), "request.json")
    return convert(parse_json(text), kind, text)


async def form(request: Request, most: int = 20) -> dict[str, str]:
    """The fields of a form, at most so many, that one of our own pages sent; else 403."""
    same_site(request)
    kind_of(request, FORM)
    try:
        text = (await read(request)).decode("utf-8")
        fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=most, errors="strict"))
    except ValueError:
        raise HTTPException(400, "not a form") from None
    return fields


async def signed_form(request: Request, most: int = 20) -> dict[str, str]:
    """As `form`, of somebody who is logged in: the token of the session must come with it."""
    fields = await form(request, most)
    of_session(request, fields)
    return fields


def of_session(request: Request, fields: dict[str, str]) -> None:
    """Refuse a form that does not carry the token of the session."""
    principal = principal_of(request)
    if not principal.csrf or not hmac.compare_digest(fields.get("csrf", "").encode(), principal.csrf.encode()):
        raise HTTPException(403, "the form is not of this session; load the page again")


def same_site(request: Request) -> None:
    """Refuse what a browser says comes from elsewhere."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise HTTPException(403, "the form was sent from another site")
    origin = request.headers.get("origin")
    if origin is not None and origin.partition("://")[2] != request.headers.get("host", ""):
        raise HTTPException(403, "the form was sent from another site")
