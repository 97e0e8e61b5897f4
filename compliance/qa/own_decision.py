"""Questions about one's own decision, answered from it: what it says, why, and what would change it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec

from compliance.errors import SchemaError
from compliance.qa.answer import Answer, Citation
from compliance.qa.question import checked
from compliance.reading.files import MAX_BYTES
from compliance.reading.structured import decode, parse, read_bytes

_ASKS_CHANGE = re.compile(
    r"\b(?:change|fix|clear|allow|solve|remed\w+|instead|do about|get (?:it|this) (?:through|cleared)|what if|flip)\b",
    re.IGNORECASE,
)
_ASKS_MISSING = re.compile(r"\b(?:missing|unknown|need to know|which facts?|supply|open questions?)\b", re.IGNORECASE)
_ASKS_DUTY = re.compile(r"\b(?:obligations?|dut(?:y|ies)|owe|have to do|must we|attribution)\b", re.IGNORECASE)


class _Flip(msgspec.Struct):
    change: str = ""
    verdict: str = ""


class _Missing(msgspec.Struct):
    question: str = ""
    ask: str = ""


class _Clause(msgspec.Struct):
    title: str = ""
    section: str = ""
    in_force: str = ""
    says: str = ""


class _Source(msgspec.Struct):
    source: str
    verdict: str
    rule: str = ""
    reason: str = ""
    clauses: list[_Clause] = []
    duties: list[Any] = []
    missing: list[_Missing] = []
    flips: list[_Flip] = []


class OwnDecision(msgspec.Struct):
    """The parts of a decision (`clearance check --format json`) that questions are answered from."""

    verdict: str
    sources: list[_Source]
    id: str = ""
    run: str = ""
    remediation: list[Any] = []


def read_decision(path: Path) -> OwnDecision:
    """The decision in a JSON file."""
    text = decode(read_bytes(path, limit=MAX_BYTES), str(path))
    value = parse(text, frozenset())
    try:
        return msgspec.convert(value, OwnDecision)
    except msgspec.ValidationError as error:
        raise SchemaError(
            f"not a decision: {error}", file=str(path), remedy="write one with clearance check MANIFEST --format json"
        ) from None


def answer_own(question: str, decision: OwnDecision) -> Answer:
    """The answer to a question about one's own decision. It repeats what was decided, and decides nothing."""
    asked = checked(question)
    low = asked.casefold()
    named = [s for s in decision.sources if s.source.casefold() in low or s.source.casefold().split(":")[-1] in low]
    sources = named or [s for s in decision.sources if s.verdict == decision.verdict] or decision.sources
    sentences = [f"The decision{f' on {decision.run}' if decision.run else ''} is {decision.verdict}."]
    for source in sources[:5]:
        sentences.append(f"{source.source}: {source.verdict} ({source.rule}), because {source.reason}.")
        sentences += [f"{c.title} {c.section} ({c.in_force}) says: {c.says}" for c in source.clauses[:2]]
        if _ASKS_MISSING.search(asked) and source.missing:
            sentences += [f"Open: {m.question} Ask {m.ask}." for m in source.missing]
        if _ASKS_DUTY.search(asked) and source.duties:
            sentences.append(f"Duties: {'; '.join(_duty(d) for d in source.duties)}.")
    if _ASKS_CHANGE.search(asked) and decision.remediation:
        sentences.append(f"The smallest change on record: {_duty(decision.remediation[0])}.")
    turns_on = tuple(f"if {f.change}: {f.verdict}" for s in sources[:5] for f in s.flips)
    return Answer(
        question=asked,
        answer=" ".join(sentences),
        verdict="n/a",
        abstained=False,
        kind="plain",
        turns_on=turns_on,
        texts=(f"decision {decision.id}",),
        notes=("answered from the decision itself; nothing was decided anew",),
        citations=_none(),
    )


def _none() -> tuple[Citation, ...]:
    return ()


def _duty(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("text") or value.get("says") or value.get("change") or value.get("kind") or value)
    return str(value)
