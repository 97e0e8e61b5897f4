"""A use of a model, read against the corpora: which model, whose, through which channel, and who held the account."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from msgspec import UNSET

from compliance.corpus.corpus import Corpus
from compliance.corpus.records import Dataset, Family, Party
from compliance.decision.case import Case
from compliance.domain.manifest import Generator

ROLES = {
    "targets": "trains",
    "logits": "trains",
    "rewrite": "trains",
    "preference": "ambiguous",
    "reward": "ambiguous",
    "embedding": "ambiguous",
    "prompts": "ambiguous",
    "filter": "filter",
    "evaluation": "evaluation",
    "tooling": "tooling",
}
"""What the roles of a manifest are to the rules; a role that is not stated trains."""


class Use(msgspec.Struct, frozen=True, gc=False):
    """One generator of a source. `role` is the rules' word for it; `third` names a third party that held the account.

    `by_trainer` is true where the trainer or its group held it, `tuned` where the trained model lives only inside the
    maker's service.
    """

    generator: Generator
    role: str
    collected: str | None
    feature: str | None
    named: str | None
    maker: Party | None
    family: Family | None
    channel: str
    third: str
    by_trainer: bool
    own: bool
    teacher: str
    tuned: bool
    names: dict[str, str]

    @property
    def model(self) -> str | None:
        """The model as it is declared."""
        return self.generator.model if self.generator.model is not UNSET else None


def resolve(case: Case, generator: Generator, role: str, collected: str | None) -> Use:
    """The use that a generator's entry in the manifest stands for."""
    found = case.uses.get(generator)
    if found is None:
        found = case.uses[generator] = _resolve(case, generator)
    if role == PLAIN and collected is None:
        return found
    return msgspec.structs.replace(found, role=role, collected=collected)


PLAIN = "trains"
"""The role in which uses are kept; another is put in its place in a copy."""


def _resolve(case: Case, generator: Generator) -> Use:
    named = generator.maker if generator.maker is not UNSET else None
    behind = _known(case, generator.model if generator.model is not UNSET else None, named)
    whom = generator.by_whom if generator.by_whom is not UNSET else "unknown"
    channel = generator.channel if generator.channel is not UNSET else "unknown"
    own = behind.own or (channel == "in-house" and named is None and whom == "trainer")
    known = behind.known or own or generator.weights_licence is not UNSET
    return Use(
        generator=generator,
        role=PLAIN,
        collected=None,
        feature=generator.feature if generator.feature is not UNSET else None,
        named=named,
        maker=behind.maker,
        family=behind.family,
        channel=channel,
        third=whom.partition(":")[2] if whom.startswith(("third-party:", "contractor:")) else "",
        by_trainer=held_by_trainer(case, generator),
        own=own,
        teacher="suspected" if generator.certainty == "suspected" else ("known" if known else "unknown"),
        tuned=behind.tuned,
        names=behind.names,
    )


class Behind(NamedTuple):
    """What is on record of a declared model: its maker, its family, and whether it is the trainer's own.

    `known` is false where neither a maker nor a record says what it is; `tuned` is true where the trained model lives
    only inside this maker's service.
    """

    maker: Party | None
    family: Family | None
    own: bool
    known: bool
    tuned: bool
    names: dict[str, str]


def _known(case: Case, model: str | None, named: str | None) -> Behind:
    found = case.models.get((model, named))
    if found is None:
        found = case.models[model, named] = _look_up(case, model, named)
    return found


def _look_up(case: Case, model: str | None, named: str | None) -> Behind:
    corpus = case.corpus
    maker = corpus.party(named) if named else None
    family = corpus.family(model, maker.id if maker else None) if model else None
    if maker is None and family is not None and (named is None or not case.is_own(named, None)):
        maker = corpus.parties.get(family.maker)
    hosted = case.manifest.trainee.hosted_only_by
    names = {"maker": maker.name if maker else named or "the maker", "model": model or named or "the model"}
    tuned = hosted is not UNSET and maker is not None and corpus.party(hosted) == maker
    return Behind(maker, family, case.is_own(named, maker), bool(maker or named or family), tuned, names)


def held_by_trainer(case: Case, generator: Generator) -> bool:
    """Whether the trainer or its group held the account or ran the weights."""
    whom = generator.by_whom if generator.by_whom is not UNSET else "unknown"
    if whom in ("trainer", "unknown"):
        return whom == "trainer"
    return whom.startswith("affiliate:") or case.is_own(whom.partition(":")[2] or None, None)


def known_generators(known: Dataset) -> list[Generator]:
    """The generators on record for a known data set; whoever made it stands between its models and the trainer."""
    return [
        Generator(
            model=g.model or UNSET,
            maker=g.maker or UNSET,
            channel=g.channel or UNSET,
            when=g.when if g.when and not g.when.startswith("/") else UNSET,
            by_whom=f"third-party:{g.by_whom or 'unnamed'}",
        )
        for g in known.generators
        if g.role not in ("filter", "evaluation")
    ]


def model_made(known: Dataset) -> bool:
    """Whether models, and not people, are known to have written the substance of a data set."""
    return not known.human and any(g.role in ("targets", "logits", "rewrite", None) for g in known.generators)


def channels_of(corpus: Corpus, use: Use, day: int) -> list[str]:
    """The channels through which a model may have been reached by that day where none is stated."""
    maker = use.maker
    found = [c for c in ("first-party-api", "consumer-app") if maker is not None and corpus.channels(maker.id, c)]
    if use.family is not None and corpus.open_on(use.family, day):
        found = [*found, "open-weights"] if use.family.hosted else ["open-weights"]
    return found or ["first-party-api"]
