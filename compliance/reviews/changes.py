"""What differs between two states of the corpora, and which names of stored decisions it can reach."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

import msgspec

from compliance.corpus.corpus import Corpus
from compliance.corpus.records import CorpusFile
from compliance.reviews.facts import MAX_NAME, indexed

State = Mapping[str, tuple[str, tuple[str, ...]]]
"""By record (`documents/openai/terms-of-use`): its digest, and the names that it goes by."""
_SELECTABLE = ("documents", "licences", "datasets")
_encoder = msgspec.json.Encoder(order="deterministic")


def state_of(corpus: Corpus) -> dict[str, tuple[str, tuple[str, ...]]]:
    """The digest and the names of each record."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for kind in CorpusFile.__struct_fields__:
        for number, record in enumerate(getattr(corpus.content, kind)):
            encoded = _encoder.encode(record)
            name = getattr(record, "id", None) or hashlib.sha256(encoded).hexdigest()[:16] or str(number)
            found[f"{kind}/{name}"] = (hashlib.sha256(encoded).hexdigest()[:32], tuple(_called(record)))
    return found


class Changes:
    """The records that came, went or changed between a stored state and the present one."""

    def __init__(self, then: State, now: State, corpus: Corpus) -> None:
        self.corpus = corpus
        self.records = sorted(n for n in then.keys() | now.keys() if then.get(n, ("",))[0] != now.get(n, ("",))[0])
        self.named = {indexed(name) for r in self.records for held in (then, now) for name in held.get(r, ("", ()))[1]}
        kinds = {kind: {r.partition("/")[2] for r in self.records if r.startswith(f"{kind}/")} for kind in _SELECTABLE}
        self.documents, self.licences = kinds["documents"], kinds["licences"]
        self._datasets = kinds["datasets"]

    @property
    def anywhere(self) -> bool:
        """Whether the change may reach any run: parties, their control, models and channels decide whom terms bind."""
        return any(r.partition("/")[0] not in _SELECTABLE for r in self.records)

    @cached_property
    def parties(self) -> frozenset[str]:
        """The parties whose documents changed."""
        held = self.corpus.documents
        return frozenset(held[d].party if d in held else d.partition("/")[0] for d in self.documents)

    @cached_property
    def families(self) -> frozenset[str]:
        """Model families whose weights, or those of a parent, are under a licence that changed."""
        found = {f.id for f in self.corpus.content.families if any(w.licence in self.licences for w in f.weights)}
        grew = True
        while grew:
            more = {f.id for f in self.corpus.content.families if found & set(f.parents)} - found
            grew = bool(more)
            found |= more
        return frozenset(found)

    @cached_property
    def datasets(self) -> frozenset[str]:
        """Data sets that changed, that others of them were made from, or that name what changed."""
        found = set(self._datasets)
        said = {d.id: set(_strings(d)) for d in self.corpus.content.datasets}
        found |= {name for name, held in said.items() if any(self._outside(text) for text in held)}
        grew = True
        while grew:
            more = {name for name, held in said.items() if name not in found and any(self._set(s, found) for s in held)}
            grew = bool(more)
            found |= more
        return frozenset(found)

    def touched(self) -> Iterator[tuple[str, str]]:
        """The touches (kind, name) that tell of a change."""
        for document in self.documents:
            yield "document", indexed(document)
        for licence in self.licences:
            yield "document", indexed(f"licence:{licence}")
        for party in self.parties:
            yield "party", indexed(party)
        for dataset in self.datasets:
            yield "dataset", indexed(dataset)

    def reaches(self, name: str) -> bool:
        """Whether a name that a run uses may stand for something that changed."""
        return name in self.named or self._outside(name) or self._set(name, self.datasets)

    def _outside(self, name: str) -> bool:
        corpus = self.corpus
        plain = name.removeprefix("cloud-reseller:")
        if self.parties:
            reseller = corpus.reseller(plain)
            known = {p.id for p in (*corpus.parties_in(plain), *((reseller,) if reseller else ()))}
            if known & self.parties:
                return True
        family = corpus.family(plain)
        if family is not None and (family.id in self.families or family.maker in self.parties):
            return True
        return bool(self.licences) and any(
            x.id in self.licences or self.licences & set(x.passes_on) for x in corpus.licences.resolve(plain)
        )

    def _set(self, name: str, among: Iterable[str]) -> bool:
        found = self.corpus.dataset(name)
        return found is not None and found.id in among


def _called(record: Any) -> Iterator[str]:
    for field in ("id", "name", "hub_id", "spdx"):
        value = getattr(record, field, None)
        if isinstance(value, str) and value:
            yield value
    yield from getattr(record, "aliases", ())


def _strings(record: Any) -> Iterator[str]:
    plain = msgspec.to_builtins(record)
    left = [plain.get(field) for field in ("licences", "generators", "derived_from", "keeps")]
    while left:
        at = left.pop()
        if isinstance(at, dict):
            left.extend(at.values())
        elif isinstance(at, list | tuple):
            left.extend(at)
        elif isinstance(at, str) and 0 < len(at) <= MAX_NAME:
            yield at
