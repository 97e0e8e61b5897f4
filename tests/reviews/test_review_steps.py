"""Items and waivers step by step, on each kind of database."""

from __future__ import annotations

import hashlib
import threading
from typing import Any

import msgspec
import pytest
from review_stage import LATER, Stage, decider, generated, human, installed, manifest
from sqlalchemy import select

from compliance.decision.compose import compose
from compliance.domain.evidence import Evidence
from compliance.errors import ClearanceError, InputError, UsageError
from compliance.ledger.basis import basis_of
from compliance.ledger.entry import Entry
from compliance.ledger.erasure import redact
from compliance.ledger.record import record_decision
from compliance.ledger.verify import verify
from compliance.reviews import facts, queue
from compliance.reviews.answers import edits_from, edits_of
from compliance.reviews.project import catch_up, rebuild
from compliance.reviews.tables import decisions, metadata, waivers
from compliance.store.engine import writing


def rows(stage: Stage) -> dict[str, list[tuple[object, ...]]]:
    """All that the tables say."""
    with stage.log.engine.connect() as connection:
        return {
            t.name: sorted(tuple(row) for row in connection.execute(t.select()))
            for t in metadata.sorted_tables
            if t.name != "review_corpora"
        }


def test_a_source_that_waits_opens_an_item_and_one_that_may_pass_does_not(stage: Stage) -> None:
    decision = stage.run(generated(), human())
    found = stage.items(decision)
    assert [(i.source, i.verdict, i.state) for i in found] == [("teacher rows", "block", "open")]
    assert [i.id for i in queue.queue(stage.log)] == [found[0].id]
    assert not stage.gate(decision).may_start
    assert stage.gate(stage.run(human(), name="clean")).may_start


def test_the_same_decision_recorded_twice_opens_nothing_new(stage: Stage) -> None:
    assert stage.run(generated()) == stage.run(generated())
    assert len(queue.queue(stage.log)) == 1


def test_two_people_let_a_run_start_and_the_verdict_stays(stage: Stage) -> None:
    decision = stage.run(generated())
    item = stage.items(decision)[0]
    waiver = stage.accept(item.id)
    assert stage.items(decision)[0].state == "requested"
    assert not stage.gate(decision).may_start
    stage.desk.approve(waiver, by="ben")
    outcome = stage.gate(decision)
    assert outcome.may_start
    assert outcome.verdict == "block"
    assert outcome.waived[0].says == f"waived until {LATER} by ann and ben"
    assert stage.items(decision)[0].state == "waived"
    assert stage.items(decision)[0].verdict == "block"
    assert verify(str(stage.log.place)).ok


@pytest.mark.parametrize(
    ("asks", "approves"),
    [
        *(("ann", alias) for alias in ("ann", "ANN", " a\u200bnn ", "\uff41nn", "Ann (key 3f9a2b71c0de)")),
        ("ann (key 3f9a2b71c0de)", "ann (key 000000000001)"),
        ("ann (subject oidc-7)", "Anna Other (subject oidc-7)"),
        ("ann (key x) (subject oidc-7)", "eve (key y) (subject oidc-7)"),
    ],
)
def test_one_person_is_not_two(stage: Stage, asks: str, approves: str) -> None:
    decision = stage.run(generated())
    waiver = stage.accept(stage.items(decision)[0].id, by=asks)
    with pytest.raises(UsageError, match="asked for it"):
        stage.desk.approve(waiver, by=approves)
    assert not stage.gate(decision).may_start
    stage.desk.approve(waiver, by="ben (key 3f9a2b71c0df)")
    assert stage.gate(decision).may_start


def test_leave_written_into_the_ledger_by_one_person_is_broken(stage: Stage) -> None:
    decision = stage.run(generated())
    waiver = stage.accept(stage.items(decision)[0].id)
    stage.desk.ledger.append("waiver", {"subject": waiver, "event": "granted", "by": "Ann", "reason": "me"})
    stage.desk.ledger.append("waiver", {"subject": "w-made-up", "event": "granted", "by": "ben", "reason": "me"})
    assert not stage.gate(decision).may_start
    why = {w.id: (w.standing, w.why) for w in queue.all_waivers(stage.log, moment=stage.clock())}
    assert why[waiver] == ("broken", "one person both asked for it and granted it")
    assert why["w-made-up"] == ("broken", "nobody asked for it")


def test_leave_ends_at_its_time_and_is_shown_then(stage: Stage) -> None:
    decision = stage.run(generated())
    waiver = stage.accept(stage.items(decision)[0].id, until="2030-01-01T02:00+01:00")
    stage.desk.approve(waiver, by="ben")
    stage.clock.pass_by(minutes=59, seconds=59)
    assert stage.gate(decision).may_start
    stage.clock.pass_by(seconds=1)
    outcome = stage.gate(decision)
    assert not outcome.may_start
    assert outcome.lapsed == (f"waiver {waiver} does not hold: it ended 2030-01-01T02:00+01:00",)
    assert stage.items(decision)[0].state == "open"


@pytest.mark.parametrize(
    "until",
    [
        "2030-06-30",
        "2030-06-30T18:00",
        "tomorrow",
        "2030-13-01T00:00Z",
        "2030-06-30T18:00 Mars/Base",
        "2029-12-31T23:59Z",
    ],
)
def test_an_end_needs_a_zone_and_lies_ahead(stage: Stage, until: str) -> None:
    item = stage.items(stage.run(generated()))[0]
    before = stage.log.size()
    with pytest.raises(UsageError):
        stage.accept(item.id, until=until)
    assert stage.log.size() == before


def test_an_approval_that_comes_too_late_is_refused(stage: Stage) -> None:
    decision = stage.run(generated())
    waiver = stage.accept(stage.items(decision)[0].id, until="2030-01-01T01:00Z")
    stage.clock.pass_by(hours=1)
    with pytest.raises(UsageError, match="ended"):
        stage.desk.approve(waiver, by="ben")
    assert not stage.gate(decision).may_start


def test_leave_that_ends_while_it_is_approved_is_no_leave(stage: Stage) -> None:
    decision = stage.run(generated())
    waiver = stage.accept(stage.items(decision)[0].id, until="2030-01-01T01:00Z")
    stage.clock.pass_by(minutes=59)
    here, ticks = stage.clock, 0

    def creeping() -> object:
        nonlocal ticks
        ticks += 1
        if ticks > 1:  # looked at once before the entry is written
            here.pass_by(minutes=1)
        return here()

    stage.desk.clock = creeping  # type: ignore[assignment]
    with pytest.raises(UsageError, match="too late"):
        stage.desk.approve(waiver, by="ben")
    assert not stage.gate(decision).may_start


def test_of_two_who_approve_at_once_one_is_told_that_it_was_done(stage: Stage) -> None:
    decision = stage.run(generated())
    waiver = stage.accept(stage.items(decision)[0].id)
    said: list[str] = []
    start = threading.Barrier(2)

    def approve(who: str) -> None:
        start.wait()
        try:
            stage.desk.approve(waiver, by=who)
            said.append("done")
        except UsageError as error:
            said.append(error.message)

    threads = [threading.Thread(target=approve, args=(who,)) for who in ("ben", "cat")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(s.partition(" ")[2] or s for s in said) == ["approved it already", "done"]
    assert stage.gate(decision).may_start
    granted = [e for e in stage.log.entries(kind="waiver") if e.value("event") == "granted"]
    assert len(granted) == 1


def test_leave_that_is_withdrawn_ends_at_once(stage: Stage) -> None:
    decision = stage.run(generated())
    waiver = stage.accept(stage.items(decision)[0].id)
    stage.desk.approve(waiver, by="ben")
    stage.desk.revoke(waiver, "the provider objected", by="ann")
    assert not stage.gate(decision).may_start
    with pytest.raises(UsageError):
        stage.desk.approve(waiver, by="cat")
    with pytest.raises(UsageError):
        stage.desk.revoke(waiver, "again", by="ann")


def test_a_rejected_source_stays_rejected_whatever_is_waived(stage: Stage) -> None:
    decision = stage.run(generated(), generated("more rows"))
    first, second = stage.items(decision)
    waiver = stage.accept(first.id, scope="run")
    late = stage.accept(second.id)
    stage.desk.approve(waiver, by="ben")
    assert stage.gate(decision).may_start
    stage.desk.reject(second.id, "not these", by="cat")
    outcome = stage.gate(decision)
    assert not outcome.may_start
    assert outcome.why == "rejected: more rows"
    with pytest.raises(UsageError, match="rejected"):
        stage.accept(second.id)
    with pytest.raises(UsageError, match="rejected"):
        stage.desk.approve(late, by="ben")


def test_leave_for_a_source_covers_no_other(stage: Stage) -> None:
    decision = stage.run(generated(), generated("more rows"))
    first, second = stage.items(decision)
    stage.desk.approve(stage.accept(first.id), by="ben")
    outcome = stage.gate(decision)
    assert not outcome.may_start
    assert outcome.waiting == ("more rows",)
    stage.desk.approve(stage.accept(second.id), by="ben")
    assert stage.gate(decision).may_start


def test_leave_for_clauses_covers_what_rests_on_these_alone(stage: Stage) -> None:
    decision = stage.run(generated())
    whole = queue.show(stage.log, stage.items(decision)[0].id)
    with pytest.raises(UsageError):
        stage.accept(whole.item.id, scope="clause")
    with pytest.raises(UsageError):
        stage.accept(whole.item.id, scope="clause", clauses=["other/terms#1"])
    assert len(whole.clauses) >= 1
    for number, clause in enumerate(whole.clauses, 1):
        stage.desk.approve(stage.accept(whole.item.id, scope="clause", clauses=[clause]), by="ben")
        assert stage.gate(decision).may_start == (number == len(whole.clauses))


def test_an_answer_decides_again_and_what_was_waived_before_no_longer_is(stage: Stage) -> None:
    decision = stage.run(generated(role=None))
    item = stage.items(decision)[0]
    waiver = stage.accept(item.id)
    stage.desk.approve(waiver, by="ben")
    basis = stage.log.find(decision, "decision").raw("basis") or b""
    edits = edits_of(item.source, {"role": "filter", "generated_by.feature": "web-search"}, basis)
    newer, verdict = stage.desk.answer(item.id, edits, installed, by="ann", reason="they only scored rows")
    assert newer != decision
    assert not stage.gate(decision).may_start
    assert newer in stage.gate(decision).why
    assert [i.state for i in stage.items(decision)] == ["answered"]
    outcome = stage.gate(newer)
    assert outcome.verdict == verdict
    assert not outcome.may_start
    assert outcome.lapsed == (f"waiver {waiver} does not hold: it was given for another manifest",)
    step = next(s for s in queue.show(stage.log, item.id).steps if s.event == "answered")
    assert (step.by, step.decision, step.text) == ("ann", newer, "they only scored rows")


def test_an_answer_may_settle_the_run(stage: Stage) -> None:
    decision = stage.run(generated(role=None, model="gpt-4o", maker="OpenAI"), human())
    item = stage.items(decision)[0]
    edits = edits_from([{"at": ["sources", item.source, "role"], "value": "evaluation"}])
    newer, verdict = stage.desk.answer(item.id, edits, installed, by="ann")
    assert verdict == "allow"
    assert stage.gate(newer).may_start
    assert queue.queue(stage.log) == []


@pytest.mark.parametrize(
    "edits",
    [
        [],
        [{"at": ["sources", "teacher rows", "role"], "value": "targets"}],
        [{"at": ["sources", "teacher rows", "role"], "value": "evaluation"}],
        [{"at": ["sources", "teacher rows", "role"], "value": "king"}],
        [{"at": ["sources", "teacher rows"], "drop": True}],
        [{"at": ["sources", "teacher rows", "generated_by"], "value": {"model": "olmo-2", "maker": "Ai2"}}],
        [{"at": ["run", "purpose"], "value": "research"}],
        [{"at": ["agreements", "Anthropic"], "value": {"party": "Anthropic", "form": "written", "permits": "all"}}],
        [{"at": ["sources", "teacher rows", "rolle"], "value": "targets"}],
        [{"at": ["sources", "no such", "role"], "value": "filter"}],
        [{"at": ["run", "date"], "value": "yesterday"}],
        [{"at": ["sources", "teacher rows"]}],
        [{"at": ["__class__", "x"], "value": 1}],
        [{"at": []}],
        [{"at": ["agreements", "Anthropic"], "value": {"form": "sung"}}],
    ],
)
def test_an_answer_that_changes_nothing_or_does_not_fit_is_refused(stage: Stage, edits: list[object]) -> None:
    item = stage.items(stage.run(generated()))[0]
    before = stage.log.size()
    with pytest.raises(ClearanceError):
        stage.desk.answer(item.id, edits_from(edits), installed, by="ann")
    assert stage.log.size() == before


def test_every_step_is_an_entry_and_is_shown_with_who_took_it(stage: Stage) -> None:
    decision = stage.run(generated())
    item = stage.items(decision)[0]
    stage.desk.assign(item.id, by="lead", to="ann", due="2030-02-01")
    stage.desk.comment(item.id, "asked the provider", by="ann", evidence=["mail 17"])
    waiver = stage.accept(item.id)
    stage.desk.approve(waiver, by="ben", reason="agreed")
    stage.desk.revoke(waiver, "objected", by="cat")
    whole = queue.show(stage.log, item.id[:8], stage.clock())
    assert [(s.event, s.by) for s in whole.steps] == [
        ("assigned", "lead"),
        ("commented", "ann"),
        ("waiver requested", "ann"),
        ("waiver granted", "ben"),
        ("waiver withdrawn", "cat"),
    ]
    assert (whole.item.assignee, whole.item.due, whole.decided_by) == ("ann", "2030-02-01", "engineer")
    assert whole.steps[1].evidence == ("mail 17",)
    assert all(stage.log.entry(s.entry).at == s.at for s in whole.steps)
    assert [i.id for i in queue.queue(stage.log, assignee="ann")] == [item.id]


def test_steps_without_a_name_a_reason_or_an_item_are_refused(stage: Stage) -> None:
    item = stage.items(stage.run(generated(), human()))[0]
    before = stage.log.size()
    for step in (
        lambda: stage.desk.comment(item.id, "  ", by="ann"),
        lambda: stage.desk.comment(item.id, "x", by="\u200b"),
        lambda: stage.desk.reject(item.id, "", by="ann"),
        lambda: stage.desk.assign(item.id, by="ann"),
        lambda: stage.desk.assign(item.id, by="ann", due="soon"),
        lambda: stage.desk.comment("nothere", "x", by="ann"),
        lambda: stage.desk.approve("nothere", by="ann"),
        lambda: stage.accept(item.id, scope="everything"),
        lambda: stage.gate("nothere"),
    ):
        with pytest.raises(UsageError):
            step()
    assert stage.log.size() == before


def test_the_tables_come_out_of_the_ledger_again(stage: Stage) -> None:
    decision = stage.run(generated(), generated("more rows"))
    first, second = stage.items(decision)
    stage.desk.assign(first.id, by="lead", to="ann")
    waiver = stage.accept(first.id, scope="run")
    stage.desk.approve(waiver, by="ben")
    stage.desk.reject(second.id, "no", by="cat")
    stage.run(generated(), human(), name="another")
    redact(stage.desk.ledger, {stage.log.find(waiver).index: ["by"]}, reason="asked to", by="dpo")
    stage.items(decision)
    before = rows(stage)
    rebuild(stage.log)
    assert rows(stage) == before


def test_leave_whose_record_was_destroyed_no_longer_holds(stage: Stage) -> None:
    decision = stage.run(generated())
    waiver = stage.accept(stage.items(decision)[0].id)
    stage.desk.approve(waiver, by="ben")
    requested = next(e for e in stage.log.entries(kind="waiver") if e.value("event") == "requested")
    redact(stage.desk.ledger, {requested.index: ["reason"]}, reason="asked to", by="dpo")
    assert not stage.gate(decision).may_start
    assert queue.all_waivers(stage.log, moment=stage.clock())[0].reason == ""


def test_a_decision_whose_document_was_destroyed_does_not_start(stage: Stage) -> None:
    decision = stage.run(human())
    assert stage.gate(decision).may_start
    redact(stage.desk.ledger, {stage.log.find(decision).index: ["document"]}, reason="asked to", by="dpo")
    assert not stage.gate(decision).may_start


def test_names_that_databases_dislike_are_kept(stage: Stage) -> None:
    name = "rows \x00 \U0001f600 " + "long " * 300
    decision = stage.run(generated(name))
    item = stage.items(decision)[0]
    assert item.source.startswith("rows \ufffd \U0001f600 long")
    stage.desk.approve(stage.accept(item.id), by="ben")
    assert stage.gate(decision).may_start


def test_records_are_plain_json(stage: Stage) -> None:
    decision = stage.run(generated())
    whole = queue.show(stage.log, stage.items(decision)[0].id)
    assert msgspec.json.decode(msgspec.json.encode(whole))["item"]["decision"] == decision
    with pytest.raises(InputError):
        edits_from({"at": 1})


def test_a_table_that_says_more_than_the_ledger_opens_no_gate(stage: Stage) -> None:
    decision = stage.run(generated())
    waiver = stage.accept(stage.items(decision)[0].id, until="2030-01-01T01:00Z")
    forged = waivers.update().where(waivers.c.id == waiver)
    with writing(stage.log.engine) as connection:
        connection.execute(forged.values(granted_by="ben"))
    assert not stage.gate(decision).may_start
    stage.desk.approve(stage.accept(stage.items(decision)[0].id, until="2030-01-01T01:00Z"), by="ben")
    assert stage.gate(decision).may_start
    with writing(stage.log.engine) as connection:
        connection.execute(waivers.update().values(until="2999-01-01T00:00:00.000000Z"))
    outcome = stage.gate(decision)
    assert not outcome.may_start
    assert any("the ledger does not say" in says for says in outcome.lapsed)
    rebuild(stage.log)
    assert stage.gate(decision).may_start


@pytest.mark.parametrize(
    "change",
    [
        "update review_decisions set verdict = 'allow'",
        "update review_items set verdict = 'allow', rule = 'none'",
        "update review_items set waits = 0",
        "update review_items set state = 'open'",
        "update review_items set grounds = '[]'",
        "delete from review_items",
        "update review_decisions set profile = 'strict'",
        "update review_decisions set manifest_sha256 = 'x'",
        "update review_decisions set entry_index = 0",
    ],
)
def test_the_gate_believes_the_ledger_and_not_the_tables(stage: Stage, change: str) -> None:
    decision = stage.run(generated(), generated("more rows"))
    first, second = stage.items(decision)
    waiver = stage.accept(first.id, scope="run")
    stage.desk.approve(waiver, by="ben")
    assert stage.gate(decision).may_start
    stage.desk.reject(second.id, "not these", by="cat")
    with writing(stage.log.engine) as connection:
        connection.exec_driver_sql(change)
    outcome = stage.gate(decision)
    assert not outcome.may_start
    assert "do not agree" in outcome.why


def test_a_decision_that_was_replaced_stays_so_whatever_the_tables_say(stage: Stage) -> None:
    decision = stage.run(generated(role=None))
    item = stage.items(decision)[0]
    basis = stage.log.find(decision, "decision").raw("basis") or b""
    newer, _ = stage.desk.answer(item.id, edits_of(item.source, {"role": "targets"}, basis), installed, by="ann")
    assert newer != decision
    with writing(stage.log.engine) as connection:
        connection.exec_driver_sql("update review_decisions set superseded_by = null")
    assert "do not agree" in stage.gate(decision).why


def test_a_run_that_was_recorded_in_two_spellings_is_answered(stage: Stage) -> None:
    decision = stage.run(generated(role=None))
    spelt = msgspec.json.format(msgspec.json.encode(manifest(generated(role=None))), indent=2)
    decided = decider().decide(manifest(generated(role=None)))
    inputs = (Evidence(says="the manifest", file="clearance.yaml", sha256=hashlib.sha256(spelt).hexdigest()),)
    again = compose(decider(), decided, {}, inputs)
    assert again.id == decision
    record_decision(stage.desk.ledger, again, spelt, basis_of(decided, {}, inputs), by="engineer")
    item = stage.items(decision)[0]
    basis = stage.log.find(decision, "decision").raw("basis") or b""
    newer, _ = stage.desk.answer(item.id, edits_of(item.source, {"role": "targets"}, basis), installed, by="ann")
    assert newer in stage.gate(decision).why


def test_tables_that_catch_up_do_not_run_after_what_is_recorded_meanwhile(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = stage.run(generated())
    read, later = facts.read, list[str]()

    def slowly(entry: Entry) -> Any:
        later.append(stage.run(generated(), name=f"meanwhile {len(later)}"))
        return read(entry)

    with monkeypatch.context() as patch:
        patch.setattr(facts, "read", slowly)
        catch_up(stage.log)
    assert len(later) == 1
    with stage.log.engine.connect() as connection:
        assert list(connection.execute(select(decisions.c.id)).scalars()) == [first]
    assert stage.items(later[0]), "the next look has it"
