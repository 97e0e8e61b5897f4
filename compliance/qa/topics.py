"""What terms speak of, and what people ask that terms do not answer, in the voices of those who ask and of clauses."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, Literal

import msgspec

from compliance.errors import InternalError
from compliance.reading.structured import decode, parse

Realm = Literal["terms", "silent", "rarely", "elsewhere"]
_FOLDER = Path(__file__).parent


class Topic(msgspec.Struct, frozen=True):
    """A subject: questions that people ask of it, and wordings of clauses that answer them.

    `terms` are subjects of terms; `silent` ones are near, but no terms answer them; `rarely` those that few texts
    settle, by the words `named`; `elsewhere` is another world. `who` is whose conduct its clauses are about, where it
    matters.
    """

    id: str
    realm: Realm
    asks: tuple[str, ...]
    says: tuple[str, ...] = ()
    who: Literal["user", "provider", ""] = ""
    named: tuple[str, ...] = ()


@functools.cache
def topics() -> tuple[Topic, ...]:
    """All topics, those of terms first, in the order of their files."""
    inside = _mapping("topics.yaml")
    found = [
        Topic(str(name), "terms", _parts(entry["asks"]), _parts(entry["says"]), _who(entry))
        for name, entry in inside.items()
    ]
    outside = _mapping("outside.yaml")
    for realm in ("silent", "elsewhere"):
        found += [Topic(str(name), realm, _parts(asks)) for name, asks in outside[realm].items()]
    found += [
        Topic(name, "rarely", _parts(entry["asks"]), named=_parts(entry["named"]))
        for name, entry in outside["rarely"].items()
    ]
    return tuple(found)


def phrases() -> tuple[str, ...]:
    """All wordings of all topics: their vectors are kept with those of the passages."""
    return tuple(dict.fromkeys(text for topic in topics() for text in (*topic.asks, *topic.says)))


def _mapping(name: str) -> dict[str, dict[str, Any]]:
    path = _FOLDER / name
    value = parse(decode(path.read_bytes(), str(path)), frozenset())
    if not isinstance(value, dict):
        raise InternalError(f"{name} is not a mapping", remedy="reinstall Clearance")
    return value


def _who(entry: dict[str, str]) -> Literal["user", "provider", ""]:
    return "user" if entry.get("who") == "user" else "provider" if entry.get("who") == "provider" else ""


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in str(text).split(";") if part.strip())
