"""From passages to a verdict on the question as it was asked: yes, no, conditional, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from compliance.qa.effects import Effect, effect_of, media_of
from compliance.qa.frames import Framed, framed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compliance.index.passages import Passage
    from compliance.qa.question import Asked

Verdict = Literal["yes", "no", "conditional", "unknown", "n/a"]
NEAR = 0.45
"""A passage that scores less than the best by more than this decides nothing."""
CLOSE = 0.12
"""A ban that scores at most this much less than the first permission decides: what is forbidden is not permitted."""
LOOKED_AT = 8


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict, the places in the list of passages of those that decide it, why, and what would change it."""

    verdict: Verdict
    deciding: tuple[int, ...] = ()
    why: str = ""
    turns_on: tuple[str, ...] = ()


def judge(
    asked: Asked, passages: Sequence[Passage], scores: Sequence[float], topics: Sequence[str], *, several: bool = False
) -> Judged:
    """The verdict on `asked` by the passages, best first; `several` where it sets texts side by side: that has none."""
    frame = framed(asked.text)
    if frame.frame == "fact" and asked.context:
        frame = msgspec.structs.replace(frame, frame=framed(asked.context).frame)
    near = [i for i, s in enumerate(scores[:LOOKED_AT]) if scores and s >= scores[0] - NEAR]
    effects = {i: effect_of(passages[i]) for i in near}
    if not (asked.yes_no or frame.premise) or not near or (several and not frame.tagged):
        return Judged(verdict="n/a", deciding=tuple(near[:1]))
    if frame.frame == "provider":
        return _provider(frame, near, effects)
    if frame.frame == "duty":
        return _duty(near, effects)
    if frame.frame == "exists":
        return _exists(near, effects)
    found = _leave(asked, frame, near, effects, topics, scores)
    return _inverted(found, near, effects) if frame.frame == "ban" else found


def _leave(
    asked: Asked,
    frame: Framed,
    near: list[int],
    effects: dict[int, Effect],
    topics: Sequence[str],
    scores: Sequence[float],
) -> Judged:
    wanted = media_of(asked.text)
    bans, leaves = [], []
    for i in near:
        e = effects[i]
        if (e.private_only and frame.commercial) or e.forbids:
            bans.append(i)
        elif (e.permits or e.exception) and e.actor != "provider":
            leaves.append(i)
    if not bans and not leaves and frame.premise:
        return Judged(verdict="no", deciding=(near[0],), why="the terms do not say what the question takes for granted")
    if not bans and not leaves:
        return Judged(
            verdict="conditional",
            deciding=(near[0],),
            why="the passage found settles it only in part",
            turns_on=("the facts of the use",),
        )
    first = min([*bans[:1], *leaves[:1]])
    cleared = next((i for i in leaves if effects[i].clears and not effects[i].not_spread), None)
    if cleared is not None and "evaluation" in topics[:2]:
        return Judged(verdict="yes", deciding=(cleared, *bans[:1]), why="the terms say that it is no prohibited use")
    narrow = next((i for i in leaves if effects[i].not_spread or (effects[i].exception and frame.in_house)), None)
    if narrow is not None and (frame.in_house or frame.spreads):
        if frame.spreads and effects[narrow].not_spread:
            why = "the exception ends where the model is distributed or offered to others"
            return Judged(verdict="no", deciding=(narrow, *bans[:1]), why=why)
        return Judged(
            verdict="conditional",
            deciding=(narrow, *bans[:1]),
            why="an exception covers it",
            turns_on=("whether the model stays within the exception",),
        )
    ban = bans[0] if bans else None
    if ban is not None and scores[first] - scores[ban] <= CLOSE:
        return _banned(frame, ban, leaves, effects, wanted, topics[0] if topics else "")
    e = effects[first]
    limited = bool(bans) or any(effects[i].condition or effects[i].obliges for i in near)
    if frame.premise and (frame.tagged or frame.unlimited) and limited:
        return Judged(
            verdict="no",
            deciding=tuple(x for x in (first, ban) if x is not None),
            why="the premise does not stand in the terms",
        )
    if frame.unlimited:
        return Judged(
            verdict="conditional",
            deciding=(first,),
            why="the terms permit it with limits",
            turns_on=("the limits in the passages cited",),
        )
    return Judged(
        verdict="yes",
        deciding=(first,),
        why="the terms permit it",
        turns_on=("the conditions in the passage",) if e.condition else (),
    )


def _banned(
    frame: Framed, ban: int, leaves: list[int], effects: dict[int, Effect], wanted: tuple[str, ...], topic: str
) -> Judged:
    e = effects[ban]
    if frame.premise or (frame.tagged and frame.unlimited):
        return Judged(verdict="no", deciding=(ban,), why="the premise is wrong: the terms forbid it")
    if (
        e.media
        and not set(e.media) & set(wanted)
        and topic in ("train-on-outputs", "distillation", "commercial-use", "competing-product")
    ):
        return Judged(
            verdict="conditional",
            deciding=(ban,),
            why=f"the restriction speaks of {' and '.join(e.media)} only",
            turns_on=(f"whether {' or '.join(e.media)} outputs are used",),
        )
    if frame.others_output and topic in (
        "train-on-outputs",
        "distillation",
        "third-party-conduct",
        "provider-trains-on-content",
    ):
        return Judged(
            verdict="conditional",
            deciding=(ban,),
            why="the ban binds those who agreed to the terms; whether it binds you is open",
            turns_on=("whether you agreed to these terms", "whether the model competes"),
        )
    if frame.spreads and e.not_spread:
        return Judged(
            verdict="no", deciding=(ban,), why="the exception ends where the model is distributed or offered to others"
        )
    if frame.in_house and e.exception and not frame.spreads:
        return Judged(
            verdict="conditional",
            deciding=(ban,),
            why="an exception may cover it",
            turns_on=("whether the model stays within the exception",),
        )
    if e.approval and frame.unasked:
        return Judged(verdict="no", deciding=(ban,), why="it is forbidden without the provider's agreement")
    if e.approval:
        return Judged(
            verdict="conditional",
            deciding=(ban,),
            why="it is forbidden unless the provider agrees",
            turns_on=("the provider's permission",),
        )
    if frame.not_rival and e.rivals_only:
        return Judged(
            verdict="conditional",
            deciding=(ban,),
            why="only what competes is forbidden",
            turns_on=("whether it competes",),
        )
    return Judged(
        verdict="no",
        deciding=(ban,),
        why="the terms forbid it",
        turns_on=("an exception in writing",) if e.exception else (),
    )


def _inverted(found: Judged, near: list[int], effects: dict[int, Effect]) -> Judged:
    """The answer to "is it forbidden", from that to "is it allowed"."""
    turned: dict[str, Verdict] = {"no": "yes", "yes": "no"}
    if found.verdict == "conditional" and not any(effects[i].forbids for i in near[:3]):
        return msgspec.structs.replace(found, verdict="no", why="no such ban stands in the text")
    return msgspec.structs.replace(found, verdict=turned.get(found.verdict, found.verdict))


def _provider(frame: Framed, near: list[int], effects: dict[int, Effect]) -> Judged:
    """Does the provider do it: by what it says that it does, or will not do."""
    mine = [i for i in near if effects[i].actor == "provider" or effects[i].opt_out or effects[i].opt_in] or near
    i = mine[0]
    e = effects[i]
    if frame.any_case and not (e.refuses and not e.condition):
        return Judged(verdict="yes", deciding=(i,), why="the terms name such cases")
    if e.opt_out and not (e.refuses and e.opt_in):
        return Judged(
            verdict="conditional", deciding=(i,), why="it does unless you opt out", turns_on=("whether you opted out",)
        )
    if e.refuses or e.opt_in:
        return Judged(
            verdict="no",
            deciding=(i,),
            why="the terms say that it does not",
            turns_on=("your agreement",) if e.opt_in else (),
        )
    if e.condition:
        return Judged(
            verdict="conditional",
            deciding=(i,),
            why="it does under the conditions cited",
            turns_on=("those conditions",),
        )
    return Judged(verdict="yes", deciding=(i,), why="the terms say so")


def _exists(near: list[int], effects: dict[int, Effect]) -> Judged:
    """Is there such a thing: by what the nearest passage gives or denies."""
    e = effects[near[0]]
    if e.refuses and not e.condition:
        return Judged(verdict="no", deciding=(near[0],), why="the terms deny it")
    if e.condition or e.exception:
        return Judged(
            verdict="conditional",
            deciding=(near[0],),
            why="there is, on conditions",
            turns_on=("the conditions cited",),
        )
    return Judged(verdict="yes", deciding=(near[0],), why="there is")


def _duty(near: list[int], effects: dict[int, Effect]) -> Judged:
    for i in near:
        e = effects[i]
        if e.obliges or e.forbids:
            return Judged(
                verdict="conditional" if e.condition and not e.forbids else "yes",
                deciding=(i,),
                why="the terms ask for it",
            )
    return Judged(verdict="no", deciding=(near[0],), why="the passages found ask for no such thing")
