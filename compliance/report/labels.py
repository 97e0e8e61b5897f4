"""What each rule label means, for a reader who has never seen it: a short title and one sentence.

The labels are those of the rules that come with the program. The full text of a rule (why, example, remedy) is its
page in `rules/`; a report needs only enough to be read by itself.
"""

from __future__ import annotations

from typing import NamedTuple


class Label(NamedTuple):
    """A rule label in words: `title` fits a table, `says` is a sentence."""

    title: str
    says: str


LABELS: dict[str, Label] = {
    "own-lab": Label(
        "the trainer's own model or data",
        "Teacher, base model or data belong to the trainer itself or to an affiliate under common control.",
    ),
    "provider-fine-tuning": Label(
        "fine-tuning inside the provider's service",
        "The trained model lives only inside the provider's own service, which offers this.",
    ),
    "provider-permits": Label(
        "the maker permits it",
        "The maker's terms, licence or card permit training in words, or the maker published the outputs freely.",
    ),
    "no-restriction-in-force": Label(
        "no restriction was in force",
        "The version in force when the outputs were made has no clause that reaches this use.",
    ),
    "not-competing": Label(
        "the trained model does not compete",
        "The clause bars only competing models, or only language models, and the trained model is none.",
    ),
    "tooling": Label(
        "used as a tool only",
        "The model only helped to write code; nothing of it flows into the weights.",
    ),
    "human-data": Label(
        "made by people",
        "No model made the data, and it is the trainer's own, licensed, permissive or in the public domain.",
    ),
    "licence-permits": Label(
        "the licence permits it",
        "The licence of the weights or the data permits the use and asks for nothing beyond ordinary notices.",
    ),
    "evaluation-allowed": Label(
        "evaluation is allowed",
        "The use is an evaluation, which the clause on outputs does not reach or the terms permit in words.",
    ),
    "permission": Label(
        "a written permission covers it",
        "A written permission of the provider covers this run; its conditions are duties.",
    ),
    "classifier-exception": Label(
        "the exception for classifiers applies",
        "The use falls within the exception for classifiers or embeddings that stay in-house.",
    ),
    "threshold": Label(
        "a threshold of users or revenue",
        "A limit on users or revenue has been passed, or the figures do not settle whether it has.",
    ),
    "non-commercial-data": Label(
        "non-commercial data",
        "The licence of the data is for non-commercial use; the purpose of this run decides.",
    ),
    "non-commercial-weights": Label(
        "non-commercial weights",
        "The weights are licensed for non-commercial, research or non-production use; the purpose decides.",
    ),
    "naming-duty": Label(
        "a naming duty",
        "The result must carry a name prefix or a notice such as 'Built with ...'.",
    ),
    "data-licence-duty": Label(
        "duties of the data licence",
        "The licence of the data asks for attribution, share-alike or similar.",
    ),
    "flow-down": Label(
        "terms that travel with the model",
        "Use restrictions, a copy of the licence or notices must be passed on with the model.",
    ),
    "undisclosed-agreement": Label(
        "an agreement of unknown content",
        "A negotiated agreement exists, and what it permits is not known.",
    ),
    "permission-unproved": Label(
        "a permission that is not shown",
        "The permission or registration that is needed is oral or was not shown.",
    ),
    "terms-unseen": Label(
        "the governing terms were not seen",
        "The text that governs this use was not seen or is not confirmed.",
    ),
    "unknown-teacher": Label(
        "the teacher model is not known",
        "It is not known which model made the rows, which rows a model made, or what a parent was trained on.",
    ),
    "unknown-channel": Label(
        "the channel is not known",
        "The way in which the model was reached decides which terms apply, and it is not known.",
    ),
    "base-tainted": Label(
        "the base model was trained on restricted outputs",
        "The base model is documented to have been trained on a set of restricted outputs.",
    ),
    "no-data-licence": Label(
        "nobody licensed the data",
        "Nobody who holds the rights in the text has licensed it for this use.",
    ),
    "privity-gap": Label(
        "outputs made by a third party",
        "Somebody else made the outputs, under terms that bind that party; the licence of the data passes nothing on.",
    ),
    "role-ambiguous": Label(
        "an indirect use of outputs",
        "Outputs serve as preferences, rewards, filter, embeddings or prompts; the clause may or may not reach that.",
    ),
    "scope-unclear": Label(
        "the clause is unclear",
        "The words of the clause may or may not reach this use, or contradict each other.",
    ),
    "service-clause": Label(
        "a clause on using the service",
        "Evaluation or tooling meets a clause on using the service for competing development.",
    ),
    "competition-unsettled": Label(
        "whether the model competes is open",
        "The facts at hand do not settle whether the trained model competes with the provider.",
    ),
    "passed-on-restriction": Label(
        "the data passes a restriction on",
        "The licence or card of the data itself passes the maker's restriction on.",
    ),
    "derived-from-restricted": Label(
        "made from restricted data",
        "It was made from a source that is itself blocked or under review.",
    ),
    "territory": Label(
        "no rights in this territory",
        "The licence gives no rights where the trainer acts.",
    ),
    "licence-forbids": Label(
        "the weights' licence forbids it",
        "The licence of the weights forbids using outputs to improve other models.",
    ),
    "permission-exceeded": Label(
        "beyond the permission",
        "A permission exists, but not for this purpose, model or time.",
    ),
    "reseller-terms": Label(
        "the reseller's terms forbid it",
        "The reseller's own terms, or upstream terms that it makes binding, forbid the use.",
    ),
    "evaluation-barred": Label(
        "evaluation is barred",
        "Benchmarking, or use by competitors, is itself forbidden.",
    ),
    "unqualified-output-clause": Label(
        "outputs may not train any model",
        "A clause without a competition test forbids training with outputs.",
    ),
    "competing-output": Label(
        "outputs used for a competing model",
        "Terms that bound the trainer forbid competing models made with outputs, and the trained model competes.",
    ),
    "extraction": Label(
        "collected by forbidden means",
        "Automated collection is forbidden, whatever the model is for.",
    ),
    "undeclared-teacher": Label(
        "a teacher that is not declared",
        "A file names a model that made rows of this source and that nobody declared.",
    ),
    "evidence-conflict": Label(
        "a file says something else",
        "A file says something else than the manifest declares, and which is right is open.",
    ),
    "evidence-unread": Label(
        "evidence that was not read",
        "A declared file is absent, or part of it could not be read, so what it holds is not known.",
    ),
}


def label(rule: str) -> Label:
    """The words for `rule`; a label that this list does not hold stands for itself."""
    return LABELS.get(rule) or Label(rule.replace("-", " "), "")
