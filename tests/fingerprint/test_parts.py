"""The texts of rows: found wherever they stand, told apart by who speaks, and without what everybody says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.fingerprint.parts import distinctive, parts, texts

ASKED = "How long is the river that flows north?"
TOLD = "It is about as long as the valley is wide."
CHAT = [{"role": "user", "content": ASKED}, {"role": "assistant", "content": TOLD}]


@pytest.mark.parametrize(
    "row",
    [
        {"instruction": ASKED, "input": "", "output": TOLD},
        {"messages": CHAT},
        {"messages": json.dumps(CHAT)},
        {"conversations": [{"from": "human", "value": ASKED}, {"from": "gpt", "value": TOLD}]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": ASKED}]}, CHAT[1]]},
        {"contents": [{"role": "user", "parts": [{"text": ASKED}]}, {"role": "model", "parts": [{"text": TOLD}]}]},
        {"prompt": [CHAT[0]], "completion": [CHAT[1]]},
        {"Prompt": ASKED, "Model-Output": TOLD},
    ],
)
def test_questions_and_answers_are_told_apart(row: dict[str, Any]) -> None:
    found = parts(row)
    assert (found.prompts, found.answers, found.other) == ([ASKED], [TOLD], [])


def test_texts_of_no_known_field_are_other() -> None:
    assert parts({"text": TOLD, "n": 3}).other == [TOLD]
    assert parts(TOLD).other == [TOLD]


def test_what_everybody_says_is_left_out() -> None:
    assert distinctive(f"{TOLD} I hope this helps! Let me know if you need more.") == TOLD
    assert distinctive(TOLD) == TOLD
    assert distinctive("I\u2019m sorry, but I can't do that. The river is long.") == ""
    assert distinctive("I'm sorry, but I can't do that.\n" + TOLD * 20) == TOLD * 20


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values)
def test_any_value_is_walked(value: Any) -> None:
    found = parts(value)
    assert len(list(texts(value))) == len(found.answers) + len(found.prompts) + len(found.other)


def test_depth_and_size_have_bounds() -> None:
    deep: Any = TOLD
    for _ in range(100_000):
        deep = [deep]
    assert list(texts(deep)) == [TOLD]
    assert sum(map(len, texts([TOLD * 1_000] * 1_000))) == 8_000_000
    assert len(list(texts([TOLD] * 500_000))) <= 500_000
