"""The life of waivers, walked at random: one person never gets from open to waived, and time closes every door."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from review_stage import Clock, Stage, generated

from compliance.errors import UsageError
from compliance.ledger.ledger import open_ledger
from compliance.reviews import queue
from compliance.reviews.desk import Desk
from compliance.reviews.moments import utc
from compliance.reviews.project import rebuild

PEOPLE = st.sampled_from(["ann", "Ann ", "ben", "BEN", "cat"])
SOURCES = ("first", "second")


class Life(RuleBasedStateMachine):
    """One run with two sources that wait; the model beside it is a list of what was asked and granted."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock()
        self.ledger = open_ledger(Path(self.folder.name) / "audit.db", clock=self.clock)
        self.stage = Stage(Desk(self.ledger, self.clock), self.clock)
        self.decision = self.stage.run(*(generated(name) for name in SOURCES))
        self.items = {i.source: i.id for i in self.stage.items(self.decision)}
        self.leave: dict[str, dict[str, Any]] = {}
        self.rejected: set[str] = set()

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            self.ledger.close()
            self.folder.cleanup()

    @rule(
        by=PEOPLE, source=st.sampled_from(SOURCES), scope=st.sampled_from(["source", "run"]), hours=st.integers(-1, 9)
    )
    def ask(self, by: str, source: str, scope: str, hours: int) -> None:
        until = self.clock() + timedelta(hours=hours)
        covers = {source} if scope == "source" else set(SOURCES) - self.rejected
        try:
            name = self.stage.accept(self.items[source], by=by, until=until.isoformat()[:16] + "+00:00", scope=scope)
        except UsageError:
            assert hours <= 0 or source in self.rejected
            return
        assert hours > 0
        assert source not in self.rejected
        self.leave[name] = {"asked": by, "granted": None, "until": until, "covers": covers, "gone": False}

    @precondition(lambda self: self.leave)
    @rule(data=st.data(), by=PEOPLE, by_the_way=st.booleans())
    def grant(self, data: st.DataObject, by: str, by_the_way: bool) -> None:
        name = data.draw(st.sampled_from(sorted(self.leave)))
        held = self.leave[name]
        two = by.strip().casefold() != held["asked"].strip().casefold()
        fine = two and not held["granted"] and not held["gone"] and self.clock() < held["until"]
        if by_the_way:  # past the desk, straight into the ledger: what breaks a rule is not leave
            self.ledger.append("waiver", {"subject": name, "event": "granted", "by": by, "reason": ""})
            if fine:
                held["granted"] = by
            else:
                same = held["granted"] and by.strip().casefold() == held["granted"].strip().casefold()
                held["gone"] = held["gone"] or not (two and same)
            return
        try:
            self.stage.desk.approve(name, by=by)
        except UsageError:
            assert not fine or held["covers"] & self.rejected
            return
        assert fine
        held["granted"] = by

    @precondition(lambda self: self.leave)
    @rule(data=st.data(), by=PEOPLE)
    def withdraw(self, data: st.DataObject, by: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.leave)))
        try:
            self.stage.desk.revoke(name, "changed my mind", by=by)
        except UsageError:
            assert self.leave[name]["gone"]
        self.leave[name]["gone"] = True

    @rule(source=st.sampled_from(SOURCES), by=PEOPLE)
    def refuse(self, source: str, by: str) -> None:
        if len(self.leave) < 3:  # rejection ends the life: late, so that much is seen before
            return
        try:
            self.stage.desk.reject(self.items[source], "no", by=by)
        except UsageError:
            assert source in self.rejected
        self.rejected.add(source)

    @rule(minutes=st.sampled_from([1, 30, 60, 120, 300]))
    def wait(self, minutes: int) -> None:
        self.clock.pass_by(minutes=minutes)

    @rule()
    def forget_the_tables(self) -> None:
        rebuild(self.stage.log)

    @invariant()
    def the_gate_is_as_the_model_says(self) -> None:
        if not hasattr(self, "leave"):
            return
        open_doors = [held for held in self.leave.values() if self._holds(held, self.clock())]
        covered = set().union(*(held["covers"] for held in open_doors)) if open_doors else set()
        outcome = self.stage.gate(self.decision)
        assert outcome.may_start == (covered >= set(SOURCES) and not self.rejected)
        assert outcome.verdict == "block"
        if outcome.may_start:
            assert utc(self.clock()) < outcome.until
        for item in self.stage.items(self.decision):
            assert (item.state == "waived") == (item.source in covered - self.rejected)
        standing = {w.id: w.standing for w in queue.all_waivers(self.stage.log, moment=self.clock())}
        assert standing.keys() == self.leave.keys()

    def _holds(self, held: dict[str, Any], moment: datetime) -> bool:
        people = {str(held[k]).strip().casefold() for k in ("asked", "granted") if held[k]}
        return len(people) == 2 and not held["gone"] and moment < held["until"]


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
