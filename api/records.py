"""`/v1/ledger`: entries, proofs, checkpoints; and a check of all of it from stored bytes."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Path, Query, Request
from starlette.responses import Response

from api import describe
from api.checks import Before, Limit
from api.listing import page
from api.service import Service, service_of
from compliance.errors import UsageError
from compliance.ledger.entry import Entry
from compliance.ledger.log import Log
from compliance.ledger.verify import verify
from compliance.ledger.verify.result import Report
from compliance.report.json_form import dump

router = APIRouter(tags=["ledger"])
Index = Annotated[int, Path(ge=0, le=2**53, description="the entry's index")]
Kind = Literal["answer", "decision", "feedback", "hold", "key", "login", "redaction", "review", "terms", "waiver"]


@router.get("/v1/ledger", **describe.LEDGER)
async def list_entries(
    request: Request, limit: Limit = 50, before: Before = None, kind: Annotated[Kind | None, Query()] = None
) -> Response:
    """Entries, the newest first, without what they say."""
    service = service_of(request)
    found, after = await service.read(page, service.log, limit, before, kind)
    size = await service.read(service.log.size)
    return _json({"size": size, "entries": [_head(entry) for entry in found], "next": after})


@router.get("/v1/ledger/checkpoint", **describe.CHECKPOINT)
async def show_checkpoint(request: Request) -> Response:
    """The latest signed checkpoint, to keep elsewhere."""
    service = service_of(request)
    return Response(await service.read(service.log.checkpoint), media_type="text/plain; charset=utf-8")


@router.get("/v1/ledger/key", **describe.KEY)
async def show_key(request: Request) -> Response:
    """The verifier key that signs now, to hand to others."""
    service = service_of(request)
    keys = await service.read(service.log.vkeys)
    return Response(keys[-1][1] + "\n", media_type="text/plain; charset=utf-8")


@router.post("/v1/ledger/verify", **describe.VERIFY)
async def verify_ledger(request: Request) -> Response:
    """Check every entry from stored bytes, by code that shares nothing with what wrote them."""
    return _json(asdict(found := await checked(service_of(request))) | {"ok": found.ok})


async def checked(service: Service) -> Report:
    """The verifier's report on the ledger, as it stands now."""
    try:
        return await service.deciders.run(verify, service.settings.ledger)
    except (OSError, ValueError) as error:
        raise HTTPException(503, "the ledger cannot be read") from error


@router.get("/v1/ledger/{index}", **describe.ENTRY)
async def show_entry(request: Request, index: Index) -> Response:
    """One entry: what it says, and what of it was destroyed."""
    entry = await _entry(service_of(request), index)
    fields = {name: _readable(entry.raw(name) or b"") for name in entry.fields}
    return _json({**_head(entry), "fields": fields, "erased": entry.erased})


@router.get("/v1/ledger/{index}/proof", **describe.PROOF)
async def show_proof(request: Request, index: Index) -> Response:
    """The proof that an entry is under the latest checkpoint (RFC 9162)."""
    service = service_of(request)
    entry = await _entry(service, index)
    return _json(await service.read(_proof, service.log, entry))


def _proof(log: Log, entry: Entry) -> dict[str, Any]:
    note = log.checkpoint()
    size = int(note.split(b"\n")[1])  # the tree grows meanwhile: the proof is for the size that is signed
    return {
        **_head(entry),
        "leaf": entry.leaf.decode(),
        "size": size,
        "path": [digest.hex() for digest in log.inclusion(entry.index, size)],
        "checkpoint": note.decode(),
    }


async def _entry(service: Service, index: int) -> Entry:
    try:
        return await service.read(service.log.entry, index)
    except UsageError:
        raise HTTPException(404, "the ledger has no such entry") from None


def _head(entry: Entry) -> dict[str, Any]:
    digest = f"sha256:{entry.leaf_hash.hex()}"
    return {"index": entry.index, "kind": entry.kind, "subject": entry.subject, "at": entry.at, "leaf_hash": digest}


def _readable(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return raw.decode("utf-8", "replace")


def _json(value: Any) -> Response:
    return Response(dump(value, indent=False), media_type="application/json")
