"""Shingles depend on the words alone: not on case, space, punctuation, machine, or what else is hashed with them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from compliance.fingerprint.shingles import Shingler, count, words


def hashed(*texts: str) -> list[tuple[int, int]]:
    """The (text, hash) pairs of some texts."""
    hashes, owners = Shingler().hashes([words(t) for t in texts])
    return list(zip(owners.tolist(), hashes.tolist(), strict=True))


def test_the_numbers_are_the_same_everywhere() -> None:
    assert hashed("one two three four five six") == [(0, 6580556960970030935), (0, 12569031673749681051)]


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_and_other_texts_are_read_alike(text: str) -> None:
    assert words(text) == [w for w in words(text + " \u00e9")[:-1]]


@given(
    st.lists(st.text(st.sampled_from("abcxyz019"), min_size=1), min_size=5), st.sampled_from([" ", "\n", ", ", "  **"])
)
def test_case_space_and_punctuation_make_no_difference(told: list[str], between: str) -> None:
    assert hashed(between.join(told).upper()) == hashed(" ".join(told))


@given(st.lists(st.text(), max_size=5))
def test_texts_hashed_together_are_hashed_as_alone(texts: list[str]) -> None:
    alone = [(n, h) for n, text in enumerate(texts) for _, h in hashed(text)]
    assert hashed(*texts) == alone
    assert count([words(t) for t in texts]) == len(alone)


def test_curly_quotes_wide_letters_and_invisible_marks_are_folded() -> None:
    plain = words("don't stop the river now")
    assert words("Don\u2019t\u00a0stop the ri\u00adver\u200b \uff4eow") == plain


def test_scripts_without_spaces_have_a_word_a_character() -> None:
    assert len(words("\u6cb3\u6d41\u5f88\u957f, ok")) == 5


def test_hashes_are_spread_evenly() -> None:
    hashes, _ = Shingler().hashes([words(" ".join(map(str, range(20_000))))])
    for shift in (0, 28, 32, 60):
        counts = np.bincount(((hashes >> np.uint64(shift)) & np.uint64(15)).astype(np.int64), minlength=16)
        assert counts.min() > 1_000 and counts.max() < 1_500
