"""Terms and their versions: sources, documents, texts, versions, passages, and where these stand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "h0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "history_meta",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "history_sources",
        sa.Column("id", number, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("head", sa.Text),
        sa.Column("attribution", sa.Text, nullable=False),
    )
    op.create_table(
        "history_documents",
        sa.Column("id", number, primary_key=True),
        sa.Column("source", number, sa.ForeignKey("history_sources.id"), nullable=False),
        sa.Column("party", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.UniqueConstraint("source", "party", "name"),
    )
    op.create_table(
        "history_texts",
        sa.Column("sha256", sa.Text, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("characters", sa.Integer, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("failure", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
    )
    op.create_table(
        "history_versions",
        sa.Column("id", number, primary_key=True),
        sa.Column("document", number, sa.ForeignKey("history_documents.id"), nullable=False),
        sa.Column("recorded_at", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("text_sha256", sa.Text, sa.ForeignKey("history_texts.sha256")),
        sa.Column("note", sa.Text, nullable=False),
        sa.UniqueConstraint("document", "recorded_at", "origin"),
    )
    op.create_index("history_versions_text", "history_versions", ["text_sha256"])
    op.create_table(
        "history_passages",
        sa.Column("sha256", sa.Text, primary_key=True),
        sa.Column("lead", sa.Text, nullable=False),
        sa.Column("plain", sa.Text, nullable=False),
    )
    op.create_table(
        "history_units",
        sa.Column("text_sha256", sa.Text, sa.ForeignKey("history_texts.sha256"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sa.Column("section", sa.Text, nullable=False),
        sa.Column("passage", sa.Text, sa.ForeignKey("history_passages.sha256"), nullable=False),
    )
    op.create_index("history_units_passage", "history_units", ["passage"])


def downgrade() -> None:
    """Remove the tables, and the texts with them."""
    for table in ("units", "passages", "versions", "texts", "documents", "sources", "meta"):
        op.drop_table(f"history_{table}")
