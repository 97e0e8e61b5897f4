"""`/v1/chat`, `/v1/search`, `/v1/texts`, `/v1/answers`: questions on the terms that are held, and what was answered."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal, TypeVar

import anyio
import msgspec
from fastapi import APIRouter, HTTPException, Path, Query, Request
from starlette.responses import Response

from api import bodies, chats, describe
from api.chats import Given
from api.events import event, stream
from api.keys import Principal
from api.memo import answer_memo
from api.problems import of_exception
from api.roles import AUDITS
from api.service import Service, principal_of, service_of
from compliance.errors import UsageError
from compliance.ledger.kinds import AnswerGiven, Feedback
from compliance.ledger.record import PROGRAM
from compliance.qa.question import checked
from compliance.qa.session import as_of_day

T = TypeVar("T")
router = APIRouter(tags=["terms and questions"])
AnswerId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="the answer's id")]
Day = Annotated[str, Query(pattern=r"^(\d{4}-\d{2}-\d{2})?$", description="as on this day", examples=["2025-08-01"])]
File = Annotated[str, Query(min_length=1, max_length=500, description="the `file` of a citation")]
_ENDS = (".", "!", "?", "”")


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question; with the `session` of an earlier answer it is read as a follow-up, `as_of` moves "now"."""

    question: str
    session: Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{32})?$")] = ""
    as_of: Annotated[str, msgspec.Meta(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = ""


class Opinion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a reader says of an answer."""

    ruling: Literal["helpful", "wrong"]
    note: Annotated[str, msgspec.Meta(max_length=2000)] = ""


@router.post("/v1/chat", **describe.CHAT)
async def chat(request: Request) -> Response:
    """Ask about terms. The answer comes as events: `start`, `text`, `citation`, and `answer` with all of it.

    Its text is sent once the answer stands in the ledger. An event `problem` ends a stream that could not be answered.
    """
    service, principal = service_of(request), principal_of(request)
    asked = await bodies.record(request, Question)
    service.desk.check()
    session = await opened(service, principal, asked)
    return stream(events(service, principal, asked, session))


async def opened(service: Service, principal: Principal, asked: Question) -> str:
    """The conversation of a question that can be answered; a new one where it names none."""
    checked(asked.question)
    as_of_day(asked.as_of)
    if not asked.session:
        return await service.read(chats.begin, service.log, principal)
    if not await service.read(chats.owned, service.log, principal, asked.session):
        raise HTTPException(404, "no conversation of this key has this name")
    return asked.session


async def events(service: Service, principal: Principal, asked: Question, session: str) -> AsyncIterator[bytes]:
    """The events of an answer."""
    yield event("start", {"session": session})
    try:
        given = await answered(service, principal, asked, session)
    except Exception as error:  # the status is sent already: what went wrong is told as an event, and in the log
        yield event("problem", of_exception(error))
        if not isinstance(error, HTTPException | UsageError):
            raise
        return
    for piece in pieces(given.answer.answer):
        yield event("text", {"text": piece})
    for citation in given.answer.citations:
        yield event("citation", citation)
    yield event("answer", given)


async def answered(service: Service, principal: Principal, asked: Question, session: str) -> Given:
    """The answer to a question, which stands in the ledger when this returns."""
    turns = await service.read(chats.remembered, service.log, session)
    found = await service.desk.answer(asked.question, turns, asked.as_of)
    id_ = chats.new_id()
    said = AnswerGiven(
        subject=id_,
        by=principal.signature,
        question=found.answer.question,
        answer=msgspec.json.encode(found.answer),
        citations=[
            {"file": c.file, "start": c.start, "end": c.end, "document": c.document, "in_force": c.in_force}
            for c in found.answer.citations
        ],
        corpora=found.texts,
        program=PROGRAM,
    )
    with anyio.CancelScope(shield=True):
        (entry,) = await service.append([("answer", said)])
        await service.read(chats.note, service.log, session, id_, entry)
    service.metrics.answered_question(found.answer.verdict)
    return Given(id=id_, session=session, entry=entry.index, at=entry.at, by=principal.signature, answer=found.answer)


def pieces(text: str) -> list[str]:
    """The answer in pieces that are read one after the other: sentences, as far as they can be told."""
    found = [""]
    for word in re.split(r"(?<= )", text):
        found[-1] += word
        if word.rstrip()[-1:] in _ENDS and len(found[-1]) > 40:
            found.append("")
    return [piece for piece in found if piece]


@router.get("/v1/search", **describe.SEARCH)
async def search(
    request: Request,
    q: Annotated[str, Query(min_length=1, max_length=2000, description="what to look for", examples=["liability cap"])],
    provider: Annotated[str, Query(max_length=200, description="only this provider's terms")] = "",
    as_of: Day = "",
    limit: Annotated[int, Query(ge=1, le=50, description="at most so many")] = 10,
) -> Response:
    """Passages of the terms that are held, by words and by meaning, best first."""
    service = service_of(request)
    service.desk.check()
    as_of_day(as_of)
    return _json(await service.desk.search(checked(q), provider, as_of, limit))


@router.get("/v1/texts", **describe.HELD)
async def text(request: Request, file: File) -> Response:
    """A text that is held, as citations count in it (code points)."""
    service = service_of(request)
    service.desk.check()
    return _json(await held(service, file))


async def held(service: Service, file: str) -> Any:
    """A held text; 404 where there is none."""
    try:
        return await service.desk.text(file)
    except UsageError as error:
        raise HTTPException(404, error.message) from None


@router.get("/v1/answers/{id}", **describe.ANSWER)
async def show_answer(request: Request, id: AnswerId) -> Response:
    """An answer that was given. Who neither asked nor audits does not see it."""
    return _json(await answer_of(request, id))


@router.get("/v1/answers/{id}/memo", **describe.MEMO_TEXT)
async def show_memo(request: Request, id: AnswerId) -> Response:
    """An answer as a memo in Markdown: question, answer, quotations, and where each stands."""
    return Response(answer_memo(await answer_of(request, id)), media_type="text/markdown; charset=utf-8")


@router.post("/v1/answers/{id}/feedback", status_code=201, **describe.FEEDBACK)
async def give_feedback(request: Request, id: AnswerId) -> Response:
    """Say of an answer whether it helped; it goes into the ledger."""
    given = await answer_of(request, id)
    return _json({"entry": await record_opinion(request, given, await bodies.record(request, Opinion))}, 201)


async def record_opinion(request: Request, given: Given, opinion: Opinion) -> int:
    """Put what a reader says of an answer into the ledger; the entry's index."""
    said = Feedback(
        subject=given.id,
        by=principal_of(request).signature,
        ruling=opinion.ruling,
        note=opinion.note or msgspec.UNSET,
    )
    (entry,) = await service_of(request).append([("feedback", said)])
    return entry.index


async def answer_of(request: Request, id_: str) -> Given:
    """An answer that the caller may read; 404, or 410 where it was destroyed."""
    service, principal = service_of(request), principal_of(request)
    try:
        found = await service.read(chats.find, service.log, id_)
    except UsageError:
        raise HTTPException(404, "no answer has this id") from None
    if found is None:
        raise HTTPException(410, "the answer was destroyed by a recorded redaction")
    if found.by != principal.signature and principal.role not in AUDITS:
        raise HTTPException(404, "no answer has this id")
    return found


def _json(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")
