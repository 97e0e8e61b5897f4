"""The desk: every step on an item or a waiver, checked and recorded in one transaction that no other overlaps.

When a method returns, its entry is on disk. Who may take which step (engineer, legal, ...) is for the caller to see to;
that one person alone cannot turn a waiting source into a waived one is seen to here, and again when entries are read.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from msgspec import UNSET
from sqlalchemy import Connection, insert, select

from compliance.decision.model import Edit
from compliance.errors import UsageError
from compliance.ledger import kinds
from compliance.ledger.entry import Draft, Entry, draft
from compliance.ledger.ledger import Ledger
from compliance.ledger.record import entry_of
from compliance.ledger.replay import Decides
from compliance.reviews.answers import answered
from compliance.reviews.leave import Case
from compliance.reviews.lookup import open_item, scoped, standing_waiver, waiting_item
from compliance.reviews.moments import Clock, day, expiry, now, utc
from compliance.reviews.people import person, same
from compliance.reviews.project import advance, catch_up
from compliance.store.engine import said_plainly
from compliance.store.reviews import REVIEWS
from compliance.store.schema import texts

MAX_TEXT = 20_000
MAX_REFERENCES = 100


class Desk:
    """The steps, on an open ledger; safe to share between threads.

    `clock` says what time it is. Without `index` the tables stay behind the ledger until somebody asks or takes a step.
    """

    def __init__(self, ledger: Ledger, clock: Clock = now, *, index: bool = True) -> None:
        self.ledger = ledger
        self.clock = clock
        with said_plainly(ledger.log.place):
            REVIEWS.upgrade(ledger.log.engine)
        if index:
            catch_up(ledger.log)

    def assign(self, item: str, *, by: str, to: str = "", due: str = "", reason: str = "") -> Entry:
        """Say who works on an item and by which day."""
        if not to and not due:
            raise UsageError("nothing to say", remedy="--to NAME or --due DAY")
        who, said, until = person(by), person(to) if to else UNSET, day(due) if due else UNSET

        def work(connection: Connection) -> list[Draft]:
            case, source = open_item(connection, item)
            return [_step(case, source, "assigned", who, _text(reason, "reason", empty=True), to=said, due=until)]

        return self._take(work)[-1]

    def comment(self, item: str, text: str, *, by: str, evidence: Sequence[str] = ()) -> Entry:
        """Say something about an item, with references to evidence; possible whatever became of it."""
        who, said, held = person(by), _text(text, "comment"), _references(evidence)

        def work(connection: Connection) -> list[Draft]:
            case, source = waiting_item(connection, item)
            return [_step(case, source, "commented", who, said, evidence=held or UNSET)]

        return self._take(work)[-1]

    def reject(self, item: str, reason: str, *, by: str, evidence: Sequence[str] = ()) -> Entry:
        """Refuse a source of the run: the run does not start, whatever was waived."""
        who, said, held = person(by), _text(reason, "reason"), _references(evidence)

        def work(connection: Connection) -> list[Draft]:
            case, source = open_item(connection, item)
            return [_step(case, source, "rejected", who, said, evidence=held or UNSET)]

        return self._take(work)[-1]

    def answer(
        self, item: str, edits: Sequence[Edit], program: Callable[[str], Decides], *, by: str, reason: str = ""
    ) -> tuple[str, str]:
        """Answer missing facts: decide again with the edits, and record both; the new decision's id and verdict.

        `program` gives, by profile, who decides with the corpora and rules of today.
        """
        who, said = person(by), _text(reason, "reason", empty=True)
        catch_up(self.ledger.log)
        with said_plainly(self.ledger.log.place), self.ledger.log.engine.connect() as connection:
            case, _ = open_item(connection, item)
        stored = self.ledger.log.entry(case.entry_index)
        basis = stored.raw("basis")
        if basis is None:
            raise UsageError("what the decision was made from was destroyed", remedy="check the run again")
        manifest, fresh = answered(basis, stored.value("manifest_sha256") or case.manifest_sha256, edits)
        decision = program(case.profile or "default").decide(fresh)
        body, held = entry_of(decision, manifest, fresh, by=who)

        def work(connection: Connection) -> list[Draft]:
            case, source = open_item(connection, item)
            hold(connection, held)
            plain: list[Any] = [msgspec.to_builtins(edit) for edit in edits]
            why = said or "missing facts were answered"
            step = _step(case, source, "answered", who, why, decision=decision.id, edits=plain)
            return [draft("decision", body), step]

        self._take(work)
        return decision.id, decision.verdict

    def accept(
        self,
        item: str,
        reason: str,
        *,
        by: str,
        until: str,
        scope: str = "source",
        clauses: Iterable[str] = (),
        evidence: Sequence[str] = (),
    ) -> str:
        """Ask that a source (or all that wait, or what rests on clauses) may pass until a time; the waiver's id.

        Nothing passes before a second person approves.
        """
        who, said, end = person(by), _text(reason, "reason"), expiry(until)
        if _references(evidence):
            said = f"{said} (evidence: {', '.join(_references(evidence))})"
        name = f"w{secrets.token_hex(8)}"

        def work(connection: Connection) -> list[Draft]:
            if utc(end) <= utc(self.clock()):
                raise UsageError("the waiver would end before it begins", remedy="give a time that is still to come")
            case, source = open_item(connection, item)
            sources, named = scoped(case, source, scope, list(clauses))
            body = kinds.Waiver(
                subject=name,
                event="requested",
                by=who,
                decision=case.id,
                manifest_sha256=case.manifest_sha256,
                profile=case.profile,
                scope=scope,  # type: ignore[arg-type]
                sources=sources,
                clauses=named,
                grounds=[msgspec.to_builtins(case.grounds[s]) for s in sources],
                reason=said,
                until=utc(end),
                until_said=until.strip(),
            )
            return [draft("waiver", body)]

        self._take(work)
        return name

    def approve(self, waiver: str, *, by: str, reason: str = "") -> Entry:
        """Grant leave as a second person; refused to whoever asked for it, after its end, or where things changed."""
        who, said = person(by), _text(reason, "reason", empty=True)

        def work(connection: Connection) -> list[Draft]:
            held, case = standing_waiver(connection, waiver, self.clock())
            if same(who, held.requested_by):
                raise UsageError(f"{held.requested_by} asked for it", remedy="a second person must approve")
            if held.standing == "in-force":
                raise UsageError(f"{held.approver} approved it already", remedy="nothing is left to do")
            if held.standing != "requested":
                raise UsageError(f"it cannot be approved: {held.why}", remedy="ask for a new waiver")
            if case is not None and case.rejected & {g.source for g in held.grounds}:
                raise UsageError("a source that it covers was rejected", remedy="check the run again without it")
            return [draft("waiver", kinds.Waiver(subject=held.id, event="granted", by=who, reason=said))]

        made = self._take(work)[-1]
        with said_plainly(self.ledger.log.place), self.ledger.log.engine.connect() as connection:
            granted, _ = standing_waiver(connection, made.subject or waiver, self.clock())
        if granted.standing != "in-force":  # it ended while the entry was written
            raise UsageError(f"the approval came too late: {granted.why}", remedy="ask for a new waiver")
        return made

    def revoke(self, waiver: str, reason: str, *, by: str) -> Entry:
        """Withdraw leave, or the request for it, from now on."""
        who, said = person(by), _text(reason, "reason")

        def work(connection: Connection) -> list[Draft]:
            held, _ = standing_waiver(connection, waiver, self.clock())
            if held.standing == "withdrawn":
                raise UsageError(held.why, remedy="nothing is left to do")
            return [draft("waiver", kinds.Waiver(subject=held.id, event="withdrawn", by=who, reason=said))]

        return self._take(work)[-1]

    def _take(self, work: Callable[[Connection], list[Draft]]) -> list[Entry]:
        def operation(connection: Connection) -> list[Draft]:
            advance(connection)
            return work(connection)

        catch_up(self.ledger.log)  # so that little is left to take in while all writers wait
        made = self.ledger.perform(operation)
        catch_up(self.ledger.log)
        return made


def _step(case: Case, source: str, event: str, by: str, reason: str, **more: Any) -> Draft:
    body = kinds.Review(subject=case.id, event=event, by=by, source=source, reason=reason, **more)  # type: ignore[arg-type]
    return draft("review", body)


def _text(given: str, what: str, *, empty: bool = False) -> str:
    tidy = given.strip()
    if not tidy and not empty:
        raise UsageError(f"the {what} is empty", remedy="say why in a sentence")
    if len(tidy) > MAX_TEXT:
        raise UsageError(f"the {what} has more than {MAX_TEXT:,} characters", remedy="keep it shorter, refer to a file")
    return tidy


def _references(given: Sequence[str]) -> list[str]:
    found = [_text(reference, "reference") for reference in given]
    if len(found) > MAX_REFERENCES:
        raise UsageError(f"more than {MAX_REFERENCES} references", remedy="name a folder, or comment several times")
    return found


def hold(connection: Connection, held: dict[str, bytes]) -> None:
    """Store texts that a decision's entry names, in the same transaction."""
    for digest in sorted(held):
        if connection.execute(select(texts.c.sha256).where(texts.c.sha256 == digest)).first() is None:
            connection.execute(insert(texts), {"sha256": digest, "content": held[digest]})
