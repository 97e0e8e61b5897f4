"""Which stored decisions rest on a document that has changed, and must be taken again.

Decisions are the JSON documents that `clearance check --format json` prints. They cite clauses by the corpora's
records; a source (an archive's repository) names documents its own way. So a document counts as cited where party and
title agree by their words, or where a citation's source names the archive's file.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from compliance.errors import InputError, UnreadableFile
from compliance.history.align import words
from compliance.reading.structured import decode, parse, read_bytes

MAX_DECISIONS = 100_000
_KINDS = frozenset(words("the and of for on terms term service services use conditions agreement policy"))
_MAX_DEPTH = 60


class Cited(NamedTuple):
    """A clause that a decision cites: the record of the corpora, its title, version, and the source it names."""

    party: str
    document: str
    title: str
    version: str
    source: str


class StoredDecision(NamedTuple):
    """A decision on file: where it is, its id and verdict, and what it cites."""

    file: str
    id: str
    verdict: str
    cites: tuple[Cited, ...]


class Touched(NamedTuple):
    """A decision to take again, with the citations that changed under it."""

    file: str
    id: str
    verdict: str
    versions: tuple[str, ...]


def read_decisions(folder: Path) -> tuple[list[StoredDecision], list[str]]:
    """The decisions in a folder's JSON files, and a line for each file that is none."""
    if not folder.is_dir():
        raise UnreadableFile("no folder of decisions", file=str(folder), remedy="name the folder that holds them")
    found: list[StoredDecision] = []
    refused: list[str] = []
    for path in sorted(folder.rglob("*.json")):
        if path.is_symlink() or not path.is_file():
            continue
        if len(found) + len(refused) >= MAX_DECISIONS:
            refused.append(f"{folder}: more than {MAX_DECISIONS:,} files, the rest was not read")
            break
        try:
            found.append(_decision(path))
        except InputError as error:
            refused.append(error.one_line())
    return found, refused


def touched(decisions: Iterable[StoredDecision], document: str, since: datetime.date | None = None) -> list[Touched]:
    """The decisions that cite `document` (`party/name`), in a version from before `since`.

    A version of unknown day counts: a decision is looked at once too often rather than once too little.
    """
    found = []
    for decision in decisions:
        versions = {c.version for c in decision.cites if _is(c, document) and _before(c.version, since)}
        if versions:
            found.append(Touched(decision.file, decision.id, decision.verdict, tuple(sorted(versions))))
    return found


def _is(cited: Cited, document: str) -> bool:
    party, _, name = document.casefold().partition("/")
    if f"{party}/{name}" == cited.document.casefold() or f"{party}/{name}.md" in cited.source.casefold():
        return True
    holder = {w for w in words(f"{cited.party} {cited.document} {cited.title}") if w not in _KINDS}
    wanted = {w for w in words(party) if w not in _KINDS and len(w) > 1}
    if not wanted or not (wanted & holder or _joined(party) in _joined(f"{cited.party} {cited.title}")):
        return False
    kind = {w for w in words(name) if w not in _KINDS}
    return kind <= holder and bool(kind or not (holder - wanted - set(words(cited.party))))


def _joined(text: str) -> str:
    return "".join(words(text))


def _before(version: str, since: datetime.date | None) -> bool:
    if since is None:
        return True
    day = version[:10]
    return not (day[:4].isdigit() and day > since.isoformat()[: len(day)])


def _decision(path: Path) -> StoredDecision:
    value = parse(decode(read_bytes(path), str(path)), frozenset())
    if not isinstance(value, dict) or "verdict" not in value or not isinstance(value.get("sources"), list):
        raise InputError("not a decision", file=str(path), remedy="store what clearance check --format json prints")
    cites = {c for c in _citations(value, 0)}
    return StoredDecision(str(path), str(value.get("id", "")), str(value["verdict"]), tuple(sorted(cites)))


def _citations(value: Any, depth: int) -> Iterator[Cited]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, dict):
        if isinstance(value.get("document"), str) and "version" in value:
            yield Cited(*(str(value.get(key) or "") for key in Cited._fields))
        for inner in value.values():
            yield from _citations(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _citations(inner, depth + 1)
