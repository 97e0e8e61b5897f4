"""The page of questions, and the page on which a citation is read in its text."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, HTTPException, Query, Request
from markupsafe import Markup, escape
from starlette.responses import RedirectResponse, Response

from api import bodies, chats
from api.chat import File, Opinion, Question, answer_of, answered, events, held, opened, record_opinion
from api.events import event, stream
from api.memo import VERDICTS
from api.problems import of_exception
from api.rendering import fragment, page
from api.service import principal_of, service_of
from compliance.errors import InputError, SchemaError, UsageError
from compliance.report.words import shown

router = APIRouter(include_in_schema=False)
Session = Annotated[str, Query(pattern=r"^([0-9a-f]{32})?$")]
Offset = Annotated[int, Query(ge=0, le=2**31)]


@router.get("/chat")
async def chat(request: Request, session: Session = "", said: Session = "") -> Response:
    """A conversation, and the form of the next question."""
    return await _chat(request, session, said=said)


@router.post("/chat")
async def ask(request: Request) -> Response:
    """Answer a question, for browsers that run no script."""
    service, principal = service_of(request), principal_of(request)
    fields = await bodies.signed_form(request)
    try:
        asked = _question(fields)
        service.desk.check()
        session = await opened(service, principal, asked)
        given = await answered(service, principal, asked, session)
    except (InputError, UsageError) as error:
        status = of_exception(error).status
        return await _chat(
            request, fields.get("session", ""), status, question=fields.get("question", ""), fault=error.one_line()
        )
    return RedirectResponse(f"/chat?session={session}#a-{given.id}", 303)


@router.post("/chat/stream")
async def ask_streaming(request: Request) -> Response:
    """Answer a question as events, the last of which brings the finished turn as it stands on the page."""
    service, principal = service_of(request), principal_of(request)
    asked = _question(await bodies.signed_form(request))
    service.desk.check()
    session = await opened(service, principal, asked)

    async def told() -> AsyncIterator[bytes]:
        async for one in events(service, principal, asked, session):
            if one.startswith(b"event: answer\n"):
                given = msgspec.json.decode(one.partition(b"\ndata: ")[2], type=chats.Given)
                html = fragment("turn.html.j2", principal=principal, turn=given, said="", verdicts=VERDICTS)
                yield event("turn", {"html": html, "session": session})
            else:
                yield one

    return stream(told())


@router.post("/chat/feedback")
async def feedback(request: Request) -> Response:
    """Put what a reader says of an answer into the ledger."""
    fields = await bodies.signed_form(request)
    id_ = fields.get("answer", "")
    try:
        opinion = msgspec.convert({k: fields.get(k, "") for k in ("ruling", "note")}, Opinion)
    except msgspec.ValidationError:
        raise HTTPException(422, "say whether it was helpful or wrong, in at most 2,000 characters") from None
    given = await answer_of(request, id_)
    await record_opinion(request, given, opinion)
    return RedirectResponse(f"/chat?session={given.session}&said={given.id}#a-{given.id}", 303)


@router.get("/texts")
async def text(request: Request, file: File, start: Offset = 0, end: Offset = 0) -> Response:
    """A held text with a stretch of it marked."""
    service = service_of(request)
    service.desk.check()
    found = await held(service, file)
    end = min(max(start, end), len(found.text))
    parts = [lines(p) for p in (found.text[:start], found.text[start:end], found.text[end:])]
    return page(request, "text.html.j2", held=found, before=parts[0], marked=parts[1], after=parts[2])


def lines(text: str) -> Markup:
    """A text with its line breaks; whatever else is not printable is written out."""
    return escape("\n".join(shown(line) for line in text.replace("\r\n", "\n").split("\n")))


def _question(fields: dict[str, str]) -> Question:
    try:
        return msgspec.convert({k: fields.get(k, "") for k in ("question", "session", "as_of")}, Question)
    except msgspec.ValidationError:
        raise SchemaError(
            "the day has the form 2025-08-01", field="as_of", remedy="correct it, or leave it out"
        ) from None


async def _chat(request: Request, session: str, status: int = 200, **more: Any) -> Response:
    service, principal = service_of(request), principal_of(request)
    told: list[chats.Given] = []
    if session:
        if not await service.read(chats.owned, service.log, principal, session):
            raise HTTPException(404, "no conversation of this key has this name")
        told = await service.read(chats.history, service.log, session)
    values: dict[str, Any] = {"question": "", "said": "", **more}
    return page(
        request,
        "chat.html.j2",
        status,
        script="chat.js",
        session=session,
        turns=told,
        state=service.desk.state,
        verdicts=VERDICTS,
        **values,
    )
