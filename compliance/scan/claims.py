"""Self-identification: sentences in which a text says of itself whose model it is."""

from __future__ import annotations

import itertools
import re
from functools import cached_property

from compliance.scan.context import TextContext
from compliance.scan.signatures import Beside, Language, Maker, SignatureFile, Template

_END = re.compile(r"[.!?](?=[\s\"”'»)]|$)|[\u3002\uff01\uff1f\n]")
_REACH = 320
_NEAR = 300
_BESIDE = 40
# A text that repeats a name endlessly is looked at this many times.
_MOST = 1000
_PLACE = re.compile(r"<([a-z]+)>")


class Claim:
    """The claims of one maker: where its names stand, and whether the sentence around makes the claim."""

    def __init__(self, maker: Maker, content: SignatureFile) -> None:
        self.party = maker.party
        self.id = "claim-" + re.sub(r"[^a-z0-9]+", "-", maker.party.lower()).strip("-")
        self.maker = maker
        self.content = content
        beside = content.beside or Beside("", "")
        plain = [x for x in (maker.maker, maker.product, maker.common) if x]
        self.everyday = re.compile(maker.everyday, re.ASCII) if maker.everyday else None
        self.beside = re.compile(_beside(maker.everyday, beside), re.ASCII)
        self.names = re.compile("|".join([*plain, *([maker.everyday] if maker.everyday else [])]), re.ASCII)
        # What must be in a text for `find` to look closer: the pattern of the pass over raw bytes.
        self.anchor = "|".join([*plain, *([_beside(maker.everyday, beside)] if maker.everyday else [])])
        self.common = re.compile(maker.common, re.ASCII) if maker.common else None

    @cached_property
    def languages(self) -> list[tuple[re.Pattern[str], _Templates]]:
        """For each language its cue, and its sentence forms, which are compiled when the cue is first seen."""
        maker = "|".join(x for x in (self.maker.maker, self.maker.everyday) if x) or "(?!)"
        product = "|".join(x for x in (self.maker.product, self.maker.common) if x) or "(?!)"
        return [
            (re.compile(language.cue, re.ASCII), _Templates(language, maker, product))
            for language in self.content.languages
        ]

    @cached_property
    def model_words(self) -> re.Pattern[str]:
        """Words that show that the text is about models."""
        parts = [self.content.model_words, self.maker.maker, self.maker.product]
        return re.compile("|".join(p for p in parts if p), re.ASCII | re.IGNORECASE)

    @cached_property
    def life_words(self) -> re.Pattern[str]:
        """Words in which a person speaks of a life."""
        return re.compile(self.content.life_words or "(?!)", re.ASCII)

    def find(self, context: TextContext) -> list[tuple[int, int, str]]:
        """The claims in a text as (start, end, strength), in order, without overlaps."""
        text = context.text
        found: list[tuple[int, int, str]] = []
        done = -1
        for name in itertools.islice(self.names.finditer(text), _MOST):
            if name.start() < done or not self._counts(text, name):
                continue
            first, last = _sentence(text, name.start(), name.end())
            claim = self._claim(context, first, last, name.start())
            if claim is not None:
                found.append(claim)
                done = claim[1]
        return found

    def _counts(self, text: str, name: re.Match[str]) -> bool:
        """Whether a name stands for the maker: an everyday word does so only beside certain words."""
        if self.everyday is None or self.everyday.fullmatch(name.group()) is None:
            return True
        start, end = name.span()
        near = self.beside.finditer(text, max(0, start - _BESIDE), end + _BESIDE)
        return any(m.start() <= start and m.end() >= end for m in near)

    def _claim(self, context: TextContext, first: int, last: int, name: int) -> tuple[int, int, str] | None:
        window = context.text[first:last]
        ascii_only = window.isascii()
        for cue, templates in self.languages:
            if (ascii_only and templates.other_script) or not cue.search(window):
                continue
            for template, doubtful, names_product in templates.compiled:
                for match in template.finditer(window):
                    start, end = first + match.start(), first + match.end()
                    if not start <= name < end:
                        continue
                    return start, end, self._strength(context, start, end, doubtful, names_product)
        return None

    def _strength(self, context: TextContext, start: int, end: int, doubtful: bool, names_product: bool) -> str:
        if context.quoted(start, end) or context.reported(start):
            return "weak"
        if names_product and self.common is not None and self.common.search(context.text, start, end):
            doubtful = True
        if doubtful:
            around = context.around(start, end, _NEAR)
            if not self.model_words.search(around) or self.life_words.search(around):
                return "weak"
        return "medium"


def _beside(names: str, beside: Beside) -> str:
    return f"{beside.before}(?:{names})|(?:{names}){beside.after}"


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence around a span, cut to a bounded reach."""
    low, high = max(0, start - _REACH), min(len(text), end + _REACH)
    first = low
    for stop in _END.finditer(text, low, start):
        first = stop.end()
    closing = _END.search(text, end, high)
    return first, closing.start() if closing else high


class _Templates:
    """The sentence forms of a language for the names of one maker."""

    def __init__(self, language: Language, maker: str, product: str) -> None:
        self.language = language
        self.other_script = not any(c.isascii() and c.isalpha() for c in re.sub(r"\\[a-zA-Z]", "", language.cue))
        self.words = {**language.words, "maker": maker, "product": product}

    @cached_property
    def compiled(self) -> list[tuple[re.Pattern[str], bool, bool]]:
        """Each form with whether it is doubtful, and whether it names a product."""
        compiled = []
        for entry in self.language.templates:
            template = entry if isinstance(entry, Template) else Template(entry)
            text = template.text
            for _ in range(5):
                text = _PLACE.sub(lambda m: self.words.get(m.group(1), m.group(0)), text)
            compiled.append((re.compile(text, re.ASCII), template.doubtful, "<product>" in template.text))
        return compiled
