"""Several workers and tenants: fenced jobs, keys of tenants, sessions of who came in by a provider's token."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "s0002"
down_revision = "s0001"

_MORE = (
    ("api_keys", sa.Column("tenant", sa.Text, nullable=False, server_default="")),
    ("api_sessions", sa.Column("holder", sa.LargeBinary)),
    ("api_jobs", sa.Column("fence", sa.Integer, nullable=False, server_default="0")),
)


def upgrade() -> None:
    """Make the change. Claims that no entry answers are dropped: they are settled together with their entry now."""
    for table, column in _MORE:
        op.add_column(table, column)
    op.create_table(
        "api_tenants",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("made_at", sa.Text, nullable=False),
    )
    op.execute("DELETE FROM api_requests WHERE entry_index IS NULL")


def downgrade() -> None:
    """Take it back. Keys of tenants end, since without the column they would open the service's own ledger."""
    op.execute("DELETE FROM api_keys WHERE tenant <> ''")
    op.execute("DELETE FROM api_sessions WHERE holder IS NOT NULL")
    op.drop_table("api_tenants")
    for table, column in _MORE:
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column.name)
