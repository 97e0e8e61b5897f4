"""From a record or a text to its hits: each mark is sought in the decoded field that it belongs to, and weighed there.

This module is the meaning of a scan. The passes over raw bytes only decide which records are worth coming here; a
loop that hands over every record finds the same.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache, partial
from typing import Any, NamedTuple

import msgspec

from compliance.scan.claims import Claim, Cues
from compliance.scan.context import TextContext
from compliance.scan.fields import Entry, Field, Key, path_of, walk
from compliance.scan.marks import Hit, Mark, embedded_in, hit_of, marks_in
from compliance.scan.proof import proof
from compliance.scan.signatures import RANK, ModelPattern, Signature, SignatureFile

__all__ = [
    "MODEL_KEYS",
    "MODEL_NAMES",
    "MODEL_UNIT",
    "OTHER_KEYS",
    "Confirmer",
    "Hit",
    "Live",
    "Sighted",
    "is_model_key",
    "strongest",
]

MODEL_UNIT = "model-id"


class Sighted(NamedTuple):
    """The units that can occur in a text, and where: no place ends before `first` or after `last` (code points)."""

    units: frozenset[str]
    first: int
    last: int


# For some texts, what can occur in each of them, by the index of the text; clean texts are left out.
Live = Callable[[list[str]], dict[int, Sighted]]

# What ends the key of a model's id (anything may stand before), and keys that are one by themselves.
_ENDINGS = ("name", "names", "id", "ids", "version", "slug", "used")
MODEL_NAMES = ("model", "models", *(f"model{gap}{ending}" for gap in ("", "_", "-") for ending in _ENDINGS))
MODEL_KEYS = rf"model(?:s|[_-]?(?:{'|'.join(_ENDINGS)}))?"
OTHER_KEYS = "engine|generator|llm|teacher"
_MODEL_KEY = re.compile(rf"(?i)(?:{MODEL_KEYS}|^(?:{OTHER_KEYS}))\Z")
_NOT_TEACHER = re.compile(r"(?i)judge|reward|base|student|target|embed|tokenizer|critic|evaluat|score|grader|filter")
_MODEL_VALUE = re.compile(r"[A-Za-z0-9@~][A-Za-z0-9._:/@+~-]{1,99}\Z")
_FILE_NAME = re.compile(r"(?:/|^)(?:license|notice|readme)|\.(?:md|py|json|jsonl|txt|ya?ml|sh|csv|parquet|html?)\Z")
_TEXT_MODEL = re.compile(
    rf"""(?i)(?:\b([a-z_.-]{{0,24}}{MODEL_KEYS})(?:["']\s*[:=]|[ ]?[:=])|["']({OTHER_KEYS})["']\s*[:=])\s*\[?\s*["']?"""
    r"""([A-Za-z0-9@~][A-Za-z0-9._:/@+~-]{1,99})""",
    re.ASCII,
)
_LIST_REACH = 200
# What the key above a string says: marks are told by its values; it names a model.
_BY_VALUE, _NAMES_MODEL, _NO_TEACHER = 1, 2, 4
_NAMES = {rank: name for name, rank in RANK.items()}
# Sets of units whose order is kept.
_PLANS = 4096


class _Told(dict[str, int]):
    """What a key says of the string below it; long keys and endless kinds of keys are not kept."""

    def __init__(self, by_value: frozenset[str]) -> None:
        super().__init__()
        self.by_value = by_value

    def __missing__(self, key: str) -> int:
        told = _BY_VALUE if key in self.by_value else 0
        if is_model_key(key):
            told |= _NAMES_MODEL | (_NO_TEACHER if _NOT_TEACHER.search(key) else 0)
        if len(key) <= 64 and len(self) < 65536:
            self[key] = told
        return told


Seeker = Callable[[Field, TextContext, int, int], list[Hit]]


class Confirmer:
    """The signatures; `units` names what a raw pass may look for by itself."""

    def __init__(self, content: SignatureFile) -> None:
        self.content = content
        whole = {s.id: Mark.whole(s) for s in content.signatures}
        self.text = {s.id: whole[s.id] for s in content.signatures if s.where == "text"}
        self.embedded = {
            s.id: Mark.embedded(s) for s in content.signatures if s.where in ("value", "key")
        }  # the same marks inside a record that stands in a text
        self.by_key: dict[str, list[Signature]] = {}
        self.by_value_key: dict[str, list[Mark]] = {}
        for s in content.signatures:
            for key in s.keys:
                if s.where == "key":
                    self.by_key.setdefault(key, []).append(s)
                else:
                    self.by_value_key.setdefault(key, []).append(whole[s.id])
        self.watched = frozenset(self.by_key)
        cues = Cues(content)
        self.claims = {c.id: c for c in (Claim(maker, content, cues) for maker in content.makers)}
        self.marks = frozenset(s.id for s in content.signatures if s.kind == "artefact")
        self.told = _Told(frozenset(self.by_value_key))
        self.maker_of = lru_cache(maxsize=65536)(self._maker_of)
        self._seekers: dict[str, Seeker] = {
            **{name: partial(marks_in, mark) for name, mark in self.text.items()},
            **{name: partial(embedded_in, mark) for name, mark in self.embedded.items()},
            **{name: partial(_claims_in, claim) for name, claim in self.claims.items()},
            MODEL_UNIT: self._text_models,
        }
        self.units: tuple[str, ...] = tuple(self._seekers)
        self._all = tuple(self._seekers.values())
        self._plan = lru_cache(maxsize=_PLANS)(self._ordered)

    @cached_property
    def models(self) -> list[tuple[ModelPattern, re.Pattern[str]]]:
        """How the model ids of each maker look."""
        return [(m, re.compile(m.pattern, re.ASCII)) for m in self.content.models]

    def _ordered(self, units: frozenset[str]) -> tuple[Seeker, ...]:
        return tuple(seek for unit, seek in self._seekers.items() if unit in units)

    def record(self, record: Any, live: Live | None = None) -> list[Hit]:
        """The hits of a decoded record. `live` may tell which units can occur in each of some texts (none: all can)."""
        return self.records([record], live)[0]

    def records(self, records: list[Any], live: Live | None = None) -> list[list[Hit]]:
        """The hits of each of some decoded records, whose texts are handed to `live` together."""
        entries: list[Entry] = []
        found: list[list[Hit]] = []
        stops: list[int] = []
        watched = self.watched
        for record in records:
            fields, keys = walk(record, watched)
            entries += fields
            stops.append(len(entries))
            found.append(self._keys(keys) if keys else [])
        told = self.told
        if live is None:
            units: dict[int, Sighted] = {}
            places: Iterable[int] = range(len(entries))
        else:
            units = live([entry[2] for entry in entries])
            places = sorted({*units, *[i for i, entry in enumerate(entries) if told[entry[1]]]})
        at = 0
        for place in places:
            hits = self._field(Field(*entries[place]), units.get(place), anything=live is None)
            if hits:
                at = bisect_right(stops, place, at)
                found[at] += hits
        return [_settle(hits) if len(hits) > 1 else hits for hits in found]

    def _keys(self, keys: list[Key]) -> list[Hit]:
        return [
            Hit(path_of(k.link), None, None, s.id, s.party, None, s.channel, s.strength, None)
            for k in keys
            for s in self.by_key[k.name]
        ]

    def _field(self, field: Field, sighted: Sighted | None, *, anything: bool) -> list[Hit]:
        """The hits of one string, in which only what was sighted can occur, or anything."""
        kinds = self.told[field.key]
        hits = self._values(field) if kinds & _BY_VALUE else []
        if anything:
            hits += self._texts(field, self._all, 0, len(field.value))
        elif sighted is not None:
            hits += self._texts(field, self._plan(sighted.units), sighted.first, sighted.last)
        if kinds & _NAMES_MODEL:
            hits += self._model(field, "weak" if kinds & _NO_TEACHER else "strong")
        return hits

    def plain(self, text: str, live: Live | None = None) -> list[Hit]:
        """The hits of a text that is no record, such as a line of a text file."""
        return self.record(text, live)

    def _maker_of(self, value: str) -> tuple[str, str] | None:
        lowered = value.lower()
        if _FILE_NAME.search(lowered):
            return None
        for model, pattern in self.models:
            if pattern.search(lowered):
                return model.id, model.party
        return None

    def _model(self, field: Field, strength: str) -> list[Hit]:
        value = field.value
        if not _MODEL_VALUE.match(value):
            return []
        maker = self.maker_of(value)
        if maker is None:
            return []
        return [Hit(path_of(field.link), 0, len(value), maker[0], maker[1], value, None, strength, None)]

    def _values(self, field: Field) -> list[Hit]:
        hits = []
        for mark in self.by_value_key[field.key]:
            if mark.pattern.fullmatch(field.value):
                signature = mark.signature
                weighed = proof(signature, field.value)
                if weighed is not None:
                    strength = "weak" if field.prompt else weighed[0]
                    hits.append(hit_of(field, 0, len(field.value), signature, strength, weighed[1]))
        return hits

    def _texts(self, field: Field, seekers: tuple[Seeker, ...], first: int, last: int) -> list[Hit]:
        context = TextContext(field.value)
        hits: list[Hit] = []
        for seek in seekers:
            hits += seek(field, context, first, last)
        return self._unlist(hits) if len(hits) > 2 else hits

    def _unlist(self, hits: list[Hit]) -> list[Hit]:
        """Three different product marks close together are a guide or a filter list: they prove nothing."""
        marks = [h for h in hits if h.signature in self.marks and h.start is not None]
        if len({h.signature for h in marks}) < 3:
            return hits
        marks.sort(key=lambda h: h.start or 0)
        listed: set[Hit] = set()
        first, near = 0, Counter[str]()
        for last, hit in enumerate(marks):
            near[hit.signature] += 1
            while (hit.start or 0) - (marks[first].start or 0) > 2 * _LIST_REACH:
                near[marks[first].signature] -= 1
                first += 1
            if sum(1 for count in near.values() if count) >= 3:
                listed.update(marks[first : last + 1])
        return [msgspec.structs.replace(h, strength="weak") if h in listed else h for h in hits]

    def _text_models(self, field: Field, context: TextContext, _first: int, _last: int) -> list[Hit]:
        hits = []
        for match in _TEXT_MODEL.finditer(field.value):
            key, value = match.group(1) or match.group(2), match.group(3).rstrip(".")
            maker = self.maker_of(value)
            if maker is None:
                continue
            sure = context.record_like and not field.prompt and not _NOT_TEACHER.search(key)
            start = match.start(3)
            link = path_of(field.link)
            strength = "strong" if sure else "weak"
            hits.append(Hit(link, start, start + len(value), maker[0], maker[1], value, None, strength, None))
        return hits


def strongest(hits: list[Hit]) -> tuple[str | None, str]:
    """The party that the hits name most strongly, and how strongly; among equals the first model id decides."""
    best: tuple[int, int] = (0, 0)
    party: str | None = None
    for hit in hits:
        rank = (RANK[hit.strength], 1 if hit.model else 0)
        if hit.party is not None and rank > best:
            best, party = rank, hit.party
    return party, _NAMES[best[0]]


def is_model_key(key: str) -> bool:
    """Whether the string below a key is a model's id."""
    return _MODEL_KEY.search(key) is not None


def _settle(hits: list[Hit]) -> list[Hit]:
    """Where a record names its model, ids and keys of another maker lose their certainty: proxies mint them too."""
    named = {h.party for h in hits if h.model is not None and h.strength == "strong"}
    if not named:
        return hits
    return [
        msgspec.structs.replace(h, strength="weak")
        if h.model is None and h.party is not None and h.party not in named and h.strength != "weak"
        else h
        for h in hits
    ]


def _claims_in(claim: Claim, field: Field, context: TextContext, first: int, last: int) -> list[Hit]:
    hits = []
    for start, end, strength in claim.find(context, first, last):
        weighed = "weak" if field.prompt else strength
        hits.append(Hit(path_of(field.link), start, end, claim.id, claim.party, None, None, weighed, None))
    return hits
