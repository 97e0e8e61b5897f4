"""May the run start? The verdict stays what it is; leave that was granted stands beside it."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import Connection

from compliance.domain.verdict import Verdict
from compliance.errors import UsageError
from compliance.reviews.attest import unlike
from compliance.reviews.facts import WHOLE_RUN
from compliance.reviews.leave import Waiver, case_of, covered, current, waivers_for


class Waived(msgspec.Struct, frozen=True, kw_only=True):
    """A source that waits and may pass: its verdict stays, `says` stands beside it."""

    source: str
    verdict: str
    waivers: tuple[str, ...]
    says: str


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a run may start, and why; `lapsed` says of each waiver that does not hold why not."""

    decision: str
    verdict: str
    may_start: bool
    why: str
    waived: tuple[Waived, ...] = ()
    waiting: tuple[str, ...] = ()
    lapsed: tuple[str, ...] = ()
    until: str = ""
    """The first moment (UTC) at which a waiver it needs ends; empty where it needs none."""


def outcome(connection: Connection, name: str, moment: datetime) -> Outcome:
    """The gate's answer on a decision at a moment; whatever is unclear means no."""
    case = case_of(connection, name)
    if case is None:
        raise UsageError(f"no decision is called {name!r}", remedy="clearance ledger list --kind decision names them")

    def no(why: str, **more: object) -> Outcome:
        return Outcome(decision=name, verdict=case.verdict, may_start=False, why=why, **more)  # type: ignore[arg-type]

    if not case.verdict:
        return no("the record of the decision was destroyed")
    if case.superseded_by:
        newer = current(connection, name)
        return no(f"the decision {newer} stands in its place: {case.why or 'it was taken again'}")
    parted = unlike(connection, case)
    if parted:
        return no(f"the tables of reviews and the ledger do not agree on {parted}; clearance ledger verify")
    if Verdict.of(case.verdict).permits:
        return Outcome(decision=name, verdict=case.verdict, may_start=True, why=f"the verdict is {case.verdict}")
    held = waivers_for(connection, case, moment)
    passing = covered(case, held)
    waived = tuple(
        Waived(
            source=source,
            verdict=case.grounds[source].verdict,
            waivers=tuple(w.id for w in passing[source]),
            says="; ".join(w.says() for w in passing[source]),
        )
        for source in case.waiting
        if source in passing
    )
    waiting = tuple(source for source in case.waiting if source not in passing)
    lapsed = tuple(w.says() for w in held if w.standing != "in-force")
    more = {"waived": waived, "waiting": waiting, "lapsed": lapsed}
    if case.rejected:
        return no(f"rejected: {', '.join(_shown(source) for source in sorted(case.rejected))}", **more)
    if waiting or not waived:
        return no(f"{len(waiting)} of {len(case.waiting)} sources that wait have no waiver in force", **more)
    needed: list[Waiver] = [w for by in passing.values() for w in by]
    return Outcome(
        decision=name,
        verdict=case.verdict,
        may_start=True,
        why=f"the verdict is {case.verdict}; every source that waits is waived",
        waived=waived,
        lapsed=lapsed,
        until=min(w.until for w in needed),
    )


def _shown(source: str) -> str:
    return source if source != WHOLE_RUN else "the run itself"
