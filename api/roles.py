"""Who may do what: the one table. Whatever is not in it is refused to everybody."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What the holder of a key is there for."""

    ENGINEER = "engineer"
    LEGAL = "legal"
    AUDITOR = "auditor"
    ADMIN = "admin"


PUBLIC = frozenset({"GET /healthz", "GET /readyz", "GET /login", "POST /login"})
"""The calls that need no credential."""
ALL = frozenset(Role)
DECIDES = frozenset({Role.ENGINEER, Role.LEGAL, Role.ADMIN})
AUDITS = frozenset({Role.LEGAL, Role.AUDITOR, Role.ADMIN})
OPERATES = frozenset({Role.AUDITOR, Role.ADMIN})
JUDGES = frozenset({Role.LEGAL, Role.ADMIN})
"""Who may say that a run goes on or not, and what a clause says; everybody may read what they say, and comment."""

ACCESS: Mapping[str, frozenset[Role]] = {
    "GET /metrics": OPERATES,
    "GET /openapi.json": ALL,
    "POST /v1/checks": DECIDES,
    "POST /v1/checks/batch": DECIDES,
    "POST /v1/evidence": DECIDES,
    "GET /v1/checks": ALL,
    "GET /v1/checks/{id}": ALL,
    "GET /v1/checks/{id}/memo": ALL,
    "GET /v1/checks/{id}/gate": ALL,
    "GET /v1/reviews": ALL,
    "GET /v1/reviews/{id}": ALL,
    "POST /v1/reviews/{id}/assign": JUDGES,
    "POST /v1/reviews/{id}/comments": ALL,
    "POST /v1/reviews/{id}/answer": JUDGES,
    "POST /v1/reviews/{id}/waivers": JUDGES,
    "POST /v1/reviews/{id}/reject": JUDGES,
    "POST /v1/reviews/recheck": JUDGES,
    "GET /v1/waivers": ALL,
    "GET /v1/waivers/{id}": ALL,
    "POST /v1/waivers/{id}/approve": JUDGES,
    "POST /v1/waivers/{id}/withdraw": JUDGES,
    "GET /v1/portfolio": ALL,
    "GET /v1/portfolio/ending": ALL,
    "POST /v1/chat": ALL,
    "GET /v1/search": ALL,
    "GET /v1/texts": ALL,
    "GET /v1/answers/{id}": ALL,
    "GET /v1/answers/{id}/memo": ALL,
    "POST /v1/answers/{id}/feedback": ALL,
    "GET /v1/terms": ALL,
    "GET /v1/terms/{document}": ALL,
    "GET /v1/terms/{document}/text": ALL,
    "GET /v1/terms/{document}/diff": ALL,
    "GET /v1/terms/clauses": ALL,
    "GET /v1/terms/{document}/clauses": ALL,
    "GET /v1/terms/{document}/clauses/{clause}": ALL,
    "POST /v1/terms/{document}/clauses/{clause}": JUDGES,
    "POST /v1/terms/{document}/complete": JUDGES,
    "POST /v1/terms/{document}/binding": JUDGES,
    "POST /v1/terms/{document}/look": JUDGES,
    "GET /v1/jobs/{id}": ALL,
    "GET /v1/jobs/{id}/events": ALL,
    "GET /v1/jobs/{id}/result": ALL,
    "GET /v1/rules": ALL,
    "GET /v1/rules/{label}": ALL,
    "GET /v1/corpora/parties/{id}": ALL,
    "GET /v1/ledger": AUDITS,
    "GET /v1/ledger/checkpoint": AUDITS,
    "GET /v1/ledger/key": AUDITS,
    "POST /v1/ledger/verify": AUDITS,
    "GET /v1/ledger/{index}": AUDITS,
    "GET /v1/ledger/{index}/proof": AUDITS,
    "GET /": ALL,
    "GET /runs/{id}": ALL,
    "GET /check": DECIDES,
    "POST /check": DECIDES,
    "GET /reviews": ALL,
    "GET /reviews/{id}": ALL,
    "POST /reviews/{id}/assign": JUDGES,
    "POST /reviews/{id}/comment": ALL,
    "POST /reviews/{id}/answer": JUDGES,
    "POST /reviews/{id}/waive": JUDGES,
    "POST /reviews/{id}/reject": JUDGES,
    "POST /reviews/recheck": JUDGES,
    "GET /waivers": ALL,
    "POST /waivers/{id}/approve": JUDGES,
    "POST /waivers/{id}/withdraw": JUDGES,
    "GET /portfolio": ALL,
    "GET /chat": ALL,
    "POST /chat": ALL,
    "POST /chat/stream": ALL,
    "POST /chat/feedback": ALL,
    "GET /texts": ALL,
    "GET /terms": ALL,
    "GET /terms/{document}": ALL,
    "GET /terms/{document}/text": ALL,
    "GET /terms/{document}/diff": ALL,
    "GET /terms/clauses": ALL,
    "GET /terms/{document}/clauses": ALL,
    "POST /terms/{document}/clauses": JUDGES,
    "POST /terms/{document}/complete": JUDGES,
    "POST /terms/{document}/binding": JUDGES,
    "POST /terms/{document}/look": JUDGES,
    "GET /jobs/{id}": ALL,
    "GET /ledger": AUDITS,
    "POST /ledger/verify": AUDITS,
    "POST /logout": ALL,
}
"""Every other call, as method and path, and the roles that may make it."""


def allows(role: Role, call: str) -> bool:
    """Whether a role may make a call such as `GET /v1/checks`."""
    return call in PUBLIC or role in ACCESS.get(call, ())
