"""What a drafted sentence says in its own words, beside its quotations: it may report them and nothing else.

A true quotation proves nothing of the words around it. So these are few, carry no markup or address, name no number,
year or provider that the quoted text does not have, come from the passages and the question but for the words in which
one reports a text, and never say more than the verdict.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from compliance.domain.days import day

if TYPE_CHECKING:
    from compliance.index.texts import HeldText
    from compliance.qa.judge import Verdict
    from compliance.qa.quotations import Quoted

MOST_WORDS = 60
_SHORT, _ONE_IN = 4, 5
"""From so many own words on, one may be strange to the passages, and of more one in five; a name or number never."""
MARKUP, LONG, UNKNOWN, TIME, PARTY, AT_ODDS, CUT, BESIDE = (
    "markup or an address",
    "too many words of its own",
    "words that stand in no passage",
    "a year in which the quoted text did not govern",
    "another provider than the quoted text's",
    "at odds with the verdict",
    "a quotation cut short of its ban or condition",
    "a quotation beside the question",
)

_MARKUP = re.compile(r"[<>{}|\\`@#$^~=\[\]]|://|\bwww\.|&\w+;|[^\W_]\.[^\W\d_]{2,}")
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W\d_]+)?")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_NUMBER = re.compile(r"\d+")
_LEAD = re.compile(r"^\W*(yes|no)\b(?=\s*(?:[^\w\s]|$))", re.IGNORECASE)
_ALLOWS = re.compile(
    r"\b(?:may|can|could|allow\w*|permit\w*|free to|fine|okay|ok|lawful\w*|legal\w*|entitle\w*|authori[sz]e\w*|"
    r"acceptable|safe|unrestricted|right to|go ahead|feel free)\b",
    re.IGNORECASE,
)
_FREES = re.compile(
    r"\b(?:(?:no|without|zero) (?:\w+ ){0,2}?(?:limit|restriction|condition|ban|prohibition|exception|consent|"
    r"permission|approval)\w*|(?:not|never|n['\u2019]t|nothing|nowhere|longer)(?: \w+)? (?:limit|restrict|prohibit|"
    r"forbid|ban|barr|prevent|disallow|exclud)\w*)",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"\b(?:not|cannot|\w+n['\u2019]t|nor|never|neither|no|prohibit\w*|forbid\w*|refrain\w*|ban(?:s|ned)?|bar(?:s|red)?|"
    r"unacceptable|restrict\w*|disallow\w*|unauthori[sz]ed)\b",
    re.IGNORECASE,
)
_BANS = re.compile(
    _DENIES.pattern + r"|\b(?:without|except\w*|unless|only|exclu\w*|consent|approval|permission)\b", re.IGNORECASE
)
_LIMITS = re.compile(
    _BANS.pattern + r"|\b(?:if|when|where|until|provided|subject to|as long as|depend\w*|condition\w*|limit\w*|solely|"
    r"opt(?:s|ed|ing)? out)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What own words are held against.

    `known` are the passages, the question and what is known of the texts; `restricts` the verdict that stands for a
    ban; `parties` the providers that words name, `party_of` whose a text is; `governs` the passage that a stretch of a
    text belongs to, as the words before the stretch and those after it; `cited` what the answer rests on, and `asked`
    the telling words of the question.
    """

    verdict: Verdict
    restricts: Verdict
    known: frozenset[str]
    parties: Callable[[str], set[str]]
    party_of: Callable[[HeldText], str]
    governs: Callable[[str, int, int], tuple[str, str]]
    cited: tuple[Quoted, ...]
    asked: frozenset[str]

    def bears(self, place: Quoted, quote: str) -> bool:
        """Whether a quotation is of what the answer rests on, or shares two telling words with the question."""
        if any(place.file == c.file and place.start < c.end and c.start < place.end for c in self.cited):
            return True
        return len(self.asked & stems(quote)) >= min(2, len(self.asked))


@cache
def reporting_words() -> frozenset[str]:
    """The words in which one reports what a text says, whatever it says."""
    return frozenset((Path(__file__).parent / "reporting_words.txt").read_text("utf-8").split())


def stems(text: str) -> frozenset[str]:
    """The words of a text as they are compared: lower case, and longer ones by their beginning."""
    return frozenset(_stem(word) for word in _WORD.findall(text))


def telling(question: str, names: str) -> frozenset[str]:
    """The words of a question, as they are compared, that are neither names nor how one reports a text."""
    return stems(question) - stems(names) - stems(" ".join(reporting_words()))


def fault(own: str, quoted: Sequence[HeldText], limits: Limits) -> str:
    """What is wrong with the words beside quotations from `quoted`, in few words; nothing where they may stand."""
    words = _WORD.findall(own)
    if _MARKUP.search(own) or not own.isprintable():
        return MARKUP
    if len(words) > MOST_WORDS or len(own) > 10 * MOST_WORDS:
        return LONG
    if _at_odds(own, limits):
        return AT_ODDS
    for year in _YEAR.findall(own):
        if not any(_governed_in(text, int(year)) for text in quoted):
            return TIME
    named = limits.parties(own)
    if named and not named & {limits.party_of(text) for text in quoted}:
        return PARTY
    strange = [w for w in words if not _is_known(w, limits.known)]
    if any(_NUMBER.search(w) or w[0].isupper() for w in strange if w is not words[0]):
        return UNKNOWN
    return UNKNOWN if len(strange) > max(len(words) >= _SHORT, len(words) // _ONE_IN) else ""


def cut_short(own: str, quote: str, before: str) -> bool:
    """Whether a quotation leaves out a ban that stands before it in its sentence, and the own words have none."""
    said = f"{_FREES.sub('', own)} {quote}"
    return any(way.search(before) and not way.search(said) for way in (_DENIES, _BANS))


def limits_more(after: str) -> bool:
    """Whether the rest of a quoted sentence limits what was quoted of it."""
    return bool(_LIMITS.search(after))


def _at_odds(own: str, limits: Limits) -> bool:
    """Whether words say more than the verdict does: yes for no, or leave that it does not give."""
    lead = _LEAD.match(own)
    rest = own[lead.end() :] if lead else own
    guarded = bool((_BANS if limits.verdict == limits.restricts else _LIMITS).search(_FREES.sub("", rest)))
    if lead and lead[1].casefold() != limits.verdict:
        return not (limits.verdict == "conditional" and guarded)
    frees = bool(_ALLOWS.search(rest) or _FREES.search(rest))
    return limits.verdict in (limits.restricts, "conditional", "unknown") and frees and not guarded


def _governed_in(text: HeldText, year: int) -> bool:
    first, last = day(f"{year}-01-01"), day(f"{year}-12-31")
    stated = {d for d in (text.stated, text.recorded) if d is not None}
    governed = (text.since is None or text.since <= last) and (text.until is None or first < text.until)
    return governed or any(first <= d <= last for d in stated)


def _is_known(word: str, known: frozenset[str]) -> bool:
    low = word.casefold().replace("\u2019", "'")
    return low in reporting_words() or _stem(word) in known or low.endswith("n't")


def _stem(word: str) -> str:
    low = word.casefold().replace("\u2019", "'").removesuffix("'s")
    return low if len(low) <= 5 else low[:5]
