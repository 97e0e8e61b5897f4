"""Which documents have clauses that wait for a person: counted from the tables, without comparing any texts."""

from __future__ import annotations

from collections import Counter
from typing import Any

import sqlalchemy as sa

from compliance.history.confirmations import said
from compliance.history.database import History, open_history
from compliance.history.tables import clauses, readings, versions
from compliance.history.wording import GATING


def queue(place: str) -> dict[str, Any]:
    """Per document how many of its clauses are open, accepted and rejected, and how many texts nobody looked through.

    `gating` counts the open clauses that can change a verdict.
    """
    with open_history(place) as held:
        found = _found_by_document(held)
        texts, read = _texts_by_document(held)
        told: list[dict[str, Any]] = []
        for key in held.documents():
            if not texts[key.id]:
                continue
            words = said(held, key) if key.id in found else {}
            counts = Counter(words[c].action if c in words else "open" for c in found.get(key.id, {}))
            open_ = [g for c, g in found.get(key.id, {}).items() if c not in words]
            told.append({
                "id": key.id, "provider": key.party, "document": key.name, "source": key.source,
                "texts": texts[key.id], "unlooked": texts[key.id] - read[key.id],
                "open": counts["open"], "gating": sum(g in GATING for g in open_),
                "accepted": counts["accepted"], "rejected": counts["rejected"],
            })  # fmt: skip
    return {"open": sum(d["open"] for d in told), "documents": told}


def _found_by_document(held: History) -> dict[int, dict[str, str]]:
    """The clauses that were found in texts of each document, with their categories."""
    query = (
        sa.select(versions.c.document, clauses.c.clause, clauses.c.category)
        .join(clauses, clauses.c.text_sha256 == versions.c.text_sha256)
        .distinct()
    )
    found: dict[int, dict[str, str]] = {}
    with held.reading() as connection:
        for row in connection.execute(query):
            found.setdefault(row.document, {})[row.clause] = row.category
    return found


def _texts_by_document(held: History) -> tuple[Counter[int], Counter[int]]:
    """How many texts each document has, and in how many somebody has looked for clauses."""
    query = (
        sa.select(versions.c.document, versions.c.text_sha256, readings.c.finder)
        .join(readings, readings.c.text_sha256 == versions.c.text_sha256, isouter=True)
        .where(versions.c.text_sha256.is_not(None))
        .distinct()
    )
    texts: Counter[int] = Counter()
    read: Counter[int] = Counter()
    with held.reading() as connection:
        for row in connection.execute(query):
            texts[row.document] += 1
            read[row.document] += row.finder is not None
    return texts, read
