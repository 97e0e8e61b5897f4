"""Conversations: which answers belong together and whose they are. The words themselves stand in the ledger."""

from __future__ import annotations

import secrets

import msgspec
from sqlalchemy import insert, select, update

from api.keys import Principal
from api.store import chats, moment, turns
from compliance.errors import UsageError
from compliance.ledger.entry import Entry
from compliance.ledger.log import Log
from compliance.qa.answer import Answer
from compliance.qa.question import Turn
from compliance.qa.session import REMEMBERED
from compliance.store.engine import writing

SHOWN = 50
"""So many turns of a conversation are shown."""


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that was given: whom to, when, and the entry of the ledger that holds it."""

    id: str
    session: str
    entry: int
    at: str
    by: str
    answer: Answer


def new_id() -> str:
    """A name that nobody can guess."""
    return secrets.token_hex(16)


def begin(log: Log, principal: Principal) -> str:
    """A new conversation."""
    id_ = new_id()
    with writing(log.engine) as connection:
        connection.execute(insert(chats), {"id": id_, "key": principal.id, "used_at": moment()})
    return id_


def owned(log: Log, principal: Principal, chat: str) -> bool:
    """Whether a conversation is the principal's own."""
    with log.engine.connect() as connection:
        return connection.execute(select(chats.c.key).where(chats.c.id == chat)).scalar() == principal.id


def history(log: Log, chat: str, newest: int = SHOWN) -> list[Given]:
    """The latest answers of a conversation, the oldest first; those that were destroyed are left out."""
    query = select(turns.c.entry_index).where(turns.c.chat == chat)
    with log.engine.connect() as connection:
        rows = connection.execute(query.order_by(turns.c.entry_index.desc()).limit(newest)).scalars().all()
    found = [given(log.entry(index), chat) for index in reversed(rows)]
    return [one for one in found if one is not None]


def remembered(log: Log, chat: str) -> list[Turn]:
    """What a follow-up is read against."""
    told = history(log, chat, REMEMBERED // 2)
    return [t for g in told for t in (Turn("user", g.answer.question), Turn("assistant", g.answer.answer))]


def note(log: Log, chat: str, answer: str, entry: Entry) -> None:
    """Note that an answer was given in a conversation."""
    with writing(log.engine) as connection:
        connection.execute(insert(turns), {"answer": answer, "chat": chat, "entry_index": entry.index, "at": moment()})
        connection.execute(update(chats).where(chats.c.id == chat).values(used_at=moment()))


def find(log: Log, answer: str) -> Given | None:
    """An answer by its id; None where it was destroyed."""
    entry = log.find(answer, "answer")
    with log.engine.connect() as connection:
        chat = connection.execute(select(turns.c.chat).where(turns.c.answer == answer)).scalar()
    return given(entry, chat or "")


def given(entry: Entry, chat: str) -> Given | None:
    """The answer of an entry; None where it was destroyed."""
    raw = entry.raw("answer")
    if raw is None:
        return None
    try:
        answer = msgspec.json.decode(raw, type=Answer)
    except msgspec.MsgspecError:
        raise UsageError(
            f"the answer of entry {entry.index} cannot be read by this program", remedy="use the version that wrote it"
        ) from None
    return Given(
        id=entry.subject or "",
        session=chat,
        entry=entry.index,
        at=entry.at,
        by=entry.value("by") or "",
        answer=answer,
    )
