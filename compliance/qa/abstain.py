"""When not to answer: what is no question about terms, what no text we hold governs, and what terms do not say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import msgspec

from compliance.qa.wording import core_of, plain_words, stems

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from compliance.index.names import Mention, Names
    from compliance.index.texts import HeldText
    from compliance.qa.question import Asked
    from compliance.qa.retrieve import Found
    from compliance.qa.scope import Group

_INSTRUCTS = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b[^.?!]{0,40}\b(?:previous|prior|above|"
    r"earlier|all|your|the|these|those)\b[^.?!]{0,40}"
    r"\b(?:instructions?|rules?|prompts?|guidelines?|directions?|documents?|sources?|context|corpus|terms)\b|"
    r"\b(?:system|hidden|developer|initial) (?:prompt|message|instructions?)\b|\byou are now\b|"
    r"\bact as (?:a|an|if|though|my)\b|\bpretend (?:to be|you|that you)\b|"
    r"\bjailbreak (?:yourself|mode)|\b(?:developer|dan|god|admin\w*) mode\b|\b(?:repeat|reply|"
    r"answer|respond|say|output|print)\b[^.?!]{0,20}"
    r"\b(?:only|exactly|just|verbatim)\b[^.?!]{0,30}[\"“':]|\bfrom now on\b|\bnew instructions?\b|"
    r"</?(?:system|user|assistant|instructions?|context|documents?|prompt|rules?)>|^\W*(?:system|assistant|admin)\s*:|"
    r"\bnew (?:rules?|polic(?:y|ies))\s*:|\[/?INST\]",
    re.IGNORECASE,
)
_ANYONE = re.compile(
    r"\b(?:which|what) (?:of the |other )?(?:providers?|vendors?|companies|services?|labs?|"
    r"makers?|terms|models?|platforms?|apis?|tools?|contracts?|ones?)\b|"
    r"\b(?:any|all|every|most|some|each|other) (?:of )?(?:the )?(?:providers?|vendors?|companies|"
    r"services|labs|makers|platforms|apis|terms)\b|\bwho(?:se)?\b[^?]{0,40}\b(?:allow|permit|"
    r"forbid|ban|train|let)\w*|"
    r"\b(?:providers|vendors|labs|platforms)\b",
    re.IGNORECASE,
)
_LICENCE = re.compile(
    r"\b(?:licen[cs]e[ds]?|licen[cs]ing|cc[- ]by\S*|apache|gpl|readme|model card|weights|checkpoint|open weights)\b",
    re.IGNORECASE,
)
_MENTIONS = re.compile(
    r"\b(?:mention|contain|include|promise|offer|guarantee|provide|refer to|talk about|address|"
    r"cover|have|say anything|commit)\w*\b",
    re.IGNORECASE,
)
_TELLS = re.compile(
    r"\b(?:say|tell(?: us| me)?|state|specify|regulate|cap|fix|spell out|lay down|set out)\b"
    r"(?=.{0,20}\b(?:who|which|whether|where|how|when|in what|on what)\b)",
    re.IGNORECASE,
)
_ABBREVIATION = re.compile(r"\b(?=\w*[A-Z]\w*[A-Z])[A-Z][A-Za-z]*\d*\b")
_OUR_OWN = frozenset(
    [
        "api",
        "apis",
        "aup",
        "tos",
        "llm",
        "llms",
        "ai",
        "ml",
        "eu",
        "eea",
        "uk",
        "us",
        "usa",
        "url",
        "faq",
        "id",
        "ids",
        "saas",
        "b2b",
        "gmbh",
        "mau",
        "ui",
        "pdf",
        "ceo",
    ]
)
AFTER_TURNS = 0.2
"""How much nearer an outside topic must be in a follow-up, whose few words say little by themselves."""
BY_WORDS = 0.25
"""The same where topics are told by words alone."""


NAMED = 0.25
"""A subject that few texts settle may be so much farther than the nearest other where the question has its words."""
UNNAMED = 0.05
"""How much nearer it must be where the question has none of them."""
LOOKED_AT = 10
SHORT = 4
SUPPORTED = 0.55
"""Below this the first hits are near neither the question nor what clauses on its topic say."""
GAP = 120
"""For so many days after a held text was replaced (or before one of unknown start was recorded) it still stands in."""


class Refusal(msgspec.Struct, frozen=True):
    """Why a question is not answered: `unknown` where the terms we hold do not say, `n/a` where it is not of them."""

    verdict: Literal["unknown", "n/a"]
    text: str


def refusal(
    asked: Asked, groups: Sequence[Group], found: Found, names: Names, texts: Mapping[str, HeldText], *, semantic: bool
) -> Refusal | None:
    """The reason not to answer `asked`, or None."""
    if _INSTRUCTS.search(asked.text):
        return Refusal(
            "n/a",
            "This asks for something other than what terms say, and the question's instructions are not followed.",
        )
    outside = found.outside
    bar = (AFTER_TURNS if asked.context else 0.0) + (0.0 if semantic else BY_WORDS)
    beyond = outside is not None and found.margin > bar
    if outside is not None and beyond and outside.realm == "elsewhere" and not asked.parties:
        return _elsewhere()
    lacking = _lacking(asked, names)
    if lacking:
        return Refusal(
            "unknown",
            f"The terms we hold do not say: we hold no terms or licence of {lacking}.{_held_instead(asked, names)}",
        )
    if outside is not None and beyond:
        if outside.realm == "elsewhere":
            return _elsewhere()
        return Refusal(
            "unknown",
            f"The terms we hold do not say. They are contracts, and do not speak of {outside.id.replace('-', ' ')}.",
        )
    if found.support < SUPPORTED and not asked.context:
        return Refusal("unknown", "The terms we hold do not say: no passage comes near the question.")
    if not found.speaks and not asked.context:
        return Refusal("unknown", "The terms we hold do not say: no passage speaks of what the question is about.")
    untold = _untold(asked, found, texts)
    if untold:
        return Refusal("unknown", f"The terms we hold do not say: no passage found speaks of {untold}.")
    unsettled = _unsettled(asked, found, texts)
    if unsettled:
        return Refusal("unknown", f"The terms we hold do not say: no passage found speaks of {unsettled}.")
    unsaid = _unsaid(asked, groups, texts)
    if unsaid:
        return Refusal("unknown", f"The terms we hold do not say: {unsaid} is not mentioned in them.")
    if asked.dated.spans and not asked.changes and groups and not any(_near(g, names) for g in groups):
        return Refusal(
            "unknown",
            f"The terms we hold do not say: {groups[0].notes[0]}."
            if groups[0].notes
            else "No text of that day is held.",
        )
    if not asked.parties and not _ANYONE.search(asked.text):
        known = ", ".join(sorted(names.party_names.values())[:30])
        return Refusal(
            "unknown",
            f"The terms we hold do not say: no provider is named whose terms we hold. We hold those of {known}.",
        )
    return None


def _unsaid(asked: Asked, groups: Sequence[Group], texts: Mapping[str, HeldText]) -> str:
    """What a question asks to be mentioned and no text mentions: an abbreviation, told word for word."""
    if not _MENTIONS.search(asked.text):
        return ""
    held = [texts[f].text.casefold() for group in groups for f in group.files]
    names = {w for m in asked.mentions for w in m.text.casefold().split()}
    for word in _ABBREVIATION.findall(asked.text):
        low = word.casefold()
        if low not in _OUR_OWN and low not in names and not any(low in text for text in held):
            return str(word)
    return ""


def _unsettled(asked: Asked, found: Found, texts: Mapping[str, HeldText]) -> str:
    """The subject of a question that few texts settle, where no passage found has its words."""
    core = core_of(asked)
    shown = "\n".join(texts[h.file].text[h.start : h.end] for h in found.hits[:LOOKED_AT])
    for topic, margin in found.rarely:
        asked_for = [n for n in topic.named if _begins(n, core)]
        if margin > (-NAMED if asked_for else UNNAMED) and not any(_begins(n, shown) for n in asked_for or topic.named):
            return topic.id.replace("-", " ")
    return ""


def _untold(asked: Asked, found: Found, texts: Mapping[str, HeldText]) -> str:
    """What a text is asked to say, where most of its words stand in no passage found."""
    core = core_of(asked)
    tells = _TELLS.search(core)
    if tells is None or asked.context:
        return ""
    wanted = list(dict.fromkeys(plain_words(core[tells.end() :])))
    shown = set(stems("\n".join(texts[h.file].text[h.start : h.end] for h in found.hits[:LOOKED_AT])))
    lacking = [word for word in wanted if not shown.intersection(stems(word))]
    return ", ".join(lacking) if len(wanted) > 1 and 2 * len(lacking) > len(wanted) else ""


def _begins(name: str, text: str) -> bool:
    """Whether a word of the text begins with a name; a short name is a word by itself."""
    end = r"\w*" if len(name) > SHORT else r"s?\b"
    return bool(re.search(rf"\b{re.escape(name)}{end}", text, re.IGNORECASE))


def _near(group: Group, names: Names) -> bool:
    """Whether a text of the group governed on its day, or had been replaced only shortly before."""
    if group.governed or group.day is None:
        return True
    held = [t for texts in names.by_party.values() for t in texts if t.file in group.files]
    return any(t.until is not None and 0 <= group.day - t.until < GAP for t in held) or any(
        t.stated is None and t.since is not None and 0 < t.since - group.day < GAP for t in held
    )


def _elsewhere() -> Refusal:
    return Refusal(
        "n/a", "This is not a question about terms of use, so it is not answered here. Ask what a provider's terms say."
    )


def _lacking(asked: Asked, names: Names) -> str:
    """What the question is about and we hold no terms of; nothing where other texts answer it."""
    lacking = [m for m in asked.mentions if m.missing and not m.files]
    if not lacking:
        return ""
    named = [m for m in asked.mentions if m.files]
    services = [m for m in named if m.kind != "model"]
    said = ", ".join(dict.fromkeys(m.text for m in lacking))
    for mention in lacking:
        alone = bool(services) or not asked.context
        if mention.kind == "product" and mention.channel and alone and all(m.party == mention.party for m in services):
            return said
    if services or (asked.parties and asked.context):
        return ""
    if named and not _about_their_licence(asked, lacking):
        return ""
    return said


def _about_their_licence(asked: Asked, lacking: Sequence[Mention]) -> bool:
    """Whether models of a held provider are named beside a thing whose own licence is in question."""
    things = any(m.kind in ("model", "dataset", "licence", "product") for m in lacking)
    return things and (bool(_LICENCE.search(asked.text)) or any(m.kind == "product" for m in lacking))


def _held_instead(asked: Asked, names: Names) -> str:
    held = [names.party_names[m.party] for m in asked.mentions if m.party in names.party_names]
    return f" Other terms of {', '.join(dict.fromkeys(held))} are held, and do not settle it." if held else ""
