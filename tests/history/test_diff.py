"""Clause by clause: what is cosmetic, moved, reworded, and changed in meaning, and which words changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from archive import BAN, FILLER, Archive, page, run
from hypothesis import given
from hypothesis import strategies as st

from compliance.history.align import shingles
from compliance.history.compare import Text
from compliance.history.diff import ClauseDiff, clause_diffs, pieces
from compliance.history.passages import facts_of


def diffs(before: str, after: str) -> list[ClauseDiff]:
    """The clauses that differ between two texts."""
    old, new = facts_of(before.encode(), "a", ".md").passages, facts_of(after.encode(), "b", ".md").passages
    return clause_diffs(old, new, Text(old, shingles(old)), Text(new, shingles(new)))


@pytest.mark.parametrize(
    ("before", "after", "change", "because"),
    [
        ("You must pay within 30 days.", "You must **pay**, within 30 days.", "cosmetic", ()),
        ("You must pay within 30 days of notice.", "You must pay within 30 days of our notice.", "reworded", ()),
        (
            "You must pay within 30 days of notice.",
            "You must pay within 45 days of notice.",
            "meaning-changed",
            ("numbers: 30 before, 45 now",),
        ),
        (
            "We will refund the fee you paid.",
            "We may not refund the fee you paid.",
            "meaning-changed",
            ("a prohibition is new", "a duty is gone"),
        ),
        (
            "You may share your account with a friend.",
            "You may share your account with a friend, except where law forbids it.",
            "meaning-changed",
            ("a prohibition is new", "an exception is new"),
        ),
        (BAN, BAN.replace("train", "distil"), "meaning-changed", ("acts: now distil", "acts: no longer train")),
        (BAN, BAN.replace("may not", "must not"), "reworded", ()),
    ],
)
def test_the_kind_of_a_change(before: str, after: str, change: str, because: tuple[str, ...]) -> None:
    (found,) = diffs(page(before), page(after))
    assert (found.change, found.because) == (change, because)


def test_what_moved_is_no_change_of_meaning() -> None:
    first, *rest = FILLER.split("\n\n")
    moved = diffs(page(), page(filler="\n\n".join([*rest, first])))
    assert {d.change for d in moved} == {"moved"}


def test_renumbering_alone_is_nothing() -> None:
    before = "# 3. Use\n\nYou may not resell the service.\n\n# 4. Law\n\nThe law of Utah governs.\n"
    assert diffs(before, before.replace("3.", "7.").replace("4.", "8.")) == []


def test_added_and_removed_clauses_are_told_apart() -> None:
    found = diffs(page("We like you very much."), page("Bring an umbrella tomorrow."))
    assert [(d.change, d.before or d.after) for d in found] == [
        ("added", "Bring an umbrella tomorrow"),
        ("removed", "We like you very much"),
    ]


WORDS = st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1)


@given(WORDS, WORDS)
def test_pieces_lose_no_word(before: list[str], after: list[str]) -> None:
    left, right = pieces(" ".join(before), " ".join(after))
    assert " ".join(p.text for p in left) == " ".join(before)
    assert " ".join(p.text for p in right) == " ".join(after)
    assert [p.text for p in left if not p.changed] == [p.text for p in right if not p.changed]


def test_side_by_side(archive: Archive, db: Path) -> None:
    archive.record("2025-01-02", page(BAN))
    archive.record("2025-01-09", page(BAN + " "))
    archive.record("2025-02-03", page(BAN.replace("train", "distil")))
    run("sync", archive.folder, "--db", db)
    told = run("diff", "acme", "--db", db).out
    assert "2025-01-09 and 2025-02-03" in told
    assert "[-train-]" in told
    assert "{+distil+}" in told
    value = json.loads(run("diff", "acme", "2025-01-02", "2025-02-03", "--db", db, "--format", "json").out)
    (change,) = value["changes"]
    assert (change["change"], change["training"]) == ("meaning-changed", True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("diff", "acme"), "no other text"),
        (("diff", "acme", "2024-01-01"), "no readable version up to 2024-01-01"),
        (("show", "nobody"), "no document is called 'nobody'"),
        (("show", "a"), "2 documents match"),
        (("diff", "acme", "soon"), ""),
    ],
)
def test_questions_that_cannot_be_answered(archive: Archive, db: Path, arguments: tuple[str, ...], says: str) -> None:
    archive.record("2025-01-02", page(BAN))
    archive.record("2025-01-02", page(), "Alpha/Privacy Policy.md")
    run("sync", archive.folder, "--db", db)
    done = run(*arguments, "--db", db)
    assert done.code == 64
    assert says in done.error
