"""What the process that answers questions does: it alone holds the texts, their index and the embedding model."""

from __future__ import annotations

import copy
import datetime
import signal
import traceback
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec

from api.settings import ChatModel
from compliance.errors import ClearanceError, UsageError
from compliance.qa.answer import Answer, Answerer
from compliance.qa.question import Turn
from compliance.qa.session import as_of_day, open_answerer


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, and the hash of all the texts that it was drawn from."""

    answer: Answer
    texts: str


class HeldPage(msgspec.Struct, frozen=True, kw_only=True):
    """A held text with what is known of it."""

    file: str
    title: str
    provider: str
    in_force: str
    sha256: str
    text: str


Word = Callable[[Answerer, Answer], Answer]
"""How an answer comes to its words."""


def serve(pipe: Connection, corpus: Sequence[Path], words_only: bool, model: ChatModel | None = None) -> None:
    """Answer `(name, arguments)` with `("ok", value)` or `("error", error)` until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        word = _worded_by(model) if model is not None else _as_found
        answerer = open_answerer(corpus, semantic=not words_only)
        digest = answerer.index.shelf.sha256
        answerer.answer("May we train on their output?")  # what is loaded late is loaded now
    except ClearanceError as error:
        pipe.send(("error", error))
        return
    pipe.send(("ok", len(answerer.index.texts)))
    while True:
        try:
            name, given = pipe.recv()
        except EOFError:
            return
        try:
            value: Any
            if name == "answer":
                value = _answer(answerer, word, digest, *given)
            elif name == "search":
                value = _search(answerer, *given)
            else:
                value = _text(answerer, *given)
            pipe.send(("ok", value))
        except ClearanceError as error:
            pipe.send(("error", error))
        except Exception:
            pipe.send(("defect", traceback.format_exc(limit=-6)))


def _at(answerer: Answerer, as_of: str) -> Answerer:
    """The answerer on a day; "today" is the day of the question, however long the process has run."""
    moved = copy.copy(answerer)
    moved.today = datetime.date.today().toordinal()
    moved.as_of = as_of_day(as_of)
    return moved


def _as_found(_answerer: Answerer, answer: Answer) -> Answer:
    return answer


def _worded_by(model: ChatModel) -> Word:
    from compliance.qa.chain import chat_model, drafted
    from compliance.qa.drafting import Writer

    asked = chat_model(model.url, model.name, hosts=model.hosts, key=model.key, seconds=model.seconds)
    writer = Writer(model=asked, seconds=model.seconds)
    return lambda answerer, answer: drafted(answerer, writer, answer)


def _answer(
    answerer: Answerer, word: Word, digest: str, question: str, history: Sequence[Turn], as_of: str
) -> Answered:
    there = _at(answerer, as_of)
    return Answered(answer=word(there, there.answer(question, history)), texts=digest)


def _search(answerer: Answerer, query: str, provider: str, as_of: str, limit: int) -> dict[str, Any]:
    party = ""
    if provider:
        found = [m.party for m in answerer.names.mentions(provider) if m.files]
        if not found:
            held = ", ".join(sorted(answerer.names.party_names.values()))
            raise UsageError(f"no terms of {provider!r} are held", remedy=f"held are: {held}")
        party = found[0]
    there = _at(answerer, as_of).find(query, party=party)
    passages = [
        {
            **msgspec.to_builtins(answerer.citation(hit)),
            "shown": {"start": hit.start, "end": hit.end},
            "score": hit.score,
        }
        for hit in there.found.hits[:limit]
    ]
    notes = tuple(dict.fromkeys((*(n for g in there.groups for n in g.notes), *answerer.index.notes)))
    return {"query": there.asked.text, "passages": passages, "notes": notes}


def _text(answerer: Answerer, file: str) -> HeldPage:
    held = answerer.index.texts.get(file)
    if held is None:
        raise UsageError("no text of this name is held", remedy="citations name the texts that are")
    return HeldPage(
        file=held.file,
        title=held.title,
        provider=answerer.names.party_names[answerer.names.party_of(held)],
        in_force=held.in_force,
        sha256=held.sha256,
        text=held.text,
    )
