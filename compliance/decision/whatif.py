"""What would change an answer: the same source decided again with one fact changed, stated or missing.

A *variation* changes one fact. Where the fact is stated, a changed verdict is a flip ("if the outputs came through the
consumer app"); where nobody stated it, verdicts that differ make it a missing fact. Every verdict shown was decided.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import UNSET

from compliance.corpus.in_force import Piece
from compliance.corpus.records import Party
from compliance.decision.case import Case
from compliance.decision.frame import Frame, in_role, made_with, under
from compliance.decision.judge import Judge
from compliance.decision.service import window
from compliance.decision.standing import CHANNELS
from compliance.decision.use import ROLES, Use, channels_of, resolve
from compliance.domain.days import Span, day_text, span
from compliance.domain.manifest import Agreement, Generator, Manifest, Source

PIECES = 4
"""So many versions of a text, the last ones, are tried where the day on which outputs were made is not stated."""


class Variation(msgspec.Struct, frozen=True):
    """One changed fact of a source: its key, what the change says after "if", and whether the fact was stated before.

    `frame` is that of the changed source; `question` and `ask` serve where the fact is missing.
    """

    fact: str
    says: str
    stated: bool
    frame: Frame
    question: str = ""
    ask: str = ""


class Turn(msgspec.Struct, frozen=True):
    """One changed fact of the run as a whole, with the changed manifest."""

    fact: str
    says: str
    stated: bool
    manifest: Manifest
    question: str = ""
    ask: str = ""


def of_source(judge: Judge, case: Case, source: Source, frame: Frame, stated_too: bool = True) -> Iterator[Variation]:
    """The variations of a source: of its first generators, then of its licence and of what made its rows.

    Facts that are stated are varied only with `stated_too`.
    """
    generators = frame.generators
    if source.generated_by is UNSET and frame.known is None:
        yield from _made_by(judge, frame)
    for at, generator in enumerate(generators[:3]):
        use = resolve(case, generator, frame.role, frame.collected)
        for fact, says, stated, other, question, ask in _of_generator(judge, case, use, stated_too):
            several = [*generators[:at], other, *generators[at + 1 :]]
            changed = made_with(frame, several if len(several) > 1 else other)
            yield Variation(fact, says, stated, changed, question, ask)
    if generators and (stated_too or source.role is UNSET):
        yield from _roles(frame, stated=source.role is not UNSET)
    if source.licence is UNSET and not any([g.by_whom == "trainer" for g in generators]):
        question = "which licence is attached to the data?"
        for licence, name in (("MIT", "a permissive licence"), ("CC-BY-NC-4.0", "a non-commercial licence")):
            new = under(judge.corpus, frame, licence)
            yield Variation("licence", f"{name} is attached to it", False, new, question, "whoever published the data")


Changed = tuple[str, str, bool, Generator, str, str]


def _of_generator(judge: Judge, case: Case, use: Use, stated_too: bool) -> Iterator[Changed]:
    generator = use.generator
    if use.own:
        return
    replace = msgspec.structs.replace
    who = "the team that made the outputs (its logs, keys and invoices show it)"
    if use.third and not use.by_trainer:
        who = f"{use.third}, who made the outputs" if use.third != "unnamed" else "whoever published the data"
    model = use.names["model"] if use.model else f"a model of {use.names['maker']}"
    if generator.certainty == "suspected":
        if not stated_too:
            return
        yield (
            "certainty",
            f"it were proved that {model} made the rows",
            True,
            replace(generator, certainty=UNSET),
            "",
            "",
        )
        return
    if use.teacher != "known":
        return
    question = f"through which channel was {model} used?"
    stated = use.channel not in ("unknown", "mixed")
    for channel in _channels(judge, case, use) if stated_too or not stated else ():
        if channel != use.channel:
            says = f"the outputs of {model} came through {_channel_name(judge, channel)}"
            yield ("channel", says, stated, replace(generator, channel=channel), question, who)
    question = f"who held the account with which {model} was used?"
    if generator.by_whom is UNSET or generator.by_whom == "unknown":
        says = "the trainer itself held the account"
        yield ("by_whom", says, False, replace(generator, by_whom="trainer"), question, who)
        says = "somebody else held the account"
        yield ("by_whom", says, False, replace(generator, by_whom="third-party:unnamed"), question, who)
    elif stated_too and use.third and not use.by_trainer:
        yield ("by_whom", "the trainer itself had made them", True, replace(generator, by_whom="trainer"), "", "")
    known = generator.when is not UNSET
    if not stated or use.channel in ("open-weights", "in-house") or use.maker is None or (known and not stated_too):
        return
    party, through = use.maker.id, use.channel
    if through.startswith("cloud-reseller:"):
        reseller = judge.corpus.reseller(through.partition(":")[2])
        party, through = (reseller.id if reseller else party), "cloud-reseller"
    now = window(case, use)
    released = span(use.family.released).first if use.family and use.family.released else None
    pieces = judge.terms.pieces(party, through, Span(released, case.date), case.region, use.maker.id)
    question = f"on which days were the outputs of {model} made?"
    for piece in _other_days(pieces, now) if known else pieces[-PIECES:] if len(pieces) > 1 else ():
        days = piece.days
        edge = days.last if days.last is not None else days.first
        if edge is not None:
            says = f"the outputs of {model} were made {_days(days)}"
            yield ("when", says, known, replace(generator, when=day_text(edge)), question, who)


def _other_days(pieces: Sequence[Piece], now: Span) -> list[Piece]:
    """The last piece before the days that are stated, and the first one after them."""
    before = [p for p in pieces if p.days.last is not None and now.first is not None and p.days.last < now.first]
    after = [p for p in pieces if p.days.first is not None and now.last is not None and p.days.first > now.last]
    return [*before[-1:], *after[:1]]


def _days(days: Span) -> str:
    if days.first is None:
        return f"by {day_text(days.last)}" if days.last is not None else "at any time"
    return f"from {day_text(days.first)}" + (f" to {day_text(days.last)}" if days.last is not None else " on")


def _channels(judge: Judge, case: Case, use: Use) -> list[str]:
    found = channels_of(judge.corpus, use, case.date)
    resellers = judge.corpus.resellers_of(use.maker.id) if use.maker and use.family and use.family.hosted else ()
    names = [next((p.name for p in r.products if p.channel == "cloud-reseller"), r.name) for r in resellers]
    return [*found, *(f"cloud-reseller:{name}" for name in names)]


def _channel_name(judge: Judge, channel: str) -> str:
    return CHANNELS.get(channel) or channel.partition(":")[2]


def _roles(frame: Frame, *, stated: bool) -> Iterator[Variation]:
    question, ask = "how does the run use the outputs?", "the engineers of the run"
    for role, says in (
        ("targets", "the run trained on them"),
        ("filter", "they only scored rows to be dropped"),
        ("evaluation", "they only served evaluation"),
    ):
        if ROLES[role] != frame.role:
            yield Variation("role", says, stated, in_role(frame, role), question, ask)


def _made_by(judge: Judge, frame: Frame) -> Iterator[Variation]:
    question = "which model made the rows, or did people?"
    ask = "whoever made the data (its card, its code, its logs)"
    yield Variation("generated_by", "people made the rows", False, made_with(frame, None), question, ask)
    for family in judge.corpus.typical_teachers:
        party = judge.corpus.parties.get(family.maker)
        maker = party.name if party else family.maker
        open_ = bool(family.weights)
        use = Generator(
            model=family.id,
            maker=family.maker,
            channel="open-weights" if open_ else "first-party-api",
            by_whom="trainer",
        )
        says = f"a model such as {family.name} ({maker}) made the rows"
        yield Variation("generated_by", says, False, made_with(frame, use), question, ask)


def of_run(case: Case) -> Iterator[Turn]:
    """The variations of the run's own facts: purpose, distribution, domain, territory."""
    manifest = case.manifest
    replace = msgspec.structs.replace
    run, trainee, trainer = manifest.run, manifest.trainee, manifest.trainer
    asked = "the owner of the product"
    for purpose, says in (
        ("commercial", "the purpose were commercial"),
        ("research", "the purpose were research and the model not for commercial use"),
    ):
        stated = run.purpose is not UNSET
        if run.purpose != purpose:
            new = replace(manifest, run=replace(run, purpose=purpose))
            if purpose == "research":
                new = replace(new, trainee=replace(trainee, commercial=False))
            yield Turn("purpose", says, stated, new, "what is the run for?", asked)
    for field, question, true, false in (
        ("distributed", "is the model, or a product with it, given to others?", "the model were given to others",
         "the model stayed in-house"),
        ("commercial", "is commercial use intended or allowed?", "commercial use were intended",
         "commercial use were ruled out"),
    ):  # fmt: skip
        now = getattr(trainee, field)
        for value, says in ((True, true), (False, false)):
            if now is UNSET or now is not value:
                changed = replace(manifest, trainee=replace(trainee, **{field: value}))
                yield Turn(field, says, now is not UNSET, changed, question, asked)
    if trainee.domain is UNSET:
        for domain, says in (
            ("general", "the model served general use"),
            ("one domain", "the model served one domain"),
        ):
            changed = replace(manifest, trainee=replace(trainee, domain=domain))
            yield Turn(
                "domain", says, False, changed, "what will the model be used for: at large, or one domain?", asked
            )
    if trainer.territory is UNSET:
        for place in ("US", "EEA"):
            changed = replace(manifest, trainer=replace(trainer, territory=[place]))
            says = f"the trainer acted in the {place}"
            yield Turn("territory", says, False, changed, "in which countries does the trainer act?", "legal")


def permission(case: Case, maker: Party) -> Turn:
    """The run with a written permission of `maker`."""
    manifest = case.manifest
    letter = Agreement(party=maker.name, form="written", permits="all")
    others = manifest.agreements if manifest.agreements is not UNSET else []
    kept = [a for a in others if case.corpus.party(a.party) != maker]
    changed = msgspec.structs.replace(manifest, agreements=[*kept, letter])
    return Turn("agreement", f"{maker.name} permitted it in writing", True, changed)
