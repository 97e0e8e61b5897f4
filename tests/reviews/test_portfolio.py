"""Questions across runs, from the tables."""

from __future__ import annotations

import msgspec
import pytest
from review_stage import LATER, Stage, generated, human, manifest, recorded

from compliance.domain.manifest import BaseModel
from compliance.errors import UsageError
from compliance.reviews import portfolio, queue


def runs(stage: Stage, **asked: str) -> list[tuple[str, int]]:
    return [(t.run, t.rows) for t in portfolio.touched(stage.log, asked).runs]


def test_runs_are_found_by_teacher_data_set_and_clause_with_their_rows(stage: Stage) -> None:
    stage.run(generated(rows=800), human(rows=5000), name="one")
    stage.run(generated("claude again", rows=20), generated("gpt", model="gpt-4o", maker="OpenAI", rows=7), name="two")
    stage.run(human(), name="three")
    assert runs(stage, teacher="Anthropic") == [("one", 800), ("two", 20)]
    assert runs(stage, teacher="anthropic") == runs(stage, teacher="Claude-Opus-4-1")
    assert runs(stage, teacher="openai") == [("two", 7)]
    assert runs(stage, dataset="Teacher Rows") == [("one", 800)]
    assert runs(stage, teacher="nobody") == []
    first = queue.queue(stage.log)[0]
    clause = queue.show(stage.log, first.id).clauses[0]
    document, _, section = clause.partition("#")
    short = f"{document.partition('@')[0]}#{section}"
    assert runs(stage, clause=clause) == runs(stage, clause=short) == [("one", 800), ("two", 20)]
    assert runs(stage, clause=clause, dataset="claude again") == [("two", 20)]
    assert [name for name, _ in runs(stage)] == ["one", "three", "two"]


def test_exposure_is_counted_in_rows_by_verdict(stage: Stage) -> None:
    stage.run(generated(rows=800), human(rows=5000), name="one")
    stage.run(generated(rows=200), name="two")
    found = portfolio.touched(stage.log, {})
    counted = {e.verdict: (e.runs, e.sources, e.rows) for e in found.exposure}
    assert counted["block"] == (2, 2, 1000)
    assert sum(e.rows for e in found.exposure) == found.rows == 6000
    assert portfolio.touched(stage.log, {"teacher": "anthropic"}).rows == 1000


def test_what_ends_next_comes_first(stage: Stage) -> None:
    decision = stage.run(generated(), generated("more rows"))
    first, second = stage.items(decision)
    late, soon = stage.accept(first.id, until=LATER), stage.accept(second.id, until="2030-02-01T00:00Z")
    stage.desk.approve(soon, by="ben")
    stage.desk.assign(first.id, by="lead", to="ann", due="2030-03-01")
    found = portfolio.ending(stage.log, moment=stage.clock())
    assert [(e.what, e.name) for e in found] == [("waiver", soon), ("item", first.id), ("waiver", late)]
    assert {e.run for e in found} == {"chat"}
    stage.clock.pass_by(days=40)
    assert soon not in [e.name for e in portfolio.ending(stage.log, moment=stage.clock())]


def test_what_is_not_indexed_is_refused(stage: Stage) -> None:
    with pytest.raises(UsageError):
        portfolio.touched(stage.log, {"colour": "blue"})


def test_a_base_model_counts_as_a_teacher(stage: Stage) -> None:
    base = {"model": "meta-llama/Llama-3.1-8B", "licence": "llama3.1"}
    run = msgspec.structs.replace(manifest(human()), base_models=[msgspec.convert(base, BaseModel)])
    recorded(stage.desk.ledger, run)
    (found,) = portfolio.touched(stage.log, {"teacher": "meta-llama/Llama-3.1-8B"}).runs
    assert found.sources == ("base_model:meta-llama/Llama-3.1-8B",)


def test_what_most_waiting_rows_rest_on_is_named_once(stage: Stage) -> None:
    stage.run(generated(rows=800), human(rows=5000), name="one")
    stage.run(generated("gpt", model="gpt-4o", maker="OpenAI", rows=7), name="two")
    teachers = [(n.name, n.runs, n.rows) for n in portfolio.leading(stage.log, "teacher")]
    assert teachers == [("anthropic", 1, 800), ("claude-opus-4-1", 1, 800), ("gpt-4o", 1, 7), ("openai", 1, 7)]
    assert all("@" not in n.name and n.name.partition("#")[2] for n in portfolio.leading(stage.log, "clause"))
    with pytest.raises(UsageError):
        portfolio.leading(stage.log, "name")


def test_runs_are_read_in_pages(stage: Stage) -> None:
    for number in range(3):
        stage.run(generated(rows=800 - number), name=f"run {number}")
    pages = [portfolio.touched(stage.log, {}, limit=2, offset=offset) for offset in (0, 2)]
    assert [t.run for page in pages for t in page.runs] == ["run 0", "run 1", "run 2"]
    assert pages[0].total == pages[1].total == 3
    assert pages[0].exposure == pages[1].exposure
