"""The pages on which found clauses are confirmed: which documents wait, and one clause after the other beside its text.

Every step is a form, and the next open clause follows it, so that a person goes through a document by keyboard alone.
"""

from __future__ import annotations

from typing import Annotated, get_args, get_type_hints

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from api import bodies, clause_queue, confirming
from api.chat_pages import lines
from api.clauses import look_task, say
from api.confirming import Word
from api.jobs_store import submit
from api.problems import of_exception
from api.rendering import page
from api.reviews_pages import told, words
from api.service import principal_of, service_of
from api.terms import DocumentId, from_terms
from compliance.corpus.records import Clause, Exempt, Reach, TraineeKind
from compliance.errors import InputError, UsageError
from compliance.history.overlay import CHANNELS, KINDS

router = APIRouter(include_in_schema=False)
_OF_CLAUSE = get_type_hints(Clause)
CHOICES: dict[str, tuple[str, ...]] = {
    "category": get_args(_OF_CLAUSE["category"]),
    "effect": get_args(_OF_CLAUSE["effect"]),
    "test": ("none", *get_args(Reach)),
    "bound": get_args(_OF_CLAUSE["bound"]),
}
"""What one value of a record is chosen from, in the words of the corpora's schema."""
TICKED: dict[str, tuple[str, ...]] = {
    "object": get_args(get_args(_OF_CLAUSE["object"])[0]),
    "exceptions": get_args(get_type_hints(Exempt)["kind"]),
}
"""What several values of a record are ticked from."""
WRITTEN = ("section", "paraphrase", "note")
TITLES = {
    "category": "Category",
    "effect": "Effect",
    "test": "How far a ban reaches",
    "bound": "Whom it binds",
    "object": "What it is about",
    "exceptions": "Exceptions",
    "section": "Section",
    "paraphrase": "In our own words",
    "note": "Note",
}
STATES = {"unconfirmed": "open", "accepted": "accepted", "rejected": "rejected"}
DONE = {
    "accepted": "Accepted, and recorded in the ledger. The gate decides with it from now on.",
    "rejected": "Rejected, and recorded in the ledger. The gate does not enforce it.",
    "complete": "Recorded: the text holds no clause of the kind.",
    "binding": "Recorded: whom the document binds.",
}
MOST_FIELDS = 40
Named = Annotated[str, Query(pattern=r"^([a-z-]{1,60}-[0-9a-f]{10})?$")]
Done = Annotated[str, Query(pattern=r"^[a-z]{0,20}$")]


@router.get("/terms/clauses")
async def queue(request: Request) -> Response:
    """The documents, those first of which most is open that can change a verdict."""
    found = await from_terms(request, clause_queue.queue)
    found["documents"].sort(key=lambda d: (-d["gating"], -d["open"]))
    return page(request, "clauses.html.j2", found=found)


@router.get("/terms/{document}/clauses")
async def clauses(request: Request, document: DocumentId, clause: Named = "", done: Done = "") -> Response:
    """A clause beside its text, with the form to accept, edit or reject it; without a name the first that is open."""
    return await _document(request, document, clause, done=DONE.get(done, ""))


@router.post("/terms/{document}/clauses")
async def rule_on(request: Request, document: DocumentId) -> Response:
    """Accept a clause, as found or edited, or reject it; then the next one follows."""
    fields = await bodies.signed_form(request, MOST_FIELDS)
    name = fields.get("clause", "")
    ruling = "accepted" if fields.get("ruling") == "accepted" else "rejected"
    word = Word(action=ruling, on=name, edits=_edits(fields) if ruling == "accepted" else {})  # type: ignore[arg-type]
    return await _said(request, document, word, ruling, fields)


@router.post("/terms/{document}/complete")
async def say_complete(request: Request, document: DocumentId) -> Response:
    """Say that a text holds no clause of the kind."""
    fields = await bodies.signed_form(request)
    return await _said(request, document, Word(action="complete", on=fields.get("text", "")), "complete", fields)


@router.post("/terms/{document}/binding")
async def say_binding(request: Request, document: DocumentId) -> Response:
    """Say whom a document binds."""
    fields = await bodies.signed_form(request, MOST_FIELDS)
    edits = {name: _ticked(fields, name, every) for name, every in (("channels", CHANNELS), ("offers", OFFERS))}
    word = Word(action="binds", edits={**edits, "kind": fields.get("kind", "")})
    return await _said(request, document, word, "binding", fields)


@router.post("/terms/{document}/look")
async def look(request: Request, document: DocumentId) -> Response:
    """Look for clauses, as a job whose page follows."""
    fields = await bodies.signed_form(request)
    service, task = service_of(request), await look_task(request, document, fields.get("every") == "yes")
    job, _ = await service.read(submit, service.log.engine, principal_of(request), task, b"", 1, None)
    service.runner.wake()
    return RedirectResponse(f"/jobs/{job.id}", 303)


OFFERS: tuple[str, ...] = get_args(TraineeKind)


async def _said(request: Request, document: int, word: Word, done: str, fields: dict[str, str]) -> Response:
    """Say a word and go on; what stands in the way is told beside the form, which keeps what was filled in."""
    try:
        await say(request, document, word)
    except (InputError, UsageError) as error:
        status, fault = of_exception(error).status, told(error)
        return await _document(request, document, fields.get("clause", ""), status, fault=fault, form=done, given=word)
    return RedirectResponse(f"/terms/{document}/clauses?done={done}", 303)


async def _document(
    request: Request,
    document: int,
    clause: str,
    status: int = 200,
    *,
    done: str = "",
    fault: str = "",
    form: str = "",
    given: Word | None = None,
) -> Response:
    found = await from_terms(request, confirming.clause, document, clause)
    one = found["clause"]
    if one is not None and given is not None and given.on == one["id"]:
        one["values"].update(given.edits)
    open_ = [c["id"] for c in found["clauses"] if c["status"] == "unconfirmed"]
    after = open_[open_.index(one["id"]) + 1 :] + open_[: open_.index(one["id"])] if one and one["id"] in open_ else []
    return page(
        request,
        "clause.html.j2",
        status,
        held=found,
        one=one,
        open=open_,
        skip=after[0] if after else "",
        lines=lines,
        choices=CHOICES,
        ticked={name: (every, _listed(one["values"][name]) if one else []) for name, every in TICKED.items()},
        titles=TITLES,
        states=STATES,
        channels=CHANNELS,
        offers=OFFERS,
        kinds=KINDS,
        done=done,
        fault=fault,
        form=form,
    )


def _edits(fields: dict[str, str]) -> dict[str, str]:
    """The values of the form, each as an edit would write it."""
    told = {name: fields[name].strip() for name in CHOICES if name in fields}
    told |= {name: " ".join(words(fields, name).split()) for name in WRITTEN if name in fields}
    return told | {name: _ticked(fields, name, every) or "none" for name, every in TICKED.items() if "edited" in fields}


def _ticked(fields: dict[str, str], name: str, every: tuple[str, ...]) -> str:
    return ",".join(word for word in every if f"{name}-{word}" in fields)


def _listed(value: str) -> list[str]:
    return [word for word in value.split(",") if word != "none"]
