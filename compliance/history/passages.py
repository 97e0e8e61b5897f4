"""A text's facts and passages: what is stored of a version beside its words."""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

from compliance.errors import InputError, MalformedText, UnsafeInput
from compliance.terms.document import Document
from compliance.terms.language import failure_of, language_of
from compliance.terms.parse import document_from
from compliance.terms.plain import plain
from compliance.terms.units import units_of

MAX_UNITS = 20_000
MAX_UNIT = 6_000
"""Characters of a unit's words that are kept: text without a full stop for pages is cut there."""

_WALL = re.compile(
    r"\b(?:accept (?:all )?cookies|cookie (?:preferences|settings|consent)|we (?:and our partners )?use cookies|"
    r"manage (?:your )?consent|log ?in to continue|sign in to continue|are you a robot|press (?:and|&) hold)\b",
    re.IGNORECASE,
)
_DUTY = re.compile(r"\b(?:shall|must|may not|agree[sd]?|liab\w+|terminat\w+|licen[sc]e\w*|warrant\w*)\b", re.IGNORECASE)
_WALL_LENGTH = 6_000
_NO_TITLE = re.compile(
    r"^(?:effective|last|updated?|modified|revised|version|published|date)\b|@|[:;,]$", re.IGNORECASE
)
_LETTERS = re.compile(r"[^\W\d_]{3}")


class Passage(NamedTuple):
    """A unit of a text: its words, what governs them, its heading, and where it stands (code points)."""

    plain: str
    lead: str
    section: str
    start: int
    end: int

    @property
    def sha256(self) -> str:
        """The hash of the words and of those that govern them."""
        return digest(f"{self.lead}\x1f{self.plain}")


class TextFacts(NamedTuple):
    """A text with its hash, its language, its first title, why it cannot be terms (or ''), and its passages."""

    sha256: str
    text: str
    language: str
    failure: str
    title: str
    passages: tuple[Passage, ...]


def digest(text: str) -> str:
    """The SHA-256 of a text in UTF-8; lone surrogates, which UTF-8 has no bytes for, count as replacements."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def facts_of(data: bytes, name: str, suffix: str) -> TextFacts:
    """The facts of a file's bytes; an `InputError` where they hold no text that can be read."""
    if not data.strip():
        return TextFacts(digest(""), "", "und", "the capture is empty", "", ())
    document = document_from(data, name, suffix=suffix)
    units = units_of(document)
    if len(units) > MAX_UNITS:
        raise UnsafeInput(f"more than {MAX_UNITS:,} clauses", file=name, remedy="split it into smaller files")
    return TextFacts(
        sha256=digest(document.text),
        text=document.text,
        language=language_of(document.text),
        failure=why_not_terms(document.text),
        title=_title(document),
        passages=tuple(Passage(u.plain[:MAX_UNIT], u.lead, u.section, u.start, u.end) for u in units),
    )


def read_text(data: bytes, name: str, suffix: str) -> tuple[TextFacts, str]:
    """As `facts_of`, but bytes that are no UTF-8 are read as UTF-16 or Windows-1252, with a note that says so."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return facts_of(data.decode("utf-16").encode("utf-8", "replace"), name, suffix), "read as UTF-16"
        except UnicodeDecodeError:
            raise MalformedText("begins as UTF-16 and is not", file=name, remedy="save it as UTF-8") from None
    try:
        return facts_of(data, name, suffix), ""
    except InputError:
        if b"\x00" in data[:65536]:
            raise
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            text = data.decode("cp1252", "replace")
            return facts_of(text.encode("utf-8"), name, suffix), "not UTF-8: read as Windows-1252"
        raise


def why_not_terms(text: str) -> str:
    """Why a text cannot be terms (an error page, a wall of cookies or of a log-in), or ''."""
    failure = failure_of(text)
    if failure:
        return failure
    if len(text) < _WALL_LENGTH:
        wall = _WALL.search(text)
        if wall and len(_DUTY.findall(text)) < 4:
            return f"a wall before the terms, not the terms ({wall.group()!r})"
    return ""


def _title(document: Document) -> str:
    """The first heading at the top that is no date, or a line as short as one; empty where there is none."""
    for place, block in enumerate(document.blocks[:4]):
        words = plain(document.text[block.start : block.end]).strip("*_# ")
        marked = block.kind == "heading" and (place == 0 or block.level <= 6)
        if not marked and not (place == 0 and len(words) < 50):
            continue
        if not _NO_TITLE.search(words) and len(words) < 120 and len(_LETTERS.findall(words)) >= 2:
            return words
    return ""
