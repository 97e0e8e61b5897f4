"""Jobs as they stand in the database: taken by one process at a time, and by another where that one ends."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any, Literal

import msgspec
from fastapi import HTTPException
from sqlalchemy import Engine, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from api.keys import Principal
from api.problems import PREFIX, Problem
from api.store import jobs, moment
from api.uploads import NOTHING, Looked
from compliance.store.engine import writing

LEASE = timedelta(seconds=10)
"""A job whose process does not speak for so long is taken by another."""
TRIES = 5
"""So often a job is begun; one that ends its process every time is given up."""
State = Literal["waiting", "running", "done", "failed"]


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What a job is to do; `lines` for a batch."""

    name: str
    profile: str
    json_only: bool = False
    lines: bool = False
    looked: Looked = NOTHING
    webhook: str = ""


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """A decision of a job, and its entry in the ledger."""

    id: str
    verdict: str
    entry: int
    line: str = ""
    """What the batch calls it."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job as it is told: `done` of `of` runs are decided."""

    id: str
    kind: Literal["check", "batch"]
    state: State
    done: int
    of: int
    made_at: str
    ended_at: str | None
    checks: list[Done]
    problem: Problem | None


def submit(
    engine: Engine, principal: Principal, task: Task, body: bytes, of: int, once: tuple[str, str] | None
) -> tuple[Job, bool]:
    """A new job, or the one that the same request made before (then True); `once` is its key and the request's hash."""
    row = {
        "id": secrets.token_hex(16),
        "key": principal.id,
        "by": principal.signature,
        "once": once[0] if once else None,
        "request_sha256": once[1] if once else "",
        "task": msgspec.json.encode(task),
        "body": body,
        "state": "waiting",
        "done": 0,
        "of": of,
        "tries": 0,
        "held_until": "",
        "made_at": moment(),
    }
    try:
        with writing(engine) as connection:
            connection.execute(insert(jobs), row)
    except IntegrityError:
        mine = (jobs.c.key == principal.id) & (jobs.c.once == row["once"])
        with engine.connect() as connection:
            held = connection.execute(select(jobs).where(mine)).one()
        if held.request_sha256 != row["request_sha256"]:
            raise HTTPException(422, f"{PREFIX}key-reused") from None
        return _job(held), True
    return find(engine, str(row["id"])), False


def find(engine: Engine, id_: str) -> Job:
    """A job; 404 where there is none."""
    return _job(_row(engine, id_))


def owner(engine: Engine, id_: str) -> str:
    """The key of a job."""
    return str(_row(engine, id_).key)


def claim(engine: Engine) -> Any:
    """The oldest job that nobody works on, now ours; None where there is none."""
    now = moment()
    free = or_(jobs.c.state == "waiting", jobs.c.state == "running") & (jobs.c.held_until < now)
    with engine.connect() as connection:
        row = connection.execute(select(jobs.c.id).where(free).order_by(jobs.c.made_at, jobs.c.id).limit(1)).first()
    if row is None:
        return None
    taken = {"state": "running", "held_until": moment(LEASE), "tries": jobs.c.tries + 1, "done": 0}
    with writing(engine) as connection:
        if connection.execute(update(jobs).where((jobs.c.id == row.id) & free).values(**taken)).rowcount != 1:
            return None
        return connection.execute(select(jobs).where(jobs.c.id == row.id)).one()


def hold(engine: Engine, id_: str, done: int) -> None:
    """Say that a job is still worked on, and how far it is."""
    _set(engine, id_, held_until=moment(LEASE), done=done)


def let_go(engine: Engine, id_: str) -> None:
    """Give a job back at once, since the service ends; this was no try."""
    _set(engine, id_, state="waiting", held_until="", tries=jobs.c.tries - 1)


def put_off(engine: Engine, id_: str) -> None:
    """Give a job back that could not be recorded; it is taken again in a while."""
    _set(engine, id_, state="waiting", held_until=moment(LEASE))


def finish(engine: Engine, id_: str, found: list[Done]) -> None:
    """A job's decisions stand in the ledger. What it was made from stands there too, and is let go of here."""
    ended = {"state": "done", "result": msgspec.json.encode(found), "ended_at": moment(), "body": b""}
    _set(engine, id_, done=len(found), **ended)


def fail(engine: Engine, id_: str, problem: Problem) -> None:
    """A job cannot be done."""
    _set(engine, id_, state="failed", problem=msgspec.json.encode(problem), ended_at=moment(), body=b"")


def _set(engine: Engine, id_: str, **values: Any) -> None:
    with writing(engine) as connection:
        connection.execute(update(jobs).where((jobs.c.id == id_) & (jobs.c.state == "running")).values(**values))


def _row(engine: Engine, id_: str) -> Any:
    with engine.connect() as connection:
        row = connection.execute(select(jobs).where(jobs.c.id == id_)).first()
    if row is None:
        raise HTTPException(404, "no job has this id")
    return row


def _job(row: Any) -> Job:
    task = msgspec.json.decode(row.task, type=Task)
    return Job(
        id=row.id,
        kind="batch" if task.lines else "check",
        state=row.state,
        done=row.done,
        of=row.of,
        made_at=row.made_at,
        ended_at=row.ended_at,
        checks=msgspec.json.decode(row.result, type=list[Done]) if row.result else [],
        problem=msgspec.json.decode(row.problem, type=Problem) if row.problem else None,
    )
