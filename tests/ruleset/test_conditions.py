"""Three-valued conditions over a closed vocabulary."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.ruleset.conditions import Truth, UnknownWord, compile_condition

WORDS = {"a": ("yes", "no", "unknown"), "b": ("yes", "no", "unknown")}
TESTS = st.fixed_dictionaries({}, optional={w: st.sampled_from(["yes", "no"]) for w in WORDS}).filter(bool)
TREES = st.recursive(
    TESTS,
    lambda t: st.builds(lambda x: {"not": x}, t) | st.builds(lambda x: {"any": x}, st.lists(t, min_size=1, max_size=3)),
    max_leaves=6,
)


@given(TREES, st.fixed_dictionaries({w: st.sampled_from(v) for w, v in WORDS.items()}))
def test_a_result_despite_an_unknown_is_that_of_every_value(tree: dict[str, object], facts: dict[str, str]) -> None:
    test = compile_condition(tree, WORDS, ())
    result = test(facts)
    if result is Truth.UNKNOWN:
        return
    for a in (facts["a"],) if facts["a"] != "unknown" else ("yes", "no"):
        for b in (facts["b"],) if facts["b"] != "unknown" else ("yes", "no"):
            assert test({"a": a, "b": b}) is result


def test_unknown_can_be_asked_for() -> None:
    test = compile_condition({"a": "unknown"}, WORDS, ())
    assert test({"a": "unknown", "b": "no"}) is Truth.HOLDS
    assert test({"a": "yes", "b": "no"}) is Truth.FAILS


@pytest.mark.parametrize("tree", [{"c": "yes"}, {"a": "maybe"}, {"any": []}, {}, {"a": 3}])
def test_unknown_words_are_refused(tree: dict[str, object]) -> None:
    with pytest.raises(UnknownWord):
        compile_condition(tree, WORDS, ("when",))
