"""Requests that come again: what answers them is written together with the entry."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from fastapi import HTTPException
from running import OWN_LAB
from sqlalchemy import Connection, update

from api import work
from api.keys import Principal
from api.once import Once
from api.roles import Role
from api.store import moment, prepare, requests
from compliance.ledger.entry import Entry
from compliance.ledger.ledger import Ledger, open_ledger

WHO = Principal("0" * 12, "ci", Role.ENGINEER)


@pytest.fixture
def ledger(place: str, tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(place, key=tmp_path / "key") as opened:
        prepare(opened.log.engine)
        yield opened


@pytest.fixture(scope="module")
def made() -> work.Made:
    return work.decide(OWN_LAB, "m.yaml", "default", (), WHO.signature, False)


async def record(ledger: Ledger, made: work.Made, once: Once) -> list[Entry]:
    return await ledger.append_many_async(
        [("decision", made.body)], texts=made.texts, taken=partial(once.settle, made.id)
    )


def test_of_requests_at_once_one_is_recorded_and_all_are_answered_by_it(ledger: Ledger, made: work.Made) -> None:
    once, other = Once(WHO, "k", "h"), Once(Principal("1" * 12, "other", Role.ENGINEER), "k", "h")
    assert once.done(ledger.log.engine) is None
    before = ledger.log.size()

    async def at_once() -> list[list[Entry]]:
        return await asyncio.gather(*(record(ledger, made, o) for o in (once, once, other, once)))

    found = asyncio.run(at_once())
    assert sorted(len(entries) for entries in found) == [0, 0, 1, 1]
    assert ledger.log.size() == before + 2
    for one in (once, other):
        index = one.done(ledger.log.engine)
        assert index is not None
        assert ledger.log.entry(index).subject == made.id
    assert once.done(ledger.log.engine) != other.done(ledger.log.engine)
    with pytest.raises(HTTPException) as refused:
        Once(WHO, "k", "another request").done(ledger.log.engine)
    assert refused.value.status_code == 422


def test_a_request_whose_entry_was_not_written_is_still_to_be_answered(ledger: Ledger, made: work.Made) -> None:
    once = Once(WHO, "k", "h")

    def settled_then_gone(connection: Connection, index: int) -> bool:
        assert once.settle(made.id, connection, index)
        raise OSError("and here the disk is full")

    with pytest.raises(Exception, match="disk is full"):
        asyncio.run(ledger.append_many_async([("decision", made.body)], texts=made.texts, taken=settled_then_gone))
    assert once.done(ledger.log.engine) is None
    (entry,) = asyncio.run(record(ledger, made, once))
    assert once.done(ledger.log.engine) == entry.index


def test_old_requests_are_forgotten(ledger: Ledger, made: work.Made) -> None:
    once = Once(WHO, "k", "h")
    asyncio.run(record(ledger, made, once))
    with ledger.log.engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(update(requests).values(claimed_at=moment(-timedelta(days=8))))
    prepare(ledger.log.engine)
    assert once.done(ledger.log.engine) is None
