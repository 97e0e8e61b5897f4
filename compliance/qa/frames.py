"""How a question is put: who would act, whether it asks for leave or for a ban, and which facts it brings along."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

Frame = Literal["leave", "ban", "duty", "provider", "exists", "fact"]

_BAN = re.compile(
    r"\b(?:prohibit\w*|forbid\w*|forbidden|ban(?:s|ned)?\b|bar(?:s|red)?\b|against (?:it|this|"
    r"that)|restrict\w*|outlaw\w*|rule[sd]? out|stop(?:s)? (?:us|me)|"
    r"prevent\w*|disallow\w*|a breach|breach(?:es)?\b|violat\w*|break(?:s|ing)? (?:the|their|any)|"
    r"off limits|a problem|trouble|(?:stand|stands|get|gets) in (?:the|our|my) way|keep(?:s)? (?:us|me) from|"
    r"rule(?:s)? against|hinder\w*|object(?:s)? to|taboo|no-?go|out of bounds|cross(?:es|ing)? (?:a|the|any) line|"
    r"fall(?:s)? foul|run(?:s)? (?:afoul|counter)|conflict(?:s)? with)\b",
    re.IGNORECASE,
)
_DUTY = re.compile(
    r"\b(?:do (?:i|we|our \w+|customers|users|you) (?:have|need) to|must (?:i|we|our \w+|"
    r"customers|users|a \w+)|(?:am|are) (?:i|we) (?:required|obliged|bound)|"
    r"is (?:it|there) (?:required|mandatory|compulsory|an? (?:obligation|duty))|have to (?:credit|"
    r"tell|disclose|label|name|pay|say|attribute)|need (?:consent|permission|to ask)|"
    r"(?:require|oblige|demand|expect|compel|force|make)s? (?:us|me|you|each|every|our|customers|users|a \w+) )\b",
    re.IGNORECASE,
)
_LEAVE = re.compile(
    r"\b(?:(?:can|could|may|might|should|shall) (?:i|we|my|our|one|someone|somebody|anyone|people|"
    r"users?|customers?|an? \w+|the \w+|you|\w+ \w+ (?:use|train|build))\b|"
    r"(?:am|are) (?:i|we|users|customers|people) (?:allowed|permitted|free|entitled|ok|able)|"
    r"allowed|permitted|permission|ok(?:ay)?\b|fine\b|free rein|free to|let(?:s)? (?:me|us)|"
    r"legal(?:ly)?|possible|safe to|within (?:the|our|my|their) \w+|in line with|compatible with|"
    r"compl(?:y|ies|iant) with|square(?:s)? with|consistent with|"
    r"want to|plan to|going to|i can\b|we can\b|use it for)",
    re.IGNORECASE,
)
_LETS = re.compile(
    r"\b(?:lets?|allows?|permits?|gives?|enables?|entitles?) (?:me|us|you|users?|customers?|"
    r"people|anyone|anybody|everyone|"
    r"everybody|companies|developers|researchers|students|third parties|my \w+|our \w+)\b",
    re.IGNORECASE,
)
_EXISTS = re.compile(
    r"\b(?:is|are) there (?:still )?(?:an?|any|some)\b(?! (?:ban|rule|clause|restriction|"
    r"prohibition))",
    re.IGNORECASE,
)
_UNASKED = re.compile(
    r"\bwithout (?:\w+ ){0,2}?(?:asking|permission|consent|approval|authori[sz]ation|telling|"
    r"contacting)\b",
    re.IGNORECASE,
)
_PROVIDER_ACTS = (
    r"(?:train|use|keep|store|own|share|sell|retain|delete|claim|log|read|look|review|collect|"
    r"learn|notify|refund|charge|change|"
    r"terminate|suspend|defend|indemnify|promise|guarantee|offer|give|say|take|publish|raise|"
    r"limit|disclose|get|see|access|reuse|"
    r"improve|process|hold|pay|cover|warn|announce|let|put|display|stamp|label|erase|wipe|send|mail|ship|"
    r"compensate|reimburse|return|cancel|tear|monitor|scan|transfer|host|stand)"
)
_PROVIDER = re.compile(
    rf"\b(?:do|does|did|will|would|can|could|may|might) (?!(?:i|we|you|my|our|one|someone|anyone|"
    rf"users?|customers?|people|a|an|two|three|four|five|several|multiple|more than|both|all|every\w*|each|no|nobody|"
    rf"some\w*|any\w*|these|those|colleagues|employees|staff|teams?|students?|pupils|interns?|contractors?|freelancers?|"
    rf"clients?|developers|engineers|designers|researchers|subsidiaries|affiliates|minors|children|kids|teenagers|bots?|"
    rf"robots?|agents?|competitors?|rivals?)\b)"
    rf"(?:[\w.\u2019'-]+ ){{1,3}}?(?:get to |have to |ever |still |automatically |also |really )?{_PROVIDER_ACTS}\b|"
    rf"\bthey (?:still |also |ever )?{_PROVIDER_ACTS}\b|\bend(?:s)? up (?:in|training|improving|as)\b|"
    r"\b(?:is|are|was|were) (?:my|our|customer|user|the|api) (?:data|prompts?|chats?|inputs?|"
    r"content|conversations?|files?|traffic)\b|"
    r"\b(?:did|do|will|does) (?:my|our) \w+ (?:go|get|end|become|feed|train)\b",
    re.IGNORECASE,
)
_PREMISE = re.compile(
    r"^\W*(?:(?:ok|so|well|hi|right),? )*(?:since|as|given that|because|now that|"
    r"considering (?:that)?|seeing (?:that|as)|assuming)\b"
    r"(?P<premise>(?=.{0,80}\b(?:is|are|was|were|allows?|allowed|puts?|gives?|lets?|can|may|has|"
    r"have|permits?|owns?|says?|grants?|makes?|lifted|removed|dropped)\b)"
    r".{8,200}?)(?:,|\bso\b|\bthen\b|\?)",
    re.IGNORECASE,
)
_TAGGED = re.compile(
    r"(?:,|\.|-)\s*(?:right|yes|correct|no|ok(?:ay)?|isn'?t it|don'?t they|true)\b\s*[?.!]*\s*$", re.IGNORECASE
)
_NOT_RIVAL = re.compile(
    r"\b(?:not|n'?t|never|no|isn'?t|won'?t|doesn'?t) (?:\w+ ){0,3}?(?:a )?(?:compet\w*|rival\w*)|"
    r"\bnon-?compet\w+|\bno competition\b",
    re.IGNORECASE,
)
_IN_HOUSE = re.compile(
    r"\b(?:in-?house|internal(?:ly)?|our own use|own use|for ourselves|not (?:\w+ )?(?:sold|sell|"
    r"distribut\w+|publish\w*|releas\w+)|never (?:sold|leaves|distributed|released)|classif\w+|"
    r"router|tagger|"
    r"embeddings?|categori[sz]\w+|labell?er|triage)\b",
    re.IGNORECASE,
)
_SPREAD = re.compile(
    r"\b(?:releas\w+|publish\w*|distribut\w+|sell(?:ing|s)?\b|sold|open[- ]?sourc\w+|share (?:it|"
    r"the model|the weights)|upload\w*|hugging ?face|hand(?:ed)? (?:it )?to|give it to|"
    r"offer it to|ship it)\b",
    re.IGNORECASE,
)
_DENIED_SPREAD = re.compile(r"\b(?:not|never|no|n'?t|without|nothing)\b[^.;,?]{0,25}$", re.IGNORECASE)
_OTHERS_OUTPUT = re.compile(
    r"\b(?:strangers|other (?:people|users)|people (?:uploaded|shared|posted)|"
    r"someone else(?!'s model)|third part(?:y|ies)|downloaded|from (?:the )?hugging ?face|"
    r"public(?:ly available)? dataset|"
    r"a dataset (?:from|on|someone|somebody)|dump|never (?:touched|signed|agreed|had|used)|"
    r"we didn'?t (?:generate|sign|agree)|scraped by|community dataset|somebody else(?!'s model)|"
    r"crowd-?sourced|not ours)\b",
    re.IGNORECASE,
)
_UNLIMITED = re.compile(
    r"\b(?:free rein|any(?:thing)? (?:we|i) (?:like|want)|no (?:strings|limits?|restrictions?|"
    r"conditions?)|unrestricted|without (?:any )?(?:limits?|restrictions?|conditions?)|"
    r"whatever (?:we|i)|unconditional\w*|entirely free|fully free)\b",
    re.IGNORECASE,
)
_COMMERCIAL = re.compile(
    r"\b(?:commercial\w*|sell\w*|resell\w*|resale|client\w*|business|company|firm|startup|"
    r"start-up|work\b|team|customers?|revenue|moneti[sz]\w*|paid|invoice|employer|sales|profit)\b",
    re.IGNORECASE,
)
_DEFAULT = re.compile(r"\bby default|out of the box|automatically\b", re.IGNORECASE)
_ANY_CASE = re.compile(
    r"\bany (?:situation|case|circumstance|exception|scenario|way)s?\b|\bever\b|\bat all\b", re.IGNORECASE
)


class Framed(msgspec.Struct, frozen=True, kw_only=True):
    """A question's frame, and what it says of the case: facts that a clause's conditions may turn on."""

    frame: Frame
    premise: str = ""
    tagged: bool = False
    not_rival: bool = False
    in_house: bool = False
    spreads: bool = False
    others_output: bool = False
    unlimited: bool = False
    commercial: bool = False
    by_default: bool = False
    any_case: bool = False
    unasked: bool = False


def framed(text: str) -> Framed:
    """How a question is put."""
    premise = _PREMISE.match(text)
    return Framed(
        frame=_frame(text),
        premise=premise["premise"].strip() if premise else "",
        tagged=bool(_TAGGED.search(text)),
        not_rival=bool(_NOT_RIVAL.search(text)),
        in_house=bool(_IN_HOUSE.search(text)),
        spreads=any(
            not _DENIED_SPREAD.search(text[max(0, m.start() - 30) : m.start()]) for m in _SPREAD.finditer(text)
        ),
        others_output=bool(_OTHERS_OUTPUT.search(text)),
        unlimited=bool(_UNLIMITED.search(text)),
        commercial=bool(_COMMERCIAL.search(text)),
        by_default=bool(_DEFAULT.search(text)),
        any_case=bool(_ANY_CASE.search(text)),
        unasked=bool(_UNASKED.search(text)),
    )


def _frame(text: str) -> Frame:
    if _DUTY.search(text):
        return "duty"
    if _LETS.search(text) and not _BAN.search(text):
        return "leave"
    leave, ban, provider = _LEAVE.search(text), _BAN.search(text), _PROVIDER.search(text)
    if ban and not leave:
        return "ban"
    if _EXISTS.search(text) and not leave:
        return "exists"
    if provider and not (leave and leave.start() < provider.start()):
        return "provider"
    if leave:
        return "leave"
    return "provider" if provider else "fact"
