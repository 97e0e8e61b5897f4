"""The service's own tables in the one database: keys, sessions, and requests that may come again.

None of them is evidence: what was decided stands in the ledger alone.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Column, Engine, Integer, LargeBinary, MetaData, Table, Text, delete

from compliance.store.engine import writing

metadata = MetaData()

keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("secret_sha256", LargeBinary, nullable=False),
    Column("made_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("revoked_at", Text),
)
"""API keys; of the secret only its hash, which is enough for 256 random bits."""

sessions = Table(
    "api_sessions",
    metadata,
    Column("sha256", LargeBinary, primary_key=True),
    Column("key", Text, nullable=False),
    Column("csrf", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
)
"""Logins on the pages, by the hash of the cookie."""

requests = Table(
    "api_requests",
    metadata,
    Column("key", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("request_sha256", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("entry_index", Integer),
    Column("claimed_at", Text, nullable=False),
)
"""Idempotency keys by who used them; `entry_index` is empty until the decision is in the ledger."""

KEPT_DAYS = 7
"""So long a repeated request is known again."""


def moment(ahead: timedelta = timedelta()) -> str:
    """Now, or a time ahead, in UTC, in a spelling that sorts."""
    return (datetime.now(UTC) + ahead).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def prepare(engine: Engine) -> None:
    """Make the tables where they are missing, and drop what has run out."""
    with writing(engine) as connection:
        metadata.create_all(connection)
        connection.execute(delete(sessions).where(sessions.c.expires_at < moment()))
        connection.execute(delete(requests).where(requests.c.claimed_at < moment(-timedelta(days=KEPT_DAYS))))
