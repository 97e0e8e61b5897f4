"""Which language a document is in, and whether it holds terms at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compliance.terms.document import Document

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_HANGUL = re.compile(r"[\uac00-\ud7af]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[a-zà-ÿ]+")
_STOP_WORDS = {
    "en": frozenset(
        ["the", "of", "and", "to", "or", "in", "you", "any", "for", "that", "this", "is", "by", "not", "with", "your"]
    ),
    "de": frozenset(
        ["der", "die", "das", "und", "oder", "nicht", "sie", "wir", "mit", "für", "den", "von", "zu", "ist"]
    ),
    "fr": frozenset(
        ["le", "la", "les", "des", "et", "ou", "de", "du", "vous", "nous", "pour", "est", "une", "dans", "que"]
    ),
    "es": frozenset(
        ["el", "la", "los", "las", "de", "y", "o", "que", "en", "para", "por", "usted", "una", "del", "con"]
    ),
    "it": frozenset(
        ["il", "la", "di", "e", "o", "che", "per", "non", "con", "una", "del", "della", "gli", "nel", "sono"]
    ),
    "pt": frozenset(["o", "a", "os", "as", "de", "e", "ou", "que", "para", "não", "com", "uma", "do", "da", "em"]),
    "nl": frozenset(["de", "het", "een", "en", "of", "van", "voor", "niet", "met", "dat", "die", "zijn", "wij"]),
}
_FAILED = re.compile(
    r"page (?:isn['\u2019]t|is not) available|page not found|an unexpected error (?:has )?occurred|"
    r"access (?:to this page )?(?:is )?denied|"
    r"just a moment|enable javascript|javascript is (?:disabled|required)|checking your browser|"
    r"verify(?:ing)? (?:that )?you are (?:a )?human|"
    r"\b(?:403|404|429|500|502|503|504)\b.{0,30}(?:forbidden|not found|too many requests|error|gateway|unavailable)|"
    r"service (?:temporarily )?unavailable|attention required|something went wrong|unsupported browser|"
    r"please try again later|"
    r"you have been blocked|complete the security check|captcha",
    re.IGNORECASE,
)
_TERMS_WORDS = re.compile(
    r"\b(?:agree(?:s|ment)?|licen[sc]e[ed]?|terms|shall|must|may not|prohibited|comply|rights|permitted|policy)\b",
    re.IGNORECASE,
)
_SAMPLE = 200_000
_HEAD = 1500
_TOO_SHORT = 60


def language_of(text: str) -> str:
    """The language as an ISO 639-1 code, by script and small words; "und" where it cannot be told."""
    sample = text[:_SAMPLE]
    letters = len(_LETTER.findall(sample)) or 1
    if len(_KANA.findall(sample)) / letters > 0.1:
        return "ja"
    if len(_HANGUL.findall(sample)) / letters > 0.2:
        return "ko"
    if len(_HAN.findall(sample)) / letters > 0.25:
        return "zh"
    if len(_CYRILLIC.findall(sample)) / letters > 0.3:
        return "ru"
    words = _WORD.findall(sample.lower())
    if len(words) < 5:
        return "und"
    shares = {code: sum(w in small for w in words) / len(words) for code, small in _STOP_WORDS.items()}
    best = max(shares, key=lambda code: (shares[code], code == "en"))
    return best if shares[best] > 0.08 else "und"


def failure_of(text: str) -> str:
    """Why a text cannot be terms (an error page of a web server, next to nothing), or nothing."""
    bare = text.strip()
    if len(bare) < _TOO_SHORT and len(_TERMS_WORDS.findall(bare)) == 0:
        return "too short to be terms"
    # An error page says so at its head; when real terms follow, they use the words of terms there.
    head = bare[:_HEAD]
    match = _FAILED.search(head[:600])
    if match and (len(bare) < 4000 or match.start() < 200) and len(_TERMS_WORDS.findall(head[: match.end() + 200])) < 3:
        return f"an error page, not terms ({match.group()!r})"
    return ""


def coverage_notes(document: Document) -> tuple[str, tuple[str, ...], bool]:
    """The language, what to note of it, and whether clauses can be told from the text."""
    failure = failure_of(document.text)
    if failure:
        return language_of(document.text), (failure + ": nothing can be told from it",), False
    language = language_of(document.text)
    if language not in ("en", "und"):
        note = (
            f"the text is in another language ({language}): cut into clauses, but not covered; have it read by a person"
        )
        return language, (note,), False
    share = len(_HAN.findall(document.text)) / max(1, len(_LETTER.findall(document.text)))
    mixed = ("parts in Chinese are not covered",) if share > 0.02 else ()
    return language, mixed, True
