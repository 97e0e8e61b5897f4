"""Waivers as they stand at a moment, and which waiting sources of a decision they cover.

A waiver holds only while everything that it was given for is as it was: the manifest, the profile, and the verdict,
rule and clauses (their versions and wording) of each source. Anything else makes it broken, and so covers nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, or_, select

from compliance.ledger.entry import Entry
from compliance.ledger.log import COLUMNS
from compliance.ledger.log import of_row as entry_of_row
from compliance.reviews.facts import Grounds
from compliance.reviews.moments import utc
from compliance.reviews.people import same
from compliance.reviews.tables import decisions, items, waivers
from compliance.store.schema import entries

Scope = Literal["run", "source", "clause"]
Standing = Literal["requested", "in-force", "expired", "withdrawn", "broken"]
MAX_CHAIN = 1000


class Waiver(msgspec.Struct, frozen=True, kw_only=True):
    """Leave that was asked for; `approver` is the second person, who granted it. Times are UTC."""

    id: str
    standing: Standing
    why: str
    """Why it is not in force; empty where it is."""
    decision: str
    manifest_sha256: str
    profile: str
    scope: str
    sources: tuple[str, ...]
    clauses: tuple[str, ...]
    reason: str
    until: str
    until_said: str
    requested_by: str
    requested_at: str
    approver: str
    granted_at: str
    withdrawn_by: str
    grounds: tuple[Grounds, ...]

    def says(self) -> str:
        """The waiver in a phrase, to stand beside a verdict."""
        if self.standing == "in-force":
            return f"waived until {self.until_said} by {self.requested_by} and {self.approver}"
        return f"waiver {self.id} does not hold: {self.why}"


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A decision as reviews see it: its row, the grounds of each source, and the items by source."""

    id: str
    verdict: str
    run: str
    day: str
    at: str
    by: str
    manifest_sha256: str
    profile: str
    rules: str
    corpora: str
    superseded_by: str | None
    why: str
    entry_index: int
    grounds: dict[str, Grounds]
    waiting: tuple[str, ...]
    rejected: frozenset[str]


def case_of(connection: Connection, name: str) -> Case | None:
    """The decision called `name`; None where there is none."""
    row = connection.execute(select(decisions).where(decisions.c.id == name)).first()
    if row is None:
        return None
    found = connection.execute(select(items).where(items.c.decision == name).order_by(items.c.position)).all()
    return Case(
        **{k: getattr(row, k) for k in Case.__struct_fields__ if k not in ("grounds", "waiting", "rejected")},
        grounds={item.source: grounds_of(item) for item in found},
        waiting=tuple(item.source for item in found if item.waits),
        rejected=frozenset(item.source for item in found if item.state == "rejected"),
    )


def current(connection: Connection, name: str) -> str:
    """The decision that stands in the place of `name` by now."""
    seen = {name}
    for _ in range(MAX_CHAIN):
        following = connection.execute(select(decisions.c.superseded_by).where(decisions.c.id == name)).scalar()
        if not following or following in seen:
            break
        name = str(following)
        seen.add(name)
    return name


def before(connection: Connection, name: str) -> list[str]:
    """The decisions in whose place `name` stands, itself first."""
    seen = [name]
    for at in seen:
        if len(seen) > MAX_CHAIN:
            break
        query = select(decisions.c.id).where(decisions.c.superseded_by == at)
        seen += [str(found) for found in connection.execute(query).scalars() if found not in seen]
    return seen


def grounds_of(item: Any) -> Grounds:
    """The grounds in an item's row."""
    return Grounds(item.source, item.verdict, item.rule, tuple((n, d) for n, d in json.loads(item.grounds)))


def waivers_for(connection: Connection, case: Case, moment: datetime) -> list[Waiver]:
    """Every waiver that was ever asked for this run, as it stands towards the decision, the newest first."""
    chain = before(connection, case.id)
    wanted = or_(waivers.c.manifest_sha256 == case.manifest_sha256, waivers.c.decision.in_(chain))
    rows = connection.execute(select(waivers).where(wanted).order_by(waivers.c.requested_entry.desc())).all()
    return [attested(connection, of_row(row, case, moment)) for row in rows]


def attested(connection: Connection, waiver: Waiver) -> Waiver:
    """The waiver, broken where the ledger's own entries do not say what the table says of it."""
    if waiver.standing != "in-force":
        return waiver
    query = select(*COLUMNS).where(entries.c.subject == waiver.id, entries.c.kind == "waiver")
    said = [entry_of_row(row) for row in connection.execute(query)]
    by_event: dict[str, list[Entry]] = {"requested": [], "granted": [], "withdrawn": []}
    for entry in said:
        by_event.setdefault(str(entry.value("event")), []).append(entry)
    asked, granted = by_event["requested"], by_event["granted"]
    one = len(asked) == 1 and bool(granted) and not by_event["withdrawn"]
    second = not same(str(waiver.requested_by), str(waiver.approver))
    granters = all(same(str(e.value("by")), waiver.approver) for e in granted)
    if one and second and granters and _says(asked[0], waiver):
        return waiver
    return msgspec.structs.replace(waiver, standing="broken", why="the ledger does not say what the tables say of it")


def _says(asked: Entry, waiver: Waiver) -> bool:
    """Whether an entry asked for just this waiver."""
    fields = ("decision", "manifest_sha256", "profile", "scope", "until")
    if any(asked.value(name) != getattr(waiver, name) for name in fields):
        return False
    try:
        grounds = msgspec.convert(asked.value("grounds"), tuple[Grounds, ...])
    except msgspec.ValidationError:
        return False
    clauses = tuple(asked.value("clauses") or ())
    return asked.value("by") == waiver.requested_by and grounds == waiver.grounds and clauses == waiver.clauses


def of_row(row: Any, case: Case | None, moment: datetime) -> Waiver:
    """A stored waiver as it stands towards a decision at a moment."""
    try:
        held = msgspec.convert(json.loads(row.grounds), tuple[Grounds, ...])
    except msgspec.ValidationError:
        held = ()
    standing, why = _standing(row, held, case, utc(moment))
    copied = (k for k in Waiver.__struct_fields__ if k not in ("standing", "why", "approver", "grounds"))
    values = {k: getattr(row, k) for k in copied}
    for name in ("sources", "clauses"):
        values[name] = tuple(str(v) for v in json.loads(values[name]))
    return Waiver(**values, standing=standing, why=why, approver=row.granted_by, grounds=held)


def covered(case: Case, held: Iterable[Waiver]) -> dict[str, tuple[Waiver, ...]]:
    """The waiting sources that waivers in force cover, each with those waivers.

    Leave for clauses covers a source where together they name every clause that its verdict rests on.
    """
    found: dict[str, list[Waiver]] = {}
    for waiver in held:
        if waiver.standing == "in-force":
            for grounds in waiver.grounds:
                if grounds.source in case.waiting and grounds.source not in case.rejected:
                    found.setdefault(grounds.source, []).append(waiver)
    return {source: tuple(by) for source, by in found.items() if _suffice(case.grounds[source], by)}


def _suffice(grounds: Grounds, by: Sequence[Waiver]) -> bool:
    if any(waiver.scope != "clause" for waiver in by):
        return True
    needed = {name for name, _ in grounds.clauses}
    return bool(needed) and needed <= {name for waiver in by for name in waiver.clauses}


def _standing(row: Any, held: Sequence[Grounds], case: Case | None, moment: str) -> tuple[Standing, str]:
    if row.withdrawn_by:
        return "withdrawn", f"{row.withdrawn_by} withdrew it"
    if row.broken:
        return "broken", str(row.broken)
    if moment >= row.until:
        return "expired", f"it ended {row.until_said}"
    fault = _changed(row, held, case)
    if fault:
        return "broken", fault
    if not row.granted_by:
        return "requested", f"{row.requested_by} asked for it, and a second person has not approved"
    return "in-force", ""


def _changed(row: Any, held: Sequence[Grounds], case: Case | None) -> str:
    """What is no longer as it was when the waiver was asked for; empty where everything is."""
    if case is None:
        return "there is no such decision"
    if row.manifest_sha256 != case.manifest_sha256:
        return "it was given for another manifest"
    if row.profile != case.profile:
        return f"it was given under the profile {row.profile}"
    if row.scope not in ("run", "source", "clause") or not held:
        return "it does not say what it covers"
    for then in held:
        now = case.grounds.get(then.source)
        if now is None:
            return f"the run has no source {then.source!r} any more"
        if now == then:
            continue
        return differs(then, now)
    return ""


def differs(then: Grounds, now: Grounds) -> str:
    """In words, where two grounds of a source first part; empty where they are the same."""
    if now.verdict != then.verdict:
        return f"{then.source!r} was {then.verdict}, and is {now.verdict}"
    if now.rule != then.rule:
        return f"{then.source!r} rested on the rule {then.rule}, and rests on {now.rule}"
    return f"{then.source!r} rests on other clauses: {_parted(then, now)}" if now != then else ""


def _parted(then: Grounds, now: Grounds) -> str:
    old, new = {name for name, _ in then.clauses}, {name for name, _ in now.clauses}
    if old != new:
        return f"{', '.join(sorted(old - new)) or 'none'} then, {', '.join(sorted(new - old)) or 'none'} now"
    return f"the wording of {', '.join(sorted({name for name, _ in {*then.clauses} ^ {*now.clauses}}))} changed"
