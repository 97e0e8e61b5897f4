"""Units with what is to be known of each before it is judged: ideas, subject, polarity, definitions."""

from __future__ import annotations

import re

from compliance.terms.concepts import Words, read
from compliance.terms.document import Document
from compliance.terms.features import Reading
from compliance.terms.party import subject_of
from compliance.terms.plain import plain
from compliance.terms.signals import signals, signals_of
from compliance.terms.units import Unit, units_of
from compliance.terms.verdicts import verdicts_of, without_asides

DEFINES = re.compile(
    r"\s*(?:\(?[a-z0-9]{1,3}[).] )?(?:\"(?P<quoted>[^\"]{2,60})\"(?: or \"[^\"]{1,40}\")*\)?|"
    r"(?P<bare>[A-Z][\w ()/-]{1,50}?)):?"
    r"\s*(?:\([^)]{0,60}\)\s*)?(?::\s*)?(?:shall |will )?(?:means?\b|refers? to\b|has the meaning|"
    r"is defined|includes?\b|:)"
)
_NEEDS_LEAVE = re.compile(
    r"\b(?:requires?|needs?) (?:our |the |a |your |prior |express |written |separate |company's )*"
    r"(?:approval|consent|permission)",
    re.IGNORECASE,
)
_ROW_SAYS_NO = re.compile(r"\|\s*(?:no|not allowed|not permitted|prohibited|forbidden|never)\b", re.IGNORECASE)
_NOT_GRANTED_TITLE = re.compile(
    r"\bwhat\b.{2,40}\b(?:does|do|may|can|are|is)(?: not|n't) (?:get|granted|licensed|receive|permitted|allowed|do)",
    re.IGNORECASE,
)
_IS_NOT = re.compile(r"\b(?:is|are) not\W*$", re.IGNORECASE)
_FORBIDDING_TITLE = re.compile(r"\bdon'?ts\b|\brestrictions\b|\blimits on use\b|\bunacceptable\b", re.IGNORECASE)
_NO_ONE_MAY = re.compile(
    r"(?:^|[,;] )(?:no|none of|neither)\b[^.;]{0,80}?\b(?:may|shall|can|will|is|are)\b", re.IGNORECASE
)
_CONTENT_INCLUDES_OUTPUT = re.compile(
    r"(?:inputs?|prompts?|upload)\b[^.]{0,160}?\b(?:outputs?|responses?|"
    r"results)\b[^.]{0,260}?(?:collectively|together|refer|are|considered)[^.]{0,60}?"
    r"[\"“][*_]{0,3}(?:Your |User |Customer )?Content\b",
    re.IGNORECASE,
)
_NAMES_OUTPUT = re.compile(
    r"[\"\u201c][*_]*(?P<first>[A-Z]\w+(?: [A-Z]\w+){0,3})[*_]*[\"\u201d][*_]* (?:means|refers to|includes)"
    r"(?:(?!\bnot\b)[^.;]){0,60}?\boutputs?\b|"
    r"\b(?:inputs?|prompts?)\b[^.;]{0,120}?\boutputs?\b[^.;]{0,100}?\b(?:collectively|together)\b[^.;]{0,40}?"
    r"[\"\u201c][*_]*(?P<then>[A-Z]\w+(?: [A-Z]\w+){0,3})",
    re.IGNORECASE,
)
_STANDS = re.compile(
    r"(?:you|customer|licensee|we|users?)\b.{0,60}?\b(?:may|can|will|shall|must|are|own|agree)\b", re.IGNORECASE
)

_POINTS_BACK = re.compile(r"(?:this|that|these|those|it|which)\b", re.IGNORECASE)
_LISTS_WHAT_IT_MEANS = re.compile(
    r"\b(?:means?|encapsulates?|encompass(?:es)?|comprises?|consists? of|refers? to|covers?)\W*$", re.IGNORECASE
)
_TO_AVOID = re.compile(
    r"\b(?:so as|in order|care|so that (?:you|it|they)(?: do| does)?) not to\b|\b(?:will|shall|do|does) not apply\b|"
    r"\b(?:removed?|lifted|dropped) (?:the|a|any) (?:clause|restriction|ban|limit)\w*(?: that \w+)?",
    re.IGNORECASE,
)
_STATES = re.compile(
    r"(?!\w+ing\b)[^;]{0,70}?(?<!\bthat )(?<!\bwhich )(?<!\bwho )\b"
    r"(?:may|can|will|shall|must|is|are|was|were|does|includes?|means?|please|"
    r"(?<!you )(?<!they )(?<!we )(?:has|have))\b",
    re.IGNORECASE,
)
_CONDUCT = frozenset({"distils", "reverse engineers"})
_UNREAD = Words((), ())


def defined_term(plain: str) -> str:
    """The term that a sentence defines, or nothing."""
    match = DEFINES.match(plain)
    if not match:
        return ""
    if match["quoted"]:
        return match["quoted"]
    rest = plain[match.end("bare") :][:20]
    if _POINTS_BACK.match(match["bare"]):
        return ""
    return match["bare"] if re.match(r":?\s*(?:shall mean|means?|refers? to)\b", rest) else ""


def readings_of(document: Document) -> list[Reading]:
    """Every unit of a document, read."""
    units = units_of(document)
    shared = frozenset({"content includes output"}) if _CONTENT_INCLUDES_OUTPUT.search(document.text) else frozenset()
    owned = _owned_by_name(document.text)
    said = [signals_of(without_asides(u.plain), u.lead) | shared for u in units]
    said = [s | {"output is owned"} if owned and owned.search(u.plain) else s for u, s in zip(units, said, strict=True)]
    conducts = {term.lower() for u, s in zip(units, said, strict=True) if s & _CONDUCT and (term := _term_of(u))}
    # Most of a document says nothing of interest, and looking words up in the lexicon is what costs time.
    telling = [
        u
        for u, s in zip(units, said, strict=True)
        if s & signals().enough or any(t in u.plain.lower() for t in conducts)
    ]
    texts = list(dict.fromkeys(t for u in telling for t in (u.plain, u.lead, u.section)))
    words = dict(zip(texts, read(texts), strict=True))
    found = [_reading(u, words, s) for u, s in zip(units, said, strict=True)]
    return _with_bans_through_definitions(found, conducts)


def _owned_by_name(text: str) -> re.Pattern[str] | None:
    """What says that the user owns something which the document defines to hold the outputs ("Customer Data")."""
    found = (m["first"] or m["then"] for m in _NAMES_OUTPUT.finditer(text))
    names = {name for name in found if name[:1].isupper() and "output" not in name.lower()}
    if not names:
        return None
    either = "|".join(re.escape(name) for name in sorted(names))
    return re.compile(
        r"\b(?:[Yy]ou|[Cc]ustomer|[Uu]ser|[Ll]icensee)s?\b[^.;]{0,40}?\b(?:owns?\b|(?:retain|hold)s?\b[^.;]{0,40}\b(?:own\w*|"
        rf"rights?|title|interests?)\b)[^.;]{{0,120}}?\b(?:{either})\b"
    )


def _term_of(unit: Unit) -> str:
    return defined_term(unit.plain) or defined_term(unit.lead)


def _reading(unit: Unit, words: dict[str, Words], said: frozenset[str]) -> Reading:
    own, lead, section = (words.get(text, _UNREAD) for text in (unit.plain, unit.lead, unit.section))
    subject = subject_of(unit.plain)
    for start, end in reversed(unit.leads):
        if subject != "nobody":
            break
        subject = subject_of(_last_sentence(plain(unit.document.text[start:end])))
    defines = _term_of(unit)
    banned = _banned(unit, own, lead, section)
    reading = Reading(unit, own, lead, section, subject, banned, defines, said)
    return reading._replace(signals=said | verdicts_of(reading))


def _last_sentence(lead: str) -> str:
    return re.split(r"(?<=[.!?]) (?=[A-Z])", lead)[-1]


def _banned(unit: Unit, own: Words, lead: Words, section: Words) -> bool:
    """Whether the unit stands under a ban: by its own words, else by its lead-in's, else by its headings'."""
    if (
        _forbids(unit, own)
        or _IS_NOT.search(unit.plain)
        or _NO_ONE_MAY.search(unit.plain)
        or _NEEDS_LEAVE.search(unit.plain)
    ):
        return True
    if unit.document.blocks[unit.block].kind == "row" and _ROW_SAYS_NO.search(unit.plain):
        return True
    if _STANDS.match(unit.plain):
        return False
    if unit.lead:
        first = next((h.idea for h in lead.hits if h.idea in ("negative", "permit")), "")
        if lead.has("negative"):
            return True
        if first == "permit" or lead.has("must") or _LISTS_WHAT_IT_MEANS.search(unit.lead):
            return False
    if _NOT_GRANTED_TITLE.search(unit.section) and not _STANDS.match(unit.plain):
        return True
    # What a heading forbids are the things listed below it; a full sentence there says by itself what it says.
    forbids = section.has("negative") or bool(_FORBIDDING_TITLE.search(unit.section))
    return forbids and (bool(unit.lead) or not (_grants(own) or _STATES.match(unit.plain)))


def _grants(own: Words) -> bool:
    """Whether a unit's own words permit, oblige or assign, other than in an exception ("except as permitted")."""
    exception = min((h.start for h in own.hits if h.idea == "except"), default=len(own.tokens))
    return any(h.idea in ("permit", "must", "own") and h.start < exception for h in own.hits)


def _forbids(unit: Unit, own: Words) -> bool:
    """Whether a unit's own words forbid; "so as not to" and "shall not apply" forbid nothing."""
    negatives = sum(hit.idea == "negative" for hit in own.hits)
    return negatives > len(_TO_AVOID.findall(unit.plain))


def _with_bans_through_definitions(found: list[Reading], conducts: set[str]) -> list[Reading]:
    """Definitions of a conduct that a ban elsewhere names ("Reverse Engineer") stand under that ban."""
    used: set[str] = set()
    for reading in found:
        if conducts and reading.banned and not reading.defines:
            low = reading.unit.plain.lower()
            used.update(t for t in conducts if t in low)
    return [_banned_by_use(r) if r.defines.lower() in used else r for r in found]


def _banned_by_use(reading: Reading) -> Reading:
    reading = reading._replace(signals=reading.signals | {"defined conduct is banned"})
    return reading._replace(signals=reading.signals | verdicts_of(reading))
