"""Jobs as they stand in the database: taken by one process at a time, and by another where that one ends.

A process that comes back after its lease ran out finds the job fenced off: it can neither record nor end it. So a job
is recorded once, whatever the clocks of two machines say.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any, Literal

import msgspec
from fastapi import HTTPException
from sqlalchemy import Connection, Engine, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from api import hooks
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
    work: Literal["", "recheck", "look"] = ""
    """Something else than a check: decisions to take again, or clauses to look for in a `document` of terms."""
    document: int = 0
    every: bool = False
    """Whether all texts of the document are looked through, not the newest alone."""
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
    """A job as it is told: `done` of `of` runs are decided, or texts looked through.

    A recheck takes again at most the `of` decisions that stood at its beginning. `report` is what came of it.
    """

    id: str
    kind: Literal["check", "batch", "recheck", "look"]
    state: State
    done: int
    of: int
    made_at: str
    ended_at: str | None
    checks: list[Done]
    problem: Problem | None
    report: Any = None
    document: int | None = None


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
        "fence": 0,
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
    """The oldest job that nobody works on, now ours; None where there is none.

    Whoever took the row before cannot speak for the job any more: its `fence` is another.
    """
    now = moment()
    free = or_(jobs.c.state == "waiting", jobs.c.state == "running") & (jobs.c.held_until < now)
    with engine.connect() as connection:
        row = connection.execute(select(jobs.c.id).where(free).order_by(jobs.c.made_at, jobs.c.id).limit(1)).first()
    if row is None:
        return None
    taken = {"state": "running", "held_until": moment(LEASE), "tries": jobs.c.tries + 1, "done": 0}
    with writing(engine) as connection:
        mine = update(jobs).where((jobs.c.id == row.id) & free).values(**taken, fence=jobs.c.fence + 1)
        if connection.execute(mine).rowcount != 1:
            return None
        return connection.execute(select(jobs).where(jobs.c.id == row.id)).one()


def hold(engine: Engine, row: Any, done: int | None = None, of: int | None = None) -> bool:
    """Say that a job is still worked on, and how far it is; False where another process has it by now."""
    far = {name: number for name, number in (("done", done), ("of", of)) if number is not None}
    with writing(engine) as connection:
        return _set(connection, row, held_until=moment(LEASE), **far)


def let_go(engine: Engine, row: Any) -> None:
    """Give a job back at once, since the service ends; this was no try."""
    with writing(engine) as connection:
        _set(connection, row, state="waiting", held_until="", tries=jobs.c.tries - 1)


def put_off(engine: Engine, row: Any) -> None:
    """Give a job back that could not be recorded; it is taken again in a while."""
    with writing(engine) as connection:
        _set(connection, row, state="waiting", held_until=moment(LEASE))


def finish(connection: Connection, row: Any, found: list[Done], webhook: str) -> bool:
    """A job is done, in the transaction that records its decisions; False where it is not ours any more.

    What it was made from stands in the ledger, and is let go of here.
    """
    ended = {"state": "done", "done": len(found), "result": msgspec.json.encode(found)}
    return _end(connection, row, webhook, **ended)


def complete(engine: Engine, row: Any, done: int, report: Any, webhook: str) -> bool:
    """A job that is no check is done; False where it is not ours any more."""
    ended = {"state": "done", "done": done, "of": done, "result": msgspec.json.encode(report)}
    with writing(engine) as connection:
        return _end(connection, row, webhook, **ended)


def fail(engine: Engine, row: Any, problem: Problem, webhook: str) -> None:
    """A job cannot be done."""
    with writing(engine) as connection:
        _end(connection, row, webhook, state="failed", problem=msgspec.json.encode(problem))


def _end(connection: Connection, row: Any, webhook: str, **values: Any) -> bool:
    if not _set(connection, row, ended_at=moment(), body=b"", **values):
        return False
    if webhook:
        ended = connection.execute(select(jobs).where(jobs.c.id == row.id)).one()
        hooks.put(connection, webhook, "job.ended", _job(ended))
    return True


def _set(connection: Connection, row: Any, **values: Any) -> bool:
    ours = (jobs.c.id == row.id) & (jobs.c.state == "running") & (jobs.c.fence == row.fence)
    return connection.execute(update(jobs).where(ours).values(**values)).rowcount == 1


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
        kind=task.work or ("batch" if task.lines else "check"),
        state=row.state,
        done=row.done,
        of=row.of,
        made_at=row.made_at,
        ended_at=row.ended_at,
        checks=msgspec.json.decode(row.result, type=list[Done]) if row.result and not task.work else [],
        problem=msgspec.json.decode(row.problem, type=Problem) if row.problem else None,
        report=msgspec.json.decode(row.result) if row.result and task.work else None,
        document=task.document or None,
    )
