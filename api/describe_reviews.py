"""What the OpenAPI document says of the calls of reviews, waivers and the portfolio."""

from __future__ import annotations

from typing import Any

from api.describe import ACCEPTED, MAYBE_NUMBER, NUMBER, SENT, TEXT, answers, json_of, listed, record, ref

MAYBE_TEXT = {"anyOf": [TEXT, {"type": "null"}]}
UNCHANGED = {"description": "It is as the `ETag` in `If-None-Match` says."}


def of(name: str) -> dict[str, Any]:
    """A type that reviews have."""
    return ref(f"review.{name}")


def _body(kind: str, example: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": of(kind), "example": example}}
    return {"requestBody": {"required": True, "content": content}}


def _shown(says: str, name: str, *problems: int) -> dict[str, Any]:
    found = answers(200, says, json_of(of(name)), (404, *problems))
    found["responses"][304] = UNCHANGED
    return found


def _step(kind: str, example: Any, says: str = "The step's entry in the ledger.", **told: Any) -> dict[str, Any]:
    made = record(**(told or {"entry": NUMBER, "kind": TEXT, "subject": MAYBE_TEXT, "event": TEXT, "at": TEXT}))
    return answers(201, says, json_of(made), (*SENT, 404), openapi_extra=_body(kind, example))


REVIEWS = answers(200, "A page of items.", json_of(record(items=listed(of("Item")), next=MAYBE_TEXT)), (400,))
ITEM = _shown("The item.", "Whole")
GATE = _shown("The gate's answer.", "Outcome", 400)
ASSIGN = _step("Assigned", {"to": "ann", "due": "2026-04-01"})
COMMENT = _step("Comment", {"text": "asked the provider", "evidence": ["mail of 3 March"]})
REJECT = _step("Rejected", {"reason": "no licence can be had"})
ANSWER_FACTS = _step(
    "Stated",
    {"facts": {"role": "evaluation"}, "reason": "the team's config says so"},
    "The decision that stands in its place; `Location` leads to it.",
    decision=TEXT,
    verdict=TEXT,
)
WAIVE = _step(
    "Asked",
    {"reason": "800 of 1.2 million rows, to be replaced", "until": "2026-06-30T18:00 Europe/Berlin"},
    "The waiver that was asked for; `Location` leads to it.",
    waiver=TEXT,
    standing=TEXT,
)
RECHECK = answers(200, "How many decisions were taken again, and which were re-opened.", json_of(of("Report")))
RECHECK["responses"][202] = ACCEPTED
RECHECK["responses"][201] = {
    "description": "A job that ended while the caller waited.",
    "content": json_of(of("Report")),
}
WAIVERS = answers(200, "A page of waivers.", json_of(record(waivers=listed(of("Waiver")), next=MAYBE_TEXT)), (400,))
WAIVER = _shown("The waiver.", "Waiver")
APPROVE = _step("Granted", {"reason": "read the clause; the rows go with the next release"})
WITHDRAW = _step("Withdrawn", {"reason": "the provider objected"})
PORTFOLIO = answers(
    200,
    "The runs.",
    json_of({"allOf": [of("Portfolio"), {"properties": {"next": MAYBE_NUMBER}, "required": ["next"]}]}),
)
ENDING = answers(200, "What ends.", json_of(record(ending=listed(of("Ending")))))
