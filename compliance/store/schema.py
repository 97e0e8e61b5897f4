"""The tables of the ledger, as SQLAlchemy Core sees them; `migrations/` makes them.

Only `entries.leaf` and `checkpoints.note` are evidence. Everything else either answers to a hash in them (payloads,
texts) or repeats them for speed (the columns that are searched, leaf hashes, tree nodes, public keys), and
`clearance ledger verify` compares each with what it repeats.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, SmallInteger, Table, Text

metadata = MetaData()

_place = BigInteger().with_variant(Integer, "sqlite")

entries = Table(
    "entries",
    metadata,
    Column("entry_index", _place, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text),
    Column("at", Text, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("leaf_hash", LargeBinary, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Index("entries_subject", "subject"),
)
"""One row an entry. `leaf` is what the tree commits to; `payload` holds the fields and salts behind its hashes."""

nodes = Table(
    "nodes",
    metadata,
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("position", _place, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
)
"""Roots of whole subtrees of 256, 65,536, ... leaves, so that a proof reads few rows."""

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("size", _place, primary_key=True, autoincrement=False),
    Column("note", LargeBinary, nullable=False),
)
"""Signed notes: the latest, and the first after each 256 entries or change of key."""

public_keys = Table(
    "public_keys",
    metadata,
    Column("since_entry", _place, primary_key=True, autoincrement=False),
    Column("vkey", Text, nullable=False),
)
"""The keys that signed, each from the entry that records it."""

texts = Table(
    "texts",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
"""Texts of rules and clauses as they stood, once each, found by their hash."""
