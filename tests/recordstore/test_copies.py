"""Copies: what counts as the same text, what as nearly the same, and what must not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.fingerprint.shingles import Shingler
from compliance.recordstore.copies import LONGEST, Sketch, digest_of, likeness, normalised

LONG = (
    "When the order arrived the box was open and two of the five cups were broken so the customer wrote to the shop "
    "and asked whether they would send new ones or pay the money back and what to do with the broken cups meanwhile"
)


@given(st.text(max_size=300))
def test_a_normalised_text_stays_as_it_is(text: str) -> None:
    once = normalised(text)
    assert normalised(once) == once
    assert len(once) <= LONGEST
    once.encode("utf-8")


def test_case_space_and_punctuation_make_no_other_text() -> None:
    assert digest_of("Hello there,  my friend!")[1] == digest_of("hello there my friend")[1]
    assert digest_of("Hello there, my fiend!")[1] != digest_of("hello there my friend")[1]
    assert digest_of("?!")[1] != digest_of("!?")[1]


def test_what_cannot_be_seen_is_left_out() -> None:
    assert normalised("a\u200bb\x00c\ud800\n\n d\u202e") == "a b c d"


@pytest.mark.parametrize(
    ("other", "near"),
    [
        (LONG.replace("When the", "As the"), True),
        (LONG + " please", True),
        (LONG.replace("five", "six").replace("wrote", "went").replace("new ones", "them"), False),
        (" ".join(reversed(LONG.split())), False),
    ],
)
def test_near_copies_meet_under_a_key(other: str, near: bool) -> None:
    sketch = Sketch(Shingler(), [digest_of(t)[0] for t in (LONG, other)])
    assert (likeness(sketch.shingles(0), sketch.shingles(1)) >= 0.8) is near
    if near:
        assert set(sketch.keys(0)) & set(sketch.keys(1))


def test_keys_are_the_same_everywhere_and_always() -> None:
    """They are kept on disk, so another version or machine must make the same ones."""
    sketch = Sketch(Shingler(), [digest_of(LONG)[0], []])
    assert sketch.keys(0) == [-9026062041072128571, -3237022730309879126, -8524789142530754388, -4374964530176308393]
    assert sketch.keys(1) == []


def test_short_texts_are_no_near_copies() -> None:
    sketch = Sketch(Shingler(), [digest_of("The answer to this question is 42 I think")[0]])
    assert sketch.keys(0) == []
