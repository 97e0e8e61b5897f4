"""The report as SARIF 2.1.0, for code-scanning views: a result for every source that is not plainly allowed.

A block is an error, a review a warning, obligations are a note. Results point at the evidence; where none lies in a
file, at the first input (the manifest), since most viewers drop a result without a file. A run that is stopped by
something other than a source gets a result of its own, so that a clean list always means a clean run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, NamedTuple
from urllib.parse import quote

from compliance.decision.model import Decision, SourceAnswer
from compliance.domain.evidence import Evidence
from compliance.domain.verdict import Verdict, most_severe
from compliance.report import view
from compliance.report.json_form import dump
from compliance.report.labels import label
from compliance.report.words import (
    FINDINGS,
    NOT_ADVICE,
    ask,
    capital,
    clause_name,
    flipped,
    owed,
    placed,
    prose,
    sentence,
    shown,
)

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
RUN_RULE = "run-verdict"
LEVELS = {"block": "error", "review": "warning", "allow-with-obligations": "note"}
INDENT_UP_TO = 2_000

Json = dict[str, Any]


class _Told(NamedTuple):
    """What a result says, of a source or of the run."""

    rule: str
    verdict: str
    source: str
    text: str
    evidence: tuple[Evidence, ...]
    properties: Json


def render(decision: Decision) -> str:
    """The decision as a SARIF log of one run."""
    told = list(_told(decision))
    rules = list(dict.fromkeys(item.rule for item in told))
    numbers = {rule: number for number, rule in enumerate(rules)}
    run: Json = {
        "tool": {"driver": {"name": "Clearance", "rules": [_rule(rule, told) for rule in rules]}},
        "automationDetails": {"id": f"clearance/{shown(decision.run)}/"},
        "artifacts": [_artifact(evidence) for evidence in _files(decision)],
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": _notices(decision)}],
        "results": [_result(item, numbers[item.rule], decision) for item in told],
        "properties": {
            "decision": decision.id,
            "verdict": decision.verdict,
            "run": decision.run,
            "date": decision.date,
            "trainer": decision.trainer,
            "trainee": decision.trainee,
            "profile": decision.profile,
            "corpora": decision.corpora.sha256,
            "rules": decision.rules.sha256,
            "sources": len(decision.sources),
        },
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return dump(document, indent=len(told) <= INDENT_UP_TO)


def _told(decision: Decision) -> Iterator[_Told]:
    ranked = view.ranked(decision.sources)
    if most_severe(Verdict.of(answer.verdict) for answer in ranked) < Verdict.of(decision.verdict) or not ranked:
        says = " ".join(sentence(finding.says) for finding in decision.findings)
        verdict = decision.verdict if decision.verdict in LEVELS else "review"
        yield _Told(RUN_RULE, verdict, "", f"{view.headline(decision)} {says}".strip(), (), {"verdict": verdict})
    for answer in ranked:
        if answer.verdict in LEVELS:
            yield _Told(answer.rule, answer.verdict, answer.source, _text(answer), answer.evidence, _properties(answer))


def _text(answer: SourceAnswer) -> str:
    """The result's message: verdict, reason, clauses, what is missing, what would change it, duties."""
    lines = [f"{answer.verdict}: {shown(answer.source)}. {sentence(answer.reason)}"]
    lines += [f"Clause: {clause_name(clause)}: {clause.says}" for clause in answer.clauses]
    lines += [f"Missing: {capital(fact.question)} {ask(fact)}" for fact in answer.missing]
    lines += [f"Would change the verdict: {flipped(flip)}." for flip in answer.flips]
    lines += [f"Duty: {owed(duty)}" for duty in answer.duties]
    return "\n".join(map(prose, lines))


def _properties(answer: SourceAnswer) -> Json:
    return {
        "source": answer.source,
        "verdict": answer.verdict,
        "path": answer.path,
        "rows": answer.rows,
        "share": answer.share,
    }


def _rule(rule: str, told: list[_Told]) -> Json:
    words = label(rule)
    level = LEVELS[most_severe(Verdict.of(item.verdict) for item in told if item.rule == rule).text]
    title = "the run as a whole is stopped" if rule == RUN_RULE else words.title
    says = words.says or f"{capital(title)}."
    return {
        "id": shown(rule),
        "name": "".join(part.capitalize() for part in shown(rule).split("-")),
        "shortDescription": {"text": _message(capital(title))},
        "fullDescription": {"text": _message(says)},
        "help": {"text": _message(f"{says} {NOT_ADVICE}")},
        "defaultConfiguration": {"level": level},
        "properties": {"tags": ["licence", "terms", "training-data"]},
    }


def _result(item: _Told, number: int, decision: Decision) -> Json:
    # The run and the source's name and rule make the same result on the next check, whatever line it moved to.
    key = "\0".join((decision.run, item.source, item.rule))
    fingerprint = hashlib.sha256(key.encode(errors="replace")).hexdigest()
    places = [_physical(evidence) for evidence in item.evidence if evidence.file]
    if not places:
        places = [_physical(evidence) for evidence in decision.inputs if evidence.file][:1]
    locations: list[Json] = [{"physicalLocation": place} for place in places[:1]] or [{}]
    name = item.source or decision.run
    locations[0]["logicalLocations"] = [{"name": shown(name), "fullyQualifiedName": shown(name), "kind": "resource"}]
    result: Json = {
        "ruleId": shown(item.rule),
        "ruleIndex": number,
        "kind": "fail",
        "level": LEVELS[item.verdict],
        "message": {"text": _message(item.text)},
        "locations": locations,
        "partialFingerprints": {"clearanceSource/v1": fingerprint},
        "properties": item.properties,
    }
    if places[1:]:
        others = [evidence for evidence in item.evidence if evidence.file][1:]
        result["relatedLocations"] = [
            {"id": number, "physicalLocation": place, "message": {"text": _message(placed(evidence))}}
            for number, (place, evidence) in enumerate(zip(places[1:], others, strict=True), 1)
        ]
    return result


def _physical(evidence: Evidence) -> Json:
    place: Json = {"artifactLocation": _location(evidence.file)}
    if evidence.line is not None and evidence.line >= 1:
        place["region"] = {"startLine": evidence.line}
    return place


def _location(file: str) -> Json:
    """A file as a URI reference: absolute, or relative to the root of the checked-out sources."""
    windows = PureWindowsPath(file)
    path = windows.as_posix() if windows.drive or ("\\" in file and "/" not in file) else file
    encoded = quote(path, safe="/", errors="replace")
    if windows.drive:
        return {"uri": "file:///" + quote(path, safe="/:", errors="replace")}
    if PurePosixPath(path).is_absolute():
        return {"uri": "file:///" + encoded.lstrip("/")}
    return {"uri": encoded, "uriBaseId": "%SRCROOT%"}


def _files(decision: Decision) -> list[Evidence]:
    """Every input file once."""
    return list({evidence.file: evidence for evidence in decision.inputs if evidence.file}.values())


def _artifact(evidence: Evidence) -> Json:
    digest = evidence.sha256.rpartition(":")[2]
    return {"location": _location(evidence.file)} | ({"hashes": {"sha-256": digest}} if digest else {})


def _notices(decision: Decision) -> list[Json]:
    """The findings, which are no verdicts, as notes of the tool."""
    return [
        {
            "level": "warning" if finding.kind == "conflict" else "note",
            "message": {
                "text": _message(f"{FINDINGS[finding.kind]}: {prose(finding.source)}: {sentence(finding.says)}")
            },
        }
        for finding in decision.findings
        for kind in [FINDINGS[finding.kind]]
    ]


def _message(text: str) -> str:
    """Text as a SARIF message, where braces are placeholders and `[words](target)` is a link."""
    lines = (prose(line) for line in text.split("\n"))
    text = "\n".join(lines).replace("{", "{{").replace("}", "}}")
    return text.replace("[", "\\[").replace("]", "\\]") if "](" in text else text
