"""What a sentence must hold to pass the gate: words of a text, and around them nothing that the text does not carry."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.index.texts import HeldText
from compliance.qa.gate import MAX_DRAFT, MAX_KEPT, MAX_STRUCK, Gate, gate
from compliance.qa.own_words import (
    AT_ODDS,
    BESIDE,
    CUT,
    LONG,
    MARKUP,
    PARTY,
    TIME,
    UNKNOWN,
    Limits,
    fault,
    stems,
    telling,
)
from compliance.qa.quotations import Quoted, places, quotations
from compliance.terms.plain import plain

TEXT = """# Terms of Ferro

You **may not** use [the Output](https://ferro.example/o) — whether or
not “Results” — to train Ferro\u2019s rivals, unless we agree in writing.

You may keep the Output for 30 days. You may sell it. You own it.
"""


def held(text: str = TEXT, file: str = "ferro/terms@2025-01-01.md", since: int = 739_000) -> HeldText:
    return HeldText(
        file=file,
        sha256="0" * 64,
        text=text,
        format="markdown",
        service="Ferro",
        party="Ferro",
        kind="terms",
        recorded=since,
        since=since,
        until=None,
    )


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("You may keep the Output for 30 days.", True),
        ("you may keep the Output for 30 days", True),
        ("You may keep  the\nOutput", True),
        ('may not use the Output - whether or not "Results" - to train Ferro\'s rivals', True),
        ("may use the Output", False),
        ("You may keep the output for 30 days", False),
        ("You may keep the Output for 3", False),
        ("ou may keep the Output", False),
        ("You may keep … days", False),
        ("", False),
        ("*", False),
    ],
)
def test_words_stand_verbatim_but_for_blanks_and_marks(words: str, found: bool) -> None:
    assert bool(places(words, [held()])) is found


def test_a_place_is_where_the_words_are() -> None:
    (place,) = places("the Output - whether or not", [held()])
    assert TEXT[place.start : place.end] == "the Output](https://ferro.example/o) — whether or\nnot"
    assert plain("[" + TEXT[place.start : place.end]) == "the Output - whether or not"


def test_each_text_that_holds_the_words_is_a_place() -> None:
    other = held(file="ferro/terms@2026-01-01.md")
    assert [p.file for p in places("You may sell it.", [held(), other])] == [held().file, other.file]


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ('It says "a b c" and “d “e” f”.', ["a b c", "d “e” f"]),
        ("It doesn't say 'one two three' or \u2018it\u2019s all four\u2019.", ["one two three", "it\u2019s all four"]),
        ("It says «un deux trois».", ["un deux trois"]),
        ("Nothing.", []),
        ('It says "a b c.', None),
        ("It says “a b c.", None),
        ("It says a b c”.", None),
    ],
)
def test_quotations_of_a_sentence(sentence: str, words: list[str] | None) -> None:
    found = quotations(sentence)
    assert (found if found is None else [q.words for q in found]) == words


LEAVE = "the customer leave to sell the output"


def limits(verdict: str = "no", **given: object) -> Limits:
    usual: dict[str, object] = {
        "verdict": verdict,
        "restricts": "no",
        "known": stems(f"{TEXT} {LEAVE}"),
        "parties": lambda words: {p for p in ("ferro", "other") if p in words.casefold().split()},
        "party_of": lambda text: "ferro",
        "governs": lambda file, start, end: ("", ""),
        "cited": (Quoted(held().file, 0, len(TEXT)),),
        "asked": frozenset(),
    }
    return Limits(**{**usual, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("verdict", "own", "wrong"),
    [
        ("no", "No: the terms say …", ""),
        ("no", "It is not allowed, as the terms say …", ""),
        ("no", "Selling is restricted to what is written in the terms of Ferro: …", ""),
        ("no", "Yes: the terms say …", AT_ODDS),
        ("no", "It is allowed: …", AT_ODDS),
        ("no", "You may: …", AT_ODDS),
        ("no", "You are free to use the output without any restriction: …", AT_ODDS),
        ("no", "The terms do not forbid it, you may: …", AT_ODDS),
        ("yes", "Yes: …", ""),
        ("yes", "You may: …", ""),
        ("yes", "No: …", AT_ODDS),
        ("conditional", "Only if we agree: …", ""),
        ("conditional", "Yes, unless we agree otherwise: …", ""),
        ("conditional", "Yes: …", AT_ODDS),
        ("conditional", "You may use it: …", AT_ODDS),
        ("n/a", "Yes: …", AT_ODDS),
        ("n/a", "The terms say …", ""),
        ("no", "See <a>: …", MARKUP),
        ("no", "See http://x.example …", MARKUP),
        ("no", "See ferro.example: …", MARKUP),
        ("no", "Write to me@x …", MARKUP),
        ("no", "The terms\u202e say …", MARKUP),
        ("no", "No: " + "the terms say that " * 20 + "…", LONG),
        ("no", "The 2019 terms say …", TIME),
        ("no", "The other terms say …", PARTY),
        ("no", "Within 31 days not: …", UNKNOWN),
        ("no", "Within 30 days not: …", ""),
        ("no", "The terms of Zeta do not say …", UNKNOWN),
        ("no", "Pour coffee, not tea: …", UNKNOWN),
    ],
)
def test_own_words_report_and_no_more(verdict: str, own: str, wrong: str) -> None:
    assert fault(own, [held()], limits(verdict)) == wrong


def test_where_the_question_asks_for_a_ban_yes_is_the_strict_answer() -> None:
    banned = limits("yes", restricts="yes")
    assert fault("Yes, it is not allowed: …", [held()], banned) == ""
    assert fault("You may: …", [held()], banned) == AT_ODDS


def test_a_quotation_without_the_ban_before_it_is_struck() -> None:
    words = "use the Output"

    def governs(file: str, start: int, end: int) -> tuple[str, str]:
        return "You may not", ""

    with_ban = limits("no", governs=governs)
    assert gate(f"The terms say “{words}”.", [held()], with_ban).why == ((CUT, 1),)
    assert gate(f"The terms do not let customers “{words}”.", [held()], with_ban).struck == 0


def test_a_quotation_without_its_condition_is_completed() -> None:
    at = TEXT.index("unless")

    def governs(file: str, start: int, end: int) -> tuple[str, str]:
        return "", TEXT[end : TEXT.index("writing.") + 8]

    asked = limits("no", governs=governs)
    found = gate("The terms say “whether or not “Results” — to train Ferro\u2019s rivals”.", [held()], asked)
    assert "unless we agree in writing.”" in found.text
    assert found.quoted[0].end > at


def test_a_quotation_beside_the_question_is_struck() -> None:
    elsewhere = limits("no", cited=(), asked=telling("May we train rivals of Ferro?", "Ferro"))
    assert elsewhere.asked == {"train", "rival"}
    assert gate("It says “You may keep the Output for 30 days.”", [held()], elsewhere).why == ((BESIDE, 1),)
    assert gate("It says “or not “Results” — to train Ferro\u2019s rivals”.", [held()], elsewhere).struck == 0


def test_marks_that_a_model_left_out_are_put_in_for_whole_sentences() -> None:
    assert gate("You may keep the Output for 30 days.", [held()]).text == "“You may keep the Output for 30 days.”"
    assert gate("Ferro terms: You may keep the Output for 30 days.", [held()]).text.startswith("Ferro terms: “You may")
    assert gate("You may keep the Output", [held()]).text == ""
    assert gate("Never: You may keep the Output for 31 days.", [held()]).text == ""


def test_a_yes_or_no_belongs_to_the_sentence_after_it() -> None:
    assert gate("No. It says “You may sell it.”", [held()], limits("no")).text == "No. It says “You may sell it.”"
    assert gate("Yes. It says “You may sell it.”", [held()], limits("no")).why == ((AT_ODDS, 1),)


def test_nothing_of_a_draft_is_without_bound() -> None:
    kept = Gate([held()])
    for number in range(MAX_KEPT + 3):
        kept.read(f"{'So ' * number}it says “You may sell it.”\n")
    assert kept.full and kept.kept == MAX_KEPT and kept.gated().struck == 3
    struck = Gate([held()])
    struck.read("No.\n" * MAX_STRUCK)
    assert struck.full
    long = Gate([held()])
    long.read("a" * (MAX_DRAFT + 5))
    assert long.full and long.close() == []


PIECES = st.lists(
    st.sampled_from(
        [
            "It says “You may sell it.” ",
            'It says "You own it." ',
            "It says “you must pay”. ",
            "Nothing. ",
            "\n",
            "\n\n",
            "1. ",
            "No. ",
            "- ",
            "<think>",
            "</think>",
            '"',
            "“",
            "”",
            "You may keep the Output for 30 days.",
            "**",
            " ",
            "Terms: ",
        ]
    ),
    max_size=14,
)


@settings(max_examples=150, deadline=None)
@given(PIECES, st.lists(st.integers(1, 30), min_size=1, max_size=40))
def test_a_draft_that_comes_in_pieces_is_read_as_one(parts: Sequence[str], sizes: Sequence[int]) -> None:
    draft = "".join(parts)
    reader, at, turn = Gate([held()]), 0, 0
    shown: list[str] = []
    while at < len(draft):
        size = sizes[turn % len(sizes)]
        shown += reader.read(draft[at : at + size])
        at, turn = at + size, turn + 1
    shown += reader.close()
    found = reader.gated()
    assert found == gate(draft, [held()])
    assert " ".join(shown) == found.text
    for quotation in quotations(found.text) or []:
        assert quotation.words in plain(TEXT)
