"""The public keys of an identity provider, from a file or address that the operator named: bounded, remembered."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import msgspec

from compliance.errors import InputError, UnreadableFile
from compliance.reading.structured import read_bytes

if TYPE_CHECKING:
    from jwt.algorithms import AllowedPublicKeys

MAX_BYTES = 1 << 18
MAX_KEYS = 100
SECONDS = 5.0
RSA_BITS = 2048
_OF_CURVE = {"P-256": ("ES256",), "P-384": ("ES384",), "P-521": ("ES512",), "Ed25519": ("EdDSA",), "Ed448": ("EdDSA",)}
_OF_RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")


@dataclass(frozen=True, slots=True)
class Key:
    """A public key, and the algorithms that its signatures may be of."""

    public: AllowedPublicKeys
    algorithms: tuple[str, ...]

    def checks(self, algorithm: str) -> bool:
        """Whether a signature of this algorithm may be this key's."""
        return algorithm in self.algorithms


class Keys:
    """The keys by their ids. A new id is asked for at once, but no more often than once in `pause` seconds.

    They are asked for again after `fresh` seconds, and where that fails believed until they are `kept` seconds old.
    """

    def __init__(self, place: str | Path, *, fresh: float = 300, kept: float = 3600, pause: float = 10) -> None:
        self._place = place
        self._fresh, self._kept, self._pause = fresh, kept, pause
        self._held: dict[str, Key] = {}
        self._had_at = float("-inf")
        self._asked_at = float("-inf")
        self._one = threading.Lock()

    def find(self, kid: str) -> Key | None:
        """The key of an id; None where the provider has none. An `InputError` where it cannot be told."""
        now = time.monotonic()
        if kid not in self._held or now - self._had_at > self._fresh:
            self._ask(wait=now - self._had_at > self._kept)
        if time.monotonic() - self._had_at > self._kept:
            raise UnreadableFile("the identity provider's keys cannot be had", file=str(self._place))
        return self._held.get(kid)

    def fetch(self) -> None:
        """Ask for the keys now; an `InputError` where they cannot be had."""
        self._asked_at = time.monotonic()
        self._held = _read(_bytes(self._place), str(self._place))
        self._had_at = time.monotonic()

    def _ask(self, wait: bool) -> None:
        """Ask, one thread for all; those that have keys to go on with do not wait."""
        if not self._one.acquire(timeout=2 * SECONDS if wait else 0):
            return
        try:
            if time.monotonic() - self._asked_at >= self._pause:
                self.fetch()
        except InputError:
            return  # what is held is believed for a while
        finally:
            self._one.release()


def _bytes(place: str | Path) -> bytes:
    if isinstance(place, Path):
        return read_bytes(place, limit=MAX_BYTES)
    until, data = time.monotonic() + SECONDS, b""
    try:
        with (
            httpx.Client(timeout=SECONDS, trust_env=False, follow_redirects=False) as client,
            client.stream("GET", place) as answer,
        ):
            if answer.status_code != 200:
                raise UnreadableFile(f"the answer is {answer.status_code}", file=place)
            for block in answer.iter_bytes():
                data += block
                if len(data) > MAX_BYTES or time.monotonic() > until:
                    raise UnreadableFile("the keys are too long, or come too slowly", file=place)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnreadableFile(f"no answer: {type(error).__name__}", file=place) from None
    return data


def _read(data: bytes, place: str) -> dict[str, Key]:
    """The keys of a JWK set that signatures can be checked with; others are left out."""
    try:
        told = msgspec.json.decode(data, type=dict[str, Any]).get("keys")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        told = None
    if not isinstance(told, list) or len(told) > MAX_KEYS:
        raise InputError("not a JWK set", file=place, remedy='it is {"keys": [...]}, with at most 100 keys')
    found = {one["kid"]: key for one in told if isinstance(one, dict) and (key := _key(one)) is not None}
    if not found:
        raise InputError(
            "no key here checks a signature", file=place, remedy="public RSA, EC or Ed25519 keys with a kid"
        )
    return found


def _key(told: dict[str, Any]) -> Key | None:
    import jwt
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

    kind, of_curve = told.get("kty"), _OF_CURVE.get(str(told.get("crv")), ())
    if not isinstance(told.get("kid"), str) or told.get("use", "sig") != "sig" or "d" in told:
        return None
    try:
        public: Any
        may: tuple[str, ...]
        if kind == "RSA":
            public, may = RSAAlgorithm.from_jwk(told), _OF_RSA
            if not isinstance(public, RSAPublicKey) or public.key_size < RSA_BITS:
                return None
        elif kind == "EC":
            public, may = ECAlgorithm.from_jwk(told), of_curve
        elif kind == "OKP":
            public, may = OKPAlgorithm.from_jwk(told), of_curve
        else:
            return None
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
    bound = told.get("alg")
    return Key(public, tuple(a for a in may if bound in (None, a)))
