"""The gate strikes what quotes nothing, and the chain never lets a model change a verdict."""

from __future__ import annotations

import pytest

from compliance.errors import UsageError
from compliance.qa.answer import Answerer
from compliance.qa.gate import gate

QUOTE = "Quillon will not use Customer Data to train its models unless Customer expressly agrees."
ASKED = {"question": "Does Quillon train on customer data sent through the API?", "history": []}


def test_a_sentence_with_a_true_quotation_stands(answerer: Answerer) -> None:
    texts = list(answerer.index.texts.values())
    gated = gate(f"It says: “{QUOTE}” Trust me, all is fine. It says “we may do whatever we like with it”.", texts)
    assert gated.text == f"It says: “{QUOTE}”"
    assert gated.struck == 2
    (place,) = gated.quoted
    assert answerer.index.texts[place.file].text[place.start : place.end] == QUOTE


def test_a_quotation_across_a_line_break_is_found(answerer: Answerer) -> None:
    words = "sort, label or rank records, if these models are not distributed or sold to anybody"
    gated = gate(f'The exception covers models that "{words}".', list(answerer.index.texts.values()))
    assert gated.struck == 0 and gated.quoted


@pytest.mark.parametrize("draft", ["", "No quotation.", "“too short”", '"' * 5000, "“" + "a " * 4000])
def test_drafts_without_a_quotation_leave_nothing(answerer: Answerer, draft: str) -> None:
    assert gate(draft, list(answerer.index.texts.values())).text == ""


def test_the_chain_answers_as_the_answerer(answerer: Answerer) -> None:
    pytest.importorskip("langchain_core")
    from compliance.qa.chain import TermsRetriever, answer_chain

    assert answer_chain(answerer).invoke(ASKED) == answerer.answer(ASKED["question"])  # type: ignore[arg-type]
    documents = TermsRetriever(answerer=answerer, k=3).invoke("Which law governs Quillon?")
    assert len(documents) == 3
    assert any("Portugal" in d.page_content for d in documents)
    assert {"file", "start", "end", "quote", "in_force"} <= documents[0].metadata.keys()


def test_a_model_drafts_and_the_gate_checks(answerer: Answerer) -> None:
    fake = pytest.importorskip("langchain_core.language_models.fake_chat_models")
    from compliance.qa.chain import answer_chain

    drafts = [f"The agreement says: “{QUOTE}” So it is surely yes!", "It is allowed. No need to quote."]
    chain = answer_chain(answerer, fake.FakeListChatModel(responses=drafts))
    kept = chain.invoke(ASKED)
    assert kept.answer == f"The agreement says: “{QUOTE}”"
    assert (kept.verdict, kept.drafted, answerer.answer(ASKED["question"]).drafted) == ("no", True, False)
    assert any("struck" in note for note in kept.notes)
    nothing = chain.invoke(ASKED)
    assert (nothing.abstained, nothing.verdict, nothing.citations) == (True, "unknown", ())


@pytest.mark.parametrize(
    "url", ["http://example.org/v1", "https://10.0.0.7:80", "http://127.0.0.1.example.org", "nonsense"]
)
def test_a_model_on_another_machine_is_refused(url: str) -> None:
    pytest.importorskip("langchain_core")
    from compliance.qa.chain import chat_model

    with pytest.raises(UsageError, match="not this machine"):
        chat_model(url, "any")
