"""A change of what is known re-opens the decisions that it touches, and no others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from review_stage import Stage, changed, decider, generated, human, installed, manifest, recorded

from compliance.corpus.records import Clause, Document
from compliance.decision.decide import Decided, Decider
from compliance.ledger.verify import verify
from compliance.reviews import queue
from compliance.reviews.answers import edits_of
from compliance.reviews.changes import Changes, state_of
from compliance.reviews.recheck import recheck, remember


def nothing_said(document: Document) -> Document:
    """The document without its clauses: it no longer forbids anything."""
    return msgspec.structs.replace(document, clauses=())


def other_title(document: Document) -> Document:
    """The document under another title, which changes no answer's grounds."""
    return msgspec.structs.replace(document, note="seen again")


def by(who: Decider) -> Callable[[str], Decider]:
    return lambda _profile: who


def test_nothing_changed_nothing_is_taken_again(stage: Stage) -> None:
    stage.run(generated())
    report = recheck(stage.desk.ledger, by(decider()), by="watch")
    assert (report.stored, report.selected, report.reopened) == (1, 0, ())


def test_a_change_reopens_just_what_it_touches_and_says_why(stage: Stage) -> None:
    touched, other = stage.run(generated()), stage.run(human(), name="clean")
    elsewhere = stage.run(generated("gpt rows", model="gpt-4o", maker="OpenAI"), name="elsewhere")
    remember(stage.log, decider().corpus)
    present = changed(nothing_said)
    report = recheck(stage.desk.ledger, by(present), by="watch")
    assert (report.stored, report.selected, report.refused) == (3, 1, ())
    (found,) = report.reopened
    assert (found.decision, found.then) == (touched, "block")
    assert "document anthropic/usage-policy" in found.changes
    assert any("'teacher rows' was block" in change or "rested on" in change for change in found.changes)
    outcome = stage.gate(touched)
    assert not outcome.may_start
    assert found.instead in outcome.why
    assert stage.gate(other).may_start
    assert stage.gate(elsewhere).why.startswith("1 of 1")
    entry = next(e for e in stage.log.entries(kind="review"))
    assert (entry.subject, entry.value("event"), entry.value("decision")) == (touched, "reopened", found.instead)
    assert stage.log.find(found.instead, "decision").value("corpora") == present.corpus.sha256
    again = recheck(stage.desk.ledger, by(present), by="watch")
    assert again.reopened == ()
    assert verify(str(stage.log.place)).ok


def test_a_change_of_words_that_no_answer_rests_on_reopens_nothing(stage: Stage) -> None:
    stage.run(generated())
    remember(stage.log, decider().corpus)
    report = recheck(stage.desk.ledger, by(changed(other_title)), by="watch")
    assert (report.selected, report.reopened) == (1, ())


def test_what_was_allowed_can_come_to_wait(stage: Stage) -> None:
    lenient = changed(nothing_said, "anthropic/")
    decision, _ = recorded(stage.desk.ledger, manifest(generated()), lenient)
    was = stage.gate(decision.id)
    report = recheck(stage.desk.ledger, by(decider()), by="watch")
    assert len(report.reopened) == 1
    assert report.reopened[0].now == "block"
    waits = queue.queue(stage.log)
    assert [(i.decision, i.verdict) for i in waits] == [(report.reopened[0].instead, "block")]
    assert not stage.gate(decision.id).may_start
    assert was.verdict != "block"


def test_leave_breaks_where_the_clauses_under_it_change(stage: Stage) -> None:
    decision = stage.run(generated())
    waiver = stage.accept(stage.items(decision)[0].id)
    stage.desk.approve(waiver, by="ben")

    def renamed(document: Document) -> Document:
        return msgspec.structs.replace(
            document,
            versions=tuple(msgspec.structs.replace(v, id=f"{v.id}-revised") for v in document.versions),
            clauses=tuple(_revised(c) for c in document.clauses),
        )

    report = recheck(stage.desk.ledger, by(changed(renamed)), by="watch")
    (found,) = report.reopened
    assert (found.then, found.now) == ("block", "block")
    outcome = stage.gate(found.instead)
    assert not outcome.may_start
    assert waiver in outcome.lapsed[0]
    assert "rests on other clauses" in outcome.lapsed[0]
    assert "-revised" in outcome.lapsed[0]
    assert [w.standing for w in queue.all_waivers(stage.log, moment=stage.clock())] == ["broken"]


def _revised(clause: Clause) -> Clause:
    """The clause as it stands in the renamed versions."""
    pins = tuple(msgspec.structs.replace(p, version=f"{p.version}-revised") for p in clause.pins)
    return msgspec.structs.replace(clause, versions=tuple(f"{v}-revised" for v in clause.versions), pins=pins)


def test_a_state_that_is_not_known_has_everything_taken_again(stage: Stage) -> None:
    stage.run(generated())
    stage.run(human(), name="clean")
    report = recheck(stage.desk.ledger, by(changed(nothing_said)), by="watch")
    assert (report.selected, len(report.reopened)) == (2, 1)


@pytest.mark.parametrize("kind", ["parties", "families", "channels"])
def test_what_decides_whom_terms_bind_may_reach_any_run(kind: str) -> None:
    corpus = decider().corpus
    now = state_of(corpus)
    then = dict(now)
    name = next(n for n in now if n.startswith(f"{kind}/"))
    then[name] = ("other", ())
    assert Changes(then, now, corpus).anywhere
    assert Changes(then, now, corpus).records == [name]


def test_a_data_set_is_reached_by_its_names_and_through_those_made_from_it() -> None:
    corpus = decider().corpus
    now = state_of(corpus)
    child = next(d for d in corpus.content.datasets if any(corpus.dataset(p) for p in d.derived_from))
    parent = corpus.dataset(next(p for p in child.derived_from if corpus.dataset(p)))
    assert parent is not None
    then = dict(now)
    del then[f"datasets/{parent.id}"]
    changes = Changes(then, now, corpus)
    assert not changes.anywhere
    assert changes.reaches(parent.name)
    assert changes.reaches(child.name)
    assert not changes.reaches("a set that nobody knows")


class Interrupted(Decider):
    """A decider at whose side somebody else works: what they do happens while it decides."""

    meanwhile: Callable[[], object]

    def decide(self, *given: Any, **more: Any) -> Decided:
        """The decision, after what happened meanwhile."""
        self.meanwhile()
        return super().decide(*given, **more)


def test_what_somebody_answers_meanwhile_is_not_reopened(stage: Stage) -> None:
    decision = stage.run(generated(role=None))
    item = stage.items(decision)[0]
    basis = stage.log.find(decision, "decision").raw("basis") or b""
    edits = edits_of(item.source, {"role": "targets"}, basis)
    present = changed(nothing_said)
    slow = Interrupted(present.corpus, present.rules)
    answers: list[str] = []
    slow.meanwhile = lambda: answers or answers.append(stage.desk.answer(item.id, edits, installed, by="ann")[0])
    report = recheck(stage.desk.ledger, by(slow), by="watch")
    assert (report.selected, report.reopened) == (1, ())
    assert answers[0] in stage.gate(decision).why
    assert not list(e for e in stage.log.entries(kind="review") if e.value("event") == "reopened")
