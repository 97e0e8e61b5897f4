"""The tables of reviews, which stand beside the ledger that they repeat."""

from __future__ import annotations

from compliance.store.revisions import Revisions

REVIEWS = Revisions(
    folder="reviews_migrations",
    head="w0002",
    version_table="review_version",
    what="the tables of reviews were",
)
