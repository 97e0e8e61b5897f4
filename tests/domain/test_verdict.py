"""How verdicts combine."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from compliance.domain.verdict import Verdict, agree, most_severe

LISTS = st.lists(st.sampled_from(list(Verdict)), min_size=1, max_size=5)


def test_nothing_checked_is_never_allow() -> None:
    assert most_severe([]) is Verdict.REVIEW
    assert agree([]) is Verdict.REVIEW


@given(LISTS, st.sampled_from(list(Verdict)))
def test_a_further_source_never_softens(found: list[Verdict], other: Verdict) -> None:
    assert most_severe([*found, other]) >= most_severe(found)


@given(LISTS)
def test_open_states_never_give_more_than_each_would(found: list[Verdict]) -> None:
    result = agree(found)
    if result is Verdict.BLOCK:
        assert set(found) == {Verdict.BLOCK}
    if result.permits:
        assert all(v.permits for v in found) and result >= max(found)
