"""What people say of found clauses: accepted (as found or edited) or rejected; the last word on a clause counts."""

from __future__ import annotations

import datetime
import json
from typing import Literal, NamedTuple

import msgspec
import sqlalchemy as sa

from compliance.errors import UsageError
from compliance.history.database import DocumentKey, History, StoredText, Version
from compliance.history.found import Found, Looked, look, looked, quote
from compliance.history.tables import confirmations, readings, versions
from compliance.history.timeline import Timelines
from compliance.store.engine import said_plainly, writing

Action = Literal["accepted", "rejected", "complete", "binds"]
BINDS = ":binds"
"""What stands for the clause where somebody says whom a document binds."""
_OWN = frozenset({"first", "text", "returned"})


class Confirmation(NamedTuple):
    """One person's word; `at` is UTC in ISO 8601, `edits` what was set otherwise than found."""

    clause: str
    action: Action
    by: str
    at: str
    edits: dict[str, str]


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A found clause with its words, those that govern it, the days of the texts it stands in, and what was said."""

    found: Found
    quote: str
    lead: str
    days: tuple[str, ...]
    status: Literal["unconfirmed", "accepted", "rejected"]
    by: str = ""
    at: str = ""
    edits: dict[str, str] = msgspec.field(default_factory=dict)


class Text(NamedTuple):
    """A text of the document's own: the version that brought it, and what was found in it (None: nobody looked)."""

    version: Version
    looked: Looked | None

    @property
    def sha256(self) -> str:
        """The text's hash."""
        return self.version.text_sha256 or ""


def say(history: History, key: DocumentKey, word: Confirmation) -> None:
    """Keep a person's word."""
    if not word.by.strip() or len(word.by) > 200 or not word.by.isprintable():
        raise UsageError("who says so is not named", remedy="--by NAME, the person who read the clause")
    row = word._asdict() | {"document": key.id, "by": word.by.strip(), "edits": json.dumps(word.edits, sort_keys=True)}
    with said_plainly(history.place), writing(history.engine) as connection:
        connection.execute(confirmations.insert().values(**row))


def now() -> str:
    """The present time as it is kept."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def said(history: History, key: DocumentKey) -> dict[str, Confirmation]:
    """The last word on each clause of a document (and on each text, and on whom it binds)."""
    with history.reading() as connection:
        query = sa.select(confirmations).where(confirmations.c.document == key.id).order_by(confirmations.c.id)
        return {
            r.clause: Confirmation(r.clause, r.action, r.by, r.at, json.loads(r.edits or "{}"))
            for r in connection.execute(query)
        }


def texts_of(history: History, key: DocumentKey) -> list[Text]:
    """The document's own texts in order of time, the last of each day; failed and foreign captures are left out."""
    by_day: dict[str, Version] = {}
    for event in Timelines(history).events(key):
        if event.kind in _OWN and event.version.text_sha256:
            by_day[event.version.day] = event.version
    return [Text(v, looked(history, v.text_sha256 or "")) for v in by_day.values()]


def look_through(
    history: History, key: DocumentKey, day: datetime.date | None, *, lexical: bool = False, every: bool = False
) -> list[Text]:
    """The document's texts, once clauses were looked for in that of a day (default: the newest), or in `every` one."""
    texts = texts_of(history, key)
    past = [n for n, t in enumerate(texts) if day is None or t.version.day <= day.isoformat()]
    if not past:
        when = f" up to {day}" if day else ""
        raise UsageError(f"{key.label} has no text{when}", remedy="clearance terms history shows its versions")
    for n in range(len(texts)) if every else past[-1:]:
        texts[n] = texts[n]._replace(looked=look(history, texts[n].sha256, lexical=lexical))
    return texts


def was_looked_through(history: History, key: DocumentKey) -> bool:
    """Whether clauses were looked for in any text of a document."""
    with history.reading() as connection:
        query = (
            sa.select(readings.c.text_sha256)
            .join(versions, versions.c.text_sha256 == readings.c.text_sha256)
            .where(versions.c.document == key.id)
            .limit(1)
        )
        return connection.execute(query).first() is not None


def items(history: History, key: DocumentKey, texts: list[Text]) -> list[Item]:
    """Each clause that was found in the texts, once, in the order of the newest text it stands in."""
    words = said(history, key)
    made: dict[str, Item] = {}
    days: dict[str, list[str]] = {}
    for text in reversed(texts):
        clauses = text.looked.clauses if text.looked else ()
        for found in clauses:
            days.setdefault(found.id, []).append(text.version.day)
        fresh = [found for found in clauses if found.id not in made]
        if fresh:  # most versions repeat what a later one holds, and need not be read
            stored = history.text(text.sha256)
            made.update((found.id, _item(found, stored, words.get(found.id))) for found in fresh)
    return [msgspec.structs.replace(i, days=tuple(sorted(days[i.found.id]))) for i in made.values()]


def _item(found: Found, stored: StoredText, word: Confirmation | None) -> Item:
    lead = next((p.lead for p in stored.passages if p.start <= found.start < p.end), "")
    status: Literal["unconfirmed", "accepted", "rejected"] = "unconfirmed"
    if word is not None:
        status = "accepted" if word.action == "accepted" else "rejected"
    return Item(
        found=found,
        quote=quote(stored, found),
        lead=lead,
        days=(),
        status=status,
        by=word.by if word else "",
        at=word.at if word else "",
        edits=word.edits if word else {},
    )
