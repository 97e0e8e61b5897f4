"""Adding versions: the rows that a version needs, each made once."""

from __future__ import annotations

import zlib
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from compliance.history.passages import TextFacts
from compliance.history.tables import documents, passages, sources, texts, units, versions


class NewVersion(NamedTuple):
    """A version to add; `recorded_at` is UTC in ISO 8601, and `note` says what to know of it."""

    party: str
    name: str
    recorded_at: str
    origin: str
    facts: TextFacts | None
    note: str = ""


def source_id(connection: Connection, name: str, head: str | None, attribution: str) -> int:
    """The source's row, made or brought up to date."""
    row = connection.execute(sa.select(sources.c.id).where(sources.c.name == name)).first()
    if row is None:
        made = connection.execute(sources.insert().values(name=name, head=head, attribution=attribution))
        return int(made.inserted_primary_key[0])  # type: ignore[index]
    changed = {k: v for k, v in (("head", head), ("attribution", attribution)) if v}
    if changed:
        connection.execute(sources.update().where(sources.c.id == row.id).values(**changed))
    return int(row.id)


def document_id(connection: Connection, source: int, version: NewVersion) -> int:
    """The document's row, made where it is new."""
    where = (
        documents.c.source == source,
        documents.c.party == version.party,
        documents.c.name == version.name,
    )
    row = connection.execute(sa.select(documents.c.id).where(*where)).first()
    if row is not None:
        return int(row.id)
    made = connection.execute(documents.insert().values(source=source, party=version.party, name=version.name))
    return int(made.inserted_primary_key[0])  # type: ignore[index]


def add_version(connection: Connection, document: int, version: NewVersion) -> int:
    """Add a version; 0 where it is there already."""
    where = (
        versions.c.document == document,
        versions.c.recorded_at == version.recorded_at,
        versions.c.origin == version.origin,
    )
    if connection.execute(sa.select(versions.c.id).where(*where)).first() is not None:
        return 0
    connection.execute(
        versions.insert().values(
            document=document,
            recorded_at=version.recorded_at,
            origin=version.origin,
            text_sha256=version.facts.sha256 if version.facts else None,
            note=version.note,
        )
    )
    return 1


def add_text(connection: Connection, facts: TextFacts) -> None:
    """Add a text with its passages, unless it is there."""
    if connection.execute(sa.select(texts.c.sha256).where(texts.c.sha256 == facts.sha256)).first() is not None:
        return
    connection.execute(
        texts.insert().values(
            sha256=facts.sha256,
            content=zlib.compress(facts.text.encode("utf-8", "replace"), 6),
            characters=len(facts.text),
            language=facts.language,
            failure=facts.failure,
            title=facts.title,
        )
    )
    keyed = {p.sha256: p for p in facts.passages}
    known = _known_passages(connection, list(keyed))
    new = [{"sha256": k, "lead": p.lead, "plain": p.plain} for k, p in keyed.items() if k not in known]
    if new:
        connection.execute(passages.insert(), new)
    rows = [
        {
            "text_sha256": facts.sha256,
            "position": position,
            "start": p.start,
            "end": p.end,
            "section": p.section,
            "passage": p.sha256,
        }
        for position, p in enumerate(facts.passages)
    ]
    if rows:
        connection.execute(units.insert(), rows)


def _known_passages(connection: Connection, keys: list[str]) -> set[str]:
    known: set[str] = set()
    for at in range(0, len(keys), 500):
        some = keys[at : at + 500]
        known.update(connection.execute(sa.select(passages.c.sha256).where(passages.c.sha256.in_(some))).scalars())
    return known
