"""The names that a question mentions: providers, their products, models, data sets, licences, and texts that we hold.

A name either leads to texts that we hold, or to something that has terms of its own which we do not hold. Names are
data of the corpora and of the shelf; nothing here knows a provider.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from compliance.corpus.names import key
from compliance.index.wordlists import words_of

if TYPE_CHECKING:
    from compliance.corpus.corpus import Corpus
    from compliance.corpus.records import Document, Party
    from compliance.index.texts import HeldText

_EVERYDAY = words_of(Path(__file__).with_name("everyday.txt"))
"""Words of everyday speech that are also names."""
_BEFORE = words_of(Path(__file__).with_name("before_names.txt"))
"""Words and marks after which an everyday word may be a name."""
Kind = Literal["party", "product", "service", "model", "dataset", "licence"]

_TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")
_LONGEST = 8
_FREQUENT = words_of(Path(__file__).with_name("frequent.txt"))
"""Of those, the words that any sentence may hold."""
_TOO_GENERAL = frozenset(("AI", "API", "Chat", "Services", "Studio", "Code", "Cloud"))
_AFTER = frozenset(["'", "\u2019", "s", "ai", "api", "terms", "tos", "pro", "plus"])
_SMALL_WORLD = frozenset(("university", "community", "person"))
_KINDS_OF_THING = frozenset(["dataset", "datasets", "model", "models", "licence", "license", "weights", "corpus"])


class Mention(msgspec.Struct, frozen=True, kw_only=True):
    """A name in a question: where it stands, what it is, and whose; `files` are the held texts that it leads to,
    `others` further parties with texts that go by the same name.

    `missing` names something with terms of its own that we do not hold.
    """

    text: str
    start: int
    end: int
    kind: Kind
    party: str
    channel: str = ""
    files: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    missing: str = ""


class _Entry(msgspec.Struct, frozen=True):
    kind: Kind
    party: str
    channel: str
    files: tuple[str, ...]
    missing: str


class _Token(msgspec.Struct, frozen=True):
    text: str
    start: int
    end: int


def _tokens(text: str) -> list[_Token]:
    return [_Token(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(text)]


def _label(text: str) -> tuple[str, ...]:
    """The words of a name: "GPT-4", "gpt4" and "gpt 4" are one, as are "Together AI" and "together.ai"."""
    return tuple(m.group().casefold() for m in _TOKEN.finditer(text) if m.group()[0].isalnum())


class Names:
    """Finds mentions in questions; immutable once made.

    A dictionary of word sequences is all it takes: spaCy's phrase matcher finds the same, and its import alone takes
    longer than an answer.
    """

    def __init__(self, corpus: Corpus, texts: tuple[HeldText, ...]) -> None:
        self.corpus = corpus
        self.by_party: dict[str, list[HeldText]] = {}
        self.party_names: dict[str, str] = {}
        self._party_memo: dict[tuple[str, str], str] = {}
        for text in texts:
            party = self.party_of(text)
            self.by_party.setdefault(party, []).append(text)
            known = corpus.parties.get(party)
            self.party_names.setdefault(party, known.name if known else text.party)
        self._entries: dict[tuple[str, ...], list[_Entry]] = {}
        for name, entry in self._all(texts):
            label = _label(name)
            if label and len(label) <= _LONGEST and len(name) > 1:
                self._entries.setdefault(label, []).append(entry)

    def party_of(self, text: HeldText) -> str:
        """The id of the party whose text this is: the corpora's where they know it, else its own name."""
        memo = (text.service, text.party)
        if memo not in self._party_memo:
            found = self.corpus.parties_in(text.service) or self.corpus.parties_in(text.party)
            self._party_memo[memo] = found[0].id if found else key(text.party)
        return self._party_memo[memo]

    def _all(self, texts: tuple[HeldText, ...]) -> Iterable[tuple[str, _Entry]]:
        for service in dict.fromkeys((t.service, self.party_of(t), t.party) for t in texts):
            name, party, owner = service
            files = self._files(party)
            for spelling in dict.fromkeys((name, name.split(".")[0], *name.split()[1:][-1:])):
                if spelling in _TOO_GENERAL:
                    continue
                yield spelling, _Entry("service", party, "", files, "")
            for spelling in (owner, *re.findall(r"\(([^()]+)\)", owner), owner.split(" (")[0]):
                yield spelling, _Entry("party", party, "", files, "")
        for record in self.corpus.content.parties:
            files = self._files(record.id)
            if record.kind not in _SMALL_WORLD or files:
                entry = _Entry("party", record.id, "", files, "" if files else record.name)
                for spelling in (record.id, record.name, *record.aliases, *record.former_names):
                    yield spelling, entry
            yield from self._products(record)
        for channel in self.corpus.content.channels:
            if channel.channel == "cloud-reseller":
                files = self.governing(channel.party, channel.channel)
                entry = _Entry(
                    "product",
                    channel.party,
                    channel.channel,
                    files,
                    "" if files else channel.names[0] if channel.names else channel.party,
                )
                for spelling in channel.names:
                    yield spelling, entry
        for family in self.corpus.content.families:
            files = self._files(family.maker) if family.hosted or not family.weights else ()
            entry = _Entry("model", family.maker, "", files, "" if files else family.name)
            stems = (p.rstrip("*?").rstrip("-") for p in family.patterns if not re.search(r"[\[\]]|[*?].", p))
            for spelling in (family.name, *(s for s in stems if len(s) > 4 or re.search(r"[a-z]-?\d", s))):
                yield spelling, entry
        for dataset in self.corpus.content.datasets:
            for spelling in (dataset.id, dataset.name, *dataset.aliases):
                yield spelling, _Entry("dataset", dataset.id, "", (), dataset.name)
        for licence in self.corpus.content.licences:
            if licence.kind in ("model-community", "use-restricted", "service"):
                for spelling in (licence.name, *(p for p in licence.phrases if " " in p or "-" in p)):
                    yield spelling, _Entry("licence", licence.licensor or licence.id, "", (), licence.name)

    def _products(self, record: Party) -> Iterable[tuple[str, _Entry]]:
        for product in record.products:
            channel = product.channel or ""
            files = self.governing(record.id, channel) if channel else self._files(record.id)
            entry = _Entry("product", record.id, channel, files, "" if files else product.name)
            for spelling in (product.name, *product.aliases):
                yield spelling, entry

    def _files(self, party: str) -> tuple[str, ...]:
        return tuple(t.file for t in self.by_party.get(party, ()))

    def governing(self, party: str, channel: str) -> tuple[str, ...]:
        """The held texts of a party where they govern one of its channels; none where that channel's are not held."""
        held = self.by_party.get(party, [])
        records = [c for c in self.corpus.channels(party, channel) if c.until is None]
        wanted = [name for record in records for name in record.documents[:1]]
        known = [self.corpus.documents[n] for n in wanted if n in self.corpus.documents]
        if not held or not records:
            return self._files(party)
        if any(_is_of(document, text) for document in known for text in held):
            return self._files(party)
        # No archive ties the records to our texts: the kind of the text then tells which channel it is for.
        kinds = {t.kind for t in held}
        business = any(re.search(r"commercial|business|enterprise|developer|api|platform", k) for k in kinds)
        return self._files(party) if (channel == "consumer-app") != business else ()

    def mentions(self, question: str) -> list[Mention]:
        """The names in a question, in their order; where names overlap the longest counts."""
        tokens = _tokens(question)
        words = [t for t in tokens if t.text[0].isalnum()]
        place = {id(t): i for i, t in enumerate(tokens)}
        found: list[Mention] = []
        at = 0
        while at < len(words):
            for size in range(min(_LONGEST, len(words) - at), 0, -1):
                span = words[at : at + size]
                entries = self._entries.get(tuple(t.text.casefold() for t in span))
                first, last = place[id(span[0])], place[id(span[-1])]
                if entries and self._meant(question, tokens, first, last, entries):
                    found.append(_mention(question, span[0].start, span[-1].end, entries))
                    at += size
                    break
            else:
                at += 1
        return found

    def _meant(self, question: str, tokens: list[_Token], first: int, last: int, entries: list[_Entry]) -> bool:
        """Whether an everyday word is used as a name here: capitalised inside a sentence, or where names stand."""
        start, end = tokens[first].start, tokens[last].end
        text = question[start:end]
        after = tokens[last + 1].text.casefold() if last + 1 < len(tokens) else ""
        if re.search(r"[.?!:;,]\s", text):
            return False
        things = all(e.kind in ("model", "dataset", "licence") for e in entries)
        if first != last and not (things and all(t.text.casefold() in _EVERYDAY for t in tokens[first : last + 1])):
            return True
        if text.casefold() not in _EVERYDAY and first == last:
            return len(text) > 2
        held = [e for e in entries if e.files]
        if not held and not any(e.kind in ("party", "product") for e in entries):
            return after in _KINDS_OF_THING
        before = tokens[first - 1].text.casefold() if first else ""
        capital = text[:1].isupper() and first > 0 and before not in ".?!"
        if capital and len(text) > 2:
            return True
        # A name whose terms are held is meant, unless the word is one that any sentence may hold.
        return bool(held) and (text.casefold() not in _FREQUENT or after in _AFTER or not first or before in _BEFORE)


def _mention(question: str, start: int, end: int, entries: list[_Entry]) -> Mention:
    rank = {"service": 0, "product": 1, "party": 2, "model": 3, "licence": 4, "dataset": 5}
    best = min(entries, key=lambda e: (not e.files, rank[e.kind]))
    without = next((e for e in entries if e.kind == "product" and e.channel and not e.files), None)
    if without is not None and best.party == without.party and best.kind != "service":
        best = without
    same = [e for e in entries if e.party == best.party]
    return Mention(
        text=question[start:end],
        start=start,
        end=end,
        kind=best.kind,
        party=best.party,
        channel=best.channel or next((e.channel for e in same if e.channel), ""),
        files=best.files,
        others=tuple(dict.fromkeys(e.party for e in entries if e.files and e.party != best.party)),
        missing=best.missing,
    )


def _is_of(document: Document, text: HeldText) -> bool:
    """Whether a held text is a version of a document on record, or of the archive's series that it was taken from."""
    if text.record:
        return text.record == document.id
    series = key(f"{text.service}/{text.kind.replace('-', ' ')}")
    sources = (document.source, *(v.source for v in document.versions))
    return any(series in key(f"{s.ref} {s.note}") for s in sources)
