"""How often somebody may ask: a token bucket for each key, and for each address one of credentials that were nobody's.

They stand in the memory of this process: each worker has its own.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable

from fastapi import HTTPException, Request

from api.settings import Settings

MAX_HELD = 10_000
"""So many callers are remembered; the one that was away longest is forgotten first."""
BURST_SECONDS = 2.0
"""A key that was quiet so long may send what it was left at once."""


class Buckets:
    """A bucket for each caller: `burst` tokens at most, `rate` more each second; a rate of 0 never runs dry.

    Kept is the time at which a bucket is full again, which says how much is in it.
    """

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._each = 1 / rate if rate else 0.0
        self._depth = self._each * max(burst, 1.0)
        self._clock = clock
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def wait(self, who: str) -> float:
        """Seconds until there is a token, which stays where it is; 0 where there is one now."""
        now = self._clock()
        return max(0.0, max(self._full_at.get(who, now), now) + self._each - now - self._depth)

    def take(self, who: str) -> float:
        """As `wait`, and the token is taken where there is one."""
        left = self.wait(who)
        if not left and self._each:
            self._full_at[who] = max(self._full_at.get(who, 0.0), self._clock()) + self._each
            self._full_at.move_to_end(who)
            if len(self._full_at) > MAX_HELD:
                self._full_at.popitem(last=False)
        return left


class Limits:
    """The buckets of one process."""

    def __init__(self, settings: Settings) -> None:
        self._keys = Buckets(settings.rate, settings.rate * BURST_SECONDS)
        self._failures = Buckets(settings.failed_logins / 60, settings.failed_logins)

    def asked(self, key: str) -> None:
        """Count a request of a key; 429 where there were too many."""
        _refuse(self._keys.take(key), "this key asks too often")

    def may_try(self, request: Request) -> None:
        """429 where too many credentials from this address were nobody's; then none is looked up."""
        _refuse(self._failures.wait(address_of(request)), "too many credentials from this address were nobody's")

    def failed(self, request: Request) -> None:
        """Count a credential that was nobody's."""
        self._failures.take(address_of(request))


def address_of(request: Request) -> str:
    """Whom an address stands for: itself, or for IPv6 its network of 64 bits, which one caller has to itself."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _refuse(seconds: float, why: str) -> None:
    if seconds:
        raise HTTPException(429, why, {"Retry-After": str(math.ceil(seconds))})
