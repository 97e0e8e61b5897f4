"""What a passage does: forbids, permits, obliges or promises, on which condition, and to whom."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from compliance.index.passages import Passage

Actor = Literal["user", "provider", "nobody"]

_FORBIDS = re.compile(
    r"\b(?:(?:may|shall|must|will|can|should|do|does|are|is)(?: in no event|"
    r" under no circumstances)? not\b(?! (?:limited|apply|affect|be liable|warrant|"
    r"guarantee|constitute|prevent|prohibit|restrict|intended to|claim|be responsible|want|wish|"
    r"agree|have|need|own|receive|include|mean|know|control|endorse))|cannot\b|can't\b|"
    r"don't\b(?! (?:want|agree|have|need|own|know|mean))|won't\b|mustn't\b|"
    r"(?:is|are|be|strictly|expressly) (?:strictly |expressly )?(?:prohibited|forbidden|barred|"
    r"banned|not (?:permitted|allowed))|"
    r"prohibit\w*|forbid\w*|no (?:authority|right|licen[sc]e) to|not to\b|agree(?:s)? not|refrain from|never\b|"
    r"may only\b|(?:used?|access(?:ed)?) only\b|solely (?:for|to|in)\b|unauthori[sz]ed (?:use|"
    r"utili[sz]ation|access)|abus(?:e|ing)\b|not be used|neither\b)",
    re.IGNORECASE,
)
_FORBIDDING_HEAD = re.compile(
    r"\b(?:restrictions?|prohibited|what you (?:cannot|can't|may not)|do not|don't|must not|"
    r"may not|not permitted|unacceptable|"
    r"abuse|misuse|forbidden|prohibitions?|limitations on use|use limitations)\b",
    re.IGNORECASE,
)
_PERMITS = re.compile(
    r"\b(?:(?:you|customers?|users?|licensees?|anyone|they) (?:may|can|are free to|"
    r"are (?:permitted|allowed|entitled) to)(?! not| only)\b|may (?:use|apply)\b(?! not)|"
    r"(?:is|are) (?:expressly )?(?:permitted|allowed)|for any (?:lawful )?purpose|"
    r"we (?:hereby )?(?:permit|allow|grant)|"
    r"does not (?:constitute|prevent|prohibit|restrict)|free to use|you own|we (?:hereby )?assign|"
    r"will not claim ownership|won't claim ownership|"
    r"permitted exception|have the following rights|right(?:s)? to use)",
    re.IGNORECASE,
)
_APPROVAL = re.compile(
    r"\b(?:without (?:\S+ ){0,4}?(?:consent|permission|authori[sz]ation|approval|agreement)|"
    r"unless (?:\S+ ){0,5}?(?:permit|authori[sz]|approv|agree|consent)\w*|"
    r"except (?:as|where|when|to the extent|if|with)\b[^.;]{0,80}?(?:permit|authori[sz]|approv|"
    r"agree|allow|consent)\w*|unauthori[sz]ed|"
    r"(?:prior|express) (?:written )?(?:consent|permission|authori[sz]ation|approval)|"
    r"subject to (?:\S+ ){0,3}?approval|"
    r"order form)",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:if|unless|provided(?: that)?|as long as|so long as|subject to|only (?:if|when|where|"
    r"for|to)|except|on condition|to the extent|"
    r"other than|where required|in case|however|depending|whichever)\b",
    re.IGNORECASE,
)
_EXCEPTION = re.compile(
    r"\b(?:except(?:ion|ions)?|other than|unless|does not constitute|does not apply|"
    r"permitted exception|notwithstanding)\b",
    re.IGNORECASE,
)
_CLEARS = re.compile(
    r"\bdoes not (?:constitute (?:an? )?(?:prohibited|breach|violation|infring\w*|misuse)|prevent|"
    r"prohibit|restrict)\b|[\"“](?:permitted|allowed|"
    r"excluded?) \w+[\"”] (?:means|includes|refers)|"
    r"\b(?:is|are) not (?:considered )?(?:a )?(?:prohibited|restricted|a violation|a breach)\b",
    re.IGNORECASE,
)
_OBLIGES = re.compile(
    r"\b(?:must|shall|required to|need to|needs to|have to|has to|obligat\w+|responsible for|"
    r"will (?:comply|display|provide|include|ensure|notify|pay))\b(?! not)",
    re.IGNORECASE,
)
_PROVIDER_NOT = re.compile(
    r"\b(?:will|may|shall|do|does|did|can)(?: not|n't)\b(?! (?:apply|extend|cover)\b)|"
    r"\bwon't\b|\bdon't\b|\bcannot\b|\bnever\b|"
    r"\bno (?:right|claim)|\bdisclaims?\b|\bWILL NOT\b",
    re.IGNORECASE,
)
_OPT_OUT = re.compile(
    r"\bopt(?:ed)?[- ]?out|\bunless you (?:opt|object|choose|disable|turn)|\bobject to\b|\byour (?:account )?settings",
    re.IGNORECASE,
)
_OPT_IN = re.compile(
    r"\bunless (?:\S+ ){0,4}?(?:agree|agreed|consent|opt(?:ed)?[- ]?in|permission|request)\w*|"
    r"\bopt(?:ed)?[- ]?in\b|\bwith your (?:consent|permission)",
    re.IGNORECASE,
)
_ONLY_PRIVATE = re.compile(
    r"\b(?:personal(?: and|,)? (?:and )?non-?commercial|non-?commercial (?:use|purposes?) only|"
    r"personal use only|own personal use|not (?:for )?commercial|any commercial (?:manner|use|"
    r"purpose))\b",
    re.IGNORECASE,
)
_NOT_SPREAD = re.compile(
    r"\bnot (?:\S+ ){0,2}?(?:distributed|sold|disclosed|made (?:commercially )?available|shared|published)\b",
    re.IGNORECASE,
)
_RIVALS = re.compile(r"\bcompet\w*|\brival\w*|\bsimilar to\b", re.IGNORECASE)
_MEDIA = {
    "image": re.compile(r"\bimages?\b|\bpictures?\b|\bimage generation\b|\bpics?\b", re.IGNORECASE),
    "voice": re.compile(r"\bvoice\b|\baudio\b|\bspeech\b|\bsound\b", re.IGNORECASE),
    "video": re.compile(r"\bvideos?\b", re.IGNORECASE),
    "search results": re.compile(
        r"\bsearch results?\b|\bgrounded results?\b|\bgrounding\b|\bweb search\b", re.IGNORECASE
    ),
}
_SUBJECT_WE = re.compile(
    r"^\W*(?:[\w' ,]{0,60}?,\s*)?(?:we|us|our|[A-Z][\w.]*(?: [A-Z][\w.]*)?)\s+(?:hereby |also |"
    r"further )?(?:will|may|shall|do|does|can|won't|don't|use|uses|retain|reserve|collect|train|"
    r"WILL|MAY|cannot)\b"
)
_DATA_IS = re.compile(
    r"\b(?:customer|your|user) (?:data|content|inputs?|prompts?|materials|"
    r"conversations?)\b[^.;]{0,40}?\b(?:is|are|will|may|shall)\b(?: not)?(?: be)? "
    r"(?:used|stored|retained|shared|deleted|processed|kept)",
    re.IGNORECASE,
)
_SUBJECT_YOU = re.compile(
    r"\b(?:you|customers?|users?|licensees?|subscribers?|members?|end users?|developers?)\b", re.IGNORECASE
)


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What a passage does. `media` names the kinds of output to which alone it speaks."""

    actor: Actor
    forbids: bool = False
    permits: bool = False
    obliges: bool = False
    approval: bool = False
    condition: bool = False
    exception: bool = False
    clears: bool = False
    refuses: bool = False
    opt_out: bool = False
    opt_in: bool = False
    private_only: bool = False
    not_spread: bool = False
    rivals_only: bool = False
    media: tuple[str, ...] = ()


def effect_of(passage: Passage, tail: str = "") -> Effect:
    """The effect of a passage; `tail` are words that follow it in its sentence and may hold a condition."""
    words = passage.words
    whole = f"{passage.lead} {words}".strip()
    actor = actor_of(passage)
    own_ban = bool(_FORBIDS.search(words))
    led = bool(_FORBIDS.search(passage.lead)) if passage.lead else False
    headed = bool(_FORBIDDING_HEAD.search(passage.section.rsplit(" > ", 1)[-1])) or (
        bool(_FORBIDDING_HEAD.search(passage.section)) and not _SUBJECT_YOU.match(words)
    )
    clears = bool(_CLEARS.search(whole))
    permits = clears or bool(_PERMITS.search(words)) or (bool(_PERMITS.search(passage.lead)) and not led)
    forbids = not clears and actor != "provider" and (own_ban or led or (headed and not permits))
    private = bool(_ONLY_PRIVATE.search(whole))
    return Effect(
        actor=actor,
        forbids=forbids,
        permits=permits and not forbids,
        obliges=bool(_OBLIGES.search(words)),
        approval=bool(_APPROVAL.search(f"{whole} {tail}")),
        condition=bool(_CONDITION.search(f"{words} {tail}")),
        exception=clears or bool(_EXCEPTION.search(f"{words} {tail}")),
        clears=clears,
        refuses=actor == "provider" and bool(_PROVIDER_NOT.search(whole)),
        opt_out=bool(_OPT_OUT.search(f"{words} {tail}")),
        opt_in=bool(_OPT_IN.search(f"{words} {tail}")),
        private_only=private,
        not_spread=bool(_NOT_SPREAD.search(words)),
        rivals_only=bool(_RIVALS.search(words)),
        media=tuple(name for name, pattern in _MEDIA.items() if pattern.search(words)),
    )


def media_of(text: str) -> tuple[str, ...]:
    """The kinds of output that a text names."""
    return tuple(name for name, pattern in _MEDIA.items() if pattern.search(text))


def actor_of(passage: Passage) -> Actor:
    """Whose conduct a passage is about."""
    from compliance.terms.party import subject_of

    found = subject_of(passage.words)
    if found == "nobody" and passage.lead:
        found = subject_of(re.split(r"(?<=[.!?]) (?=[A-Z])", passage.lead)[-1])
    if found == "nobody" and (_SUBJECT_WE.match(passage.words) or _DATA_IS.search(passage.words)):
        return "provider"
    return found
