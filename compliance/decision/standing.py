"""The stage `standing`: whether what the terms say bound the trainer, and what was agreed with the maker."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from compliance.corpus.records import Licence, Party
from compliance.decision import service, weights
from compliance.decision.case import Case
from compliance.decision.judge import Judge
from compliance.decision.model import Owed
from compliance.decision.part import Part, Told
from compliance.decision.use import Use, channels_of
from compliance.domain.verdict import Verdict

OPEN = ("permissive", "public-domain", "attribution", "share-alike")


def rule(
    judge: Judge, case: Case, use: Use, licences: Sequence[Licence], passes_on: Sequence[Party], attached: bool
) -> Part:
    """The verdict on one use of a model: every possible channel, and every possible holder of the account.

    `licences` and `attached` say what is attached to the data, `passes_on` whose restrictions that passes on.
    """
    if use.own or use.teacher != "known":
        memo = ("standing", use.own, use.teacher, use.role)
        return judge.asked("standing", memo, use.names, _unbound, judge, use)
    maker = use.maker
    released = (
        maker is not None
        and bool(use.third)
        and any([x.kind in OPEN for x in licences])
        and maker in judge.corpus.parties_in(use.third)
    )
    agreement, conditions = case.agreement(maker, use.named, use.model, use.role)
    passed = maker is not None and maker in passes_on
    first = "trainer" if use.by_trainer or not use.third else "third-party"
    bond = Bond(first, agreement, passed, released, attached, conditions)
    unsure = use.channel == "unknown" or use.channel == "mixed"
    if (use.by_trainer or use.third) and not unsure:
        return _bound(judge, use, _terms(judge, case, use, use.channel), bond)
    bonds = [bond] if use.by_trainer or use.third else [bond, msgspec.structs.replace(bond, whom="third-party")]
    channels = channels_of(judge.corpus, use, case.date) if unsure else [use.channel]
    per_channel: list[Part] = []
    for channel in channels:
        terms = _terms(judge, case, use, channel)
        per_holder = [_bound(judge, use, terms, bond) for bond in bonds]
        if len(bonds) > 1:
            per_holder = [part.assuming(HOLDERS[bond.whom]) for part, bond in zip(per_holder, bonds, strict=True)]
        part = judge.worlds(per_holder, "privity-gap")
        if len(channels) > 1:
            part = part.assuming(f"if the outputs came through {CHANNELS[channel]}")
        per_channel.append(part)
    return judge.worlds(per_channel, "unknown-channel")


def _unbound(judge: Judge, use: Use) -> Part:
    """The verdict on the trainer's own outputs, or on those of a model that nobody knows."""
    return judge.rule("standing", _told(use, Verdict.ALLOW, Bond("trainer")), use.names)


def _terms(judge: Judge, case: Case, use: Use, channel: str) -> Part:
    if channel in ("open-weights", "in-house"):
        return weights.of_outputs(judge, case, use)
    return service.rule(judge, case, use, channel)


class Bond(msgspec.Struct, frozen=True, gc=False):
    """What ties a use to its maker's terms beside the terms themselves.

    `whom` is who held the account, `trainer` or `third-party`.
    """

    whom: str
    agreement: str = "none"
    passes_on: bool = False
    released: bool = False
    attached: bool = True
    conditions: tuple[str, ...] = ()


def _bound(judge: Judge, use: Use, terms: Part, bond: Bond) -> Part:
    """What becomes of `terms` under a bond."""
    if judge.bonds is None:
        return _weighed(judge, use, terms, bond)
    memo = (terms.rule, terms.verdict, use.own, use.teacher, use.role in IDLE, bond)
    found = judge.bonds.get(memo)
    if found is None:
        found = judge.bonds[memo] = _weighed(judge, use, terms, bond)
    return found


def _weighed(judge: Judge, use: Use, terms: Part, bond: Bond) -> Part:
    part = judge.ruled("standing", _told(use, terms.verdict, bond), use.names, (terms,)) or terms
    return part if part is terms or part.clauses else part.citing(terms.clauses)


IDLE = ("evaluation", "tooling")
"""Roles in which nothing flows into weights."""
HOLDERS = {"trainer": "if the trainer held the account", "third-party": "if somebody else held the account"}
CHANNELS = {
    "first-party-api": "the maker's API",
    "consumer-app": "the maker's consumer app",
    "open-weights": "weights run by oneself",
}


def _told(use: Use, terms: Verdict, bond: Bond) -> Told:
    words = {
        "own": "yes" if use.own else "no",
        "teacher": use.teacher,
        "bound": bond.whom,
        "terms": terms.text,
        "trains": "no" if use.role in IDLE else "yes",
        "agreement": bond.agreement,
        "passes_on": "yes" if bond.passes_on else "no",
        "released": "yes" if bond.released else "no",
        "attached": "yes" if bond.attached else "no",
    }
    holder = use.names["maker"]
    duties = tuple(Owed(kind="other", text=c, on="use", clause=f"agreement with {holder}") for c in bond.conditions)
    if bond.agreement == "covers" and not duties:
        text = f"keep the written permission of {holder} on file and stay within it"
        duties = (Owed(kind="other", text=text, on="use", clause=f"agreement with {holder}"),)
    return Told(words, {}, duties)
