"""The OpenAPI document: what FastAPI finds, the types of the program, and the problems that any call can end in."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api import clauses, reviews, waivers
from api.asking import HeldPage
from api.chat import Opinion, Question
from api.chats import Given
from api.describe import ref
from api.jobs_store import Job
from api.listing import Check
from api.problems import KINDS, MEDIA_TYPE, PREFIX, Problem
from api.roles import ACCESS, PUBLIC
from compliance import __version__
from compliance.decision.model import Decision
from compliance.domain.manifest import Manifest
from compliance.reviews.exposed import Portfolio
from compliance.reviews.gate import Outcome
from compliance.reviews.leave import Waiver
from compliance.reviews.portfolio import Ending
from compliance.reviews.queue import Item, Whole
from compliance.reviews.recheck import Report

REVIEWED = [
    *(reviews.Assigned, reviews.Comment, reviews.Stated, reviews.Asked, reviews.Rejected),
    *(waivers.Granted, waivers.Withdrawn, Waiver, Item, Whole, Outcome, Report, Portfolio, Ending),
]
RULED = [clauses.Ruled, clauses.Complete, clauses.Bound, clauses.Look]
ALWAYS = (421, 422, 500, 503)
SIGNED = (401, 403, 429)


def document(app: FastAPI) -> dict[str, Any]:
    """The whole document; made once, since nothing in it changes."""
    made = get_openapi(
        title="Clearance",
        version=__version__,
        summary="Says before a training run whether the terms and licences of what it uses forbid it.",
        routes=app.routes,
    )
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    _, parts = msgspec.json.schema_components(
        [Decision, Manifest, Problem, Check], ref_template="#/components/schemas/{name}"
    )
    schemas.update(_tidy(parts))
    # Questions have citations of their own, so these types stand under names of their own.
    _, parts = msgspec.json.schema_components(
        [Question, Opinion, Given, HeldPage, Job], ref_template="#/components/schemas/qa.{name}"
    )
    schemas.update({f"qa.{name}": part for name, part in _tidy(parts).items()})
    _, parts = msgspec.json.schema_components(REVIEWED, ref_template="#/components/schemas/review.{name}")
    schemas.update({f"review.{name}": part for name, part in _tidy(parts).items()})
    _, parts = msgspec.json.schema_components(RULED, ref_template="#/components/schemas/terms.{name}")
    schemas.update({f"terms.{name}": part for name, part in _tidy(parts).items()})
    made["components"]["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "`clearance keys create` makes one."}
    }
    made["security"] = [{"key": []}]
    for path, calls in made["paths"].items():
        for method, call in calls.items():
            _complete(f"{method.upper()} {path}", call)
    return made


def _complete(name: str, call: dict[str, Any]) -> None:
    answers = call["responses"]
    codes = {code for code, held in answers.items() if not held.get("content") and code not in ("304",)}
    codes |= {str(code) for code in (*ALWAYS, *(() if name in PUBLIC else SIGNED))}
    for code in sorted(codes):
        answers[code] = _problem(int(code))
    if name in PUBLIC:
        call["security"] = []
    else:
        roles = ", ".join(sorted(role.value for role in ACCESS[name]))
        call["description"] = f"{call.get('description', '').strip()}\n\nRoles: {roles}."
    call["responses"] = dict(sorted(answers.items()))


def _problem(status: int) -> dict[str, Any]:
    kinds = {kind: title for kind, (code, title) in KINDS.items() if code == status}
    examples = {
        kind: {"value": {"type": PREFIX + kind, "title": title, "status": status}} for kind, title in kinds.items()
    }
    content = {MEDIA_TYPE: {"schema": ref("Problem"), "examples": examples}}
    made = {"description": "; ".join(kinds.values()) + ".", "content": content}
    if status == 429:
        schema = {"type": "integer", "minimum": 1}
        made["headers"] = {"Retry-After": {"description": "seconds to wait", "required": True, "schema": schema}}
    return made


def _tidy(value: Any) -> Any:
    """Descriptions on one line, as docstrings are wrapped for the reader of the code."""
    if isinstance(value, dict):
        return {
            k: re.sub(r"\s+", " ", v) if k == "description" and isinstance(v, str) else _tidy(v)
            for k, v in value.items()
        }
    return [_tidy(v) for v in value] if isinstance(value, list | tuple) else value
