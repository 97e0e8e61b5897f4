"""Bearer tokens of an identity provider (OpenID Connect), told apart from keys by their form.

What is believed is fixed by a file of the operator's: issuer, audience, algorithms, where the provider's keys are, and
which of its roles and tenants are which of ours. Of a token nothing is believed before its signature is checked but
which key to check it with; no address in it is ever asked. The signature and the claims are checked by PyJWT.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from fastapi import HTTPException

from api.jwks import Keys
from api.keys import Principal, Provider
from api.roles import Role
from api.settings import LOOPBACK
from api.store import FORM
from compliance.errors import InputError, UsageError
from compliance.reading.structured import decode, parse, read_bytes
from compliance.reading.typed import convert

MAX_FILE = 1 << 16
MAX_TOKEN = 16384
DAYS = 366
"""A login lasts no longer, whatever the token says."""
_NUMBERS = frozenset({"leeway", "fresh", "kept", "pause"})
_OTHER = re.compile(r"[^\w .@+/-]")
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures that are checked with a public key; a shared secret or none at all is no signature here."""


class Mapped(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which values of a claim are which of our names. `claim` is a key, or keys with dots between them."""

    claim: Word
    map: Annotated[dict[Word, Word], msgspec.Meta(min_length=1, max_length=1000)]

    def of(self, claims: Mapping[str, Any]) -> list[str]:
        """Our names for the token's values, each once, in the order of the file."""
        value: Any = claims.get(self.claim)
        if self.claim not in claims:
            value = claims
            for step in self.claim.split("."):
                value = value.get(step) if isinstance(value, Mapping) else None
        values = value if isinstance(value, list) else [value]
        return list(dict.fromkeys(ours for theirs, ours in self.map.items() if theirs in values))


class Trust(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The operator's file. `jwks` is an address, or a file beside it; times are in seconds."""

    issuer: Word
    audience: Word
    jwks: Word
    roles: Mapped
    tenants: Mapped | None = None
    """Without it every token opens the service's own ledger."""
    algorithms: Annotated[tuple[Algorithm, ...], msgspec.Meta(min_length=1)] = ("RS256",)
    name: Word = "sub"
    """The claim that the ledger calls a person by."""
    leeway: Annotated[int, msgspec.Meta(ge=0, le=300)] = 30
    """So far clocks may differ."""
    fresh: Annotated[int, msgspec.Meta(ge=1, le=86400)] = 300
    """After so long the keys are asked for again."""
    kept: Annotated[int, msgspec.Meta(ge=1, le=604800)] = 3600
    """So long they are believed while they cannot be had."""
    pause: Annotated[int, msgspec.Meta(ge=1, le=3600)] = 10
    """They are not asked for more often, whatever tokens say."""


def open_provider(path: Path) -> Provider:
    """Who a token speaks for, by the file at `path`; an `InputError` or `UsageError` where the file is wrong."""
    if find_spec("jwt") is None:
        raise UsageError("tokens of a provider need PyJWT", remedy="pip install 'clearance[serve]'")
    text = decode(read_bytes(path, limit=MAX_FILE), str(path))
    trust = convert(parse(text, _NUMBERS), Trust, text)
    unknown = sorted(set(trust.roles.map.values()) - set(Role))
    if unknown:
        raise InputError(f"{unknown[0]!r} is no role", file=str(path), field="roles.map", remedy=", ".join(Role))
    place: str | Path = trust.jwks
    if "://" in trust.jwks:
        parts = urlsplit(trust.jwks)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise UsageError("keys come over https, or from this machine", remedy=f"jwks: in {path}")
    else:
        place = path.parent / trust.jwks
    keys = Keys(place, fresh=trust.fresh, kept=trust.kept, pause=trust.pause)
    if isinstance(place, Path):
        keys.fetch()  # a file that is wrong is told at the start; a host may be away for now
    return Verifier(trust, keys)


class Verifier:
    """Finds who a token speaks for."""

    def __init__(self, trust: Trust, keys: Keys) -> None:
        self._trust = trust
        self._keys = keys

    def __call__(self, token: str) -> Principal | None:
        """Whose token this is; None where it does not hold. 503 where the provider's keys cannot be had."""
        if len(token) > MAX_TOKEN or token.count(".") != 2:
            return None
        claims = self._claims(token)
        return self._principal(claims) if claims is not None else None

    def _claims(self, token: str) -> dict[str, Any] | None:
        import jwt

        trust = self._trust
        try:
            header = jwt.get_unverified_header(token)
            algorithm, kid = header.get("alg"), header.get("kid")
            if algorithm not in trust.algorithms or not isinstance(kid, str) or "crit" in header:
                return None
            try:
                key = self._keys.find(kid)
            except InputError as error:
                raise HTTPException(503, "the identity provider's keys cannot be had", {"Retry-After": "5"}) from error
            if key is None or not key.checks(algorithm):
                return None
            claims: dict[str, Any] = jwt.decode(
                token,
                key.public,
                algorithms=[algorithm],
                audience=trust.audience,
                issuer=trust.issuer,
                leeway=trust.leeway,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
            return claims
        # Beside its own errors the library passes on those of reading hostile JSON.
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
            return None

    def _principal(self, claims: Mapping[str, Any]) -> Principal | None:
        subject = claims["sub"]
        roles = self._trust.roles.of(claims)
        tenants = self._trust.tenants.of(claims) if self._trust.tenants is not None else [""]
        if not isinstance(subject, str) or not subject or not roles or len(tenants) != 1:
            return None
        said = claims.get(self._trust.name)
        name = _OTHER.sub("_", said if isinstance(said, str) and said.strip() else subject)[:80]
        digest = hashlib.sha256(f"{self._trust.issuer}\0{subject}".encode("utf-8", "surrogatepass")).hexdigest()
        end = min(float(claims["exp"]), time.time() + DAYS * 86400)
        until = datetime.fromtimestamp(end, UTC).strftime(FORM)
        return Principal(f"oidc-{digest[:24]}", name, Role(roles[0]), tenant=tenants[0], until=until)
