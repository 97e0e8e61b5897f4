"""Whether the rows of a source are stated: 0 rows may be. Of what was read before, no rows count as not stated."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "w0002"
down_revision = "w0001"


def upgrade() -> None:
    """Add the column."""
    op.add_column("review_items", sa.Column("stated", sa.Integer, nullable=False, server_default="0"))
    op.execute("UPDATE review_items SET stated = 1 WHERE rows > 0")


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("review_items", "stated")
