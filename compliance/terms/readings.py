"""Units with what is to be known of each before it is judged: ideas, subject, polarity, definitions."""

from __future__ import annotations

import re

from compliance.terms.concepts import Words, read
from compliance.terms.document import Document
from compliance.terms.features import Reading
from compliance.terms.party import subject_of
from compliance.terms.plain import plain
from compliance.terms.signals import signals_of
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
_STANDS = re.compile(
    r"(?:you|customer|licensee|we|users?)\b.{0,60}?\b(?:may|can|will|shall|must|are|own|agree)\b", re.IGNORECASE
)


def defined_term(plain: str) -> str:
    """The term that a sentence defines, or nothing."""
    match = DEFINES.match(plain)
    if not match:
        return ""
    if match["quoted"]:
        return match["quoted"]
    rest = plain[match.end("bare") :][:20]
    return match["bare"] if re.match(r":?\s*(?:shall mean|means?|refers? to)\b", rest) else ""


def readings_of(document: Document) -> list[Reading]:
    """Every unit of a document, read."""
    units = units_of(document)
    texts = list(dict.fromkeys([t for u in units for t in (u.plain, u.lead, u.section)]))
    words = dict(zip(texts, read(texts), strict=True))
    shared = frozenset({"content includes output"}) if _CONTENT_INCLUDES_OUTPUT.search(document.text) else frozenset()
    found = [_reading(unit, words, shared) for unit in units]
    return _with_bans_through_definitions(found)


def _reading(unit: Unit, words: dict[str, Words], shared: frozenset[str]) -> Reading:
    own, lead, section = words[unit.plain], words[unit.lead], words[unit.section]
    subject = subject_of(unit.plain)
    for start, end in reversed(unit.leads):
        if subject != "nobody":
            break
        subject = subject_of(_last_sentence(plain(unit.document.text[start:end])))
    defines = defined_term(unit.plain) or defined_term(unit.lead)
    banned = _banned(unit, own, lead, section)
    signals = signals_of(without_asides(unit.plain), unit.lead) | shared
    reading = Reading(unit, own, lead, section, subject, banned, defines, signals)
    return reading._replace(signals=signals | verdicts_of(reading))


def _last_sentence(lead: str) -> str:
    return re.split(r"(?<=[.!?]) (?=[A-Z])", lead)[-1]


def _banned(unit: Unit, own: Words, lead: Words, section: Words) -> bool:
    """Whether the unit stands under a ban: by its own words, else by its lead-in's, else by its headings'."""
    if own.has("negative") or _NO_ONE_MAY.search(unit.plain) or _NEEDS_LEAVE.search(unit.plain):
        return True
    if unit.document.blocks[unit.block].kind == "row" and _ROW_SAYS_NO.search(unit.plain):
        return True
    if _STANDS.match(unit.plain):
        return False
    if unit.lead:
        first = next((h.idea for h in lead.hits if h.idea in ("negative", "permit")), "")
        if lead.has("negative"):
            return True
        if first == "permit" or lead.has("must"):
            return False
    forbids = section.has("negative") or bool(_FORBIDDING_TITLE.search(unit.section))
    return forbids and (bool(unit.lead) or not own.has("permit", "must", "own"))


def _with_bans_through_definitions(found: list[Reading]) -> list[Reading]:
    """Definitions of a conduct that a ban elsewhere names ("Reverse Engineer") stand under that ban."""
    terms = {r.defines.lower() for r in found if r.defines}
    used: set[str] = set()
    for reading in found:
        if reading.banned and not reading.defines:
            low = reading.unit.plain.lower()
            used.update(t for t in terms if t in low)
    return [_banned_by_use(r) if r.defines.lower() in used else r for r in found]


def _banned_by_use(reading: Reading) -> Reading:
    reading = reading._replace(signals=reading.signals | {"defined conduct is banned"})
    return reading._replace(signals=reading.signals | verdicts_of(reading))
