"""The stage `terms`: what the texts that bound users of a service on the days of use say of one use of outputs."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET

from compliance.corpus.in_force import Piece, Reading, lasts
from compliance.corpus.names import key
from compliance.decision import facts, weights
from compliance.decision.case import Case
from compliance.decision.judge import Judge
from compliance.decision.part import Part, Told, worst
from compliance.decision.use import Use
from compliance.domain.days import Span, span
from compliance.domain.verdict import Verdict


def rule(judge: Judge, case: Case, use: Use, channel: str) -> Part:
    """The ruling for outputs that came through `channel`: of each text that governs, the most severe."""
    when = window(case, use)
    if not channel.startswith("cloud-reseller:"):
        maker = use.maker.id if use.maker else ""
        return _read(judge, case, use, "direct", judge.terms.pieces(maker, channel, when, case.region, maker))
    reached, stack = _stack(judge, case, use, channel)
    found: list[Part] = []
    for party, through in stack:
        hosted_open = reached == "direct" or (reached == "reseller" and through != "cloud-reseller")
        if hosted_open and use.family is not None and judge.corpus.open_on(use.family, when.last or case.date):
            found.append(weights.of_outputs(judge, case, use))  # the upstream terms of an open model are its licence
            continue
        pieces = judge.terms.pieces(party, through, when, case.region, use.maker.id if use.maker else "")
        part = _read(judge, case, use, reached, pieces)
        if through != "cloud-reseller" and not part.verdict.permits and _binds_nothing(judge, channel, when):
            reason = f"the reseller makes no terms of {use.names['maker']} binding; of those: {part.reason}"
            part = judge.label("scope-unclear", Verdict.REVIEW, reason, (part,))
        found.append(part)
    if len(found) == 1:
        return found[0]
    most = max(p.verdict for p in found)
    if most.permits:
        return next(p for p in found if p.verdict == most)  # the maker's text says more than a reseller's silence
    return worst(found)


def _read(judge: Judge, case: Case, use: Use, reached: str, pieces: Sequence[Piece]) -> Part:
    """The ruling of one party's texts, which is the same for all models of a maker that are of one kind."""
    whole = len(pieces) == 1 and len(pieces[0].readings) == 1
    memo = (
        case.reads,
        id(pieces[0].readings) if whole else tuple([(id(piece.readings), piece.days) for piece in pieces]),
        use.maker.id if use.maker else None,
        _kind(case, use),
        reached,
        use.role,
        use.collected,
        use.feature,
        use.tuned,
    )
    return judge.asked("terms", memo, use.names, _worlds, judge, case, use, reached, pieces, whole)


def _worlds(judge: Judge, case: Case, use: Use, reached: str, pieces: Sequence[Piece], whole: bool) -> Part:
    worlds = []
    for piece in pieces:
        for reading in piece.readings:
            part = judge.rule("terms", _told(judge, case, reading, use, reached), use.names)
            if not whole:
                texts = ", ".join(f"{d} ({v})" for d, v in reading.documents) or "no text that was seen"
                part = part.assuming(f"on {piece.days.text}, under {texts}")
            worlds.append(part)
    return judge.worlds(worlds, "terms-unseen")


def _kind(case: Case, use: Use) -> str | None:
    """The kind of the model behind a use, where a text or the question of competition tells it from others."""
    kind = use.family.kind if use.family is not None else None
    return kind if kind == case.kind or kind == "image-generator" or kind in case.corpus.kinds_in_scopes else None


def _told(judge: Judge, case: Case, reading: Reading, use: Use, reached: str) -> Told:
    """The facts of one reading, found once for all roles: of those, only evaluation has facts of its own."""
    memo = (
        "terms",
        case.reads,
        id(reading),
        use.maker.id if use.maker else None,
        _kind(case, use),
        use.collected,
        use.feature,
        use.tuned,
        use.role == "evaluation",
    )
    told = judge.facts(memo, facts.terms_facts, case, reading, use, reached, judge.cite)
    return Told({**told.words, "role": use.role, "reached": reached}, told.because, told.duties)


def window(case: Case, use: Use) -> Span:
    """The days on which outputs may have been made: as stated, not before the model's release or after the run."""
    stated = use.generator.when
    since = use.family.released if use.family else None
    found = case.windows.get((stated, since))
    if found is None:
        when = span(stated) if stated is not UNSET else Span(None, case.date)
        found = when.within(Span(span(since).first if since else None, case.date)) or when
        case.windows[stated, since] = found
    return found


def _stack(judge: Judge, case: Case, use: Use, channel: str) -> tuple[str, list[tuple[str, str]]]:
    """Whose texts govern at a reseller: how the model was reached, and the (party, channel) pairs of the stack."""
    maker = use.maker.id if use.maker else ""
    name = channel.partition(":")[2]
    reseller = judge.corpus.reseller(name)
    stack = [(maker, "first-party-api")]
    if case.is_own(name, reseller) or any(f"-{key(name)}-" in f"-{key(n)}-" for n in case.names):
        return "direct", stack  # the trainer does not bind itself
    records = judge.corpus.channels(reseller.id, "cloud-reseller") if reseller else []
    if reseller is None or not any(r.upstream in ("model-terms", "none") for r in records):
        return "reseller-unseen", stack
    return "reseller", [*stack, (reseller.id, "cloud-reseller")]


def _binds_nothing(judge: Judge, channel: str, when: Span) -> bool:
    """Whether the text of a reseller, as far as it was read for these days, makes none of the makers' terms binding."""
    reseller = judge.corpus.reseller(channel.partition(":")[2])
    records = judge.corpus.channels(reseller.id, "cloud-reseller") if reseller is not None else []
    current = [r for r in records if lasts(r).meets(when)]
    return bool(current) and all(r.upstream == "none" for r in current)
