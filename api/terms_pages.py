"""The pages of terms: providers, a document's timeline, a version's text, and two versions side by side."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import clause_queue, versions
from api.chat import Day
from api.chat_pages import Offset, lines
from api.rendering import page
from api.service import service_of
from api.terms import DocumentId, from_terms

router = APIRouter(include_in_schema=False)
WORDS = {
    "first": "first version held",
    "text": "the text changed",
    "layout": "layout only",
    "returned": "an earlier text came back",
    "failed": "could not be read",
    "language": "another language",
    "partial": "only a part was captured",
    "replaced": "another document stood here",
    "misfiled": "text of another document",
    "bundled": "became part of a longer page",
    "withdrawn": "withdrawn",
}
SAME = frozenset({"cosmetic", "moved"})


@router.get("/terms")
async def terms(request: Request) -> Response:
    """Providers and their documents."""
    if not service_of(request).settings.terms:
        return page(request, "terms.html.j2", found=None, open=0)
    found, waiting = await from_terms(request, versions.providers), await from_terms(request, clause_queue.queue)
    return page(request, "terms.html.j2", found=found, open=waiting["open"])


@router.get("/terms/{document}")
async def document(request: Request, document: DocumentId, all: bool = False) -> Response:
    """A document's versions, the newest first."""
    found = await from_terms(request, versions.document, document)
    told = [v for v in found["versions"] if all or v["kind"] != "layout"]
    changed = {a["after"]["recorded_at"]: a["changes"] for a in found["alerts"]}
    hidden = len(found["versions"]) - len(told)
    return page(request, "document.html.j2", held=found, told=told[::-1], hidden=hidden, changed=changed, words=WORDS)


@router.get("/terms/{document}/text")
async def text(request: Request, document: DocumentId, date: Day = "", start: Offset = 0, end: Offset = 0) -> Response:
    """The text that stood on a day, with a stretch of it marked."""
    found = await from_terms(request, versions.text, document, date)
    whole = found["text"]
    end = min(max(start, end), len(whole))
    before, marked, after = (lines(part) for part in (whole[:start], whole[start:end], whole[end:]))
    return page(request, "version.html.j2", held=found, before=before, marked=marked, after=after)


@router.get("/terms/{document}/diff")
async def diff(
    request: Request, document: DocumentId, before: Day = "", after: Day = "", all: bool = False
) -> Response:
    """Two versions clause by clause, side by side."""
    found = await from_terms(request, versions.diff, document, before, after)
    changes = [c for c in found["changes"] if all or c["change"] not in SAME]
    return page(request, "diff.html.j2", held=found, changes=changes, hidden=len(found["changes"]) - len(changes))
