"""The spaCy pipeline that finds the lexicon's ideas in the words of a unit."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from compliance.errors import InternalError
from compliance.reading.structured import decode, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from spacy.language import Language

LEXICON = Path(__file__).with_name("lexicon.yaml")
_GAP = re.compile(r"~(\d)\Z")


class Hit(NamedTuple):
    """An idea of the lexicon at the tokens `start:end`."""

    idea: str
    start: int
    end: int


class Words(NamedTuple):
    """A text as the pipeline read it: its tokens in lower case and the ideas in it, by place."""

    tokens: tuple[str, ...]
    hits: tuple[Hit, ...]

    def has(self, *ideas: str) -> bool:
        """Whether any of `ideas` is in the text."""
        return any(hit.idea in ideas for hit in self.hits)


def pattern_of(phrase: str) -> list[dict[str, Any]]:
    """A phrase of the lexicon as a pattern for spaCy's `Matcher`."""
    pattern: list[dict[str, Any]] = []
    for part in phrase.split():
        gap = _GAP.match(part)
        if gap:
            pattern.extend({"OP": "?"} for _ in range(int(gap[1])))
            continue
        optional = part.endswith("?") and len(part) > 1
        word = part[:-1] if optional else part
        choices = word.lower().split("|")
        token: dict[str, Any]
        if any("*" in c for c in choices):
            body = "|".join(r"[\w-]*".join(re.escape(x) for x in c.split("*")) for c in choices)
            token = {"LOWER": {"REGEX": rf"^(?:{body})$"}}
        else:
            token = {"LOWER": {"IN": choices}} if len(choices) > 1 else {"LOWER": choices[0]}
        if optional:
            token["OP"] = "?"
        pattern.append(token)
    return pattern


@functools.cache
def lexicon() -> dict[str, list[str]]:
    """The ideas and their phrases."""
    value = parse(decode(LEXICON.read_bytes(), str(LEXICON)), frozenset())
    if not isinstance(value, dict):
        raise InternalError("the lexicon is not a mapping", remedy="reinstall Clearance")
    return {str(idea): [p.strip() for p in str(phrases).split(";") if p.strip()] for idea, phrases in value.items()}


@functools.cache
def pipeline() -> Language:
    """`blank("en")` with the matcher of the lexicon as its only component."""
    import spacy
    from spacy.language import Language
    from spacy.matcher import Matcher
    from spacy.tokens import Doc

    if not Doc.has_extension("ideas"):
        Doc.set_extension("ideas", default=())

    if not Language.has_factory("clearance_ideas"):

        @Language.factory("clearance_ideas")
        def make(nlp: Language, name: str) -> Any:
            matcher = Matcher(nlp.vocab)
            for idea, phrases in lexicon().items():
                matcher.add(idea, [pattern_of(p) for p in phrases], greedy="LONGEST")

            def find(doc: Doc) -> Doc:
                found = [Hit(nlp.vocab.strings[key], start, end) for key, start, end in matcher(doc)]
                negated = {i for hit in found if hit.idea == "negative" for i in range(hit.start, hit.end)}
                # "you may not" opens like a permission, and is none.
                kept = [h for h in found if h.idea != "permit" or not negated & set(range(h.start, h.end))]
                doc._.ideas = tuple(sorted(kept, key=lambda hit: (hit.start, hit.end, hit.idea)))
                return doc

            return find

    nlp = spacy.blank("en")
    nlp.add_pipe("clearance_ideas")
    return nlp


def read(texts: Iterable[str]) -> Iterator[Words]:
    """The words and ideas of each text, in order."""
    for doc in pipeline().pipe(texts, batch_size=256):
        yield Words(tuple(t.lower_ for t in doc), doc._.ideas)
