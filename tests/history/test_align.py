"""Passages find their counterparts wherever they stand, and only once."""

from __future__ import annotations

import random
import string

from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.history.align import align, likeness
from compliance.history.passages import Passage, facts_of

TEXTS = st.lists(st.text(string.ascii_lowercase + "  .", min_size=1, max_size=60), max_size=14)


def passages(texts: list[str]) -> list[Passage]:
    """Passages of these words."""
    return [Passage(text, "", "", 0, len(text)) for text in texts]


@settings(max_examples=60)
@given(TEXTS, TEXTS)
def test_each_passage_stands_in_exactly_one_pair(before: list[str], after: list[str]) -> None:
    pairs = align(passages(before), passages(after))
    assert sorted(p.before for p in pairs if p.before is not None) == list(range(len(before)))
    assert sorted(p.after for p in pairs if p.after is not None) == list(range(len(after)))


@settings(max_examples=60)
@given(TEXTS, st.randoms(use_true_random=False))
def test_order_does_not_matter(texts: list[str], chance: random.Random) -> None:
    mixed = texts[:]
    chance.shuffle(mixed)
    pairs = align(passages(texts), passages(mixed))
    assert all(p.likeness == 1.0 for p in pairs)


@settings(max_examples=60)
@given(st.text(max_size=80), st.text(max_size=80))
def test_likeness_is_symmetric_and_bounded(a: str, b: str) -> None:
    assert likeness(a, b) == likeness(b, a)
    assert 0 <= likeness(a, b) <= 1
    assert likeness(a, a) == 1


def test_renumbered_and_moved_clauses_meet() -> None:
    pay, resell, law = (
        "You must pay within 30 days.",
        "You may not resell the service.",
        "We follow the law that is in force in our state.",
    )
    old = facts_of(f"1. {pay}\n\n2. {resell}\n\n3. {law}\n".encode(), "a", "")
    later = f"1. {law}\n\n2. We wrote new words.\n\n3. {pay.replace('30', '45')}\n\n4. {resell}\n"
    new = facts_of(later.encode(), "b", "")
    met = {
        (old.passages[p.before].plain[:12], new.passages[p.after].plain[:12])
        for p in align(old.passages, new.passages)
        if p.before is not None and p.after is not None
    }
    assert met == {("You must pay",) * 2, ("You may not ",) * 2, ("We follow th",) * 2}


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_facts_or_a_plain_error(data: bytes) -> None:
    from compliance.errors import InputError
    from compliance.history.passages import read_text

    try:
        facts, _ = read_text(data, "x.md", ".md")
    except InputError as error:
        assert "\n" not in error.one_line()
        return
    for passage in facts.passages:
        assert 0 <= passage.start <= passage.end <= len(facts.text)
