"""Clauses that were found in texts, and what people said of them. The table of the tables' version goes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "h0002"
down_revision = "h0001"


def upgrade() -> None:
    """Make the tables."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.drop_table("history_meta")
    op.create_table(
        "history_readings",
        sa.Column("text_sha256", sa.Text, sa.ForeignKey("history_texts.sha256"), primary_key=True),
        sa.Column("finder", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_table(
        "history_clauses",
        sa.Column("text_sha256", sa.Text, sa.ForeignKey("history_readings.text_sha256"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("clause", sa.Text, nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sa.Column("quote_sha256", sa.Text, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("effect", sa.Text, nullable=False),
        sa.Column("object", sa.Text, nullable=False),
        sa.Column("condition", sa.Text, nullable=False),
        sa.Column("exceptions", sa.Text, nullable=False),
        sa.Column("bound", sa.Text, nullable=False),
        sa.Column("section", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
    )
    op.create_table(
        "history_confirmations",
        sa.Column("id", number, primary_key=True),
        sa.Column("document", number, sa.ForeignKey("history_documents.id"), nullable=False),
        sa.Column("clause", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("edits", sa.Text, nullable=False),
    )
    op.create_index("history_confirmations_document", "history_confirmations", ["document"])


def downgrade() -> None:
    """Remove the tables, and what people said with them."""
    for table in ("confirmations", "clauses", "readings"):
        op.drop_table(f"history_{table}")
    meta = op.create_table(
        "history_meta",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.bulk_insert(meta, [{"key": "schema", "value": "1"}])
