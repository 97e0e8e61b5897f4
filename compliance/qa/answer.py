"""Answers: a verdict, sentences that rest on quotations, and where each quotation stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from compliance.qa.abstain import refusal
from compliance.qa.judge import Judged, Verdict, judge
from compliance.qa.question import Asked, Turn, read_question
from compliance.qa.records import remarks
from compliance.qa.retrieve import Found, Searcher
from compliance.qa.scope import Group, groups_of
from compliance.qa.surroundings import Hit
from compliance.terms.plain import plain

if TYPE_CHECKING:
    from compliance.corpus.corpus import Corpus
    from compliance.index.index import Index
    from compliance.index.names import Names

Kind = Literal["declined", "silent", "comparison", "change", "dated", "plain"]
SHOWN = 10
QUOTED = 700
TRUSTED = 2
"""So many of the first passages bear on a verdict; of the others those that speak of what is asked."""


class Citation(msgspec.Struct, frozen=True, kw_only=True):
    """A quotation that stands at `start:end` (code points) of a stored text, and which text that is."""

    file: str
    start: int
    end: int
    quote: str
    provider: str = ""
    document: str = ""
    section: str = ""
    in_force: str = ""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a stored text."""

    file: str
    start: int
    end: int


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer. `texts` are the versions judged, `turns_on` what would change it, `notes` what to know besides.

    `drafted` says that a chat model worded it, or found no answer in the passages; the verdict is never its own.
    """

    question: str
    answer: str
    verdict: Verdict
    abstained: bool
    kind: Kind = "plain"
    citations: tuple[Citation, ...] = ()
    retrieved: tuple[Place, ...] = ()
    texts: tuple[str, ...] = ()
    turns_on: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    drafted: bool = False


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """A question with the texts it is about and what was found in them."""

    asked: Asked
    groups: tuple[Group, ...]
    found: Found


class Answerer:
    """Answers questions from an index; `today` is what "last year" counts from, `as_of` moves "now"."""

    def __init__(self, index: Index, names: Names, corpus: Corpus, *, today: int, as_of: int | None = None) -> None:
        self.index = index
        self.names = names
        self.corpus = corpus
        self.today = today
        self.as_of = as_of
        self.searcher = Searcher(index)

    def find(self, question: str, history: Sequence[Turn] = (), *, party: str = "") -> Search:
        """The passages for a question, without an answer; `party` narrows it to one provider."""
        asked = read_question(question, self.names, self.today if self.as_of is None else self.as_of, history)
        if party:
            asked = msgspec.structs.replace(asked, parties=(party,), missing=())
        groups = groups_of(asked, self.names, self.as_of)
        return Search(asked=asked, groups=groups, found=self.searcher.search(asked, groups))

    def answer(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """The answer to a question."""
        there = self.find(question, history)
        asked, found = there.asked, there.found
        refused = refusal(
            asked, there.groups, found, self.names, self.index.texts, semantic=self.index.embedder is not None
        )
        places = tuple(Place(file=h.file, start=h.start, end=h.end) for h in found.hits[:SHOWN])
        topics = tuple(name for name, _ in found.topics[:2])
        if refused is None and not [h for h in found.hits if h.passage >= 0]:
            return self._silent(asked, topics)
        if refused is not None:
            return Answer(
                question=asked.text,
                answer=refused.text,
                verdict=refused.verdict,
                abstained=True,
                topics=topics,
                kind="silent" if refused.verdict == "unknown" else "declined",
                retrieved=places,
                notes=self.index.notes,
            )
        kind = _kind(asked)
        judged, deciding = self._judge(there, several=kind in ("comparison", "change"))
        cited = self._cited(there, deciding, kind)
        texts = tuple(dict.fromkeys(f"{c.document} ({c.in_force}): {c.file}" for c in cited))
        notes = (*(n for g in there.groups for n in g.notes), *self._unheld(asked), *self.index.notes)
        return Answer(
            question=asked.text,
            answer=self._words(there, judged, cited, kind),
            verdict=judged.verdict,
            abstained=False,
            kind=kind,
            citations=tuple(cited),
            retrieved=places,
            texts=texts,
            turns_on=judged.turns_on,
            topics=topics,
            notes=tuple(dict.fromkeys((*notes, *remarks(self.corpus, cited, topics)))),
        )

    def _silent(self, asked: Asked, topics: tuple[str, ...]) -> Answer:
        return Answer(
            question=asked.text,
            answer="The terms we hold do not say.",
            verdict="unknown",
            abstained=True,
            kind="silent",
            topics=topics,
            notes=self.index.notes,
        )

    def _judge(self, there: Search, *, several: bool) -> tuple[Judged, list[Hit]]:
        """The verdict by the passages of the first group, which is the one asked about."""
        hits = [h for h in there.found.hits if h.passage >= 0]
        first = sorted((h for h in hits if h.group == 0), key=lambda h: -h.score) or hits
        first = [h for place, h in enumerate(first) if place < TRUSTED or h.passage in there.found.speaking]
        topics = [name for name, _ in there.found.topics]
        judged = judge(
            there.asked,
            [self.index.passages[h.passage] for h in first],
            [h.score for h in first],
            topics,
            several=several,
        )
        return judged, [first[i] for i in judged.deciding]

    def _cited(self, there: Search, deciding: list[Hit], kind: Kind) -> list[Citation]:
        hits = [h for h in there.found.hits if h.passage >= 0]
        chosen = list(deciding)
        if kind in ("comparison", "change"):
            for group in range(len(there.groups)):
                chosen += [h for h in hits if h.group == group][:1]
        else:
            chosen += [h for h in hits[:2] if h.score > hits[0].score - 0.15]
        chosen += [h for h in there.found.hits if h.passage < 0]
        seen: dict[tuple[str, int], Hit] = {}
        for hit in chosen:
            seen.setdefault((hit.file, hit.cite_start), hit)
        return [self.citation(h) for h in list(seen.values())[:8]]

    def citation(self, hit: Hit) -> Citation:
        """The quotation of a hit, with the text that it stands in."""
        text = self.index.texts[hit.file]
        end = min(hit.cite_end, hit.cite_start + QUOTED)
        return Citation(
            file=hit.file,
            start=hit.cite_start,
            end=end,
            quote=text.text[hit.cite_start : end],
            provider=self.names.party_names[self.names.party_of(text)],
            document=text.title,
            section=self.index.passages[hit.passage].section if hit.passage >= 0 else "",
            in_force=text.in_force,
        )

    def _unheld(self, asked: Asked) -> tuple[str, ...]:
        lacking = dict.fromkeys(m.text for m in asked.mentions if m.missing and not m.files)
        return (f"we hold no terms or licence of {', '.join(lacking)}",) if lacking else ()

    def _words(self, there: Search, judged: Judged, cited: list[Citation], kind: Kind) -> str:
        lead = {"yes": "Yes", "no": "No", "conditional": "It depends"}.get(judged.verdict, "")
        opening = f"{lead}: {judged.why}." if lead and judged.why else ""
        if kind in ("comparison", "change"):
            lines = [f"{c.provider}, {c.document} ({c.in_force}): “{_short(c.quote)}”" for c in cited]
            return " ".join(x for x in (opening, " | ".join(lines)) if x)
        sentences = [
            f"The {c.document}{_where(c)} ({c.in_force}) says: “{_short(c.quote)}”{_stop(c.quote)}" for c in cited[:3]
        ]
        change = f" What would change this: {'; '.join(judged.turns_on)}." if judged.turns_on else ""
        return " ".join(x for x in (opening, *sentences) if x) + change


def _kind(asked: Asked) -> Kind:
    if asked.compares:
        return "comparison"
    if asked.changes:
        return "change"
    return "dated" if asked.dated.spans else "plain"


def _where(citation: Citation) -> str:
    last = citation.section.rsplit(" > ", 1)[-1]
    return f", “{last}”" if last else ""


def _stop(quote: str) -> str:
    """The full stop after a quotation, unless it ends in one of its own."""
    return "" if plain(quote)[-1:] in ".!?" else "."


def _short(quote: str) -> str:
    words = plain(quote)
    return words if len(words) <= 400 else words[:397].rsplit(" ", 1)[0] + " …"
