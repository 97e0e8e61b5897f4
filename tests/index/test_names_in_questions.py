"""Names in questions: providers, products and models, spelt as people spell them, and everyday words that are none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.corpus.corpus import load_corpus
from compliance.index.names import Names
from compliance.index.texts import read_shelf


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Names:
    root = tmp_path_factory.mktemp("terms")
    for name in ("quillon/terms-of-use@2025-01-01.md", "together-ai/terms-of-service@2025-01-01.md"):
        path: Path = root / name
        path.parent.mkdir()
        path.write_text("You may not copy the service.\n", encoding="utf-8")
    return Names(load_corpus(), read_shelf([root]).texts)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("does quillon own it", "quillon"),
        ("QUILLON's terms?", "QUILLON"),
        ("Running it on together.ai", "together.ai"),
        ("zero retention at together", "together"),
        ("Together AI or not", "Together AI"),
    ],
)
def test_held_names_are_found(names: Names, question: str, text: str) -> None:
    (mention,) = names.mentions(question)
    assert mention.text == text
    assert mention.files and not mention.missing


@pytest.mark.parametrize("question", ["can we use them together", "we work together", "go and open it", "a writer"])
def test_everyday_words_are_no_names(names: Names, question: str) -> None:
    assert names.mentions(question) == []


@pytest.mark.parametrize("question", ["is wizardcoder free to use", "gpt4 output", "GPT-4 labels", "llama 2 license"])
def test_what_has_terms_of_its_own_is_missing(names: Names, question: str) -> None:
    (mention,) = names.mentions(question)
    assert mention.missing and not mention.files


@given(st.text(max_size=300))
def test_mentions_stand_where_they_say_in_any_text(names: Names, question: str) -> None:
    for mention in names.mentions(question):
        assert question[mention.start : mention.end] == mention.text
