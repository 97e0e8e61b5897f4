"""Blocks: headings, lists with their lead-ins, tables, and offsets that never drift."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from compliance.terms.blocks import scan
from compliance.terms.document import Document
from compliance.terms.sentences import sentences
from compliance.terms.units import Unit, units_of

PIECES = [
    "# Title",
    "You may not:",
    "(a) copy it;",
    "(b) sell it.",
    "* item",
    "    * inner",
    "",
    "1. One",
    "2\\. Two",
    "Heading",
    "-------",
    "| a | b |",
    "|---|---|",
    "**Bold.** Text follows. And more;",
    "\u7b2c\u4e00\u6761\u3002",
    "\u00a0",
    "---",
    "\u201cTerm\u201d means a thing (i) here; or (ii) there.",
    "\ufeffmark",
    "\tv. tabbed",
]


def units(text: str) -> list[Unit]:
    return units_of(Document(name="x", format="markdown", text=text, blocks=scan(text)))


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=40)), max_size=25).map("\n".join))
def test_blocks_and_units_stay_in_the_text_and_in_order(text: str) -> None:
    blocks = scan(text)
    at = 0
    for block in blocks:
        assert at <= block.start <= block.end <= len(text)
        at = block.end
        assert all(index < len(blocks) for index in block.lead_in)
    for unit in units(text):
        assert text[unit.start : unit.end] == unit.quote
        block = blocks[unit.block]
        assert block.start <= unit.start < unit.end <= block.end


def test_a_lead_in_reaches_items_and_those_below_them() -> None:
    found = {
        u.plain: u.lead
        for u in units("You may not:\n\n* copy it, including by:\n    * printing it\n* sell it\n\nOther words.")
    }
    assert found["printing it"] == "You may not: copy it, including by:"
    assert found["sell it"] == "You may not:"
    assert found["Other words"] == ""


def test_letters_in_paragraphs_are_items() -> None:
    found = {
        u.plain: u.lead for u in units("Members shall not:\n\n(h) shout;\n\n(i) run; or\n\n(j) hide.\n\nWe may laugh.")
    }
    assert {lead for plain, lead in found.items() if plain in ("shout", "run", "hide")} == {"Members shall not:"}
    assert found["We may laugh"] == ""


def test_a_long_sentence_is_cut_at_its_letters_and_keeps_its_head() -> None:
    middle = "; ".join(f"({c}) do the forbidden thing number {c} with great and lasting effect" for c in "abcd")
    found = units(f"3.2 Limits. The Customer will not and will not try to {middle}.")
    assert [u.plain[-20:] for u in found[1:]] == ["reat and lasting effect"[-20:]] * 4
    assert all("will not and will not try to" in u.lead for u in found[1:])


def test_headings_make_the_section() -> None:
    text = "# Terms\n\n## [2. Use](#use)\n\n**Output limits.** You may not resell it.\n"
    assert units(text)[0].section == "Terms > 2. Use > Output limits"


def test_an_indented_licence_is_no_code() -> None:
    text = "  1. Grants.\n\n      a. You may use it.\n\n      b. You may\nnot sell it.\n"
    assert [u.plain for u in units(text)] == ["You may use it", "You may not sell it"]


def test_abbreviations_end_no_sentence() -> None:
    text = "Northwind Inc. grants e.g. a licence to the U.S. branch. You accept it."
    assert [text[a:b] for a, b in sentences(text, 0, len(text))] == [
        "Northwind Inc. grants e.g. a licence to the U.S. branch.",
        "You accept it.",
    ]


def test_a_sentence_without_an_end_is_cut() -> None:
    text = "word " * 10_000
    assert all(b - a <= 8000 for a, b in sentences(text, 0, len(text)))
