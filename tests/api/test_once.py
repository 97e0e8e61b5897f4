"""Requests that come again, where the service ended in between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import HTTPException
from running import OWN_LAB
from sqlalchemy import update

from api import work
from api.keys import Principal
from api.once import ABANDONED, Once
from api.roles import Role
from api.store import moment, prepare, requests
from compliance.ledger.ledger import Ledger, open_ledger

WHO = Principal("0" * 12, "ci", Role.ENGINEER)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(tmp_path / "audit.db") as opened:
        prepare(opened.log.engine)
        yield opened


@pytest.fixture(scope="module")
def made() -> work.Made:
    return work.decide(OWN_LAB, "m.yaml", "default", (), WHO.signature, False)


def age(ledger: Ledger) -> None:
    """Make every claim as old as one that nobody works on."""
    engine = ledger.log.engine
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(update(requests).values(claimed_at=moment(-ABANDONED - timedelta(days=1))))


def test_a_claim_holds_others_off(ledger: Ledger) -> None:
    once = Once(WHO, "k", "h")
    assert once.done(ledger.log.engine) is None
    assert once.claim(ledger.log, "d") is None
    for step in (lambda: once.done(ledger.log.engine), lambda: once.claim(ledger.log, "d")):
        with pytest.raises(HTTPException) as refused:
            step()
        assert refused.value.status_code == 409


def test_a_claim_without_an_entry_is_taken_over(ledger: Ledger) -> None:
    once = Once(WHO, "k", "h")
    once.claim(ledger.log, "d")
    age(ledger)
    assert once.done(ledger.log.engine) is None
    assert once.claim(ledger.log, "d") is None
    with pytest.raises(HTTPException):
        once.claim(ledger.log, "d")  # the second taker is held off


def test_a_claim_whose_entry_was_made_finds_it(ledger: Ledger, made: work.Made) -> None:
    once = Once(WHO, "k", "h")
    once.claim(ledger.log, made.id)
    entry = ledger.append("decision", made.body, texts=made.texts)  # and here the service ends
    age(ledger)
    assert once.claim(ledger.log, made.id) == entry.index
    assert once.done(ledger.log.engine) == entry.index


def test_an_entry_of_somebody_else_is_not_taken_for_it(ledger: Ledger, made: work.Made) -> None:
    other = Once(Principal("1" * 12, "other", Role.ENGINEER), "k", "h")
    other.claim(ledger.log, made.id)
    ledger.append("decision", made.body, texts=made.texts)
    age(ledger)
    assert other.claim(ledger.log, made.id) is None


def test_a_claim_that_was_given_back_is_free(ledger: Ledger) -> None:
    once = Once(WHO, "k", "h")
    once.claim(ledger.log, "d")
    once.drop(ledger.log.engine)
    assert once.claim(ledger.log, "d") is None


def test_old_claims_are_forgotten(ledger: Ledger) -> None:
    once = Once(WHO, "k", "h")
    once.claim(ledger.log, "d")
    once.settle(ledger.log.engine, 7)
    with ledger.log.engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(update(requests).values(claimed_at=moment(-timedelta(days=8))))
    prepare(ledger.log.engine)
    assert once.done(ledger.log.engine) is None
