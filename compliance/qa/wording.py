"""The words of a question: what it asks without its frame, and its words with and without their endings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from compliance.index.wordlists import words_of
from compliance.qa.dates import without_dates

if TYPE_CHECKING:
    from compliance.qa.question import Asked

_STOP = words_of(Path(__file__).with_name("stopwords.txt"))
_FILLER = re.compile(
    r"\b(?:what happened to|happened|chang(?:e|ed|es|ing)|compare[ds]?(?: (?:with|to))?|"
    r"differ(?:s|ed|ence|ent)?|then and now|"
    r"over time|versus|vs\.?|around|as regards|the terms?|terms of (?:service|use)|general terms|"
    r"agreement|contract|exactly|"
    r"please|list|hi|hello|thanks|back in|asking (?:cos|because|as)|quick question)\b",
    re.IGNORECASE,
)
_NAMING = re.compile(
    r"\b(?:the terms|terms of (?:service|use)|general terms|please|hi|hello|thanks|quick question|"
    r"asking (?:cos|because|as))\b",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:not|never|no|without|isn'?t|won'?t) (?:\w+ed|sold|sell\w*|\w+)\b", re.IGNORECASE)


def core_of(asked: Asked) -> str:
    """What a question asks without whom, when, and the words that only frame it."""
    text = asked.text
    for mention in sorted(asked.mentions, key=lambda m: -m.start):
        text = f"{text[: mention.start]} {text[mention.end :]}"
    plain = without_dates(text)
    found = " ".join((_FILLER.sub(" ", plain) if asked.changes or asked.compares else _NAMING.sub(" ", plain)).split())
    return found if any(c.isalnum() for c in found) else asked.text


def without_denials(text: str) -> str:
    """A text without the words that it denies: "not sold" is no question about selling."""
    return _DENIED.sub(" ", text)


def plain_words(text: str) -> list[str]:
    """The words of a text that carry meaning, in lower case."""
    found = re.findall(r"[^\W_]+", text.lower().replace("\u2019", "'"))
    return [w for w in found if w not in _STOP and len(w) > 1]


_ENDINGS = (
    "ization",
    "isation",
    "ations",
    "ation",
    "ments",
    "ment",
    "ings",
    "ing",
    "ities",
    "ity",
    "ies",
    "ied",
    "ers",
    "ed",
    "es",
    "er",
    "ly",
    "s",
    "e",
)


def stems(text: str) -> list[str]:
    """The words of a text without their endings, to compare questions with topics."""
    return [_stem(w) for w in plain_words(text)]


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)] + ("y" if ending in ("ies", "ied") else "")
    return word
