"""The queue: filters, pages, who has what."""

from __future__ import annotations

from typing import Any

import pytest
from review_stage import Stage, generated

from compliance.errors import UsageError
from compliance.reviews import queue


@pytest.fixture
def busy(stage: Stage) -> Stage:
    """Six runs that wait: three are due, one of them is waived, one is asked for."""
    for number in range(6):
        stage.run(generated(f"rows {number}"), name=f"Run {number}")
    for number, day in ((4, "2030-02-01"), (1, "2030-01-05"), (2, "2030-02-01")):
        stage.desk.assign(item(stage, number), by="lead", to="Ann (key 3f9a2b71c0de)", due=day)
    stage.desk.approve(stage.accept(item(stage, 2)), by="ben")
    stage.accept(item(stage, 3))
    return stage


def item(stage: Stage, number: int) -> str:
    return next(i.id for i in queue.queue(stage.log) if i.source == f"rows {number}")


def sources(stage: Stage, **asked: Any) -> list[str]:
    return [i.source.removeprefix("rows ") for i in queue.queue(stage.log, moment=stage.clock(), **asked)]


def test_a_list_is_read_in_pages_that_miss_nothing_and_repeat_nothing(busy: Stage) -> None:
    assert sources(busy) == ["1", "2", "4", "0", "3", "5"]
    for limit in (1, 2, 4, 6):
        found: list[str] = []
        after = ""
        while page := queue.queue(busy.log, moment=busy.clock(), after=after, limit=limit):
            assert len(page) <= limit
            found += [i.source.removeprefix("rows ") for i in page]
            after = page[-1].id
        assert found == ["1", "2", "4", "0", "3", "5"]
    assert sources(busy, state="open", after=item(busy, 1)) == ["4", "0", "5"]
    with pytest.raises(UsageError):
        queue.queue(busy.log, after="0" * 16)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"state": "open"}, ["1", "4", "0", "5"]),
        ({"state": "waived"}, ["2"]),
        ({"state": "requested"}, ["3"]),
        ({"state": "rejected"}, []),
        ({"verdict": "block"}, ["1", "2", "4", "0", "3", "5"]),
        ({"verdict": "review"}, []),
        ({"assignee": "ann"}, ["1", "2", "4"]),
        ({"assignee": "Anna (key 3f9a2b71c0de)"}, ["1", "2", "4"]),
        ({"assignee": "ben"}, []),
        ({"assignee": ""}, ["0", "3", "5"]),
        ({"due_by": "2030-01-31"}, ["1"]),
        ({"text": "rUN 5"}, ["5"]),
        ({"text": "rows 4"}, ["4"]),
        ({"text": "100%"}, []),
        ({"text": "_"}, []),
        ({"state": "open", "assignee": "ann", "due_by": "2030-02-01"}, ["1", "4"]),
    ],
)
def test_what_is_asked_for_is_listed(busy: Stage, asked: dict[str, str], expected: list[str]) -> None:
    assert sources(busy, **asked) == expected


def test_what_is_not_settled_is_counted_and_who_has_it(busy: Stage) -> None:
    assert queue.standing(busy.log) == ({"block": 6}, ["Ann (key 3f9a2b71c0de)"])
    busy.desk.reject(item(busy, 1), "not these", by="ann")
    assert queue.standing(busy.log)[0] == {"block": 5}


def test_waivers_are_listed_by_standing_and_in_pages(busy: Stage) -> None:
    ended = busy.accept(item(busy, 5), until="2030-01-01T01:00Z")
    busy.clock.pass_by(hours=2)
    listed = queue.all_waivers(busy.log, moment=busy.clock())
    assert (listed[0].standing, {w.standing for w in listed[1:]}) == ("expired", {"in-force", "requested"})
    assert ended not in [w.id for w in queue.all_waivers(busy.log, standing="current", moment=busy.clock())]
    first = queue.all_waivers(busy.log, limit=1, moment=busy.clock())
    rest = queue.all_waivers(busy.log, after=first[0].id, moment=busy.clock())
    assert first + rest == listed
