"""From a record or a text to its hits: each mark is sought in the decoded field that it belongs to, and weighed there.

This module is the meaning of a scan. The passes over raw bytes only decide which records are worth coming here; a
loop that hands over every record finds the same.
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import msgspec

from compliance.scan.claims import Claim
from compliance.scan.context import TextContext
from compliance.scan.fields import Field, path_of, walk
from compliance.scan.id_dates import issued, looks_typed
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
        self.claims = {c.id: c for c in (Claim(maker, content) for maker in content.makers)}
        self.models = [(m, re.compile(m.pattern, re.ASCII)) for m in content.models]
        self.marks = frozenset(s.id for s in content.signatures if s.kind == "artefact")
        self.told_by_key = lru_cache(maxsize=65536)(self._told_by_key)
        self.maker_of = lru_cache(maxsize=65536)(self._maker_of)
        self.units: tuple[str, ...] = (*self.text, *self.embedded, *self.claims, MODEL_UNIT)

    def record(self, record: Any, live: Live | None = None) -> list[Hit]:
        """The hits of a decoded record. `live` may tell which units can occur in each of some texts (none: all can)."""
        fields, keys = walk(record, self.watched)
        hits = [
            Hit(path_of(k.link), None, None, s.id, s.party, None, s.channel, s.strength, None)
            for k in keys
            for s in self.by_key[k.name]
        ]
        units = live([f[2] for f in fields]) if live is not None else None
        for index, entry in enumerate(fields):
            by_value, names_model = self.told_by_key(entry[1])
            if not by_value and not names_model and units is not None and index not in units:
                continue
            field = Field(*entry)
            if by_value:
                hits += self._values(field)
            if units is None:
                hits += self._texts(field, self.units)
            elif index in units:
                found = units[index]
                hits += self._texts(field, [u for u in self.units if u in found] if len(found) > 1 else found)
            if names_model:
                hits += self._model(field)
        return _settle(hits) if hits else hits

    def plain(self, text: str, live: Live | None = None) -> list[Hit]:
        """The hits of a text that is no record, such as a line of a text file."""
        return self.record(text, live)

    def _told_by_key(self, key: str) -> tuple[bool, bool]:
        """Whether marks are told by this key's values, and whether it names a model."""
        return key in self.by_value_key, is_model_key(key)

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
                weighed = _proof(signature, field.value)
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
    names = {rank: name for name, rank in RANK.items()}
    return party, names[best[0]]


@lru_cache(maxsize=65536)
def is_model_key(key: str) -> bool:
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
    weighed = _proof(signature, match.group())
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


def _proof(signature: Signature, value: str) -> tuple[str, str | None] | None:
    """The strength and the date of an id by its inner structure."""
    if signature.check is None:
        return signature.strength, None
    if signature.check == "anthropic-signature":
        proven, date = _thinking_signature(value), None
    elif signature.check == "typed":
        known = issued(value)
        proven, date = not looks_typed(value.rpartition("_")[2]), known.date if known else None
    else:
        found = issued(value)
        proven, date = found is not None, found.date if found else None
    strength = signature.strength if proven else signature.unproven
    return None if strength == "none" else (strength, date)


def _thinking_signature(value: str) -> bool:
    """Whether base64 text has the message structure of a signed thinking block, or names the model inside."""
    try:
        raw = base64.b64decode(value[: len(value.rstrip("=")) // 4 * 4])
    except ValueError:
        return False
    if b"claude-" in raw:
        return True
    at = 1
    while at < len(raw) and raw[at] >= 0x80:
        at += 1
    return raw[:1] == b"\x12" and raw[at + 1 : at + 2] == b"\x0a"


def _embedded(signature: Signature) -> re.Pattern[str]:
    keys = "|".join(re.escape(k) for k in signature.keys)
    if signature.where == "key":
        return re.compile(rf"""["'](?:{keys})["']\s*:|^\s*(?:{keys}):""", re.ASCII | re.MULTILINE)
    return re.compile(rf"""["']?\b(?:{keys})["']?\s*:\s*["']?({signature.pattern})""", re.ASCII)


def _embedded_hits(field: Field, signature: Signature, pattern: re.Pattern[str]) -> list[Hit]:
    hits = []
    for match in pattern.finditer(field.value):
        start, end = match.span(1) if pattern.groups else match.span()
        weighed = _proof(signature, field.value[start:end])
        if weighed is not None:
            strength = "weak" if field.prompt else weighed[0]
            hits.append(_hit(field, start, end, signature, strength, weighed[1]))
    return hits
