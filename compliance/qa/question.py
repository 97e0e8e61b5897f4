"""A question read: whom it is about, which of their texts, which days, and what kind of answer it wants."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import msgspec

from compliance.errors import InputError, UnsafeInput
from compliance.index.names import Mention
from compliance.qa.dates import Dated, dates_in
from compliance.qa.frames import framed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compliance.index.names import Names

Side = Literal["business", "consumer", "policy", "developer"]
MAX_CHARACTERS = 20_000
READ = 4_000
_SIDE_WORDS: tuple[tuple[Side, str], ...] = (
    (
        "business",
        r"\b(?:apis?|api[- ]key|enterprise|business|commercial (?:terms|contract|agreement|customer)|"
        r"b2b|order form|"
        r"services? agreement|msa|platform|our (?:company|firm|organi[sz]ation|vendor)|corporate|"
        r"company'?s?|gmbh|ltd|teams? plan|"
        r"work(?:space|place)|procurement|customers?|serverless|open platform|paid service|"
        r"client documents|hosted models?)\b",
    ),
    (
        "consumer",
        r"\b(?:consumers?|individuals?|private users?|personal|free (?:tier|plan|account|version|"
        r"user)|free|plus|pro|max|students?|"
        r"web ?site|web app|mobile|app|chat|chats|conversations?|subscription|subscribers?|log-?in|"
        r"my account|user terms|terms of use)\b",
    ),
    (
        "policy",
        r"\b(?:usage polic\w+|use polic\w+|acceptable use|aup|prohibited use|content polic\w+|polic(?:y|ies))\b",
    ),
    (
        "developer",
        r"\b(?:developers?|sdk|plug-?ins?|connectors?|mcp|app (?:store|directory)|apps? sdk|"
        r"build(?:ing)? an app|actions?)\b",
    ),
)
_SIDES = tuple((side, re.compile(pattern, re.IGNORECASE)) for side, pattern in _SIDE_WORDS)
_KIND_SIDES: tuple[tuple[Side, re.Pattern[str]], ...] = (
    ("policy", re.compile(r"acceptable|usage|prohibited|polic")),
    ("developer", re.compile(r"developer|plugin|directory")),
    ("business", re.compile(r"commercial|business|enterprise|services-agreement|api|platform|customer")),
)
_CHANGE = re.compile(
    r"\b(?:(?:what|has|have|was|were|did|how|anything) (?:\w+ ){0,3}?chang(?:e|ed)\b|chang(?:e|es|"
    r"ed) (?:since|between|from|over|in the (?:wording|text))|"
    r"differ(?:s|ed|ence|ent)?|compared (?:with|to)|"
    r"(?<!be )(?<!is )(?<!are )(?<!data )(?<!content )used to (?:allow|forbid|ban|say|have|be|"
    r"permit|let|prohibit|require)|over time|evolv\w+|since when|"
    r"was added|dropped|removed|before and after|happened to|rewr\w+|history|no longer|any ?(?:more|longer)|"
    r"when did|first (?:appear|mention|say|includ)\w*|start(?:ed)? to|then\b.{0,80}\bnow|now\b.{0,80}\bthen|"
    r"(?:previous|earlier|old(?:er)?|former|new(?:er)?) (?:text|version|terms|edition|wording|polic\w+|agreement))\b",
    re.IGNORECASE,
)
_LOOKS_BACK = re.compile(
    r"\b(?:originally|at first|at launch|previously|formerly|back then|in the past|not yet)\b", re.IGNORECASE
)
_COMPARE = re.compile(
    r"\b(?:vs\.?|versus|compare[ds]?|comparison|which|both|either|each|respectively|who\w*|how do|"
    r"stricter|better|more than|list)\b",
    re.IGNORECASE,
)
_THROUGH = re.compile(r"\b(?:through|via|on|at|from|over|using|by way of)\s+(?:the\s+)?$", re.IGNORECASE)
_YES_NO = re.compile(
    r"(?:^|[.;:,!?)\-\u2013\u2014]\s*|\b(?:and|but|so|then|or|ok|hi|hello|please|well|hey)\s+)"
    r"(?:is|are|am|was|were|do|does|did|can|could|may|might|must|should|shall|will|would|has|have|"
    r"had|isn'?t|aren'?t|don'?t|"
    r"doesn'?t|didn'?t|can'?t|won'?t|wouldn'?t|ok(?:ay)?|allowed|permitted|any(?:thing)?|even if|"
    r"legal(?:ly)?|fine|safe)\b",
    re.IGNORECASE,
)
_TAG = re.compile(
    r"(?:\b(?:right|yes|no|ok(?:ay)?|correct|allowed|fine|permitted|true|isn'?t it|don'?t they|"
    r"same(?: permission)?(?: there)?|legal|possible|covered|acceptable|in the clear|thumbs up|go or no-?\s?go|"
    r"good to go)\b"
    r"[ \w]{0,12}[?.!. ]*$)",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"\b(?:what|which|who|whose|whom|where|when|why|how|list|compare|explain|summari[sz]e|tell me|"
    r"describe|define|definition)\b",
    re.IGNORECASE,
)


_TURNS_TO = re.compile(r"\W*(?:and |ok |so |but |then )*(?:what|how) about\b", re.IGNORECASE)
_CARRIES_ON = re.compile(r"\W*(?:and |ok |so |but )*(?:what|how) (?:about|if)\b|\W*(?:and|same)\b", re.IGNORECASE)
_CHOICE = re.compile(
    r",? or (?:just|only|rather|merely|is it|does it|not at all)\b|\b(\w+)[- ]in or \1[- ]out\b|"
    r"\bopt-?in or opt-?out\b",
    re.IGNORECASE,
)
_TRAINEE = re.compile(
    r"(?:fine-?\s?tun\w*|(?:re)?train(?:s|ed|ing)?|tune|tuning|teach\w*|improv\w*|"
    r"distil\w* (?:it |them |this )?(?:in)?to|into)\s+(?:an? |our |my |the |own |small |local |"
    r"open )*$",
    re.IGNORECASE,
)


_OPENS_CLAUSE = re.compile(
    r"(?:^|[.;:,!?)\-\u2013\u2014]\s*)(?:\W*(?:and|but|so|then|or|ok|hi|please|well|hey|also|in|at|by|under|"
    r"for|to|of|on|from|exactly) )*"
    r"(?:what|which|who|whose|whom|where|when|why|how|list|compare|explain|summari[sz]e|tell me|"
    r"describe|define|definition)\b",
    re.IGNORECASE,
)
_INVERTED = re.compile(
    r"\b(?:can|could|may|might|must|should|do|does|did|is|are|am|was|were|will|would) (?:i|we|"
    r"they|it|my|our|this|that|there)\b",
    re.IGNORECASE,
)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question with what was read from it and, for a follow-up, from the turns before it.

    `parties` are those whose texts are held, the most likely subject first. `missing` names what has terms of its own
    that are not held. `sides` are the kinds of text that its words point to.
    """

    text: str
    context: str = ""
    parties: tuple[str, ...] = ()
    mentions: tuple[Mention, ...] = ()
    missing: tuple[str, ...] = ()
    dated: Dated = Dated()
    sides: frozenset[Side] = frozenset()
    compares: bool = False
    changes: bool = False
    yes_no: bool = False

    @property
    def searched(self) -> str:
        """The words to search with: the question's, after those of the turns on which it stands."""
        return f"{self.context} {self.text}".strip()


class Turn(msgspec.Struct, frozen=True):
    """A turn of the conversation before a question."""

    role: str
    text: str


def checked(text: str) -> str:
    """A question that can be read: not empty, not endless, and text; errors say what is wrong."""
    if len(text) > MAX_CHARACTERS:
        raise UnsafeInput(
            f"the question has {len(text):,} characters", remedy=f"ask in at most {MAX_CHARACTERS:,} characters"
        )
    plain = "".join(c if c.isprintable() or c in "\n\t" else " " for c in text)
    if text and sum(1 for c in text if not c.isprintable() and c not in "\r\n\t") > len(text) / 20:
        raise InputError("the question is not text", remedy="ask in words")
    if not any(c.isalnum() for c in plain):
        raise InputError("the question is empty", remedy="ask in words")
    return " ".join(plain.split())


def read_question(text: str, names: Names, today: int, history: Sequence[Turn] = ()) -> Asked:
    """A question as the rest of the program needs it."""
    text = checked(text)[:READ]
    mentions = names.mentions(text)
    parties = _parties(text, mentions)
    missing = _missing(mentions)
    sides = _sides(text)
    dated = dates_in(_blank(text, mentions), today)
    context = ""
    if history:
        earlier = [checked(turn.text)[:READ] for turn in history if turn.text.strip()][-6:]
        asked_before = [checked(t.text)[:READ] for t in history if t.role == "user" and t.text.strip()]
        context = " ".join(asked_before[-2:] or earlier[-1:])
        before = [m for turn in earlier for m in names.mentions(turn)]
        if not parties and not (missing and _TURNS_TO.match(text)):
            parties = _parties(" ".join(earlier), before)
        sides = sides or _sides(context)
        if not dated.spans and not dated.now:
            dated = dates_in(" ".join(t.text for t in history if t.role == "user"), today)
    return Asked(
        text=text,
        context=context,
        parties=parties,
        mentions=tuple(mentions),
        missing=missing,
        dated=dated,
        sides=sides
        | {_SIDE_OF_CHANNEL[m.channel] for m in mentions if m.channel in _SIDE_OF_CHANNEL and m.kind == "product"},
        compares=len(parties) > 1 and bool(mentions) and bool(_COMPARE.search(text)),
        changes=_is_change(text, dated),
        yes_no=is_yes_no(text) or _goes_on(text, history),
    )


def _blank(text: str, mentions: Sequence[Mention]) -> str:
    """The question with names blanked out: the digits in a model's name are no date."""
    for mention in mentions:
        text = text[: mention.start] + " " * (mention.end - mention.start) + text[mention.end :]
    return text


def _is_change(text: str, dated: Dated) -> bool:
    """Whether a question sets two times side by side."""
    if len(dated.spans) > 1 or (dated.spans and dated.now):
        return True
    return bool(_CHANGE.search(text)) or (not dated.spans and bool(_LOOKS_BACK.search(text)))


_SIDE_OF_CHANNEL: dict[str, Side] = {"first-party-api": "business", "consumer-app": "consumer"}


def side_of(kind: str) -> Side:
    """Whom a kind of text is for."""
    return next((side for side, pattern in _KIND_SIDES if pattern.search(kind)), "consumer")


def is_yes_no(text: str) -> bool:
    """Whether a question asks for yes or no."""
    sentences = [s for s in re.split(r"(?<=[.?!])\s+", text) if s.strip()]
    asked = next((s for s in reversed(sentences) if "?" in s), sentences[-1] if sentences else text)
    opens, closed = _OPEN.search(asked), _YES_NO.search(asked)
    if _CHOICE.search(asked):
        return False
    if closed and (opens is None or closed.start() < opens.start()):
        return True
    if opens is None or not _OPENS_CLAUSE.search(asked):
        return bool(_INVERTED.search(asked) or _TAG.search(asked.strip())) or framed(text).frame != "fact"
    return bool(_TAG.search(asked.strip()))


def _goes_on(text: str, history: Sequence[Turn]) -> bool:
    """Whether a follow-up such as "what about the API" asks the last question again of something else."""
    last = next((turn.text for turn in reversed(history) if turn.role == "user"), "")
    return bool(last and _CARRIES_ON.match(text)) and is_yes_no(last)


def _sides(text: str) -> frozenset[Side]:
    return frozenset(side for side, pattern in _SIDES if pattern.search(text))


def _parties(text: str, mentions: Sequence[Mention]) -> tuple[str, ...]:
    """The parties with texts, those first through whose service the others' models are said to be used."""
    held = [m for m in mentions if m.files]
    others = [
        m
        for m in held
        if not (m.kind in ("model", "product") and _TRAINEE.search(text[max(0, m.start - 40) : m.start]))
    ]
    held = others or held
    hosts = [m for m in held if m.kind != "model" and _THROUGH.search(text[max(0, m.start - 16) : m.start])]
    makers = {m.party for m in held}
    ordered = [m.party for m in hosts] if hosts and len(makers) > 1 else []
    sure = {m.party for m in held if not m.others}
    for mention in held:
        # "Copilot" beside "GitHub" is GitHub's; by itself it may be either's.
        named = [p for p in (mention.party, *mention.others) if p in sure]
        ordered += named or [mention.party, *mention.others]
    return tuple(dict.fromkeys(ordered))


def _missing(mentions: Sequence[Mention]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(m.missing for m in mentions if m.missing and not m.files))
