"""Stored decisions that are taken again after a change, in a process of its own that says how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select

from api import jobs_store
from api.work import Folders, decider_of
from compliance.decision.decide import Decided, Decider
from compliance.domain.difference import Difference
from compliance.domain.manifest import Manifest
from compliance.ledger.ledger import open_ledger
from compliance.ledger.log import Log
from compliance.reviews.project import catch_up
from compliance.reviews.recheck import Report
from compliance.reviews.recheck import recheck as taken_again
from compliance.reviews.tables import decisions
from compliance.store.reviews import REVIEWS

EVERY = 0.5
"""Seconds after which it is said how far a job is."""


class Held(NamedTuple):
    """A job that this process works on, as `jobs_store.hold` knows it."""

    id: str
    fence: int


class Counted(Decider):
    """A decider that says how many runs it was asked for."""

    def __init__(self, like: Decider, step: Callable[[], None]) -> None:
        super().__init__(like.corpus, like.rules, like.judge)
        self._step = step

    def decide(
        self, manifest: Manifest, differences: Sequence[Difference] = (), like: Decided | None = None
    ) -> Decided:
        """As every decider; a what-if, which is `like` another run, does not count."""
        if like is None:
            self._step()
        return super().decide(manifest, differences, like)


def recheck(place: str, key: Path | None, corpora: Folders, by: str, job: Held | None = None) -> Report:
    """Take again what a change of corpora or rules touches, in the ledger at a place, which `key` signs.

    How far it is, is told of the `job`: so many decisions were taken again, of those that stand.
    """
    with open_ledger(place, key=key) as ledger:
        ready: Callable[[str], Decider] = partial(decider_of, corpora)
        if job is None:
            return taken_again(ledger, ready, by=by)
        step = _told(ledger.log, job)
        return taken_again(ledger, lambda profile: Counted(ready(profile), step), by=by)


def _told(log: Log, job: Held) -> Callable[[], None]:
    """Counts decisions that are taken again, and says so twice a second."""
    REVIEWS.upgrade(log.engine)
    catch_up(log)
    with log.engine.connect() as connection:
        stands = (decisions.c.superseded_by.is_(None), decisions.c.verdict != "")
        of = connection.execute(select(func.count()).select_from(decisions).where(*stands)).scalar_one()
    jobs_store.hold(log.engine, job, 0, of)
    done, at = 0, time.monotonic()

    def step() -> None:
        nonlocal done, at
        if time.monotonic() - at > EVERY:
            jobs_store.hold(log.engine, job, done)
            at = time.monotonic()
        done += 1

    return step
