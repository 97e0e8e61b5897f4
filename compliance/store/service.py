"""The tables of the service (keys, sessions, jobs, ...), which stand beside the ledger that it writes."""

from __future__ import annotations

from compliance.store.revisions import Revisions

SERVICE = Revisions(
    folder="service_migrations",
    head="s0002",
    version_table="service_version",
    what="the service's tables were",
    unversioned="api_keys",
    first="s0001",
)
