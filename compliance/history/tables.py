"""The tables of terms, their versions and clauses, as SQLAlchemy Core sees them; `compliance/store` makes them.

A text is stored once, however many versions show it, and so is a passage: a version that changes one clause adds one
passage. Every version stays citable by its document, its time and its text's hash.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

_id = BigInteger().with_variant(Integer, "sqlite")

sources = Table(
    "history_sources",
    metadata,
    Column("id", _id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("head", Text),
    Column("attribution", Text, nullable=False, default=""),
)
"""Where versions come from. `head` is the last commit that was read to its end: the next sync goes on from there."""

documents = Table(
    "history_documents",
    metadata,
    Column("id", _id, primary_key=True),
    Column("source", _id, ForeignKey("history_sources.id"), nullable=False),
    Column("party", Text, nullable=False),
    Column("name", Text, nullable=False),
    UniqueConstraint("source", "party", "name"),
)

texts = Table(
    "history_texts",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("characters", Integer, nullable=False),
    Column("language", Text, nullable=False),
    Column("failure", Text, nullable=False),
    Column("title", Text, nullable=False),
)
"""`sha256` is that of the text in UTF-8, `content` the text compressed; `failure` why it cannot be terms, or ''."""

versions = Table(
    "history_versions",
    metadata,
    Column("id", _id, primary_key=True),
    Column("document", _id, ForeignKey("history_documents.id"), nullable=False),
    Column("recorded_at", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("text_sha256", Text, ForeignKey("history_texts.sha256")),
    Column("note", Text, nullable=False, default=""),
    UniqueConstraint("document", "recorded_at", "origin"),
    Index("history_versions_text", "text_sha256"),
)
"""`origin` is the commit or the file's name. Without a text it was withdrawn or could not be read: see `note`."""

passages = Table(
    "history_passages",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("lead", Text, nullable=False),
    Column("plain", Text, nullable=False),
)
"""A unit's words and the words that govern it, without markup; `sha256` is that of both."""

units = Table(
    "history_units",
    metadata,
    Column("text_sha256", Text, ForeignKey("history_texts.sha256"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("section", Text, nullable=False),
    Column("passage", Text, ForeignKey("history_passages.sha256"), nullable=False),
    Index("history_units_passage", "passage"),
)
"""Where each passage stands in a text, in order; `start` and `end` are code points of the text."""

readings = Table(
    "history_readings",
    metadata,
    Column("text_sha256", Text, ForeignKey("history_texts.sha256"), primary_key=True),
    Column("finder", Text, nullable=False),
    Column("note", Text, nullable=False),
)
"""Texts in which clauses were looked for: by which weights, and what limits the answer."""

clauses = Table(
    "history_clauses",
    metadata,
    Column("text_sha256", Text, ForeignKey("history_readings.text_sha256"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("clause", Text, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("quote_sha256", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("effect", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("condition", Text, nullable=False),
    Column("exceptions", Text, nullable=False),
    Column("bound", Text, nullable=False),
    Column("section", Text, nullable=False),
    Column("confidence", Float, nullable=False),
)
"""What was found. `clause` names it by category and words, so that it is the same in each version that repeats it;
`quote_sha256` is that of `text[start:end]`."""

confirmations = Table(
    "history_confirmations",
    metadata,
    Column("id", _id, primary_key=True),
    Column("document", _id, ForeignKey("history_documents.id"), nullable=False),
    Column("clause", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("edits", Text, nullable=False, default=""),
    Index("history_confirmations_document", "document"),
)
"""What people said of a clause, in order; the last word on a clause counts. `edits` is JSON. The action `complete`
says of a text, named by its hash in `clause`, that nothing else stands in it."""
