"""The corpora as a whole: parties, models, channels, documents, licences and data sets, found by any of their names."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path

from compliance.corpus import load as loading
from compliance.corpus.licences import Licences
from compliance.corpus.names import key, model_keys, pieces
from compliance.corpus.records import Channel, CorpusFile, Dataset, Document, Family, Licence, Party
from compliance.domain.days import Span, span


class Corpus:
    """Look-ups over the records; immutable once made, and safe to share between threads."""

    def __init__(self, content: CorpusFile, sha256: str) -> None:
        self.content = content
        self.sha256 = sha256
        self.parties = {p.id: p for p in content.parties}
        self.families = {f.id: f for f in content.families}
        self.documents: dict[str, Document] = {d.id: d for d in content.documents}
        self.licences = Licences(content.licences)
        self.datasets = {d.id: d for d in content.datasets}
        self._party_keys = _party_keys(content.parties)
        self._dataset_keys = _dataset_keys(content.datasets)
        self._globs = _Globs(content.families)
        self._channels: dict[tuple[str, str], list[Channel]] = {}
        self._resellers: dict[str, str] = {}
        for channel in content.channels:
            self._channels.setdefault((channel.party, channel.channel), []).append(channel)
            if channel.channel == "cloud-reseller":
                for name in (*channel.names, channel.party):
                    self._resellers.setdefault(key(name), channel.party)
        self._open_models: dict[str, tuple[Family, ...]] = {}
        self._control_memo: dict[tuple[str, int], frozenset[str]] = {}
        self._compound_memo: dict[str, tuple[Party, ...]] = {}
        self._dataset_memo: dict[str, Dataset | None] = {}
        self._family_memo: dict[tuple[str, str | None], Family | None] = {}

    @cached_property
    def kinds_in_scopes(self) -> frozenset[str]:
        """The kinds of models that the scope of some clause names; a clause reads the others alike."""
        scopes = [clause.scope for document in self.content.documents for clause in document.clauses]
        return frozenset(kind for scope in scopes if scope is not None for kind in scope.kinds)

    @property
    def records(self) -> int:
        """How many records there are."""
        return sum(len(getattr(self.content, name)) for name in CorpusFile.__struct_fields__)

    def party(self, name: str) -> Party | None:
        """The party that `name` (an id, a name, an alias or a product) stands for."""
        found = self.parties.get(name) or self.parties.get(self._party_keys.get(key(name), ""))
        return found

    def parties_in(self, name: str) -> tuple[Party, ...]:
        """All parties that a compound name such as 'A / B' or 'Group (University)' speaks of."""
        known = self._compound_memo.get(name)
        if known is None:
            if len(self._compound_memo) > 10_000:
                self._compound_memo.clear()
            whole = self.party(name)
            found = (whole,) if whole is not None else tuple(self.party(piece) for piece in pieces(name))
            known = self._compound_memo[name] = tuple({p.id: p for p in found if p is not None}.values())
        return known

    def controls(self, party: str, day: int) -> frozenset[str]:
        """The ids of `party`, its parents and its subsidiaries on that day, joined by control (never by a stake)."""
        memo = (party, day)
        found = self._control_memo.get(memo)
        if found is None:
            if len(self._control_memo) > 10_000:
                self._control_memo.clear()
            found = self._control_memo[memo] = self._controls(party, day)
        return found

    def _controls(self, party: str, day: int) -> frozenset[str]:
        group = {party}
        grew = True
        while grew:
            grew = False
            for other in self.parties.values():
                for hold in other.controlled_by:
                    if not _lasts(hold.since, hold.until).holds(day):
                        continue
                    if (other.id in group) != (hold.party in group):
                        group |= {other.id, hold.party}
                        grew = True
        return frozenset(group)

    def reseller(self, name: str) -> Party | None:
        """The reseller whose channel is called `name` (what follows `cloud-reseller:`)."""
        found = self._resellers.get(key(name))
        return self.parties.get(found) if found else self.party(name)

    def resellers_of(self, maker: str) -> tuple[Party, ...]:
        """The resellers that are well known for hosting a maker's models."""
        return self._hosts.get(maker, ())

    @cached_property
    def _hosts(self) -> dict[str, tuple[Party, ...]]:
        found: dict[str, dict[str, Party]] = {}
        for channel in self.content.channels:
            if channel.party in self.parties:
                for maker in channel.hosts:
                    found.setdefault(maker, {})[channel.party] = self.parties[channel.party]
        return {maker: tuple(hosts.values()) for maker, hosts in found.items()}

    def open_models(self, kind: str) -> tuple[Family, ...]:
        """The models of a kind with permissive weights, of makers that are providers themselves, the newest first."""
        found = self._open_models.get(kind)
        if found is None:
            newest = sorted(self.content.families, key=lambda f: (f.released or "", f.id), reverse=True)
            found = self._open_models[kind] = tuple(
                f for f in newest if f.kind == kind and self.channels(f.maker, "first-party-api") and self.permissive(f)
            )
        return found

    @cached_property
    def typical_teachers(self) -> tuple[Family, ...]:
        """The newest general language model with permissive weights, and the newest that its maker only hosts."""
        newest = sorted(self.content.families, key=lambda f: (f.released or "", f.id), reverse=True)
        hosted = (f for f in newest if f.kind == "general-llm" and f.hosted and not f.weights)
        closed = next((f for f in hosted if self.channels(f.maker, "first-party-api")), None)
        return (*self.open_models("general-llm")[:1], *((closed,) if closed else ()))

    def permissive(self, family: Family) -> bool:
        """Whether a family's weights, and those that it was made from, are all under permissive licences."""
        licences = self.weights_licences(family, family.id)
        parents = [p for a in self.ancestors(family) for p in self.weights_licences(a, a.id)]
        return bool(licences) and all(x.kind == "permissive" for x in (*licences, *parents))

    def channels(self, party: str, channel: str) -> list[Channel]:
        """The channel records of a party."""
        return self._channels.get((party, channel), [])

    def family(self, model: str, maker: str | None = None) -> Family | None:
        """The family of a model, by the most specific pattern; with `maker`, one of that maker if there is any."""
        memo = (model, maker)
        if memo not in self._family_memo:
            if len(self._family_memo) > 200_000:
                self._family_memo.clear()
            self._family_memo[memo] = self._find_family(model, maker)
        return self._family_memo[memo]

    def _find_family(self, model: str, maker: str | None) -> Family | None:
        best: tuple[int, int, Family] | None = None
        for rank, (owner, name) in enumerate(model_keys(model)):
            for weight, pattern, family in self._globs.of(name):
                if not _matcher(pattern).match(name):
                    continue
                score = weight + (1000 if owner and owner in family.hub_owners else 0)
                score += 500 if maker is not None and family.maker == maker else 0
                if best is None or (score, -rank) > best[:2]:
                    best = (score, -rank, family)
        return best[2] if best else None

    def dataset(self, name: str) -> Dataset | None:
        """The known data set that `name` stands for."""
        if name not in self._dataset_memo:
            if len(self._dataset_memo) > 200_000:
                self._dataset_memo.clear()
            self._dataset_memo[name] = self._find_dataset(name)
        return self._dataset_memo[name]

    def _find_dataset(self, name: str) -> Dataset | None:
        found = self.datasets.get(name) or self.datasets.get(self._dataset_keys.get(key(name), ""))
        if found is None and "/" in name:
            found = self.datasets.get(self._dataset_keys.get(key(name.rpartition("/")[2]), ""))
        if found is None and "(" in name:
            found = self.datasets.get(self._dataset_keys.get(key(name.split("(")[0]), ""))
        return found

    def weights_licences(self, family: Family, model: str, day: int | None = None) -> tuple[Licence, ...]:
        """The licences of a model's open weights on `day`, by size and version; empty where they are not open."""
        flat = model_keys(model)[0][1] if model_keys(model) else ""
        narrow = [w for w in family.weights if w.match and key(w.match) in flat]
        chosen = narrow or [w for w in family.weights if not w.match]
        if narrow:
            longest = max(len(w.match or "") for w in narrow)
            chosen = [w for w in narrow if len(w.match or "") == longest]
        begun = {w.licence: span(w.since).first or 0 if w.since else 0 for w in chosen}
        if day is not None and len(set(begun.values())) > 1:
            latest = max((start for start in begun.values() if start <= day), default=min(begun.values()))
            chosen = [w for w in chosen if begun[w.licence] == latest]
        return tuple(self.licences.by_id[w.licence] for w in chosen if w.licence in self.licences.by_id)

    def open_on(self, family: Family, day: int) -> bool:
        """Whether weights of the family had been published by that day."""
        return any(w.since is None or (span(w.since).first or 0) <= day for w in family.weights)

    def ancestors(self, family: Family, depth: int = 4) -> tuple[Family, ...]:
        """A family's parents and theirs, the nearest first."""
        found: dict[str, Family] = {}
        layer = [family]
        for _ in range(depth):
            layer = [self.families[p] for f in layer for p in f.parents if p in self.families and p not in found]
            for parent in layer:
                found[parent.id] = parent
        return tuple(found.values())


def load_corpus(root: Path | None = None, *, extra: Sequence[Path] = (), cache: bool = True) -> Corpus:
    """The corpora below `root`, with those of the `extra` folders added, ready for look-ups."""
    loaded = loading.load(root, extra=extra, cache=cache)
    return Corpus(loaded.content, loaded.sha256)


def _lasts(since: str | None, until: str | None) -> Span:
    return Span(span(since).first if since else None, span(until).last if until else None)


def _party_keys(parties: tuple[Party, ...]) -> dict[str, str]:
    keys: dict[str, str] = {}
    for party in parties:
        for name in (party.id, party.name, *party.aliases, *party.former_names):
            keys.setdefault(key(name), party.id)
    for party in parties:
        for product in party.products:
            for name in (product.name, *product.aliases):
                keys.setdefault(key(name), party.id)
    return keys


def _dataset_keys(datasets: tuple[Dataset, ...]) -> dict[str, str]:
    keys: dict[str, str] = {}
    for dataset in datasets:
        for name in (dataset.id, dataset.name, dataset.hub_id, *dataset.aliases):
            if name:
                keys.setdefault(key(name), dataset.id)
    for dataset in datasets:
        for name in (dataset.hub_id, *dataset.aliases):
            if name and "/" in name:
                keys.setdefault(key(name.rpartition("/")[2]), dataset.id)
    return keys


START = 3
"""Patterns are filed under so many first characters, so that a name is tried against few of them."""
Glob = tuple[int, str, Family]


class _Globs:
    """The patterns of all families; each is compiled when a name is first tried against it."""

    def __init__(self, families: tuple[Family, ...]) -> None:
        self._filed: dict[str, list[Glob]] = {}
        self._short: list[Glob] = []
        self._ready: dict[str, list[Glob]] = {}
        for family in families:
            for pattern in family.patterns:
                lower = pattern.lower()
                literal = _WILD.split(lower, maxsplit=1)[0]
                glob = (sum(1 for c in lower if c not in "*?[]"), lower, family)
                filed = self._filed.setdefault(literal[:START], []) if len(literal) >= START else self._short
                filed.append(glob)

    def of(self, name: str) -> list[Glob]:
        """The patterns that may match a name, those of most literal characters first."""
        start = name[:START]
        if start not in self._filed:
            start = ""
        found = self._ready.get(start)
        if found is None:
            several = [*self._filed.get(start, ()), *self._short]
            found = self._ready[start] = sorted(several, key=lambda glob: (-glob[0], glob[2].id))
        return found


_WILD = re.compile(r"[*?\[]")


@cache
def _matcher(pattern: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(pattern))
