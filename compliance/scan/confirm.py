"""From a record or a text to its hits: each mark is sought in the decoded field that it belongs to, and weighed there.

This module is the meaning of a scan. The passes over raw bytes only decide which records are worth coming here; a
loop that hands over every record finds the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from typing import Any

import msgspec

from compliance.scan.claims import Claim, Cues
from compliance.scan.context import TextContext
from compliance.scan.fields import Entry, Field, Key, path_of, walk
from compliance.scan.proof import proof
from compliance.scan.signatures import RANK, Signature, SignatureFile

MODEL_UNIT = "model-id"

# For some texts, the units that can occur in each of them, by the index of the text.
Live = Callable[[list[str]], dict[int, set[str]]]

# What ends the key of a model's id (anything may stand before), and keys that are one by themselves.
MODEL_KEYS = r"model(?:s|[_-]?(?:names?|ids?|version|slug|used))?"
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
_URL_KEY = re.compile(r"(?i)url|uri|base|endpoint|host|server|address|api")
_LEADS = re.compile(r"[:=]\s*\[?\s*[\"']?\Z")
_ID_KINDS = frozenset({"response-id", "tool-call-id", "fingerprint"})
_MARK_KINDS = frozenset({"artefact", "template"})
_LIST_REACH = 200
# What the key above a string says: marks are told by its values; it names a model.
_BY_VALUE, _NAMES_MODEL = 1, 2
_NAMES = {rank: name for name, rank in RANK.items()}
_NONE: frozenset[str] = frozenset()


class Hit(msgspec.Struct, frozen=True):
    """One mark: where it stands (offsets in code points of the decoded field; none for a key), and what it shows."""

    field: str
    start: int | None
    end: int | None
    signature: str
    party: str | None
    model: str | None
    channel: str | None
    strength: str
    date: str | None


class _Told(dict[str, int]):
    """What a key says of the string below it; long keys and endless kinds of keys are not kept."""

    def __init__(self, by_value: frozenset[str]) -> None:
        super().__init__()
        self.by_value = by_value

    def __missing__(self, key: str) -> int:
        told = (_BY_VALUE if key in self.by_value else 0) | (_NAMES_MODEL if is_model_key(key) else 0)
        if len(key) <= 64 and len(self) < 65536:
            self[key] = told
        return told


class Confirmer:
    """The signatures, compiled; `units` names what a raw pass may look for by itself."""

    def __init__(self, content: SignatureFile) -> None:
        self.content = content
        flags = {s.id: re.ASCII | (re.IGNORECASE if s.caseless else 0) for s in content.signatures}
        self.text = {s.id: (s, re.compile(s.pattern, flags[s.id])) for s in content.signatures if s.where == "text"}
        self.embedded = {
            s.id: (s, _embedded(s)) for s in content.signatures if s.where in ("value", "key")
        }  # the same marks inside a record that stands in a text
        self.by_key: dict[str, list[Signature]] = {}
        self.by_value_key: dict[str, list[tuple[Signature, re.Pattern[str]]]] = {}
        for s in content.signatures:
            for key in s.keys:
                if s.where == "key":
                    self.by_key.setdefault(key, []).append(s)
                else:
                    self.by_value_key.setdefault(key, []).append((s, re.compile(s.pattern, flags[s.id])))
        self.watched = frozenset(self.by_key)
        cues = Cues(content)
        self.claims = {c.id: c for c in (Claim(maker, content, cues) for maker in content.makers)}
        self.models = [(m, re.compile(m.pattern, re.ASCII)) for m in content.models]
        self.marks = frozenset(s.id for s in content.signatures if s.kind == "artefact")
        self.told = _Told(frozenset(self.by_value_key))
        self.maker_of = lru_cache(maxsize=65536)(self._maker_of)
        self.units: tuple[str, ...] = (*self.text, *self.embedded, *self.claims, MODEL_UNIT)
        self._order = {unit: place for place, unit in enumerate(self.units)}

    def record(self, record: Any, live: Live | None = None) -> list[Hit]:
        """The hits of a decoded record. `live` may tell which units can occur in each of some texts (none: all can)."""
        return self.records([record], live)[0]

    def records(self, records: list[Any], live: Live | None = None) -> list[list[Hit]]:
        """The hits of each of some decoded records, whose texts are handed to `live` together."""
        entries: list[Entry] = []
        walked: list[tuple[int, list[Key]]] = []
        for record in records:
            fields, keys = walk(record, self.watched)
            entries += fields
            walked.append((len(entries), keys))
        units = live([f[2] for f in entries]) if live is not None else None
        start = 0
        found: list[list[Hit]] = []
        told = self.told
        for stop, keys in walked:
            hits = [
                Hit(path_of(k.link), None, None, s.id, s.party, None, s.channel, s.strength, None)
                for k in keys
                for s in self.by_key[k.name]
            ]
            for index in range(start, stop):
                entry = entries[index]
                if told[entry[1]] or units is None or index in units:
                    hits += self._field(Field(*entry), None if units is None else units.get(index, _NONE))
            found.append(_settle(hits) if hits else hits)
            start = stop
        return found

    def _field(self, field: Field, units: Collection[str] | None) -> list[Hit]:
        """The hits of one string, in which only some units can occur (none given: any can)."""
        kinds = self.told[field.key]
        hits = self._values(field) if kinds & _BY_VALUE else []
        if units is None:
            hits += self._texts(field, self.units)
        elif len(units) > 1:
            hits += self._texts(field, sorted(units, key=self._order.__getitem__))
        elif units:
            hits += self._texts(field, units)
        if kinds & _NAMES_MODEL:
            hits += self._model(field)
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

    def _model(self, field: Field) -> list[Hit]:
        value = field.value
        if not _MODEL_VALUE.match(value):
            return []
        maker = self.maker_of(value)
        if maker is None:
            return []
        strength = "weak" if _NOT_TEACHER.search(field.key) else "strong"
        return [Hit(path_of(field.link), 0, len(value), maker[0], maker[1], value, None, strength, None)]

    def _values(self, field: Field) -> list[Hit]:
        hits = []
        for signature, pattern in self.by_value_key[field.key]:
            if pattern.fullmatch(field.value):
                weighed = proof(signature, field.value)
                if weighed is not None:
                    strength = "weak" if field.prompt else weighed[0]
                    hits.append(_hit(field, 0, len(field.value), signature, strength, weighed[1]))
        return hits

    def _texts(self, field: Field, units: Iterable[str]) -> list[Hit]:
        context = TextContext(field.value)
        hits: list[Hit] = []
        for name in units:
            if name in self.text:
                signature, pattern = self.text[name]
                for match in pattern.finditer(field.value):
                    hit = _weigh(field, context, signature, match)
                    if hit is not None:
                        hits.append(hit)
            elif name in self.claims:
                hits += self._claims(field, context, self.claims[name])
            elif name == MODEL_UNIT:
                hits += self._text_models(field, context)
            elif context.record_like:
                hits += _embedded_hits(field, *self.embedded[name])
        return self._unlist(hits)

    def _unlist(self, hits: list[Hit]) -> list[Hit]:
        """Three different product marks close together are a guide or a filter list: they prove nothing."""
        if len(hits) < 3:
            return hits
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

    @staticmethod
    def _claims(field: Field, context: TextContext, claim: Claim) -> list[Hit]:
        return [
            Hit(path_of(field.link), a, b, claim.id, claim.party, None, None, "weak" if field.prompt else s, None)
            for a, b, s in claim.find(context)
        ]

    def _text_models(self, field: Field, context: TextContext) -> list[Hit]:
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


def _hit(field: Field, start: int, end: int, signature: Signature, strength: str, date: str | None) -> Hit:
    return Hit(path_of(field.link), start, end, signature.id, signature.party, None, signature.channel, strength, date)


def _weigh(field: Field, context: TextContext, signature: Signature, match: re.Match[str]) -> Hit | None:
    """A mark in a text, with the strength that it has in this place; None where its proof fails."""
    start, end = match.span()
    weighed = proof(signature, match.group())
    if weighed is None:
        return None
    strength, date = weighed
    if RANK[strength] > 1 and (field.prompt or not _in_place(field, context, signature, start, end)):
        strength = "weak"
    return _hit(field, start, end, signature, strength, date)


def _in_place(field: Field, context: TextContext, signature: Signature, start: int, end: int) -> bool:
    """Whether a mark stands where its provider puts it, and is not spoken about."""
    if signature.kind in _ID_KINDS or signature.kind == "record-key":
        if end - start == len(field.value.strip()):
            return True
        return context.record_like and bool(_LEADS.search(field.value[max(0, start - 8) : start]))
    if signature.kind == "host":
        return " " not in field.value and "\n" not in field.value and bool(_URL_KEY.search(field.key))
    if signature.kind in _MARK_KINDS:
        shown = signature.kind == "template" and context.code_like
        return not shown and not context.quoted(start, end) and not context.spoken_of(start)
    return True


def _embedded(signature: Signature) -> re.Pattern[str]:
    keys = "|".join(re.escape(k) for k in signature.keys)
    if signature.where == "key":
        return re.compile(rf"""["'](?:{keys})["']\s*:|^\s*(?:{keys}):""", re.ASCII | re.MULTILINE)
    return re.compile(rf"""["']?\b(?:{keys})["']?\s*:\s*["']?({signature.pattern})""", re.ASCII)


def _embedded_hits(field: Field, signature: Signature, pattern: re.Pattern[str]) -> list[Hit]:
    hits = []
    for match in pattern.finditer(field.value):
        start, end = match.span(1) if pattern.groups else match.span()
        weighed = proof(signature, field.value[start:end])
        if weighed is not None:
            strength = "weak" if field.prompt else weighed[0]
            hits.append(_hit(field, start, end, signature, strength, weighed[1]))
    return hits
