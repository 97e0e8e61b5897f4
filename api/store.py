"""The service's own tables beside the ledger: keys, sessions, and requests that may come again.

None of them is evidence: what was decided stands in the ledger alone. `compliance/store/service_migrations` makes them.
Every tenant's database has all of them; keys, sessions and tenants are looked for in the service's own alone.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Column, Engine, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint, delete

from compliance.store.engine import writing
from compliance.store.service import SERVICE

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
    Column("tenant", Text, nullable=False, server_default=""),
)
"""API keys; of the secret only its hash, which is enough for 256 random bits. An empty tenant is the service's own."""

tenants = Table(
    "api_tenants",
    metadata,
    Column("name", Text, primary_key=True),
    Column("made_at", Text, nullable=False),
)
"""Tenants that have a ledger of their own."""

sessions = Table(
    "api_sessions",
    metadata,
    Column("sha256", LargeBinary, primary_key=True),
    Column("key", Text, nullable=False),
    Column("csrf", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("holder", LargeBinary),
)
"""Logins on the pages, by the hash of the cookie; `holder` where it was a provider's token that opened one."""

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
"""Idempotency keys by who used them, written together with the entry that answers."""

chats = Table(
    "api_chats",
    metadata,
    Column("id", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("used_at", Text, nullable=False),
)
"""Conversations, each of one key."""

turns = Table(
    "api_turns",
    metadata,
    Column("answer", Text, primary_key=True),
    Column("chat", Text, nullable=False, index=True),
    Column("entry_index", Integer, nullable=False),
    Column("at", Text, nullable=False),
)
"""The answers of a conversation by their ids; what was asked and answered stands in the ledger."""

uploads = Table(
    "api_uploads",
    metadata,
    Column("id", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("folder", Text, nullable=False),
    Column("files", LargeBinary, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("made_at", Text, nullable=False, index=True),
)
"""Uploaded evidence, each of one key; the files themselves lie in a folder of the service."""

jobs = Table(
    "api_jobs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("once", Text),
    Column("request_sha256", Text, nullable=False),
    Column("task", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("done", Integer, nullable=False),
    Column("of", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("held_until", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    Column("ended_at", Text),
    Column("result", LargeBinary),
    Column("problem", LargeBinary),
    Column("fence", Integer, nullable=False, server_default="0"),
    UniqueConstraint("key", "once"),
)
"""Checks that take longer. `once` is the idempotency key. Until `held_until` the process that does it is waited for;
`fence` counts who took it, and only the latest may say how it goes on."""

hooks = Table(
    "api_hooks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_at", Text, nullable=False, index=True),
)
"""Messages to other hosts that were not taken yet."""

FORM = "%Y-%m-%dT%H:%M:%S.%fZ"
"""How moments are written."""
KEPT_DAYS = 7
"""So long a repeated request is known again."""
CHAT_DAYS = 30
"""So long a conversation can be gone on with."""


def moment(ahead: timedelta = timedelta()) -> str:
    """Now, or a time ahead, in UTC, in a spelling that sorts."""
    return (datetime.now(UTC) + ahead).strftime(FORM)


def prepare(engine: Engine) -> None:
    """Make or update the tables, and drop what has run out."""
    SERVICE.upgrade(engine)
    with writing(engine) as connection:
        connection.execute(delete(sessions).where(sessions.c.expires_at < moment()))
        connection.execute(delete(requests).where(requests.c.claimed_at < moment(-timedelta(days=KEPT_DAYS))))
        connection.execute(delete(chats).where(chats.c.used_at < moment(-timedelta(days=CHAT_DAYS))))
        connection.execute(delete(turns).where(turns.c.at < moment(-timedelta(days=CHAT_DAYS))))
        ended = moment(-timedelta(days=KEPT_DAYS))
        connection.execute(delete(jobs).where(jobs.c.ended_at < ended))
