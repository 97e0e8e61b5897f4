"""Idempotency: a request that comes again with its key gets the first answer, and the ledger gets one entry.

That a request is answered is written in the transaction of its entry. Of two that come at once, in whichever processes,
one is recorded, and the other gets its answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from fastapi import HTTPException
from sqlalchemy import ColumnElement, Connection, Engine, insert, select

from api.keys import Principal
from api.problems import PREFIX
from api.store import moment, requests

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
        return int(row.entry_index)

    def settle(self, decision: str, connection: Connection, index: int) -> bool:
        """Note the entry that is about to answer the request; False where another has answered it meanwhile."""
        if connection.execute(select(requests.c.name).where(self._mine())).first() is not None:
            return False
        row = {"key": self.principal.id, "name": self.name, "request_sha256": self.request_sha256}
        now = moment()
        connection.execute(insert(requests), {**row, "decision": decision, "entry_index": index, "claimed_at": now})
        return True

    def _mine(self) -> ColumnElement[bool]:
        return (requests.c.key == self.principal.id) & (requests.c.name == self.name)
