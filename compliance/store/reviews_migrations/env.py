"""Alembic's entry: runs the revisions on the connection that `compliance.store.reviews` hands over."""

from __future__ import annotations

from alembic import context

from compliance.store.reviews import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=VERSION_TABLE)
context.run_migrations()
