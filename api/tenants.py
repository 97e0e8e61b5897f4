"""Tenants: each has a ledger and tables of its own, and a request touches those of its key's tenant alone.

The place follows from the service's own: a file in the folder `LEDGER.tenants`, or a schema of the same PostgreSQL
database. So a query that forgets to ask whose a row is cannot find another tenant's: it is not there. The empty name is
the service's own ledger, as without tenants.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread
from anyio.abc import TaskGroup
from fastapi import HTTPException
from sqlalchemy import Engine, insert, select
from sqlalchemy.engine import make_url

from api.settings import Settings
from api.store import moment, tenants
from api.uploads import folder_of
from compliance.errors import ClearanceError, UsageError
from compliance.ledger.ledger import KEY_VARIABLE, default_key_file
from compliance.store.engine import is_url, sync_folder, writing

if TYPE_CHECKING:
    from api.service import Service

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")


def add_tenant(engine: Engine, place: str, name: str) -> None:
    """Make a tenant; its ledger begins with its first use. One that is there already stays as it is."""
    if not NAME.match(name):
        raise UsageError("a tenant's name has 1 to 40 small letters, digits and _", remedy="acme_research")
    there = place_of(place, name)
    if not is_url(place):
        try:
            Path(there).parent.mkdir(mode=0o700, exist_ok=True)
            sync_folder(Path(there).parent.parent)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise UsageError(f"the tenants' folder cannot be made: {reason}", remedy="check its permissions") from None
    with writing(engine) as connection:
        if connection.execute(select(tenants.c.name).where(tenants.c.name == name)).first() is None:
            connection.execute(insert(tenants), {"name": name, "made_at": moment()})
        if is_url(place):
            connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {_schema(name)}")


def list_tenants(engine: Engine) -> list[str]:
    """The tenants' names."""
    with engine.connect() as connection:
        return list(connection.execute(select(tenants.c.name).order_by(tenants.c.name)).scalars())


def place_of(place: str, name: str) -> str:
    """Where a tenant's ledger is, beside the service's own at `place`."""
    if not name:
        return place
    if not is_url(place):
        return str(Path(f"{place}.tenants", f"{name}.sqlite"))
    url = make_url(place)
    if "options" in url.query:
        raise UsageError("with tenants the database URL has no options", remedy="set them for the role or database")
    return url.update_query_dict({"options": f"-csearch_path={_schema(name)}"}).render_as_string(hide_password=False)


def key_file_of(place: str, name: str) -> Path:
    """The file with the key that signs a tenant's ledger; no two ledgers share one."""
    if not name or not (is_url(place) or os.environ.get(KEY_VARIABLE)):
        return default_key_file(place_of(place, name))
    held = default_key_file(place)
    return held.with_name(f"{held.name}.{name}")


def settings_of(settings: Settings, name: str) -> Settings:
    """The settings of a tenant's part. Folders of the machine are the operator's, so tenants name no paths there."""
    return replace(
        settings,
        ledger=place_of(settings.ledger, name),
        ledger_key=key_file_of(settings.ledger, name),
        uploads=folder_of(settings) / f"tenant-{name}",
        evidence_roots=(),
    )


def _schema(name: str) -> str:
    return f"tenant_{name}"


class Tenants:
    """The open parts of a service; one that is asked for is opened, with the jobs that wait in it."""

    def __init__(self, home: Service) -> None:
        self._home = home
        self._open: dict[str, Service] = {"": home}
        self._lock: anyio.Lock | None = None
        self._tasks: TaskGroup | None = None

    async def run(self) -> None:
        """Keep the parts until cancelled, those of all tenants whose jobs may wait included."""
        self._lock = anyio.Lock()
        try:
            async with anyio.create_task_group() as self._tasks:
                for name in await self._home.read(list_tenants, self._home.log.engine):
                    try:
                        await self.of(name)
                    except (
                        ClearanceError
                    ) as error:  # the others are served, and this one is tried again when it is asked
                        print(f"clearance: tenant {name}: {error.one_line()}", file=sys.stderr, flush=True)
                await anyio.sleep_forever()
        finally:
            self._tasks = None
            for name, part in self._open.items():
                if name:
                    part.ledger.close()

    async def of(self, name: str) -> Service:
        """A tenant's part of the service."""
        found = self._open.get(name)
        if found is not None:
            return found
        if self._lock is None or self._tasks is None:
            raise HTTPException(503, "still starting", {"Retry-After": "1"})
        async with self._lock:
            if name not in self._open:
                if name not in await self._home.read(list_tenants, self._home.log.engine):
                    raise HTTPException(403, "there is no such tenant")
                settings = settings_of(self._home.settings, name)
                part = await to_thread.run_sync(type(self._home), settings, self._home)
                for work in part.work:
                    self._tasks.start_soon(work)
                self._open[name] = part
        return self._open[name]
