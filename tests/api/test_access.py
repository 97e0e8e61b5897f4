"""Who may do what: every route, every role; keys that ended; the table on the page."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path

import httpx
import pytest
from running import Running, check, run
from sqlalchemy import update
from starlette.routing import Route

from api.app import create_app
from api.keys import STARTUP, new_token
from api.problems import KINDS
from api.roles import ACCESS, PUBLIC, Role
from api.settings import Settings
from api.store import keys
from compliance.store.engine import open_engine

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "http.md").read_text("utf-8")
CALLS = sorted([*ACCESS, *PUBLIC])


def send(client: httpx.Client, call: str) -> httpx.Response:
    """A call with parts that fit its path, and nothing in it."""
    method, path = call.split(" ")
    parts = {"id": "0" * 32, "label": "own-lab", "index": "0", "document": "1", "clause": "distill-0123456789"}
    for place, id_ in (("parties", "openai"), ("/reviews/", "0" * 16), ("/waivers/", "w" + "0" * 16)):
        if place in path:
            parts["id"] = id_
    return client.request(method, path.format(**parts))


@pytest.mark.parametrize("call", CALLS)
def test_nothing_answers_without_a_credential_but_health_and_login(call: str, service: Running) -> None:
    answer = send(service.client, call)
    if call in PUBLIC:
        assert answer.status_code in (200, 415)
    else:
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("call", sorted(ACCESS))
def test_each_role_may_do_what_the_table_says(call: str, role: Role, service: Running, tokens: dict[str, str]) -> None:
    with service.as_(tokens[role]) as client:
        answer = send(client, call)
    if role in ACCESS[call]:
        method, path = call.split(" ")
        pages_need_a_login = method == "POST" and not path.startswith("/v1/")
        assert answer.status_code in ((415,) if pages_need_a_login else (200, 201, 404, 415, 422)), answer.text
    else:
        assert answer.status_code == 403
        assert role.value in answer.json()["detail"]


def test_every_route_is_in_the_table(tmp_path: Path) -> None:
    app = create_app(Settings(ledger=str(tmp_path / "audit.db")))
    app.state.service.ledger.close()
    calls = {f"{m} {r.path}" for r in flat(app.routes) for m in r.methods or ()}
    assert calls == set(CALLS)


def flat(routes: object) -> list[Route]:
    """The routes, those of routers within routers too."""
    found: list[Route] = []
    for route in routes:  # type: ignore[attr-defined]
        inner = getattr(getattr(route, "original_router", route), "routes", None)
        found += flat(inner) if inner else [route] if hasattr(route, "methods") else []
    return found


def test_a_route_that_the_table_lacks_is_refused(tmp_path: Path) -> None:
    token = new_token(STARTUP)
    app = create_app(Settings(ledger=str(tmp_path / "audit.db"), startup_token=token))

    @app.get("/forgotten")
    async def forgotten() -> str:
        return "reached"

    async def answers() -> list[int]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            key = {"Authorization": f"Bearer {token}"}
            return [(await client.get("/forgotten", headers=h)).status_code for h in ({}, key)]

    assert asyncio.run(answers()) == [401, 403]
    app.state.service.ledger.close()


def test_a_revoked_key_ends_at_once(service: Running) -> None:
    token = service.key("engineer")
    with service.as_(token) as client:
        assert client.get("/v1/checks").status_code == 200
        ended = run("keys", "revoke", token.split("_")[1], "--ledger", service.ledger, folder=service.folder)
        assert ended.returncode == 0
        assert client.get("/v1/checks").status_code == 401
    again = run("keys", "revoke", token.split("_")[1], "--ledger", service.ledger, folder=service.folder)
    assert again.returncode == 64


def test_an_expired_key_is_none(service: Running) -> None:
    token = service.key("engineer")
    engine = open_engine(service.folder / service.ledger)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(
            update(keys).where(keys.c.id == token.split("_")[1]).values(expires_at="2020-01-01T00:00:00.000000Z")
        )
    engine.dispose()
    with service.as_(token) as client:
        assert client.get("/v1/checks").status_code == 401
    assert " expired " in run("keys", "list", "--ledger", service.ledger, folder=service.folder).stdout


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic {token}", "Bearer {token}x", "Bearer \xff"])
def test_other_credentials_are_none(header: str, service: Running, tokens: dict[str, str]) -> None:
    value = header.format(token=tokens["admin"])
    answer = service.client.get("/v1/checks", headers={"Authorization": value.encode("latin-1")})  # type: ignore[dict-item]
    assert answer.status_code == 401


def test_secrets_are_not_stored_listed_or_logged(service: Running, tokens: dict[str, str]) -> None:
    with service.as_(tokens["admin"]) as client:
        check(client)
        client.get("/login", params={"token": tokens["admin"]})
    time.sleep(0.2)
    listed = run("keys", "list", "--format", "json", "--ledger", service.ledger, folder=service.folder).stdout
    stored = b"".join(p.read_bytes() for p in service.folder.glob("audit.db*") if p.is_file() and p.suffix != ".db-shm")
    for token in tokens.values():
        secret = token.split("_", 2)[2]
        assert secret not in listed
        assert secret.encode() not in stored
        assert secret not in service.log.read_text()
    assert service.token.split("_", 2)[2].encode() not in stored


def test_others_are_not_served_before_somebody_holds_a_key(tmp_path: Path) -> None:
    started = run("serve", "--host", "0.0.0.0", "--port", "0", "--ledger", "audit.db", folder=tmp_path)
    assert started.returncode == 64
    assert "clearance keys create" in started.stderr
    assert "Traceback" not in started.stderr


def test_a_port_that_is_taken_is_said_in_one_line(service: Running, tmp_path: Path) -> None:
    port = service.url.rpartition(":")[2]
    started = run("serve", "--port", port, "--ledger", "audit.db", folder=tmp_path)
    assert (started.returncode, "cannot listen" in started.stderr) == (64, True)


def test_the_page_shows_the_table_and_every_problem() -> None:
    rows = re.findall(r"^\| `([A-Z]+ \S+)` \| ([^|]+) \|", PAGE, re.MULTILINE)
    told = {call: {word.strip() for word in words.split(",")} for call, words in rows}
    expected = {call: {role.value for role in roles} for call, roles in ACCESS.items()}
    expected |= {call: {"nobody's key is asked"} for call in PUBLIC}
    assert told == expected
    kinds = re.findall(r"^\| `([a-z-]+)` \| (\d+) \| ([^|]+) \|", PAGE, re.MULTILINE)
    assert {kind: (int(code), title.strip()) for kind, code, title in kinds} == KINDS
