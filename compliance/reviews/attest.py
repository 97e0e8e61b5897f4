"""Holding the tables against the ledger: what the gate relies on is read again from the entries themselves.

The tables are made for finding. Whoever writes into them past the program, to take a verdict, an item or a rejection
away, is noticed here, and the run does not start.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from compliance.ledger.entry import Entry
from compliance.ledger.log import COLUMNS, of_row
from compliance.reviews import facts
from compliance.reviews.leave import Case
from compliance.store.schema import entries

REPLACES = ("answered", "reopened")
"""Steps that put another decision in the place of one."""


def unlike(connection: Connection, case: Case) -> str:
    """What the tables say of a decision and its entries do not; empty where they agree."""
    decided = _decision(connection, case)
    read = facts.read(decided) if decided is not None else None
    if decided is None or read is None:
        return "where its entry is"
    document, sources = read
    if document.id != case.id or document.verdict != case.verdict or decided.value("verdict") != case.verdict:
        return "its verdict"
    if case.profile != (decided.value("profile") or "") or not _manifest(connection, case, decided):
        return "its manifest or profile"
    if {s.grounds.source: s.grounds for s in sources} != case.grounds:
        return "what its verdicts rest on"
    if {s.grounds.source for s in sources if s.waits} != set(case.waiting):
        return "which of its sources wait"
    said = _of(connection, case.id, "review")
    if {str(e.value("source") or "") for e in said if e.value("event") == "rejected"} & set(case.waiting) != set(
        case.rejected
    ):
        return "what was rejected"
    later = [e for e in said if e.index > decided.index and e.value("event") in REPLACES]
    if any(e.value("decision") not in (None, case.id) for e in later) and not case.superseded_by:
        return "that another decision stands in its place"
    return ""


def _decision(connection: Connection, case: Case) -> Entry | None:
    query = select(*COLUMNS).where(entries.c.entry_index == case.entry_index)
    row = connection.execute(query).first()
    entry = of_row(row) if row is not None else None
    return entry if entry is not None and (entry.kind, entry.subject) == ("decision", case.id) else None


def _manifest(connection: Connection, case: Case, decided: Entry) -> bool:
    """Whether the decision was made on this manifest; it may have been recorded for other spellings of it as well."""
    if decided.value("manifest_sha256") == case.manifest_sha256:
        return True
    return any(e.value("manifest_sha256") == case.manifest_sha256 for e in _of(connection, case.id, "decision"))


def _of(connection: Connection, name: str, kind: str) -> list[Entry]:
    query = select(*COLUMNS).where(entries.c.subject == name, entries.c.kind == kind)
    return [of_row(row) for row in connection.execute(query.order_by(entries.c.entry_index))]
