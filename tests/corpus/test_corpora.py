"""The records that come with the program, and looking them up."""

from __future__ import annotations

import itertools
import re

import pytest

from compliance.corpus.corpus import Corpus, load_corpus
from compliance.corpus.in_force import TermsInForce
from compliance.domain.days import span


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return load_corpus(cache=False)


def test_versions_stand_in_the_order_of_time_and_clauses_name_them(corpus: Corpus) -> None:
    for document in corpus.documents.values():
        ends = [span(v.since).last for v in document.versions]
        dated = [end for end in ends if end is not None]
        assert len(dated) == len(ends), document.id
        assert all(a <= b for a, b in itertools.pairwise(dated)), document.id
        known = {v.id for v in document.versions}
        for clause in document.clauses:
            named = set(clause.versions) | {pin.version for pin in clause.pins}
            assert named <= known, (document.id, clause.id)
            assert all(re.fullmatch("[0-9a-f]{64}", pin.sha256) for pin in clause.pins)


def test_channels_name_documents_that_exist(corpus: Corpus) -> None:
    for channel in corpus.content.channels:
        assert set(channel.documents) <= corpus.documents.keys(), channel.party


def test_licences_of_weights_exist(corpus: Corpus) -> None:
    for family in corpus.families.values():
        for weights in family.weights:
            assert weights.licence in corpus.licences.by_id, family.id


@pytest.mark.parametrize(
    ("model", "maker"),
    [
        ("gpt-4o-2024-08-06", "openai"),
        ("anthropic.claude-3-5-sonnet-20241022-v2:0", "anthropic"),
        ("models/gemini-1.5-pro", "google"),
        ("meta-llama/Meta-Llama-3-70B-Instruct", "meta"),
        ("R1-Distill-Qwen-32B", "deepseek"),
        ("Command R+", "cohere"),
    ],
)
def test_models_resolve_to_their_maker(corpus: Corpus, model: str, maker: str) -> None:
    family = corpus.family(model)
    assert family is not None and family.maker == maker


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("CC-BY-NC-4.0", "non-commercial"),
        ("Apache-2.0", "permissive"),
        ("MIT OR GPL-3.0-only", "permissive"),
        ("llama3.1", "model-community"),
        ("research use only; commercial use strictly prohibited", "non-commercial"),
    ],
)
def test_licence_labels(corpus: Corpus, label: str, kind: str) -> None:
    assert {licence.kind for licence in corpus.licences.resolve(label)} == {kind}


def test_an_unknown_licence_stays_unknown(corpus: Corpus) -> None:
    assert corpus.licences.resolve("zq-7 house paper") == ()


def test_the_day_before_new_terms_the_older_text_governs(corpus: Corpus) -> None:
    terms = TermsInForce(corpus)
    day = span("2024-05-20/2024-05-23")
    versions = [p.readings[0].documents for p in terms.pieces("google", "consumer-app", day, "other")]
    assert len(versions) == 2 and versions[0] != versions[1]


@pytest.mark.parametrize("label", ["custom", "Custom License", "custom agreement", "data use agreement", "other"])
def test_a_label_that_names_no_terms_frees_nothing(corpus: Corpus, label: str) -> None:
    assert {licence.kind for licence in corpus.licences.resolve(label)} == {"unclear"}


def test_the_exception_of_llama_3_is_for_llama_3_and_not_for_later_models(corpus: Corpus) -> None:
    outputs = corpus.licences.by_id["llama-3"].outputs
    assert outputs is not None and outputs.own_family
    within = {model: None for model in ("Meta-Llama-3-8B", "Llama-3.1-8B", "Llama-3.2-1B", "Llama-3.3-70B-Instruct")}
    for model in within:
        family = corpus.family(model)
        assert family is not None
        assert family.id.startswith(outputs.own_family) == (model == "Meta-Llama-3-8B")


def test_a_permission_to_use_a_service_is_none_to_train_on_outputs(corpus: Corpus) -> None:
    for document in corpus.documents.values():
        for clause in document.clauses:
            if clause.category == "permit-training" and "output" not in clause.object:
                scope = clause.scope
                assert scope is not None and (scope.features or scope.models_of == (document.party,)), document.id
