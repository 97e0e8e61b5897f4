"""Self-identification: sentences in which a text says of itself whose model it is."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import Any

from compliance.scan.context import TextContext
from compliance.scan.databases import ONCE, database
from compliance.scan.raw_forms import bounded_text_form
from compliance.scan.signatures import Beside, Language, Maker, SignatureFile, Template

# What ends a sentence: one set of characters first, on which a search runs much faster than on alternatives.
_END = re.compile(r"[.!?\u3002\uff01\uff1f\n](?:(?<![.!?])|(?=[\s\"”'»)]|$))")
# The same in a text that is turned round.
_END_TURNED = re.compile(r"[.!?\u3002\uff01\uff1f\n](?:(?<![.!?])|(?<=[\s\"”'»)].)|(?<=\A.))")
_REACH = 320
_NEAR = 300
_BESIDE = 40
# A text that repeats a name endlessly is looked at this many times.
_MOST = 1000
# Such sentences repeat themselves within a file: the last ones of each maker are not taken apart again.
_KEPT, _FORMS = 400, 1024
_PLACE = re.compile(r"<([a-z]+)>")


class Cues:
    """The cues of all languages, and the words in which a person speaks of a life, sought at once."""

    def __init__(self, content: SignatureFile) -> None:
        self.life_words = re.compile(content.life_words or "(?!)", re.ASCII)
        self._cues = _quick([language.cue for language in content.languages])
        self._life = _quick([content.life_words] if content.life_words else [])

    def of(self, window: str) -> list[int]:
        """The places of the languages whose cue may be in a sentence, in rising order."""
        return sorted(_found(self._cues, window))

    def life(self, text: str) -> bool:
        """Whether a person speaks of a life."""
        return bool(_found(self._life, text)) and self.life_words.search(text) is not None


def _quick(patterns: list[str]) -> Any:
    return database([bounded_text_form(p) for p in patterns], [ONCE] * len(patterns)) if patterns else None


def _found(patterns: Any, text: str) -> list[int]:
    found: list[int] = []

    def place(unit: int, _start: int, _end: int, _flags: int, _context: object) -> None:
        found.append(unit)

    if patterns is not None:
        patterns.scan(text.encode("utf-8", "surrogatepass"), match_event_handler=place)
    return found


class Claim:
    """The claims of one maker: where its names stand, and whether the sentence around makes the claim."""

    def __init__(self, maker: Maker, content: SignatureFile, cues: Cues) -> None:
        self.party = maker.party
        self.cues = cues
        self._known_form = lru_cache(maxsize=_FORMS)(self._form)
        self.id = "claim-" + re.sub(r"[^a-z0-9]+", "-", maker.party.lower()).strip("-")
        self.maker = maker
        self.content = content
        self._beside = _beside(maker.everyday, content.beside or Beside("", ""))
        self._plain = [x for x in (maker.maker, maker.product, maker.common) if x]
        # What must be in a text for `find` to look closer; and all names, whatever stands beside them.
        self.anchor = "|".join([*self._plain, *([self._beside] if maker.everyday else [])])
        self.spelled = "|".join([*self._plain, *filter(None, [maker.everyday])])

    @cached_property
    def everyday(self) -> re.Pattern[str] | None:
        """The names that are everyday words too."""
        return re.compile(self.maker.everyday, re.ASCII) if self.maker.everyday else None

    @cached_property
    def beside(self) -> re.Pattern[str]:
        """Those names with what must stand beside them."""
        return re.compile(self._beside, re.ASCII)

    @cached_property
    def names(self) -> re.Pattern[str]:
        """All names."""
        return re.compile(self.spelled, re.ASCII)

    @cached_property
    def common(self) -> re.Pattern[str] | None:
        """The names that people and things bear too."""
        return re.compile(self.maker.common, re.ASCII) if self.maker.common else None

    @cached_property
    def languages(self) -> list[tuple[re.Pattern[str], _Templates]]:
        """For each language its cue, and its sentence forms."""
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

    def find(self, context: TextContext, first: int, last: int) -> list[tuple[int, int, str]]:
        """The claims in a text as (start, end, strength), in order, without overlaps.

        Names that count stand in lines from that of the offset `first` to that of `last`.
        """
        text = context.text
        start = text.rfind("\n", 0, max(0, first)) + 1
        stop = text.find("\n", last)
        found: list[tuple[int, int, str]] = []
        done, looked = -1, 0
        for name in self.names.finditer(text, start, len(text) if stop < 0 else stop):
            if name.start() < done or not self._counts(text, name):
                continue
            looked += 1
            if looked > _MOST:
                break
            low, high = _sentence(text, name.start(), name.end())
            claim = self._claim(context, low, high, name.start())
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
        form = (self._known_form if len(window) <= _KEPT else self._form)(window, name - first)
        if form is None:
            return None
        start, end = first + form[0], first + form[1]
        return start, end, self._strength(context, start, end, form[2], form[3])

    def _form(self, window: str, name: int) -> tuple[int, int, bool, bool] | None:
        """The sentence form around the name that stands at an offset of a sentence: where, and of what kind."""
        ascii_only = window.isascii()
        for place in self.cues.of(window):
            cue, templates = self.languages[place]
            if (ascii_only and templates.other_script) or not cue.search(window):
                continue
            for form in templates.forms:
                for match in form.pattern.finditer(window):
                    if match.start() <= name < match.end():
                        return match.start(), match.end(), form.doubtful, form.names_product
        return None

    def _strength(self, context: TextContext, start: int, end: int, doubtful: bool, names_product: bool) -> str:
        if context.quoted(start, end) or context.reported(start):
            return "weak"
        if names_product and self.common is not None and self.common.search(context.text, start, end):
            doubtful = True
        if doubtful:
            around = context.around(start, end, _NEAR)
            if not self.model_words.search(around) or self.cues.life(around):
                return "weak"
        return "medium"


def _beside(names: str, beside: Beside) -> str:
    return f"{beside.before}(?:{names})|(?:{names}){beside.after}"


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence around a span, cut to a bounded reach."""
    low, high = max(0, start - _REACH), min(len(text), end + _REACH)
    opening = _END_TURNED.search(text[low:start][::-1])
    closing = _END.search(text, end, high)
    return start - opening.start() if opening else low, closing.start() if closing else high


class _Templates:
    """The sentence forms of a language for the names of one maker."""

    def __init__(self, language: Language, maker: str, product: str) -> None:
        self.language = language
        self.other_script = not any(c.isascii() and c.isalpha() for c in re.sub(r"\\[a-zA-Z]", "", language.cue))
        self.words = {**language.words, "maker": maker, "product": product}

    @cached_property
    def forms(self) -> list[_SentenceForm]:
        """Each form, written out for the maker."""
        forms = []
        for entry in self.language.templates:
            template = entry if isinstance(entry, Template) else Template(entry)
            text = template.text
            for _ in range(5):
                text = _PLACE.sub(lambda m: self.words.get(m.group(1), m.group(0)), text)
            forms.append(_SentenceForm(text, template.doubtful, "<product>" in template.text))
        return forms


class _SentenceForm:
    """A sentence form for one maker, which is compiled when a sentence gets as far as to be held against it."""

    def __init__(self, text: str, doubtful: bool, names_product: bool) -> None:
        self.text = text
        self.doubtful = doubtful
        self.names_product = names_product

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The form, compiled."""
        return re.compile(self.text, re.ASCII)
