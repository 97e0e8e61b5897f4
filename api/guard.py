"""The one place where access is decided: every route depends on it, and what `ACCESS` does not name is refused."""

from __future__ import annotations

from fastapi import HTTPException, Request

from api.keys import Principal
from api.roles import PUBLIC, allows
from api.service import Service, service_of

COOKIE = "clearance_session"


async def guard(request: Request) -> None:
    """Let the request through, or raise 401 or 403; afterwards `request.state.principal` says whose it is."""
    path = request.scope["route"].path
    call = f"{request.method} {path}"
    if call in PUBLIC:
        return
    principal = await _principal(request, service_of(request))
    if principal is None:
        raise HTTPException(401)
    request.state.principal = principal
    if not allows(principal.role, call):
        raise HTTPException(403, f"the role {principal.role.value} may not do this")
    if principal.csrf and request.method != "GET" and path.startswith("/v1/"):
        raise HTTPException(403, "a login is for the pages; programs use a key")


async def _principal(request: Request, service: Service) -> Principal | None:
    """A key in the Authorization header goes before a session."""
    header = request.headers.get("authorization", "")
    if header:
        scheme, _, token = header.partition(" ")
        return await service.read(service.door.by_token, token.strip()) if scheme.lower() == "bearer" else None
    cookie = request.cookies.get(COOKIE, "")
    return await service.read(service.door.by_cookie, cookie) if cookie else None
