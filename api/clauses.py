"""`/v1/terms/…/clauses`: found clauses, for people to accept, edit or reject; then the gate decides with them.

The texts are those of all tenants, so only keys of the service's own say anything here, and its ledger says who did.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, HTTPException, Path, Request
from starlette.responses import Response

from api import bodies, clause_queue, confirming
from api import describe_terms as describe
from api.confirming import Word
from api.jobs import Wait, hand_over
from api.jobs_store import Task
from api.service import principal_of, service_of
from api.terms import DocumentId, from_terms, place_of
from compliance.errors import UnreadableFile
from compliance.ledger.entry import Entry

router = APIRouter(tags=["terms and questions"])
ClauseId = Annotated[str, Path(pattern=r"^[a-z-]{1,60}-[0-9a-f]{10}$", description="the clause's id")]
Value = Annotated[str, msgspec.Meta(max_length=2000)]


class Ruled(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody who read a clause says of it; with `edits` it is accepted otherwise than it was found."""

    ruling: Literal["accepted", "rejected"]
    edits: Annotated[dict[str, Value], msgspec.Meta(max_length=20)] = {}


class Complete(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text in which nothing was found, and in which somebody found nothing either."""

    text_sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class Bound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom a document binds: users of these channels, of a party of a kind that offers these kinds of model."""

    channels: Annotated[list[Value], msgspec.Meta(max_length=20)] = []
    offers: Annotated[list[Value], msgspec.Meta(max_length=20)] = []
    kind: Value = ""


class Look(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where clauses are looked for: in the newest text, or in every one."""

    every: bool = False


@router.get("/v1/terms/clauses", **describe.QUEUE)
async def list_documents(request: Request) -> Response:
    """Documents, and how many of their clauses nobody has decided on; `gating` is how many of these change verdicts."""
    return _json(await from_terms(request, clause_queue.queue))


@router.get("/v1/terms/{document}/clauses", **describe.CLAUSES)
async def list_clauses(request: Request, document: DocumentId) -> Response:
    """The clauses that were found in a document: their words, the records that they make, and who said what of them."""
    return _json(await from_terms(request, confirming.document, document))


@router.get("/v1/terms/{document}/clauses/{clause}", **describe.CLAUSE)
async def show_clause(request: Request, document: DocumentId, clause: ClauseId) -> Response:
    """One clause between the words around it."""
    found = (await from_terms(request, confirming.clause, document, clause))["clause"]
    if found is None:
        raise HTTPException(404, "no clause of the document has this id")
    return _json(found)


@router.post("/v1/terms/{document}/clauses/{clause}", status_code=201, **describe.RULE_ON)
async def rule_on(request: Request, document: DocumentId, clause: ClauseId) -> Response:
    """Accept a clause, as found or with edits, or reject it. The last word counts, and all of them are kept."""
    said = await bodies.record(request, Ruled)
    return _said(await say(request, document, Word(action=said.ruling, on=clause, edits=said.edits)))


@router.post("/v1/terms/{document}/complete", status_code=201, **describe.COMPLETE)
async def say_complete(request: Request, document: DocumentId) -> Response:
    """Say that a text in which no clause was found holds none."""
    said = await bodies.record(request, Complete)
    return _said(await say(request, document, Word(action="complete", on=said.text_sha256)))


@router.post("/v1/terms/{document}/binding", status_code=201, **describe.BINDING)
async def say_binding(request: Request, document: DocumentId) -> Response:
    """Say whom a document binds."""
    said = await bodies.record(request, Bound)
    edits = {"channels": ",".join(said.channels), "offers": ",".join(said.offers), "kind": said.kind}
    return _said(await say(request, document, Word(action="binds", edits=edits)))


@router.post("/v1/terms/{document}/look", status_code=202, **describe.LOOK)
async def look(request: Request, document: DocumentId, wait: Wait = 0) -> Response:
    """Look for clauses in texts of a document, as a job. What is found binds nobody until it is accepted."""
    said = await bodies.record(request, Look)
    return await hand_over(request, await look_task(request, document, said.every), b"", 1, None, wait)


async def look_task(request: Request, document: int, every: bool) -> Task:
    """The job of looking for clauses; 404 where there is no such document."""
    await from_terms(request, confirming.texts_to_look, document, every)
    return Task(name="", profile="", work="look", document=document, every=every)


async def say(request: Request, document: int, word: Word) -> Entry:
    """Record a word in the ledger and then keep it, so that none that the gate uses is missing there; 404 for nothing.

    From the next check on it is decided with.
    """
    service, place = service_of(request), place_of(request)
    try:
        given = (place, document, word, principal_of(request).signature, service.settings.corpora)
        judged = await service.deciders.run(confirming.judge, *given)
        if judged is None:
            raise HTTPException(404, "there is no such document, or nothing of this name was found in it")
        body, made = judged
        (entry,) = await service.append([("terms", body)])
        await service.deciders.run(confirming.keep, place, document, made)
    except UnreadableFile as error:
        raise HTTPException(503, "the database of terms cannot be used") from error
    service.confirmed.forget()
    return entry


def _said(entry: Entry) -> Response:
    told = {"entry": entry.index, "subject": entry.subject, "says": entry.value("note"), "at": entry.at}
    return Response(msgspec.json.encode(told), 201, {"Clearance-Entry": str(entry.index)}, "application/json")


def _json(value: Any) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
