"""API keys and sessions: made, found, ended. A secret is shown once and never stored."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import Engine, delete, insert, select, update

from api.roles import Role
from api.store import keys, moment, sessions, tenants
from compliance.errors import UsageError
from compliance.store.engine import writing

MAX_DAYS = 3660
STARTUP = "startup"
_TOKEN = re.compile(r"clr_(startup|[0-9a-f]{12})_([A-Za-z0-9_-]{43})\Z")
_NAME = re.compile(r"[\w .@+/-]{1,80}\Z")


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it may be shown: everything but its secret."""

    id: str
    name: str
    role: Role
    made_at: str
    expires_at: str
    revoked_at: str | None
    tenant: str = ""

    @property
    def state(self) -> str:
        """`live`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        return "live" if self.expires_at > moment() else "expired"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes a request, for which tenant (empty for the service's own); `csrf` is set where a session speaks.

    `until` is when that ends which was shown, where it is not a key that is looked up each time.
    """

    id: str
    name: str
    role: Role
    csrf: str = ""
    tenant: str = ""
    until: str = ""

    @property
    def signature(self) -> str:
        """How the ledger names it."""
        return f"{self.name} ({'subject' if self.until else 'key'} {self.id})"


def new_token(id_: str) -> str:
    """A token with 256 random bits."""
    return f"clr_{id_}_{secrets.token_urlsafe(32)}"


def create_key(engine: Engine, name: str, role: Role, days: int, tenant: str = "") -> tuple[Key, str]:
    """A new key and its token, which nobody can read again; `tenant` is one that there is."""
    if not _NAME.match(name):
        raise UsageError("a key's name has 1 to 80 letters, digits, spaces or . @ + / - _", remedy="--name ci-bot")
    if not 1 <= days <= MAX_DAYS:
        raise UsageError(f"a key lasts 1 to {MAX_DAYS:,} days", remedy="--days 90")
    token = new_token(secrets.token_hex(6))
    id_ = token.split("_")[1]
    key = Key(id_, name, role, moment(), moment(timedelta(days=days)), None, tenant)
    row = {"id": id_, "name": name, "role": role.value, "secret_sha256": _hash(token), "tenant": tenant}
    with writing(engine) as connection:
        if tenant and connection.execute(select(tenants.c.name).where(tenants.c.name == tenant)).first() is None:
            raise UsageError(f"there is no tenant {tenant!r}", remedy=f"clearance keys add-tenant {tenant}")
        connection.execute(insert(keys), {**row, "made_at": key.made_at, "expires_at": key.expires_at})
    return key, token


def list_keys(engine: Engine) -> list[Key]:
    """Every key that was ever made, in that order."""
    with engine.connect() as connection:
        return [_key(row) for row in connection.execute(select(keys).order_by(keys.c.made_at))]


def revoke_key(engine: Engine, id_: str) -> None:
    """End a key and its sessions, from the next request on."""
    with writing(engine) as connection:
        wanted = (keys.c.id == id_) & keys.c.revoked_at.is_(None)
        ended = connection.execute(update(keys).where(wanted).values(revoked_at=moment())).rowcount
        connection.execute(delete(sessions).where(sessions.c.key == id_))
    if not ended:
        raise UsageError(f"no live key is called {id_!r}", remedy="clearance keys list shows them")


def any_live(engine: Engine) -> bool:
    """Whether somebody holds a key that works."""
    return any(key.state == "live" for key in list_keys(engine))


Provider = Callable[[str], Principal | None]
"""Whose token of an identity provider this is; None where nobody's."""


class Doorkeeper:
    """Finds who a token or cookie speaks for: in the store, by the token of this start, or by an identity provider."""

    def __init__(
        self, engine: Engine, startup_token: str, session_hours: float, provider: Provider | None = None
    ) -> None:
        self._engine = engine
        self._startup = _hash(startup_token) if startup_token else b""
        # A login by another start's token is none here; one by this start's holds in all its workers.
        self._run = f"{STARTUP}/{hashlib.sha256(b'run' + self._startup).hexdigest()[:16]}" if startup_token else ""
        self._hours = session_hours
        self._provider = provider

    def by_token(self, token: str) -> Principal | None:
        """Whose token this is; None where nobody's, or no longer."""
        match = _TOKEN.match(token)
        if match is None:
            return self._provider(token) if self._provider is not None else None
        given = _hash(token)
        if match[1] == STARTUP:
            return self._starter() if self._startup and hmac.compare_digest(given, self._startup) else None
        with self._engine.connect() as connection:
            row = connection.execute(select(keys).where(keys.c.id == match[1])).first()
        if row is None or not hmac.compare_digest(given, bytes(row.secret_sha256)):
            return None
        return _live(row)

    def by_cookie(self, cookie: str) -> Principal | None:
        """Whose session this is; it ends with its key, or with the provider's token that opened it."""
        with self._engine.connect() as connection:
            held = connection.execute(select(sessions).where(sessions.c.sha256 == _hash(cookie))).first()
            if held is None or held.expires_at <= moment():
                return None
            if self._run and held.key == self._run:
                return self._starter(held.csrf)
            if held.holder is not None:
                known = msgspec.json.decode(held.holder, type=Principal) if self._provider is not None else None
                return replace(known, csrf=held.csrf) if known is not None else None
            row = connection.execute(select(keys).where(keys.c.id == held.key)).first()
        return _live(row, held.csrf) if row is not None else None

    def log_in(self, principal: Principal) -> str:
        """A new session for a token's holder; the cookie to set."""
        cookie = secrets.token_urlsafe(32)
        end = moment(timedelta(hours=self._hours))
        row = {
            "sha256": _hash(cookie),
            "key": self._run if principal.id == STARTUP else principal.id,
            "csrf": secrets.token_urlsafe(32),
            "expires_at": min(end, principal.until or end),
            "holder": msgspec.json.encode(principal) if principal.until else None,
        }
        with writing(self._engine) as connection:
            connection.execute(insert(sessions), row)
        return cookie

    def log_out(self, cookie: str) -> None:
        """End a session."""
        with writing(self._engine) as connection:
            connection.execute(delete(sessions).where(sessions.c.sha256 == _hash(cookie)))

    def _starter(self, csrf: str = "") -> Principal:
        return Principal(STARTUP, "start-up token", Role.ADMIN, csrf)


def _live(row: Any, csrf: str = "") -> Principal | None:
    key = _key(row)
    return Principal(key.id, key.name, key.role, csrf, key.tenant) if key.state == "live" else None


def _key(row: Any) -> Key:
    return Key(row.id, row.name, Role(row.role), row.made_at, row.expires_at, row.revoked_at, row.tenant)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
