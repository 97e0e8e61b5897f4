"""Questions read: days, yes-or-no, comparisons, changes, whose leave is asked."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.qa.dates import dates_in, without_dates
from compliance.qa.frames import framed
from compliance.qa.question import is_yes_no

TODAY = date(2026, 6, 1).toordinal()


@pytest.mark.parametrize(
    ("question", "spans"),
    [
        ("on 22 May 2024", ["2024-05-22"]),
        ("on May 22nd, 2024", ["2024-05-22"]),
        ("in 2024-05", ["2024-05-01/2024-05-31"]),
        ("early August 2025", ["2025-08-01/2025-08-10"]),
        ("autumn 2023 compared with Q1 2024", ["2023-09-01/2023-11-30", "2024-01-01/2024-03-31"]),
        ("back in '24", ["2024-01-01/2024-12-31"]),
        ("last year", ["2025-01-01/2025-12-31"]),
        ("last month", ["2026-05-01/2026-05-31"]),
        ("what did they say last week", ["2026-05-25/2026-05-31"]),
        ("two years ago", ["2024-06-01/2024-06-30"]),
        ("a year ago", ["2025-06-01/2025-06-30"]),
        ("7 months ago", ["2025-11-01/2025-11-30"]),
        ("3 days ago I paid", ["2026-05-29"]),
        ("two weeks ago", ["2026-05-18"]),
        ("what changed over the last year", ["2025-06-01/2026-06-01"]),
        ("999 years ago", ["1027-06-01/1027-06-30"]),
        ("31 February 2024", []),
        ("costs $2000", []),
    ],
)
def test_days_in_a_question(question: str, spans: list[str]) -> None:
    assert [s.text for s in dates_in(question, TODAY).spans] == spans


def test_now_and_what_is_left_without_days() -> None:
    assert dates_in("in March 2025, and now?", TODAY).now
    assert without_dates("did it say so in March 2025?") == "did it say so in ?"


@given(st.text(max_size=200))
def test_any_text_can_be_searched_for_days(text: str) -> None:
    for span in dates_in(text, TODAY).spans:
        assert span.first is not None and span.last is not None and span.first <= span.last


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Can we train on it?", True),
        ("We use the API. Allowed?", True),
        ("ok to scrape it", True),
        ("If our model has nothing to do with what they sell, can we tune it?", True),
        ("Which law applies?", False),
        ("How do I opt out, and by when?", False),
        ("Law of the contract?", False),
        ("Is it opt-in or opt-out?", False),
        ("You let us resell it, right?", True),
    ],
)
def test_yes_or_no(question: str, expected: bool) -> None:
    assert is_yes_no(question) is expected


@pytest.mark.parametrize(
    ("question", "frame"),
    [
        ("May I resell it?", "leave"),
        ("Is there anything against it?", "ban"),
        ("Does the company train on my data?", "provider"),
        ("Do we have to credit them?", "duty"),
        ("Law of the contract?", "fact"),
    ],
)
def test_frames(question: str, frame: str) -> None:
    assert framed(question).frame == frame


def test_the_facts_that_a_question_brings_along() -> None:
    facts = framed("since they allow it, can we sell our in-house classifier? it does not compete, right?")
    assert facts.premise and facts.tagged and facts.in_house and facts.not_rival and facts.spreads
    assert not framed("an internal model, not published").spreads
