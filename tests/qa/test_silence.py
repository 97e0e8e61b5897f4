"""What few texts settle is answered only where a passage speaks of it; an unrelated ban decides nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from compliance.qa.answer import Answerer
from compliance.qa.frames import framed
from compliance.qa.session import open_answerer
from compliance.qa.topics import topics


@pytest.mark.parametrize(
    "question",
    [
        "Is the source code of Quillon held in escrow?",
        "Does Brightfern pay a reward for finding a vulnerability, a bug bounty?",
        "Can an heir take over my Quillon account when I die?",
    ],
)
def test_a_subject_that_no_passage_names_is_not_decided(answerer: Answerer, question: str) -> None:
    answer = answerer.answer(question)
    assert answer.abstained
    assert answer.citations == ()


def test_the_same_subject_is_answered_where_a_text_names_it(tmp_path: Path) -> None:
    path = tmp_path / "terms" / "quillon" / "terms-of-service@2025-05-02.md"
    path.parent.mkdir(parents=True)
    path.write_text(
        "# Terms of Quillon\n\nEffective: May 1, 2025\n\n## Continuity\n\n"
        "Quillon will deposit the source code of the platform in escrow with a notary, for the benefit of customers.\n",
        encoding="utf-8",
    )
    answerer = open_answerer([tmp_path / "terms"], cache=tmp_path / "index", semantic=False)
    answer = answerer.answer("Is the source code of Quillon held in escrow?")
    assert not answer.abstained
    assert "escrow" in answer.citations[0].quote


def test_the_people_of_a_customer_are_not_the_provider() -> None:
    assert framed("Can two designers share a login?").frame != "provider"
    assert framed("Can the vendor share my data?").frame == "provider"


def test_subjects_that_few_texts_settle_have_names() -> None:
    rarely = [t for t in topics() if t.realm == "rarely"]
    assert rarely
    assert all(t.named and t.asks for t in rarely)
