"""Whole invented documents: what they say, to whom, and where the words stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from compliance.terms.extract import Clause, Extract, extractor
from compliance.terms.parse import read_document

DOCUMENTS = Path(__file__).parent / "documents"


def read(name: str) -> Extract:
    return extractor(lexical=True).document(read_document(DOCUMENTS / name))


def only(found: Extract, category: str) -> Clause:
    clauses = [c for c in found.clauses if c.category == category]
    assert len(clauses) == 1, [(c.category, c.quote) for c in found.clauses]
    return clauses[0]


@pytest.mark.parametrize(
    ("name", "restricts", "categories"),
    [
        (
            "northwind.md",
            True,
            {
                "permit-training",
                "third-party-conduct",
                "train-competing-models",
                "reverse-engineer",
                "scrape-output",
                "output-ownership",
            },
        ),
        ("harbour.txt", True, {"non-commercial", "train-any-models", "misrepresent-human", "third-party-conduct"}),
        (
            "open_quarry.md",
            False,
            {"distill", "permit-training", "flow-down", "naming-attribution", "scale-threshold", "output-ownership"},
        ),
        ("plain_shop.md", False, set()),
        ("zh.md", None, set()),
    ],
)
def test_what_a_document_says(name: str, restricts: bool | None, categories: set[str]) -> None:
    found = read(name)
    assert {c.category for c in found.clauses} == categories
    assert found.has_training_restriction is restricts


@pytest.mark.parametrize("name", sorted(p.name for p in DOCUMENTS.iterdir()))
def test_a_quote_is_the_file_at_its_offsets(name: str) -> None:
    with (DOCUMENTS / name).open(encoding="utf-8", newline="") as handle:
        text = handle.read()
    for clause in read(name).clauses:
        assert text[clause.start : clause.end] == clause.quote
        assert clause.quote.strip() == clause.quote


def test_an_exception_defined_far_away_reaches_its_ban() -> None:
    ban = only(read("northwind.md"), "train-competing-models")
    assert ban.effect == "prohibit"
    assert ban.condition == "competing"
    assert "Sorting Exception" in ban.exceptions
    assert "classifiers" in ban.exceptions
    assert ban.object == "output"
    assert ban.bound == "customer"
    assert "3. Limits on use" in ban.section
    assert ban.quote.startswith("except for a Sorting Exception")
    assert ban.quote.endswith("the Assistant")


def test_a_lead_in_governs_each_item_of_its_list() -> None:
    found = read("harbour.txt")
    assert only(found, "train-any-models").effect == "prohibit"
    assert "train,\n    tune or improve a machine-learning model" in only(found, "train-any-models").quote
    assert only(found, "misrepresent-human").effect == "prohibit"


def test_a_student_that_counts_as_a_derivative_is_a_duty_and_no_ban() -> None:
    found = read("open_quarry.md")
    assert only(found, "distill").effect == "oblige"
    assert only(found, "permit-training").effect == "permit"
    assert only(found, "naming-attribution").effect == "oblige"
    assert all(c.bound == "licensee" for c in found.clauses)


def test_other_languages_are_cut_up_and_flagged() -> None:
    from compliance.terms.units import units_of

    found = read("zh.md")
    assert found.language == "zh"
    assert any("not covered" in note for note in found.notes)
    assert len(units_of(read_document(DOCUMENTS / "zh.md"))) >= 4


def test_the_same_words_give_the_same_answer() -> None:
    assert read("northwind.md") == read("northwind.md")
