"""Single sentences in many wordings: what binds those who train, and what only looks so."""

from __future__ import annotations

import pytest

from compliance.terms.extract import extractor
from compliance.terms.parse import document_from

COMPETING, ANY, DISTILL, PERMIT = "train-competing-models", "train-any-models", "distill", "permit-training"
HEAD = "# Terms of Use\n\nThese terms apply to your use of the service.\n\n"

BINDING = [
    (
        "You shall not employ any Generated Material to teach or tune a neural network that rivals one of ours.",
        COMPETING,
    ),
    ("You agree not to use the Platform or its Outputs to develop AI models which compete with Northwind.", COMPETING),
    ("Users are forbidden from using responses of the Assistant as training data for any AI system.", ANY),
    ("Customer must not use Completions to build, train or enhance foundation models.", ANY),
    ("The Licensee may not use the Model or its outputs to improve any other language model.", ANY),
    ("No Output may be used to train artificial intelligence models.", ANY),
    ("**Don'ts**\n\n* Training models with our outputs\n* Shouting", ANY),
    ("Use of generated content for training other AI systems requires our prior written approval.", ANY),
    ("Customer shall not use Output to train any other systems or platforms based on artificial intelligence.", ANY),
    ("| Rule | Allowed? |\n|---|---|\n| Train models on outputs | No |", ANY),
    ("Do not use our outputs to develop AI that competes with our products.", COMPETING),
    ("Model distillation is expressly permitted.", PERMIT),
    ("Nothing in these terms prevents you from training models with outputs.", PERMIT),
    ("Knowledge distillation of the Model, in whole or in part, is prohibited.", DISTILL),
    ("Distilling the behaviour of the Model into another one is not permitted.", DISTILL),
    ("Customers are permitted to use Output to train, fine-tune and distil their own models.", PERMIT),
    ("We place no restriction on the use of Outputs for training machine learning models.", PERMIT),
    ("You may not disassemble, decompile or reverse-engineer the Service.", "reverse-engineer"),
    ("Automated collection of Outputs, for example by scraping or crawling, is not allowed.", "scrape-output"),
    (
        "Subscriber shall not access the Services in order to build a similar or competitive product.",
        "competing-product",
    ),
    ("As between the parties, the Customer owns the Output.", "output-ownership"),
    ("The Licensor retains all ownership of the Output.", "output-ownership"),
    ("Any model trained with the Outputs must carry the prefix 'Borealis' in its name.", "naming-attribution"),
    ("You must ensure that your end users are bound by terms at least as protective as these.", "flow-down"),
    ("The Model may be used for research and other non-commercial purposes only.", "non-commercial"),
    ("Companies with annual revenue above USD 10 million need an enterprise licence.", "scale-threshold"),
    ("You must not pass off Output as the work of a human being.", "misrepresent-human"),
    ("You shall not help or encourage any third party to do what these Terms forbid.", "third-party-conduct"),
]
HARMLESS = [
    "We may use your prompts to train our models unless you opt out.",
    "Northwind will not train its models on Customer Data.",
    "If you do not want your data to be used to train our models, change your settings.",
    "We do not use your content to improve our AI models.",
    "Our employees receive security training every year.",
    "The model was trained on publicly available data.",
    "You agree not to use the Services to train models that infringe copyright.",
    "You grant us a licence to use your content to train our models.",
    "Competition law of the European Union applies.",
    "You must not upload content that you have no right to use for model training.",
    "You may not share your account with anyone else.",
    "Fine-tuned models that you create in the console are yours alone.",
    "You may not use our trademarks without consent.",
]


def categories(sentence: str) -> set[str]:
    document = document_from((HEAD + sentence + "\n").encode(), "terms.md", suffix=".md")
    return {clause.category for clause in extractor(lexical=True).document(document).clauses}


@pytest.mark.parametrize(("sentence", "category"), BINDING)
def test_what_binds(sentence: str, category: str) -> None:
    assert category in categories(sentence)


@pytest.mark.parametrize("sentence", HARMLESS)
def test_what_only_looks_so(sentence: str) -> None:
    assert categories(sentence) == set()


@pytest.mark.parametrize(
    ("american", "british"),
    [
        ("fine-tune, distill or optimize", "fine-tune, distil or optimise"),
        ("emulate the behavior of", "emulate the behaviour of"),
    ],
)
def test_both_spellings_say_the_same(american: str, british: str) -> None:
    sentence = "You may not use Output to {} other AI models."
    assert categories(sentence.format(american)) == categories(sentence.format(british)) != set()
