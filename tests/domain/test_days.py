"""Days, months, years and spans."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.domain.days import Span, day, day_text, span

DAYS = st.dates(datetime.date(1990, 1, 1), datetime.date(2100, 1, 1)).map(lambda d: d.toordinal())


def test_forms() -> None:
    assert span("2024-02").last == day("2024-02-29")
    assert span("2024") == Span(day("2024-01-01"), day("2024-12-31"))
    assert span("2024-03/2024-05-02") == Span(day("2024-03-01"), day("2024-05-02"))
    assert span("/2025-02-18") == Span(None, day("2025-02-18"))


@pytest.mark.parametrize("text", ["2025-02-30", "2025-13", "25", "", "2025-06-15/2025-06-14", "x"])
def test_impossible_ones(text: str) -> None:
    with pytest.raises(ValueError):
        span(text)


@given(DAYS, DAYS, DAYS)
def test_spans(a: int, b: int, c: int) -> None:
    one = Span(min(a, b), max(a, b))
    assert span(one.text) == one
    assert one.holds(c) == (one.within(Span(c, c)) is not None)
    assert day(day_text(c)) == c
