"""After corpora or rules changed: which stored decisions would come out otherwise, and why.

Decisions that cannot be touched are passed over: those made with what is installed, and, where only documents,
licences and data sets differ, those that neither cite nor name any of them. The rest are decided again, and only where
a verdict, a rule or a clause differs is the new decision recorded and the old one re-opened, in one transaction.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select

from compliance.corpus.corpus import Corpus
from compliance.decision.compose import CLAUSES, compose
from compliance.decision.decide import Decided, Decider
from compliance.decision.model import Decision
from compliance.errors import ClearanceError
from compliance.ledger import kinds
from compliance.ledger.basis import Basis
from compliance.ledger.entry import Draft, Entry, draft
from compliance.ledger.kinds import Said
from compliance.ledger.ledger import Ledger
from compliance.ledger.log import COLUMNS, Log, of_row
from compliance.ledger.record import PROGRAM, entry_of
from compliance.reviews.changes import Changes, state_of
from compliance.reviews.desk import hold
from compliance.reviews.facts import WHOLE_RUN, Grounds, grounds_of
from compliance.reviews.leave import differs
from compliance.reviews.leave import grounds_of as stored_grounds
from compliance.reviews.people import person
from compliance.reviews.project import advance, catch_up
from compliance.reviews.tables import corpora, decisions, items, touches
from compliance.store.engine import said_plainly, writing
from compliance.store.reviews import REVIEWS
from compliance.store.schema import entries

PAGE = 200
_MOST_NAMED = 12


class Reopened(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that no longer holds, the one in its place, and why: what changed, and what came out otherwise."""

    decision: str
    instead: str
    run: str
    then: str
    now: str
    changes: tuple[str, ...]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """How many current decisions are stored, how many the change may touch and were decided again, and the outcome."""

    stored: int
    selected: int
    reopened: tuple[Reopened, ...]
    refused: tuple[str, ...] = ()
    """Decisions that could not be taken again, each with the reason."""


Made = tuple[Reopened, list[tuple[str, Said]], dict[str, bytes]]


def recheck(ledger: Ledger, deciders: Callable[[str], Decider], *, by: str) -> Report:
    """Decide again what the installed corpora and rules may touch; `deciders` gives the present ones by profile."""
    who, log = person(by), ledger.log
    with said_plainly(log.place):
        REVIEWS.upgrade(log.engine)
    catch_up(log)
    ready = cache(deciders)
    with said_plainly(log.place), log.engine.connect() as connection:
        held = (decisions.c.superseded_by.is_(None), decisions.c.verdict != "")
        rows = connection.execute(select(decisions).where(*held).order_by(decisions.c.entry_index)).all()
        chosen, why = _selected(connection, rows, ready)
    reopened: list[Reopened] = []
    refused: list[str] = []
    for start in range(0, len(chosen), PAGE):
        page = chosen[start : start + PAGE]
        entries_of = {str(row.id): int(row.entry_index) for row in page}
        made = [m for m in _taken_again(log, page, ready, why, refused, who) if m is not None]
        if made:
            reopened += _record(ledger, made, entries_of)
    for profile in {row.profile for row in rows} or {"default"}:
        remember(log, ready(profile or "default").corpus)
    return Report(stored=len(rows), selected=len(chosen), reopened=tuple(reopened), refused=tuple(refused))


def _record(ledger: Ledger, made: list[Made], entries_of: dict[str, int]) -> list[Reopened]:
    """Re-open what still stands as it was read; what somebody answered or checked again meanwhile is passed over."""
    kept: list[Made] = []

    def work(connection: Connection) -> list[Draft]:
        advance(connection)
        kept[:] = [m for m in made if _stands(connection, m[0].decision, entries_of[m[0].decision])]
        for _, _, texts in kept:
            hold(connection, texts)
        return [draft(kind, body) for _, both, _ in kept for kind, body in both]

    catch_up(ledger.log)  # so that little is left to take in while all writers wait
    ledger.perform(work)
    catch_up(ledger.log)
    return [found for found, _, _ in kept]


def _stands(connection: Connection, name: str, entry_index: int) -> bool:
    query = select(decisions.c.superseded_by, decisions.c.entry_index).where(decisions.c.id == name)
    row = connection.execute(query).first()
    return row is not None and row.superseded_by is None and int(row.entry_index) == entry_index


def remember(log: Log, corpus: Corpus) -> None:
    """Keep the digests of a state of the corpora, so that a later one can be compared with it."""
    keep(log, corpus.sha256, lambda: packed(corpus))


def packed(corpus: Corpus) -> bytes:
    """The digests of the records of a state, as `keep` stores them."""
    return zlib.compress(msgspec.json.encode(state_of(corpus)))


def keep(log: Log, sha256: str, records: Callable[[], bytes]) -> None:
    """As `remember`, for a state of which only the hash and the packed digests are here; they are asked for if new."""
    wanted = corpora.c.sha256 == sha256
    with said_plainly(log.place), log.engine.connect() as connection:
        if connection.execute(select(corpora.c.sha256).where(wanted)).first() is not None:
            return
    content = records()
    with said_plainly(log.place), writing(log.engine) as connection:
        if connection.execute(select(corpora.c.sha256).where(wanted)).first() is None:
            connection.execute(insert(corpora), {"sha256": sha256, "records": content})


def _selected(
    connection: Connection, rows: Any, deciders: Callable[[str], Decider]
) -> tuple[list[Any], dict[str, tuple[str, ...]]]:
    """The decisions to take again, and for each the records that changed under it, or what else did."""
    reach: dict[tuple[str, str], dict[str, tuple[str, ...]] | None] = {}
    chosen: list[Any] = []
    why: dict[str, tuple[str, ...]] = {}
    for row in rows:
        decider = deciders(row.profile or "default")
        if row.rules != decider.rules.sha256:
            chosen.append(row)
            why[row.id] = ("the rules changed",)
            continue
        if row.program != PROGRAM:
            chosen.append(row)
            why[row.id] = (f"decided by {row.program}, this is {PROGRAM}",)
            continue
        if row.corpora == decider.corpus.sha256:
            continue
        states = (row.corpora, decider.corpus.sha256)
        if states not in reach:
            reach[states] = _reached(connection, row.corpora, decider.corpus)
        found = reach[states]
        if found is None or row.id in found:
            chosen.append(row)
            why[row.id] = ("the corpora changed",) if found is None else found[row.id]
    return chosen, why


def _reached(connection: Connection, then: str, corpus: Corpus) -> dict[str, tuple[str, ...]] | None:
    """The decisions that a change of the corpora may reach, with what changed; None where it may reach any."""
    packed = connection.execute(select(corpora.c.records).where(corpora.c.sha256 == then)).scalar()
    if packed is None:
        return None
    old = msgspec.json.decode(zlib.decompress(packed), type=dict[str, tuple[str, tuple[str, ...]]])
    return reached(connection, Changes(old, state_of(corpus), corpus))


def reached(connection: Connection, changed: Changes) -> dict[str, tuple[str, ...]] | None:
    """The decisions that cite or name what changed, with the touches that say so; None where any may be reached."""
    if changed.anywhere:
        return None
    found: dict[str, set[str]] = {}
    names = connection.execute(select(touches.c.name).where(touches.c.kind == "name").distinct()).scalars()
    wanted = [*changed.touched(), *(("name", name) for name in names if changed.reaches(name))]
    by_kind: dict[str, list[str]] = {}
    for kind, name in wanted:
        by_kind.setdefault(kind, []).append(name)
    for kind, named in by_kind.items():
        for start in range(0, len(named), PAGE):
            some = touches.c.name.in_(named[start : start + PAGE])
            query = select(touches.c.decision, touches.c.name).where(touches.c.kind == kind, some)
            for decision, name in connection.execute(query):
                found.setdefault(str(decision), set()).add(f"{kind} {name}")
    return {decision: tuple(sorted(held)) for decision, held in found.items()}


def _taken_again(
    log: Log,
    page: list[Any],
    deciders: Callable[[str], Decider],
    why: dict[str, tuple[str, ...]],
    refused: list[str],
    by: str,
) -> Iterator[Made | None]:
    with said_plainly(log.place), log.engine.connect() as connection:
        indices = [row.entry_index for row in page]
        query = select(*COLUMNS).where(entries.c.entry_index.in_(indices))
        found = {int(stored[0]): of_row(stored) for stored in connection.execute(query)}
        query = select(items).where(items.c.decision.in_([row.id for row in page])).order_by(items.c.position)
        then: dict[str, list[Grounds]] = {}
        for item in connection.execute(query):
            if item.source != WHOLE_RUN:
                then.setdefault(str(item.decision), []).append(stored_grounds(item))
    for row in page:
        entry = found.get(int(row.entry_index))
        try:
            yield _again(row, entry, then.get(row.id, []), deciders(row.profile or "default"), why[row.id], by)
        except (ClearanceError, msgspec.MsgspecError) as error:
            says = error.one_line() if isinstance(error, ClearanceError) else str(error)
            refused.append(f"{row.id} could not be taken again: {says}")


def _again(
    row: Any, entry: Entry | None, then: list[Grounds], decider: Decider, why: tuple[str, ...], by: str
) -> Made | None:
    raw, manifest = (entry.raw("basis"), entry.raw("manifest")) if entry is not None else (None, None)
    if raw is None or manifest is None:
        raise msgspec.MsgspecError("what it was made from was destroyed")
    basis = msgspec.json.decode(raw, type=Basis)
    decided = decider.decide(basis.manifest, basis.differences)
    parted = _parted(then, decided)
    if decided.verdict.text != row.verdict:
        parted.insert(0, f"the run was {row.verdict}, and is {decided.verdict.text}")
    if not parted:
        return None
    decision = compose(decider, decided, basis.places, basis.inputs)
    said = (*_short(why), *parted)
    body, texts = entry_of(decision, manifest, raw, by=by)
    step = kinds.Review(
        subject=row.id, event="reopened", by=by, decision=decision.id, reason=said[0], changes=list(said)
    )
    return _reopened(row, decision, decided, said), [("decision", body), ("review", step)], texts


def _reopened(row: Any, decision: Decision, decided: Decided, said: tuple[str, ...]) -> Reopened:
    now = decided.verdict.text
    return Reopened(decision=row.id, instead=decision.id, run=row.run, then=row.verdict, now=now, changes=said)


def _parted(then: list[Grounds], decided: Decided) -> list[str]:
    """Where the answers differ from the stored grounds, in words."""
    now = {}
    for answered in decided.answers:
        clauses = answered.deciding.clauses[:CLAUSES]
        found = grounds_of(answered.name, answered.verdict, answered.rule, clauses)
        now[found.source] = found
    said = [differs(old, now[old.source]) for old in then if old.source in now]
    return [text for text in said if text]


def _short(why: tuple[str, ...]) -> tuple[str, ...]:
    return why if len(why) <= _MOST_NAMED else (*why[:_MOST_NAMED], f"and {len(why) - _MOST_NAMED} more")
