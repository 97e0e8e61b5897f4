"""Checks of each record by itself: dates, the order of versions, clauses, licences and the patterns of families."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from compliance.corpus.names import key
from compliance.corpus.records import Channel, Clause, Document, Family, Licence, Record, Source, Version
from compliance.corpus.shelf import Fault, Placed, Shelf
from compliance.domain.days import Span, span
from compliance.reading.structured import Path_

TIMES = frozenset({"since", "until", "released", "retired", "published", "recorded", "when", "measured_on"})
PAIRS = (("since", "until"), ("released", "retired"))
BANS = frozenset({"train-competing-models", "train-any-models", "competing-product"})
READ = frozenset({"archived"})


def check_records(shelf: Shelf) -> Iterator[Fault]:
    """All faults that a record shows by itself (families also against each other's patterns)."""
    for placed in shelf.placed:
        yield from _values(placed, placed.record, ())
    for placed in shelf.of("document"):
        yield from _versions(placed)
        yield from _clauses(placed)
    for placed in shelf.of("channel"):
        yield from _channel(placed)
    for placed in shelf.of("licence"):
        yield from _licence(placed)
    yield from _families(shelf)


def _values(placed: Placed, record: Any, within: Path_) -> Iterator[Fault]:
    """Times that cannot be, and sources that lead nowhere, in a record and all records inside it."""
    spans: dict[str, Span] = {}
    for name in record.__struct_fields__:
        value = getattr(record, name)
        here = (*within, name)
        if name in TIMES and isinstance(value, str) and not (name == "measured_on" and value == "run"):
            try:
                spans[name] = span(value)
            except ValueError as error:
                yield Fault("error", "date", placed, f"{name}: {error}", "write a day, a month, a year or a/b", here)
        elif isinstance(value, Record):
            yield from _values(placed, value, here)
        elif isinstance(value, tuple):
            for at, item in enumerate(value):
                if isinstance(item, Record):
                    yield from _values(placed, item, (*here, at))
    for start, end in PAIRS:
        if start in spans and end in spans:
            first, last = spans[start].first, spans[end].last
            if first is not None and last is not None and last < first:
                message = f"{end} {getattr(record, end)} lies before {start} {getattr(record, start)}"
                yield Fault("error", "date", placed, message, "correct one of the two", (*within, end))
    if isinstance(record, Source) and not record.ref.strip():
        yield Fault("error", "source", placed, "a source without a reference", "say where the fact stands", within)


def _versions(placed: Placed) -> Iterator[Fault]:
    document = placed.record
    assert isinstance(document, Document)
    if not document.versions:
        message = "it has no version"
        yield Fault("error", "version", placed, message, "add one, with `seen: unseen` if its text was not read")
    seen: set[str] = set()
    before: Version | None = None
    for at, version in enumerate(document.versions):
        here: Path_ = ("versions", at)
        if version.id in seen:
            yield Fault("error", "twice", placed, f"two versions are called {version.id!r}", "rename one", here)
        seen.add(version.id)
        began, earlier = _span(version.since), _span(before.since) if before else None
        if began is None:
            continue
        if began.last is None:
            message = f"the version {version.id!r} has begun on no known day"
            yield Fault("error", "version", placed, message, "write `/day` for 'by that day'", (*here, "since"))
        elif before is not None and earlier is not None and earlier.last is not None:
            if began.last <= earlier.last:
                message = f"the version {version.id!r} does not begin after {before.id!r}"
                remedy = "put versions in the order of time"
                yield Fault("error", "version", placed, message, remedy, (*here, "since"))
            ended = _span(before.until) if before.until else None
            if ended is not None and ended.last is not None and began.first is not None and ended.last >= began.first:
                message = f"the version {before.id!r} ends after {version.id!r} has begun"
                remedy = "leave `until` out: a version ends where the next begins"
                yield Fault("error", "version", placed, message, remedy, ("versions", at - 1, "until"))
        before = version


def _span(text: str) -> Span | None:
    try:
        return span(text)
    except ValueError:
        return None


def _clauses(placed: Placed) -> Iterator[Fault]:
    document = placed.record
    assert isinstance(document, Document)
    read = {v.id for v in document.versions if v.seen in READ}
    known = {v.id for v in document.versions}
    ids: set[str] = set()
    for at, clause in enumerate(document.clauses):
        here: Path_ = ("clauses", at)
        for name in ("paraphrase", "section"):
            if not getattr(clause, name).strip():
                message = f"the clause {clause.id!r} has no {name}"
                yield Fault("error", "clause", placed, message, f"write its {name}", here)
        if clause.id in ids:
            yield Fault("error", "twice", placed, f"two clauses are called {clause.id!r}", "rename one", here)
        ids.add(clause.id)
        for name in (*clause.versions, *(pin.version for pin in clause.pins)):
            if name not in known:
                message = f"the clause {clause.id!r} names the version {name!r}, which the document has not"
                yield Fault("error", "dangling", placed, message, "correct the id of the version", here)
        yield from _meaning(placed, clause, here)
        for pin in clause.pins:
            if not re.fullmatch("[0-9a-f]{64}", pin.sha256):
                message = f"a pin of the clause {clause.id!r} is no SHA-256"
                yield Fault("error", "pin", placed, message, "64 hexadecimal digits, lower case", here)
            elif clause.versions and pin.version not in clause.versions:
                message = f"the clause {clause.id!r} is pinned in {pin.version!r}, where it does not stand"
                yield Fault("error", "pin", placed, message, "name the version in `versions`, or drop the pin", here)
        if not clause.pins and (read & set(clause.versions or known)):
            message = f"the clause {clause.id!r} stands in a text that was read, and has no pin"
            yield Fault("warning", "unpinned", placed, message, "see docs/how-to/pin-a-clause.md", here)


def _meaning(placed: Placed, clause: Clause, here: Path_) -> Iterator[Fault]:
    trains = clause.category in BANS or (clause.category == "distill" and "output" in clause.object)
    if trains and clause.effect == "prohibit" and clause.test is None:
        message = f"the ban {clause.id!r} does not say how far it reaches"
        yield Fault("error", "clause", placed, message, "add `test`: any, llm, competing, ...", here)
    if clause.category == "permit-training" and clause.effect != "permit":
        message = f"the clause {clause.id!r} permits training by category, and {clause.effect}s by effect"
        yield Fault("error", "clause", placed, message, "make `effect` permit, or choose another category", here)


def _channel(placed: Placed) -> Iterator[Fault]:
    channel = placed.record
    assert isinstance(channel, Channel)
    if not channel.documents and channel.upstream is None:
        message = "it names no document"
        remedy = "name one, with a version that is `seen: unseen` if need be; a reseller may say `upstream` instead"
        yield Fault("error", "channel", placed, message, remedy)
    if channel.region not in (None, "EEA"):
        message = f"the region {channel.region!r} is not known"
        yield Fault("error", "channel", placed, message, "leave it out, or write EEA", ("region",))


def _licence(placed: Placed) -> Iterator[Fault]:
    licence = placed.record
    assert isinstance(licence, Licence)
    if not licence.aliases and not licence.spdx and not licence.phrases:
        message = "it has no alias, so that only its id and name find it"
        yield Fault("error", "licence", placed, message, "add the spellings that cards and files use")
    if not licence.paraphrase.strip():
        yield Fault("error", "licence", placed, "it has no paraphrase", "say in our words what it grants")


def _families(shelf: Shelf) -> Iterator[Fault]:
    corpus = shelf.corpus
    owners: dict[str, Placed] = {}
    for placed in shelf.of("family"):
        family = placed.record
        assert isinstance(family, Family)
        found = corpus.family(family.id, family.maker)
        if found not in (family, None) and not (found and key(family.id) in found.patterns):
            message = f"its own id leads to the family {found.id if found else ''!r}"
            yield Fault("error", "pattern", placed, message, "add the id as a pattern", ("patterns",))
        for at, pattern in enumerate(family.patterns):
            flat = pattern.lower()
            if "/" in flat or not any(glob in (key(glob), key(glob) + "-") for glob in (flat.rstrip("*"), flat)):
                message = f"the pattern {pattern!r} can match no id, for ids are compared without owner, `_` and blanks"
                yield Fault("error", "pattern", placed, message, f"write {key(flat)!r}", ("patterns", at))
            first = owners.setdefault(flat, placed)
            if first is not placed and first.id != placed.id and not _told_apart(first.record, family):
                message = f"the pattern {pattern!r} is also one of {first.id!r} ({first.text.name})"
                yield Fault("error", "pattern", placed, message, "let one of the two have it", ("patterns", at))


def _told_apart(first: Record, second: Family) -> bool:
    """Whether hub owners say which of two families with one pattern is meant."""
    assert isinstance(first, Family)
    return bool(first.hub_owners) and bool(second.hub_owners) and not set(first.hub_owners) & set(second.hub_owners)
