"""The clauses of stored texts: found once by the clause model, and kept with the hash of their words."""

from __future__ import annotations

import hashlib

import msgspec
import sqlalchemy as sa

from compliance.errors import InputError
from compliance.history.database import History, StoredText
from compliance.history.passages import digest
from compliance.history.tables import clauses, readings
from compliance.store.engine import said_plainly, writing
from compliance.terms import linear
from compliance.terms.blocks import scan
from compliance.terms.document import Document
from compliance.terms.extract import Clause, extractor


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A clause of a stored text. `id` is made of its category and words: a version that repeats them repeats it.

    `start` and `end` are code points of the text, `quote_sha256` the hash of the words between them in UTF-8, and
    `confidence` the model's probability, between 0 and 1.
    """

    id: str
    category: str
    effect: str
    object: str
    condition: str
    exceptions: str
    bound: str
    section: str
    start: int
    end: int
    quote_sha256: str
    confidence: float


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in a text: by which weights, what limits the answer, and the clauses in order."""

    finder: str
    note: str
    clauses: tuple[Found, ...]


def look(history: History, sha256: str, *, lexical: bool = False) -> Looked:
    """The clauses of a stored text; they are looked for where nobody has before."""
    known = looked(history, sha256)
    if known is not None:
        return known
    made = _find(history.text(sha256), lexical)
    with said_plainly(history.place), writing(history.engine) as connection:
        if connection.execute(sa.select(readings.c.finder).where(readings.c.text_sha256 == sha256)).first() is None:
            connection.execute(readings.insert().values(text_sha256=sha256, finder=made.finder, note=made.note))
            rows = [
                {**msgspec.structs.asdict(clause), "text_sha256": sha256, "position": at, "clause": clause.id}
                for at, clause in enumerate(made.clauses)
            ]
            for row in rows:
                del row["id"]
            if rows:
                connection.execute(clauses.insert(), rows)
    return looked(history, sha256) or made


def looked(history: History, sha256: str) -> Looked | None:
    """What was found in a text; None where nobody has looked."""
    with history.reading() as connection:
        reading = connection.execute(sa.select(readings).where(readings.c.text_sha256 == sha256)).first()
        if reading is None:
            return None
        rows = connection.execute(
            sa.select(clauses).where(clauses.c.text_sha256 == sha256).order_by(clauses.c.position)
        ).mappings()
        names = [n for n in Found.__struct_fields__ if n != "id"]
        found = tuple(Found(id=r["clause"], **{n: r[n] for n in names}) for r in rows)
    return Looked(finder=reading.finder, note=reading.note, clauses=found)


def quote(stored: StoredText, clause: Found) -> str:
    """The words of a clause, which must still be those that were found."""
    words = stored.content[clause.start : clause.end]
    if digest(words) != clause.quote_sha256:
        raise InputError(
            f"the words of the clause {clause.id} are not those that were found",
            remedy="the database was changed by hand: ingest the document into a new one",
        )
    return words


def _find(stored: StoredText, lexical: bool) -> Looked:
    if stored.failure or not stored.content.strip():
        return Looked(finder="none", note=stored.failure or "the text is empty", clauses=())
    finder = extractor(lexical=lexical)
    weights = linear.WEIGHTS / ("clauses.npz" if finder.model.embeds else "clauses-lexical.npz")
    text = stored.content
    extract = finder.document(Document(name=stored.title, format="markdown", text=text, blocks=scan(text)))
    distinct = {found.id: found for found in map(_found, reversed(extract.clauses))}
    return Looked(
        finder=hashlib.sha256(weights.read_bytes()).hexdigest()[:16],
        note="; ".join(extract.notes),
        clauses=tuple(sorted(distinct.values(), key=lambda c: (c.start, c.end, c.id))),
    )


def _found(clause: Clause) -> Found:
    words = digest(clause.quote)
    return Found(
        id=f"{clause.category}-{words[:10]}",
        category=clause.category,
        effect=clause.effect,
        object=clause.object,
        condition=clause.condition,
        exceptions=clause.exceptions,
        bound=clause.bound,
        section=clause.section,
        start=clause.start,
        end=clause.end,
        quote_sha256=words,
        confidence=clause.confidence,
    )
