"""Alembic's entry: runs the revisions on the connection that `compliance.store.history` hands over."""

from __future__ import annotations

from alembic import context

from compliance.store.history import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=VERSION_TABLE)
context.run_migrations()
