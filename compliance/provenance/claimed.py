"""A claim in the words of a decision: where it stands, and of which days its records are."""

from __future__ import annotations

from compliance.domain.days import Span, span
from compliance.domain.evidence import Evidence
from compliance.evidence.claims import Claim, FileReport


def in_rows(claim: Claim) -> bool:
    """Whether a set was recognised in the rows themselves, and is not only named by a card."""
    return claim.record is not None


def place(report: FileReport, claim: Claim) -> Evidence:
    """Where a file says what is claimed."""
    record = f" in record {claim.record}" if claim.record is not None else ""
    says = f"{claim.value}{record}, as {claim.says} says"
    return Evidence(says=says, file=report.file, line=claim.line, field=claim.field, sha256=report.sha256)


def days(claim: Claim) -> str:
    """The days of a claim's records as a manifest writes them, or nothing."""
    if not claim.since:
        return ""
    return claim.since if claim.since == (claim.until or claim.since) else f"{claim.since}/{claim.until}"


def within(when: str, declared: str) -> bool:
    """Whether days of evidence lie in the declared span, give or take a day for time zones."""
    try:
        found, stated = span(when), span(declared)
    except ValueError:
        return True
    first = stated.first - 1 if stated.first is not None else None
    last = stated.last + 1 if stated.last is not None else None
    wide = Span(first, last)
    return all(edge is None or wide.holds(edge) for edge in found)
