"""Marks: the patterns of the signatures, where they stand in a text, and what they are worth there."""

from __future__ import annotations

import re
from functools import cached_property

import msgspec

from compliance.scan.context import TextContext
from compliance.scan.fields import Field, path_of
from compliance.scan.proof import proof
from compliance.scan.signatures import RANK, Signature

_URL_KEY = re.compile(r"(?i)url|uri|base|endpoint|host|server|address|api")
_LEADS = re.compile(r"[:=]\s*\[?\s*[\"']?\Z")
_ID_KINDS = frozenset({"response-id", "tool-call-id", "fingerprint"})
_MARK_KINDS = frozenset({"artefact", "template"})


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


class Mark:
    """A signature and its pattern, which is compiled when it is first needed."""

    def __init__(self, signature: Signature, source: str, flags: int) -> None:
        self.signature = signature
        self._source = source
        self._flags = flags

    @classmethod
    def whole(cls, signature: Signature) -> Mark:
        """The mark by itself."""
        return cls(signature, signature.pattern, re.ASCII | (re.IGNORECASE if signature.caseless else 0))

    @classmethod
    def embedded(cls, signature: Signature) -> Mark:
        """The mark below its key, inside a record that stands in a text."""
        keys = "|".join(re.escape(k) for k in signature.keys)
        if signature.where == "key":
            return cls(signature, rf"""["'](?:{keys})["']\s*:|^\s*(?:{keys}):""", re.ASCII | re.MULTILINE)
        return cls(signature, rf"""["']?\b(?:{keys})["']?\s*:\s*["']?({signature.pattern})""", re.ASCII)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The pattern, compiled."""
        return re.compile(self._source, self._flags)


def hit_of(field: Field, start: int, end: int, signature: Signature, strength: str, date: str | None) -> Hit:
    """The hit of a signature in a field."""
    return Hit(path_of(field.link), start, end, signature.id, signature.party, None, signature.channel, strength, date)


def marks_in(mark: Mark, field: Field, context: TextContext, _first: int, _last: int) -> list[Hit]:
    """The places of a mark in a text that prove right, with the strength that they have there."""
    signature = mark.signature
    hits: list[Hit] = []
    for match in mark.pattern.finditer(field.value):
        weighed = proof(signature, match.group())
        if weighed is not None:
            strength, date = weighed
            start, end = match.span()
            if RANK[strength] > 1 and (field.prompt or not _in_place(field, context, signature, start, end)):
                strength = "weak"
            hits.append(hit_of(field, start, end, signature, strength, date))
    return hits


def embedded_in(mark: Mark, field: Field, context: TextContext, _first: int, _last: int) -> list[Hit]:
    """The places of a mark in a record that stands in a text."""
    hits: list[Hit] = []
    if not context.record_like:
        return hits
    pattern = mark.pattern
    for match in pattern.finditer(field.value):
        start, end = match.span(1) if pattern.groups else match.span()
        weighed = proof(mark.signature, field.value[start:end])
        if weighed is not None:
            strength = "weak" if field.prompt else weighed[0]
            hits.append(hit_of(field, start, end, mark.signature, strength, weighed[1]))
    return hits


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
