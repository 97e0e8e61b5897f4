"""The records that decisions rest on: those of the settings, and the clauses that people have confirmed since.

Confirmed clauses stand in the database of terms. Before a check, but not more often than once a second, it is asked
whether anything was said; where it was, the records are written anew and decided with from then on. Where a word is
given here, the next check asks at once.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread
from fastapi import HTTPException

from api import confirming
from api.settings import Settings
from compliance.errors import ClearanceError
from compliance.reading.cache import place_of
from compliance.store.engine import is_url

if TYPE_CHECKING:
    from api.deciders import Deciders

LOOK = 1.0
"""Seconds after which a word that another process has taken is found at the latest."""


class Confirmed:
    """The folders of records of one service, for all its tenants."""

    def __init__(self, settings: Settings, deciders: Deciders) -> None:
        self._settings = settings
        self._deciders = deciders
        self._lock = anyio.Lock()
        self._folders: tuple[Path, ...] | None = None if settings.terms else settings.corpora
        self._stamp: tuple[int, int, int] | None = None
        self._at = -LOOK
        self._said = 0

    async def folders(self) -> tuple[Path, ...]:
        """The folders of further records to decide with.

        Where the database cannot be read, those that were read last; 503 where none were, or where what was read makes
        no records, since what was confirmed could be a ban.
        """
        if self._settings.terms and time.monotonic() - self._at >= LOOK:
            async with self._lock:
                if time.monotonic() - self._at >= LOOK:  # nobody has looked while this one waited
                    await self._look()
        if self._folders is None:
            raise HTTPException(503, "the confirmed clauses cannot be read", {"Retry-After": "5"})
        return self._folders

    def forget(self) -> None:
        """Something was said: look before the next check."""
        self._said += 1
        self._at = -LOOK

    async def _look(self) -> None:
        began, said = time.monotonic(), self._said
        settings = self._settings
        try:
            stamp = await to_thread.run_sync(confirming.stamp, settings.terms)
        except ClearanceError as error:
            if self._folders is None:
                raise HTTPException(503, "the confirmed clauses cannot be read", {"Retry-After": "5"}) from error
            stamp = self._stamp or (0, 0, 0)
        if stamp != self._stamp or self._folders is None:
            try:
                given = (settings.terms, settings.corpora, folder_of(settings))
                made = await self._deciders.run(confirming.overlay, *given)
            except ClearanceError as error:
                raise HTTPException(503, "the confirmed clauses make no records", {"Retry-After": "5"}) from error
            self._folders = (*settings.corpora, made) if made else settings.corpora
            self._stamp = stamp
        if said == self._said:  # else something was said meanwhile, and may not have been read
            self._at = began


def folder_of(settings: Settings) -> Path:
    """Where the records lie: beside the ledger's file, or with a URL in the user's cache on this machine."""
    if is_url(settings.ledger):
        return place_of("confirmed")
    return Path(f"{settings.ledger}.confirmed").resolve()
