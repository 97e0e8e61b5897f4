"""The first tables of reviews."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "w0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "review_corpora",
        sa.Column("sha256", sa.Text, primary_key=True),
        sa.Column("records", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "review_decisions",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("entry_index", number, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("run_key", sa.Text, nullable=False),
        sa.Column("manifest_sha256", sa.Text, nullable=False),
        sa.Column("profile", sa.Text, nullable=False),
        sa.Column("corpora", sa.Text, nullable=False),
        sa.Column("rules", sa.Text, nullable=False),
        sa.Column("program", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("rows", number, nullable=False),
        sa.Column("superseded_by", sa.Text),
        sa.Column("why", sa.Text, nullable=False),
    )
    op.create_index("review_decisions_entry", "review_decisions", ["entry_index"])
    op.create_index("review_decisions_run", "review_decisions", ["run_key"])
    op.create_index("review_decisions_superseded", "review_decisions", ["superseded_by"])
    op.create_table(
        "review_items",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("rows", number, nullable=False),
        sa.Column("grounds", sa.Text, nullable=False),
        sa.Column("waits", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("assignee", sa.Text, nullable=False),
        sa.Column("due", sa.Text, nullable=False),
    )
    op.create_index("review_items_decision", "review_items", ["decision", "position"])
    op.create_index("review_items_waits", "review_items", ["waits", "state"])
    op.create_table(
        "review_state",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", number, nullable=False),
    )
    op.create_table(
        "review_steps",
        sa.Column("entry_index", number, primary_key=True, autoincrement=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("waiver", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
    )
    op.create_index("review_steps_decision", "review_steps", ["decision"])
    op.create_index("review_steps_waiver", "review_steps", ["waiver"])
    op.create_table(
        "review_touches",
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
    )
    op.create_index("review_touches_decision", "review_touches", ["decision"])
    op.create_index("review_touches_name", "review_touches", ["kind", "name"])
    op.create_table(
        "review_waivers",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("manifest_sha256", sa.Text, nullable=False),
        sa.Column("profile", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("sources", sa.Text, nullable=False),
        sa.Column("clauses", sa.Text, nullable=False),
        sa.Column("grounds", sa.Text, nullable=False),
        sa.Column("until", sa.Text, nullable=False),
        sa.Column("until_said", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("requested_by", sa.Text, nullable=False),
        sa.Column("requested_at", sa.Text, nullable=False),
        sa.Column("requested_entry", number, nullable=False),
        sa.Column("granted_by", sa.Text, nullable=False),
        sa.Column("granted_at", sa.Text, nullable=False),
        sa.Column("withdrawn_by", sa.Text, nullable=False),
        sa.Column("withdrawn_at", sa.Text, nullable=False),
        sa.Column("broken", sa.Text, nullable=False),
    )
    op.create_index("review_waivers_decision", "review_waivers", ["decision"])
    op.create_index("review_waivers_manifest", "review_waivers", ["manifest_sha256"])
    op.create_index("review_waivers_until", "review_waivers", ["until"])


def downgrade() -> None:
    """Remove the tables; the ledger still says all that they said."""
    for table in ("corpora", "decisions", "items", "state", "steps", "touches", "waivers"):
        op.drop_table(f"review_{table}")
