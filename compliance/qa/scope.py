"""The texts that a question is about: for each party the versions in force on the days that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from compliance.domain.days import Span, day_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compliance.index.names import Names
    from compliance.index.texts import HeldText
    from compliance.qa.question import Asked


MOST_ERAS = 4


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Texts that one part of an answer is drawn from: those of a party on a day; no party stands for all of them.

    `notes` say where the text in force on the day is not held and its nearest neighbour stands in; `governed` is False
    where that holds of all of them.
    """

    party: str
    label: str
    files: tuple[str, ...]
    day: int | None = None
    notes: tuple[str, ...] = ()
    governed: bool = True


def groups_of(asked: Asked, names: Names, as_of: int | None) -> tuple[Group, ...]:
    """The groups of texts for a question. Without a day the newest texts count; `as_of` moves "now"."""
    parties: Sequence[str] = asked.parties
    if not parties:
        everyone = [g for p in names.by_party for g in _of_party(p, asked, names, as_of)]
        if not everyone:
            return ()
        days = dict.fromkeys(g.day for g in everyone)
        return tuple(
            Group(
                party="",
                label=_label("all providers", d),
                files=tuple(f for g in everyone if g.day == d for f in g.files),
                day=d,
            )
            for d in days
        )
    return tuple(g for p in parties for g in _of_party(p, asked, names, as_of))


def _of_party(party: str, asked: Asked, names: Names, as_of: int | None) -> list[Group]:
    held = names.by_party.get(party, [])
    name = names.party_names.get(party, party)
    days = _days(asked, as_of)
    if asked.changes and not asked.dated.spans:
        found = [_group(party, name, held, as_of)]
        known = [t for t in held if t.file not in found[0].files and (as_of is None or (t.since or 0) <= as_of)]
        eras = sorted({t.since for t in known if t.since is not None}, reverse=True)
        for since in eras[:MOST_ERAS]:
            files = tuple(t.file for t in known if t.since == since)
            found.append(Group(party=party, label=f"{name}, text of {day_text(since)}", files=files, day=since))
        return found
    groups: dict[tuple[str, ...], Group] = {}
    for day in days:
        group = _group(party, name, held, day)
        if group.files:
            groups.setdefault(group.files, group)
    found = list(groups.values())
    return [g for g in found if g.governed] or found


def _days(asked: Asked, as_of: int | None) -> list[int | None]:
    found: list[int | None] = []
    for span in asked.dated.spans:
        found += _points(span, asked.changes)
    if (
        not found
        or (asked.dated.now and asked.changes)
        or (asked.changes and len(asked.dated.spans) == 1 and len(set(found)) == 1)
    ):
        found.append(as_of)
    return list(dict.fromkeys(found))


def _points(span: Span, changes: bool) -> list[int | None]:
    first, last = span.first, span.last
    if first is None or last is None:
        return [first if first is not None else last]
    if first == last:
        return [first, first - 1] if changes else [first]
    if last - first > 200:
        return [last, (first + last) // 2, first]
    return [(first + last) // 2]


def _group(party: str, name: str, held: Sequence[HeldText], day: int | None) -> Group:
    series: dict[tuple[str, str], list[HeldText]] = {}
    for text in held:
        series.setdefault((text.kind, text.region), []).append(text)
    chosen = [_in_force(members, day) for members in series.values()]
    governed = any(texts and not note for texts, note in chosen)
    # Where a text governed on the day, one of another kind that began only later had no forerunner that we know of.
    kept = [(t, n) for t, n in chosen if t and not (n and governed and day is not None and (t[0].since or 0) > day)]
    files = [t.file for texts, _ in kept for t in texts]
    notes = [n for _, n in kept if n]
    return Group(
        party=party,
        label=_label(name, day),
        files=tuple(files),
        day=day,
        notes=tuple(notes),
        governed=governed or day is None,
    )


def _in_force(members: Sequence[HeldText], day: int | None) -> tuple[list[HeldText], str]:
    """The texts of a series that governed on `day`, else the nearest that is held, with a note that says so."""
    ordered = sorted(members, key=lambda t: (t.since or 0, t.recorded or 0))
    if day is None:
        current = [t for t in ordered if t.current]
        return current or ordered[-1:], ""
    now = [t for t in ordered if (t.since is None or t.since <= day) and (t.until is None or day < t.until)]
    if now:
        return now[-1:], ""
    before = [t for t in ordered if t.since is not None and t.since <= day]
    nearest = before[-1] if before else ordered[0]
    note = (
        f"the {nearest.title} in force on {day_text(day)} is not held; {nearest.file} "
        f"({nearest.in_force}) is the nearest"
    )
    return [nearest], note


def _label(name: str, day: int | None) -> str:
    return f"{name}, {day_text(day)}" if day is not None else name
