"""Webhooks: what ended is told to a host that the operator allowed, signed, until it is taken.

The signature is that of Standard Webhooks: HMAC-SHA-256 over `id.timestamp.body`, in the header `webhook-signature`.
An address is looked up once and connected to as it was found, so that a name cannot lead inside meanwhile.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import secrets
import socket
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import anyio
import httpx
import msgspec
from anyio import to_thread
from fastapi import HTTPException
from sqlalchemy import Connection, Engine, delete, insert, select, update

from api.settings import Settings
from api.store import hooks, moment
from compliance.errors import ClearanceError
from compliance.store.engine import writing

if TYPE_CHECKING:
    from api.service import Service

LATER = (5, 30, 300, 1800, 7200)
"""Seconds before each further try."""
TAKEN = timedelta(seconds=60)
SECONDS = 10.0
LOOK = 1.0


class Refused(Exception):
    """An address that is not asked."""


def allowed(settings: Settings, url: str) -> None:
    """Refuse (422) a webhook that does not go to one of the hosts that are allowed."""
    if not settings.webhook_secret:
        raise HTTPException(422, "no webhooks are set up: the service is to be started with --webhook-host")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise HTTPException(422, "the webhook is no address") from None
    schemes = ("https", "http") if settings.webhook_private else ("https",)
    if parts.scheme not in schemes or parts.username is not None or parts.password is not None or not url.isascii():
        raise HTTPException(422, "a webhook is an https address without credentials")
    named = host if port is None else f"{host}:{port}"
    if named not in settings.webhook_hosts and host not in settings.webhook_hosts:
        raise HTTPException(422, f"webhooks to {host or 'nowhere'} are not allowed")


def put(connection: Connection, url: str, kind: str, data: Any) -> None:
    """Note what is to be told, in the transaction in which it comes true; it is sent from then on."""
    body = msgspec.json.encode({"type": kind, "timestamp": moment(), "data": data})
    row = {"id": f"msg_{secrets.token_hex(16)}", "url": url, "body": body, "tries": 0, "next_at": moment()}
    connection.execute(insert(hooks), row)


def signature(secret: bytes, id_: str, at: int, body: bytes) -> str:
    """The signature of a message as its header has it."""
    mac = hmac.new(secret, b"%s.%d.%s" % (id_.encode(), at, body), hashlib.sha256).digest()
    return f"v1,{base64.b64encode(mac).decode()}"


class Messenger:
    """Sends what is to be told, also what was left by a service that ended."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def run(self) -> None:
        """Send until cancelled."""
        if not self._service.settings.webhook_secret:
            return
        engine = self._service.log.engine
        while True:
            try:
                row = await self._service.read(_claim, engine)
                if row is not None:
                    sent = await self._send(row)
                    await self._service.read(_settle, engine, row.id, row.tries, sent)
                    continue
            except ClearanceError:  # the database is away: later
                row = None
            await anyio.sleep(LOOK)

    async def _send(self, row: Any) -> bool:
        settings, at = self._service.settings, int(time.time())
        try:
            allowed(settings, row.url)  # as it is set now, not as it was when the job came
            parts = urlsplit(row.url)
            port = parts.port or (443 if parts.scheme == "https" else 80)
            address = await to_thread.run_sync(_address, parts.hostname or "", port, settings.webhook_private)
            there = httpx.URL(row.url).copy_with(host=address)
            headers = {
                "Host": parts.netloc,
                "Content-Type": "application/json",
                "webhook-id": row.id,
                "webhook-timestamp": str(at),
                "webhook-signature": signature(settings.webhook_secret, row.id, at, row.body),
            }
            async with httpx.AsyncClient(timeout=SECONDS, trust_env=False, follow_redirects=False) as client:
                request = client.build_request(
                    "POST", there, content=row.body, headers=headers, extensions={"sni_hostname": parts.hostname}
                )
                answer = await client.send(request, stream=True)
                await answer.aclose()
                return answer.is_success
        except (httpx.HTTPError, OSError, ValueError, Refused, HTTPException):
            return False


def _address(host: str, port: int, private: bool) -> str:
    """The address of a host; refused where any that it has is not on the public network."""
    found = {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    if not found or (not private and not all(ipaddress.ip_address(a.partition("%")[0]).is_global for a in found)):
        raise Refused
    return sorted(found, key=lambda a: (":" in a, a))[0]


def _claim(engine: Engine) -> Any:
    now = moment()
    with engine.connect() as connection:
        row = connection.execute(select(hooks).where(hooks.c.next_at <= now).order_by(hooks.c.next_at).limit(1)).first()
    if row is None:
        return None
    same = (hooks.c.id == row.id) & (hooks.c.next_at == row.next_at)
    with writing(engine) as connection:
        taken = connection.execute(update(hooks).where(same).values(next_at=moment(TAKEN)))
    return row if taken.rowcount == 1 else None


def _settle(engine: Engine, id_: str, tries: int, sent: bool) -> None:
    with writing(engine) as connection:
        if sent or tries >= len(LATER):
            connection.execute(delete(hooks).where(hooks.c.id == id_))
        else:
            later = moment(timedelta(seconds=LATER[tries]))
            connection.execute(update(hooks).where(hooks.c.id == id_).values(tries=tries + 1, next_at=later))
