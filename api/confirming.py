"""What people say of found clauses: reading it, judging it before it is kept, and keeping it with its ledger entry.

All of it but `said_in` runs in the deciding processes, since a document's texts are compared on the way.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from msgspec import UNSET

from api.overlays import fits, written
from compliance.errors import UsageError
from compliance.history.confirmations import BINDS, Confirmation, Item, Text, now, say, texts_of
from compliance.history.database import DocumentKey, History, open_history
from compliance.history.found import look, looked
from compliance.history.overlay import State, binding_words, slug, state_of
from compliance.history.tables import confirmations, readings, versions
from compliance.history.wording import GATING, parse_edits, record
from compliance.ledger.kinds import TermsChanged

AROUND = 1500
"""So many code points of the text are shown before a clause and after it."""
KNOWN = 64
"""The texts of so many documents are remembered."""
_KNOWN: dict[tuple[str, DocumentKey, int, int], list[Text]] = {}


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody is about to say of a document: of a clause, of a text (by its hash), or of whom it binds.

    `edits` are the values that a clause is accepted with, or whom the document binds.
    """

    action: Literal["accepted", "rejected", "complete", "binds"]
    on: str = ""
    edits: dict[str, str] = {}


def said_in(state: State, word: Confirmation) -> TermsChanged:
    """A person's word as an entry of the ledger: of which version and words (by their hash), and what was said.

    Who says so must be named, since the database refuses what nobody says after the entry is written.
    """
    if not word.by.strip() or len(word.by) > 200 or not word.by.isprintable():
        raise UsageError("who says so is not named", remedy="--by NAME, the person who read the clause")
    item = next((i for i in state.items if i.found.id == word.clause), None)
    text = next((t for t in state.texts if f"text:{t.sha256}" == word.clause), state.texts[-1])
    edited = "".join(f"; {name}={value}" for name, value in sorted(word.edits.items()))
    about = f" {word.clause}" if item else ""
    stands_in = _text_of(state, item) if item else text
    return TermsChanged(
        subject=state.key.label,
        by=word.by.strip(),
        event="confirmed",
        version=item.days[-1] if item else text.version.day,
        sha256=item.found.quote_sha256 if item else text.sha256,
        source=state.key.source,
        note=f"{word.action}{about}{edited}",
        word=word.action,
        clause=word.clause if item else UNSET,
        text_sha256=stands_in.sha256,
        edits=word.edits or UNSET,
        overlay=f"{slug(state.key.party)}.yaml",
    )


def document_key(held: History, id_: int) -> DocumentKey:
    """The document with an id."""
    found = next((key for key in held.documents() if key.id == id_), None)
    if found is None:
        raise UsageError(f"no document has the id {id_}", remedy="GET /v1/terms lists them")
    return found


def document(place: str, id_: int) -> dict[str, Any]:
    """A document's clauses with their words and records, its texts, whom it binds, and what is still open."""
    with open_history(place) as held:
        return _told(_state(held, id_))


def clause(place: str, id_: int, name: str) -> dict[str, Any]:
    """A document as `document` has it, with one `clause` between the words around it; without a name the first open.

    The `clause` is None where there is none.
    """
    with open_history(place) as held:
        state = _state(held, id_)
        told = _told(state)
        waiting = [i for i in state.items if i.status == "unconfirmed"] or state.items
        item = next((i for i in (state.items if name else waiting) if name in ("", i.found.id)), None)
        if item is None:
            return {**told, "clause": None}
        text = _text_of(state, item)
        content = held.text(text.sha256).content
    start, end = item.found.start, item.found.end
    told["clause"] = {
        **_clause(state, item),
        "day": text.version.day,
        "before": content[max(0, start - AROUND) : start],
        "words": content[start:end],
        "after": content[end : end + AROUND],
        "cut": [start > AROUND, end + AROUND < len(content)],
        "values": values(state, item, item.edits),
    }
    return told


def _state(held: History, id_: int) -> State:
    key = document_key(held, id_)
    return state_of(held, key, _texts(held, key))


def _texts(held: History, key: DocumentKey) -> list[Text]:
    """As `texts_of`, which compares all versions, remembered for as long as no version comes in."""
    found = held.versions(key.id)
    name = (held.place, key, len(found), found[-1].id if found else 0)
    texts = _KNOWN.get(name)
    if texts is None:
        texts = _KNOWN[name] = texts_of(held, key)
        if len(_KNOWN) > KNOWN:
            del _KNOWN[next(iter(_KNOWN))]
    return [t._replace(looked=looked(held, t.sha256)) for t in texts]


def values(state: State, item: Item, edits: dict[str, str]) -> dict[str, str]:
    """The record that a clause makes under `edits`, each value as an edit would write it."""
    made = record(item.found, item.quote, state.key.party, edits)
    return {
        "category": made.category,
        "effect": made.effect,
        "object": ",".join(made.object),
        "section": made.section,
        "test": made.test or "none",
        "bound": made.bound,
        "exceptions": ",".join(e.kind for e in made.exceptions) or "none",
        "paraphrase": made.paraphrase,
        "note": made.note,
    }


def judge(
    place: str, id_: int, word: Word, by: str, corpora: tuple[Path, ...]
) -> tuple[TermsChanged, Confirmation] | None:
    """A word that can be kept, with its entry for the ledger; None where the document or the clause is not there.

    An error says what is wrong with a word that cannot be kept. Edits that change nothing are left out.
    """
    with open_history(place) as held:
        key = next((key for key in held.documents() if key.id == id_), None)
        state = state_of(held, key, _texts(held, key)) if key else None
        made = _confirmation(state, word, by) if state and state.texts else None
        if state is None or made is None:
            return None
        fits(state, corpora)
        return said_in(state, made), made


def keep(place: str, id_: int, made: Confirmation) -> None:
    """Keep a word that was judged, and whose entry is in the ledger."""
    with open_history(place) as held:
        say(held, document_key(held, id_), made)


def _confirmation(state: State, word: Word, by: str) -> Confirmation | None:
    if word.action == "binds":
        given = {name: [w for w in word.edits.get(name, "").split(",") if w] for name in ("channels", "offers")}
        bound = binding_words(given["channels"], given["offers"], word.edits.get("kind") or None)
        if not bound:
            raise UsageError("nothing is said of whom it binds", remedy="name channels, offers or the kind of party")
        return Confirmation(BINDS, "binds", by, now(), bound)
    if word.action == "complete":
        there = any(t.sha256 == word.on and t.looked is not None for t in state.texts)
        return Confirmation(f"text:{word.on}", "complete", by, now(), {}) if there else None
    item = next((i for i in state.items if i.found.id == word.on), None)
    if item is None:
        return None
    edits: dict[str, str] = {}
    if word.action == "accepted":
        edits = _changed(state, item, parse_edits([f"{name}={value}" for name, value in word.edits.items()]))
    record(item.found, item.quote, state.key.party, edits)  # what cannot be a record is refused before it is kept
    return Confirmation(item.found.id, word.action, by, now(), edits)


def _changed(state: State, item: Item, edits: dict[str, str]) -> dict[str, str]:
    """Of values that somebody sent those that differ from what was found."""
    found = values(state, item, {})
    kept = {n: v for n, v in edits.items() if n != "paraphrase" and _parts(n, v) != _parts(n, found[n])}
    if (said_so := edits.get("paraphrase", "")) and said_so not in (
        found["paraphrase"],
        values(state, item, kept)["paraphrase"],
        "" if "paraphrase" in item.edits else values(state, item, item.edits)["paraphrase"],
    ):
        kept["paraphrase"] = said_so
    return kept


def _parts(name: str, value: str) -> object:
    """A value to compare: of a list, its words in any order."""
    if name in ("object", "exceptions"):
        return {w.strip() for w in value.split(",")} - {"", "none"}
    return " ".join(value.split()) or ("none" if name == "test" else "")


def _told(state: State) -> dict[str, Any]:
    key = state.key
    texts = [
        {
            "day": t.version.day, "text_sha256": t.sha256, "looked": t.looked is not None,
            "note": t.looked.note if t.looked else "", "found": len(t.looked.clauses) if t.looked else 0,
            "open": [i.found.id for i in state.open[t.sha256]],
            "counts_as_seen": not state.open[t.sha256] and not state.unread[t.sha256],
        }
        for t in state.texts
    ]  # fmt: skip
    return {
        "id": key.id, "provider": key.party, "document": key.name, "source": key.source,
        "clauses": [_clause(state, i) for i in state.items], "texts": texts, "open": state.pending,
        "binding": msgspec.to_builtins(state.binding),
    }  # fmt: skip


def _clause(state: State, item: Item) -> dict[str, Any]:
    made = record(item.found, item.quote, state.key.party, item.edits)
    return {
        "id": item.found.id, "status": item.status, "by": item.by, "at": item.at, "edits": item.edits,
        "days": list(item.days), "text_sha256": _text_of(state, item).sha256, "section": item.found.section,
        "start": item.found.start, "end": item.found.end, "quote": item.quote, "lead": item.lead,
        "exceptions": item.found.exceptions, "confidence": item.found.confidence,
        "gating": item.found.category in GATING, "record": msgspec.to_builtins(made),
    }  # fmt: skip


def _text_of(state: State, item: Item) -> Text:
    """The newest text that a clause stands in, which is the one that its offsets count in."""
    return next(t for t in reversed(state.texts) if t.looked and any(c.id == item.found.id for c in t.looked.clauses))


def texts_to_look(place: str, id_: int, every: bool) -> list[str]:
    """The texts of a document in which nobody has looked for clauses: the newest, or every one."""
    with open_history(place) as held:
        texts = _texts(held, document_key(held, id_))
        return [t.sha256 for t in (texts if every else texts[-1:]) if t.looked is None]


def look_in(place: str, sha256: str, lexical: bool) -> int:
    """Look for clauses in a text; how many were found."""
    with open_history(place) as held:
        return len(look(held, sha256, lexical=lexical).clauses)


def stamp(place: str) -> tuple[int, int, int]:
    """What changes whenever the confirmed clauses may have changed: a word, a version or a reading more."""
    with open_history(place) as held, held.reading() as connection:
        word = connection.execute(sa.select(sa.func.max(confirmations.c.id))).scalar() or 0
        if not word:
            return 0, 0, 0
        version = connection.execute(sa.select(sa.func.max(versions.c.id))).scalar() or 0
        read = connection.execute(sa.select(sa.func.count()).select_from(readings)).scalar() or 0
        return int(word), int(version), int(read)


def overlay(place: str, corpora: tuple[Path, ...], folder: Path) -> Path | None:
    """The folder, below `folder`, with the records of what was confirmed; None where nobody has said anything.

    It is named by what is in it, and never changed: what was decided with it can be decided again with it.
    """
    with open_history(place) as held:
        with held.reading() as connection:
            query = sa.select(confirmations.c.document).where(confirmations.c.action != "binds").distinct()
            spoken = set(connection.execute(query).scalars())
        states = [state_of(held, key, _texts(held, key)) for key in held.documents() if key.id in spoken]
    return written([s for s in states if any(t.looked for t in s.texts)], corpora, folder)
