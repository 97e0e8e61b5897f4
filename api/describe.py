"""What the OpenAPI document says of each call beyond its parameters: bodies, answers, examples, and its problems.

Every call can also end in the problems that `openapi.py` adds to all.
"""

from __future__ import annotations

from typing import Any

MANIFEST = {
    "run": {"date": "2025-11-03", "name": "assistant-v2", "purpose": "commercial", "method": "finetune"},
    "trainer": {"name": "Northlight Research"},
    "trainee": {"kind": "general-llm"},
    "sources": [
        {
            "name": "answers",
            "kind": "model-outputs",
            "role": "targets",
            "rows": 1000,
            "generated_by": {
                "model": "gpt-4o",
                "maker": "OpenAI",
                "channel": "first-party-api",
                "when": "2025-06",
                "by_whom": "trainer",
            },
        }
    ],
}
MANIFEST_YAML = """\
run: {date: 2025-11-03, name: assistant-v2, purpose: commercial, method: finetune}
trainer: {name: Northlight Research}
trainee: {kind: general-llm}
sources:
  - name: answers
    kind: human-data
    licence: CC-BY-4.0
    rows: 1000
    generated_by: null
"""

TEXT = {"type": "string"}
NUMBER = {"type": "integer", "minimum": 0}
MAYBE_NUMBER = {"anyOf": [NUMBER, {"type": "null"}]}
TEXTS = {"type": "array", "items": TEXT}


def ref(name: str) -> dict[str, Any]:
    """A schema of the document's components."""
    return {"$ref": f"#/components/schemas/{name}"}


def record(**properties: Any) -> dict[str, Any]:
    """An object with these keys, all of them always there."""
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def listed(schema: Any) -> dict[str, Any]:
    """A list of a schema."""
    return {"type": "array", "items": schema}


def body(**content: Any) -> dict[str, Any]:
    """A request body by media type."""
    return {"requestBody": {"required": True, "content": {k.replace("__", "/"): v for k, v in content.items()}}}


def answers(
    status: int, says: str, content: dict[str, Any], problems: tuple[int, ...] = (), **more: Any
) -> dict[str, Any]:
    """The keyword arguments of a route that answers so."""
    told: dict[int | str, Any] = {status: {"description": says, "content": content}}
    told |= {code: {} for code in problems}
    return {"responses": told, "response_model": None, **more}


def json_of(schema: Any) -> dict[str, Any]:
    """JSON content of a schema."""
    return {"application/json": {"schema": schema}}


PLAIN = {"text/plain": {"schema": TEXT}}
LINES = {"schema": TEXT, "example": '{"id": "a", "manifest": {"run": {}}}\n'}
HEAD = {
    "index": NUMBER,
    "kind": TEXT,
    "subject": {"anyOf": [TEXT, {"type": "null"}]},
    "at": TEXT,
    "leaf_hash": TEXT,
}
SENT = (400, 408, 413, 415)
"""The problems of a body."""

CHECK = answers(
    201,
    "The document of `clearance check --format json`, on one line. It is in the ledger.",
    json_of(ref("Decision")),
    (*SENT, 404),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": ref("Manifest"), "example": MANIFEST},
                "application/yaml": {"schema": TEXT, "example": MANIFEST_YAML},
            },
        }
    },
)
BATCH = answers(
    200,
    "A decision a line, in the order of the lines that were sent, as `clearance check --batch` writes them.",
    {"application/x-ndjson": {"schema": TEXT}},
    SENT,
    openapi_extra={"requestBody": {"required": True, "content": {"application/x-ndjson": LINES}}},
)
CHECKS = answers(200, "A page of checks.", json_of(record(checks=listed(ref("Check")), next=MAYBE_NUMBER)))
ONE_CHECK = answers(
    200,
    "The decision.",
    {
        "application/json": {"schema": ref("Decision")},
        "text/plain": {"schema": TEXT},
        "text/markdown": {"schema": TEXT},
        "text/html": {"schema": TEXT},
        "application/sarif+json": {"schema": {"type": "object"}},
    },
    (404, 410),
)
ONE_CHECK["responses"][304] = {"description": "It is as the `ETag` in `If-None-Match` says."}
RULES = answers(
    200,
    "The rules.",
    json_of(record(rules=listed(record(label=TEXT, title=TEXT, says=TEXT, remedy=TEXT, order=NUMBER)), profiles=TEXTS)),
)
RULE = answers(200, "The rule.", json_of({"type": "object", "required": ["label", "page"]}), (404,))
PARTY = answers(200, "The record.", json_of({"type": "object", "required": ["id"]}), (404,))
LEDGER = answers(
    200, "A page of entries.", json_of(record(size=NUMBER, entries=listed(record(**HEAD)), next=MAYBE_NUMBER))
)
CHECKPOINT = answers(200, "A signed note in the form tlog-checkpoint.", PLAIN)
KEY = answers(200, "The verifier key.", PLAIN)
VERIFY = answers(
    200,
    "What was found; `ok` where nothing is wrong.",
    json_of(
        record(
            ok={"type": "boolean"},
            size=NUMBER,
            root=TEXT,
            keys=TEXTS,
            notes=TEXTS,
            faults=listed(record(says=TEXT, entry=MAYBE_NUMBER)),
        )
    ),
)
ENTRY = answers(200, "The entry.", json_of(record(**HEAD, fields={"type": "object"}, erased=TEXTS)), (404,))
PROOF = answers(
    200,
    "The leaf, its path, and the signed checkpoint that it leads to.",
    json_of(record(**HEAD, leaf=TEXT, size=NUMBER, path=TEXTS, checkpoint=TEXT)),
    (404,),
)
HEALTH = answers(200, "The process runs.", json_of(record(status=TEXT)))
READY = answers(200, "Checks are answered.", json_of(record(status=TEXT, questions=TEXT)))
METRICS = answers(200, "Metrics, as Prometheus reads them.", PLAIN)
DOCUMENT = answers(200, "This document.", json_of({"type": "object"}))


def sent(kind: str, example: Any) -> dict[str, Any]:
    """A JSON body of a kind that questions have."""
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": ref(f"qa.{kind}"), "example": example}},
        }
    }


EVENT = {"type": "object", "properties": {"id": TEXT, "event": TEXT, "data": TEXT}, "required": ["event", "data"]}
EVENTS = {"text/event-stream": {"schema": EVENT}}
CHAT = answers(
    200,
    "The answer as events.",
    EVENTS,
    (*SENT, 404),
    openapi_extra=sent("Question", {"question": "May we train a classifier on their output?"}),
)
PLACE = record(start=NUMBER, end=NUMBER)
PASSAGE = {"allOf": [ref("qa.Citation"), record(shown=PLACE, score={"type": "number"})]}
SEARCH = answers(200, "The passages.", json_of(record(query=TEXT, passages=listed(PASSAGE), notes=TEXTS)), (400, 404))
HELD = answers(200, "The text.", json_of(ref("qa.HeldPage")), (404,))
ANSWER = answers(200, "The answer.", json_of(ref("qa.Given")), (404, 410))
MEMO_TEXT = answers(200, "The memo.", {"text/markdown": {"schema": TEXT}}, (404, 410))
FEEDBACK = answers(
    201,
    "The entry of the ledger.",
    json_of(record(entry=NUMBER)),
    (*SENT, 404, 410),
    openapi_extra=sent("Opinion", {"ruling": "wrong", "note": "the newer version says otherwise"}),
)
EVIDENCE = answers(
    201,
    "What is kept, with the id that a check names.",
    json_of(record(id=TEXT, files=listed(record(name=TEXT, bytes=NUMBER, sha256=TEXT)), expires_at=TEXT)),
    SENT,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "properties": {"file": listed({"type": "string", "format": "binary"})},
                    }
                }
            },
        }
    },
)
ACCEPTED = {"description": "A job; `Location` leads to it.", "content": json_of(ref("qa.Job"))}
for told in (CHECK, BATCH):
    told["responses"][202] = ACCEPTED
BATCH["responses"][201] = {
    "description": "A job that ended while the caller waited.",
    "content": {"application/x-ndjson": {"schema": TEXT}},
}
for told in (CHECK, BATCH):
    told["responses"][410] = {}
JOB = answers(200, "The job.", json_of(ref("qa.Job")), (404,))
JOB_EVENTS = answers(200, "The job as it goes on.", EVENTS, (404,))
RESULT = answers(
    200,
    "What came of it: a decision, decisions a line, or the report of another job.",
    {
        "application/json": {"schema": {"anyOf": [ref("Decision"), {"type": "object"}]}},
        "application/x-ndjson": {"schema": TEXT},
    },
    (404, 409, 410),
)
MEMO = answers(
    200,
    "The memo.",
    {"text/html": {"schema": TEXT}, "application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    (400, 404, 410),
)
