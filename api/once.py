"""Idempotency: a request that comes again with its key gets the first answer, and the ledger gets one entry.

A request is claimed in the store, with the id of its decision, before that decision goes into the ledger. If the
service ends between the two, the next try finds the claim, looks for the entry, and appends only where there is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from fastapi import HTTPException
from sqlalchemy import ColumnElement, Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from api.keys import Principal
from api.problems import PREFIX
from api.store import moment, requests
from compliance.ledger.log import Log
from compliance.store.engine import writing

ABANDONED = timedelta(seconds=60)
"""A claim that has stood so long without an entry was left by a service that ended."""
KEY = re.compile(r"[\x21-\x7e]{1,128}\Z")


@dataclass(frozen=True, slots=True)
class Once:
    """One idempotency key of one principal, and the hash of what was asked with it."""

    principal: Principal
    name: str
    request_sha256: str

    def done(self, engine: Engine) -> int | None:
        """The entry that answers the request already; None where it is still to be made."""
        with engine.connect() as connection:
            row = connection.execute(select(requests).where(self._mine())).first()
        if row is None:
            return None
        if row.request_sha256 != self.request_sha256:
            raise HTTPException(422, f"{PREFIX}key-reused")
        if row.entry_index is None and row.claimed_at > moment(-ABANDONED):
            raise HTTPException(409, headers={"Retry-After": "1"})
        return int(row.entry_index) if row.entry_index is not None else None

    def claim(self, log: Log, decision: str) -> int | None:
        """Take the request on; an entry's index where another try has answered it meanwhile."""
        row = {"key": self.principal.id, "name": self.name, "request_sha256": self.request_sha256}
        now = moment()
        try:
            with writing(log.engine) as connection:
                connection.execute(insert(requests), {**row, "decision": decision, "claimed_at": now})
            return None
        except IntegrityError:
            found = self.done(log.engine)
        if found is not None:
            return found
        with writing(log.engine) as connection:  # an abandoned claim: one taker, then a look for what it left
            held = connection.execute(select(requests).where(self._mine())).one()
            stale = self._mine() & (requests.c.claimed_at <= moment(-ABANDONED)) & requests.c.entry_index.is_(None)
            taken = connection.execute(update(requests).where(stale).values(claimed_at=now, decision=decision))
        if taken.rowcount != 1:
            raise HTTPException(409, headers={"Retry-After": "1"})
        for entry in log.entries(kind="decision", subject=held.decision, start=log.size(), newest_first=True):
            if entry.at < held.claimed_at:
                break
            if entry.value("by") == self.principal.signature:
                self.settle(log.engine, entry.index)
                return entry.index
        return None

    def settle(self, engine: Engine, index: int) -> None:
        """Note the entry that answers the request."""
        with writing(engine) as connection:
            connection.execute(update(requests).where(self._mine()).values(entry_index=index))

    def drop(self, engine: Engine) -> None:
        """Give a claim back whose decision could not be recorded."""
        with writing(engine) as connection:
            connection.execute(delete(requests).where(self._mine() & requests.c.entry_index.is_(None)))

    def _mine(self) -> ColumnElement[bool]:
        return (requests.c.key == self.principal.id) & (requests.c.name == self.name)
