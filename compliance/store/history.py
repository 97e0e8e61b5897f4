"""The tables of terms and their versions, beside those of a ledger where both share a database."""

from __future__ import annotations

from compliance.store.revisions import Revisions

TERMS = Revisions(
    folder="history_migrations",
    head="h0002",
    version_table="history_version",
    what="the tables of terms were",
    unversioned="history_meta",
    first="h0001",
)
