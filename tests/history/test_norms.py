"""What counts as a rule for users, and what is compared of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.history.compare import covers, differences
from compliance.history.norms import norm_of, wordings


@pytest.mark.parametrize(
    ("text", "lead", "polarity"),
    [
        ("You may not use output to train a model.", "", "forbids"),
        ("use output to develop models that compete with us", "You may not:", "forbids"),
        ("Using output to develop models that compete with us", "You are prohibited from:", "forbids"),
        ("Not use the services to build a competing product.", "You must:", "forbids"),
        ("Customers shall not distil the model.", "", "forbids"),
        ("Unauthorized use of results to train an AI model.", "", "forbids"),
        ("You may use outputs to train your own models.", "", "permits"),
        ("develop artificial intelligence models of any kind", "However, you can use Output to", "permits"),
        ("This does not prevent you from distilling our models.", "You may not:", "permits"),
        ("By training a model on content of the site, you waive your policies.", "", "waives"),
        ("If you use outputs to train a model, you must name us.", "", "conditions"),
    ],
)
def test_rules_for_users(text: str, lead: str, polarity: str) -> None:
    norm = norm_of(text, lead)
    assert norm is not None
    assert norm.polarity == polarity


@pytest.mark.parametrize(
    ("text", "lead"),
    [
        ("We may use your content to train our models.", ""),
        ("We do not use your prompts to train our models.", ""),
        ("Acme will not use your content to train any artificial intelligence models.", ""),
        ("You grant us a licence to use your feedback to improve our models.", ""),
        ("If you do not want us to use your content to train our models, you can opt out.", ""),
        ("You are responsible for training your authorized users.", ""),
        ("The audit is made by an auditor who is not a direct or indirect competitor of Acme.", "You may not:"),
        ("the fine-tuned model in case you fine-tuned the model", "Acme will not be liable for"),
        ("You may fine-tune our models through the console.", ""),
        ("You may not resell the service.", ""),
        ("You must pay within 30 days.", ""),
    ],
)
def test_what_is_no_rule_of_training_for_users(text: str, lead: str) -> None:
    assert norm_of(text, lead) is None


def test_a_rule_that_is_wider_covers_a_narrower_one_only() -> None:
    wide = norm_of("You may not use output to train or improve models.")
    narrow = norm_of("You may not use output to train models that compete with us.")
    assert wide is not None and narrow is not None
    assert covers(wide, narrow)
    assert not covers(narrow, wide)


@given(st.text(max_size=300), st.text(max_size=60))
def test_any_words_are_read(text: str, lead: str) -> None:
    norm = norm_of(text, lead)
    if norm is not None:
        assert differences(norm, norm) == ()
        assert covers(norm, norm)


def test_long_hostile_text_is_read_in_time_that_grows_with_it() -> None:
    for piece in ("train ", "you may not ", "compete use ", "output to for in ", "if you you must ", "(a) 1,"):
        norm_of(piece * 1000, piece * 100)


def test_the_wordings_name_no_provider() -> None:
    text = " ".join(p.pattern for p in wordings().patterns.values()).lower()
    assert not [
        name for name in ("openai", "meta", "mistral", "anthropic", "google", "xai", "midjourney") if name in text
    ]
