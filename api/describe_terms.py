"""What the OpenAPI document says of the calls of terms and of the clauses in them."""

from __future__ import annotations

from typing import Any

from api.describe import ACCEPTED, NUMBER, SENT, TEXT, TEXTS, answers, json_of, listed, record, ref

OF_TERMS = {"id": NUMBER, "provider": TEXT, "document": TEXT, "source": TEXT}
TERMS = answers(
    200,
    "The providers.",
    json_of(
        record(
            providers=listed(
                record(provider=TEXT, documents=listed(record(**OF_TERMS, versions=NUMBER, first=TEXT, last=TEXT)))
            ),
            attributions={"type": "object"},
        )
    ),
    (404,),
)
DOCUMENT_OF_TERMS = answers(
    200,
    "The document.",
    json_of(
        record(
            **OF_TERMS,
            attribution=TEXT,
            versions=listed({"type": "object"}),
            alerts=listed({"type": "object"}),
            notices=listed({"type": "object"}),
        )
    ),
    (404,),
)
SPAN = record(start=NUMBER, end=NUMBER, section=TEXT, sha256=TEXT)
VERSION = answers(
    200,
    "The text.",
    json_of(record(**OF_TERMS, recorded_at=TEXT, day=TEXT, text_sha256=TEXT, text=TEXT, clauses=listed(SPAN))),
    (404,),
)
DIFF = answers(
    200,
    "The changes.",
    json_of(record(**OF_TERMS, before=TEXT, after=TEXT, changes=listed({"type": "object"}))),
    (404,),
)
MAYBE = {"type": "boolean"}
STATUS = {"type": "string", "enum": ["unconfirmed", "accepted", "rejected"]}
FOUND = {
    "id": TEXT, "status": STATUS, "by": TEXT, "at": TEXT, "edits": {"type": "object"}, "days": TEXTS,
    "text_sha256": TEXT, "section": TEXT, "start": NUMBER, "end": NUMBER, "quote": TEXT, "lead": TEXT,
    "exceptions": TEXT, "confidence": {"type": "number"}, "gating": MAYBE, "record": {"type": "object"},
}  # fmt: skip
READ = record(day=TEXT, text_sha256=TEXT, looked=MAYBE, note=TEXT, found=NUMBER, open=TEXTS, counts_as_seen=MAYBE)
WORD = json_of(record(entry=NUMBER, subject=TEXT, says=TEXT, at=TEXT))


def _body(kind: str, example: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": ref(f"terms.{kind}"), "example": example}}
    return {"requestBody": {"required": True, "content": content}}


def _word(kind: str, example: Any) -> dict[str, Any]:
    says = "The word's entry in the ledger. The gate decides with it from the next check on."
    return answers(201, says, WORD, (*SENT, 404), openapi_extra=_body(kind, example))


QUEUE = answers(
    200,
    "The documents.",
    json_of(
        record(
            open=NUMBER,
            documents=listed(
                record(**OF_TERMS, texts=NUMBER, unlooked=NUMBER, open=NUMBER, gating=NUMBER, accepted=NUMBER,
                       rejected=NUMBER)
            ),
        )
    ),
    (404,),
)  # fmt: skip
CLAUSES = answers(
    200,
    "The clauses.",
    json_of(
        record(**OF_TERMS, clauses=listed(record(**FOUND)), texts=listed(READ), open=NUMBER, binding={"type": "object"})
    ),
    (404,),
)
CLAUSE = answers(
    200,
    "The clause.",
    json_of(
        record(**FOUND, day=TEXT, before=TEXT, words=TEXT, after=TEXT, cut=listed(MAYBE), values={"type": "object"})
    ),
    (404,),
)
RULE_ON = _word("Ruled", {"ruling": "accepted", "edits": {"test": "any", "exceptions": "approval"}})
COMPLETE = _word("Complete", {"text_sha256": "0" * 64})
BINDING = _word("Bound", {"channels": ["first-party-api"], "offers": ["general-llm"]})
LOOK = answers(202, "", {}, (*SENT, 404), openapi_extra=_body("Look", {"every": True}))
LOOK["responses"][202] = ACCEPTED
LOOK["responses"][201] = {"description": "A job that ended while the caller waited.", "content": ACCEPTED["content"]}
