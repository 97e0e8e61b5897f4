"""Answering what nobody stated: the manifest with the answers in it, and what is to be decided again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET

from compliance.decision.edits import apply
from compliance.decision.model import Edit
from compliance.domain.evidence import Evidence
from compliance.domain.manifest import NUMBER_KEYS, Generator, Manifest
from compliance.errors import InputError, MalformedText, UsageError
from compliance.evidence.manifest_file import check
from compliance.ledger.basis import Basis
from compliance.reading.structured import Text, parse
from compliance.reading.typed import convert

_NAME = "the answered manifest"
_PARTS = {"sources": (2, 3), "base_models": (2, 2), "agreements": (2, 2), "run": (2, 2), "trainer": (2, 2),
          "trainee": (2, 2)}  # fmt: skip
_encoder = msgspec.json.Encoder(order="deterministic")


class Answered(NamedTuple):
    """The changed manifest as bytes, and the basis that the decision is to be made on."""

    manifest: bytes
    basis: bytes


def answered(basis: bytes, manifest_sha256: str, edits: Sequence[Edit]) -> Answered:
    """What a stored decision was made from, with answers in it; refused where they change nothing or do not fit.

    An answer states what nobody stated. Whoever holds a stated fact for wrong changes the manifest, which then is
    another run: one person at a desk must not talk a run free.
    """
    held = msgspec.json.decode(basis, type=Basis)
    for edit in edits:
        _known(edit, held.manifest)
        _unstated(edit, held.manifest)
    try:
        changed = apply(held.manifest, edits)
        plain = _encoder.encode(changed)
    except (msgspec.ValidationError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"the answer does not fit the manifest: {error}", remedy="see the manifest's keys") from None
    content = Text(_NAME, plain.decode(), 1)
    read = convert(parse(content, NUMBER_KEYS), Manifest, content)
    check(read, content)
    if read == held.manifest:
        raise UsageError("the answer changes nothing", remedy="state a fact that the manifest does not hold yet")
    digest = hashlib.sha256(plain).hexdigest()
    inputs = tuple(_input(e, manifest_sha256, digest) for e in held.inputs)
    fresh = Basis(manifest=read, differences=held.differences, places={}, inputs=inputs)
    return Answered(plain, _encoder.encode(fresh))


def edits_of(source: str, facts: Mapping[str, Any], basis: bytes) -> list[Edit]:
    """Answers as edits: `key` of the source, `generated_by.key` within its one generator, or `part.key` of the run."""
    manifest = msgspec.json.decode(basis, type=Basis).manifest
    made: list[Edit] = []
    generator: dict[str, Any] = {}
    for name, value in facts.items():
        part, _, rest = name.partition(".")
        if part == "generated_by" and rest:
            generator[rest] = value
        elif part in ("run", "trainer", "trainee") and rest:
            made.append(Edit(at=(part, rest), value=value))
        else:
            made.append(Edit(at=("sources", source, name), value=value))
    if generator:
        found = next((s for s in manifest.sources if s.name == source), None)
        held = msgspec.to_builtins(found.generated_by) if found is not None and found.generated_by else {}
        if isinstance(held, list):
            raise UsageError("the source has several generators", remedy="answer with the whole list: generated_by=[…]")
        made.append(Edit(at=("sources", source, "generated_by"), value={**held, **generator}))
    return made


def edits_from(value: Any) -> list[Edit]:
    """Edits as JSON gives them: a list of `{at, value}` or `{at, drop}`."""
    try:
        return msgspec.convert(value, list[Edit])
    except msgspec.ValidationError as error:
        raise InputError(
            f"not a list of edits: {error}", remedy='for instance [{"at": ["run", "purpose"], …}]'
        ) from None


def edits_in(content: bytes, file: str) -> list[Edit]:
    """Edits from a JSON file's bytes."""
    try:
        value = json.loads(content.decode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise MalformedText(f"not JSON: {error}", file=file, remedy="a list of edits, as remedies have it") from None
    return edits_from(value)


def fact(given: str) -> tuple[str, Any]:
    """`KEY=VALUE` as key and value; the value is JSON, or else text."""
    name, equals, value = given.partition("=")
    if not name or not equals:
        raise UsageError(f"not a fact: {given!r}", remedy="--set KEY=VALUE")
    try:
        return name, json.loads(value)
    except (ValueError, RecursionError):
        return name, value


def _known(edit: Edit, manifest: Manifest) -> None:
    """An edit of a place that there is: a slip must not pass as an answer."""
    lengths = _PARTS.get(edit.at[0] if edit.at else "")
    if lengths is None or not lengths[0] <= len(edit.at) <= lengths[1]:
        raise UsageError(f"no part of a manifest is called {'.'.join(edit.at)!r}", remedy="name a source and its key")
    part, name = edit.at[0], edit.at[1]
    if part == "sources":
        _among(name, (s.name for s in manifest.sources), "source")
        if len(edit.at) == 3:
            _among(edit.at[2], manifest.sources[0].__struct_fields__, "key of a source")
        elif not edit.drop:
            raise UsageError("an answer names the key that it is for", remedy="sources, the source's name, the key")
    elif part == "base_models":
        _among(name, (b.model for b in manifest.base_models or ()), "base model")
    elif part != "agreements":
        _among(name, getattr(manifest, part).__struct_fields__, f"key of {part}")


def _unstated(edit: Edit, manifest: Manifest) -> None:
    """An edit that adds to what is stated and takes nothing of it back."""
    part, name = edit.at[0], edit.at[1]
    if edit.drop or part in ("agreements", "base_models"):
        raise _stated("sources that go, bases and agreements")
    if part == "sources":
        source = next(s for s in manifest.sources if s.name == name)
        now, asked = getattr(source, edit.at[2]), edit.at[2]
    else:
        now, asked = getattr(getattr(manifest, part), name), name
    if isinstance(now, Generator) and isinstance(edit.value, dict):
        kept = {k: v for k, v in msgspec.to_builtins(now).items() if v not in OPEN}
        if any(edit.value.get(k) != v for k, v in kept.items()):
            raise _stated("what the manifest says of the model")
    elif now is not UNSET and now not in OPEN:
        raise _stated(f"stated facts such as {asked!r}")


OPEN = ("unknown", "mixed")
"""Values that say that a fact is not known."""


def _stated(what: str) -> UsageError:
    return UsageError(
        f"an answer states what nobody stated; {what} are changed in the manifest",
        remedy="change the manifest and check it again",
    )


def _among(name: str, known: Iterable[str], what: str) -> None:
    if name not in set(known):
        raise UsageError(f"there is no {what} {name!r}", remedy="clearance reviews show names what is asked")


def _input(evidence: Evidence, then: str, now: str) -> Evidence:
    if evidence.sha256 != then:
        return evidence
    return msgspec.structs.replace(evidence, says="the manifest, with answers of a review", sha256=now)
