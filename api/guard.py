"""The one place where access is decided: every route depends on it, and what `ACCESS` does not name is refused."""

from __future__ import annotations

from fastapi import HTTPException, Request

from api.keys import Principal
from api.roles import PUBLIC, allows
from api.service import Service

COOKIE = "clearance_session"
OPERATION = frozenset(
    {
        "GET /metrics",
        "POST /v1/terms/{document}/clauses/{clause}",
        "POST /v1/terms/{document}/complete",
        "POST /v1/terms/{document}/binding",
        "POST /v1/terms/{document}/look",
        "POST /terms/{document}/clauses",
        "POST /terms/{document}/complete",
        "POST /terms/{document}/binding",
        "POST /terms/{document}/look",
    }
)
"""Calls that tell of the service as a whole, or change what the checks of all tenants rest on."""


async def guard(request: Request) -> None:
    """Let the request through, or raise 401, 403 or 429.

    Afterwards `request.state.principal` says whose it is, and `request.state.service` is the part of the service that
    it may touch: that of its tenant.
    """
    path = request.scope["route"].path
    call = f"{request.method} {path}"
    home: Service = request.app.state.service
    if call in PUBLIC:
        request.state.service = home
        return
    principal = await _principal(request, home)
    if principal is None:
        raise HTTPException(401)
    request.state.principal = principal
    home.limits.asked(f"{principal.tenant}/{principal.id}")
    if not allows(principal.role, call):
        raise HTTPException(403, f"the role {principal.role.value} may not do this")
    if principal.csrf and request.method != "GET" and path.startswith("/v1/"):
        raise HTTPException(403, "a login is for the pages; programs use a key")
    if principal.tenant and call in OPERATION:
        raise HTTPException(403, "this is about all tenants, and is for the service's own keys")
    request.state.service = await home.tenants.of(principal.tenant)


async def _principal(request: Request, service: Service) -> Principal | None:
    """A key in the Authorization header goes before a session."""
    header, cookie = request.headers.get("authorization", ""), request.cookies.get(COOKIE, "")
    if not header and not cookie:
        return None
    service.limits.may_try(request)
    if header:
        scheme, _, token = header.partition(" ")
        found = await service.read(service.door.by_token, token.strip()) if scheme.lower() == "bearer" else None
    else:
        found = await service.read(service.door.by_cookie, cookie)
    if found is None:
        service.limits.failed(request)
    return found
