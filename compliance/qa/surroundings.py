"""What stands around a passage: its paragraph, the definitions of its terms, and the line that dates its text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from compliance.index.index import Index
    from compliance.index.passages import Passage
    from compliance.index.texts import HeldText

WINDOW = 700
"""A hit grows to its neighbours in the same paragraph or list up to this many characters."""
_CLOSE_DAYS = 60
_DEFINES = re.compile(
    r'"([A-Z][\w-]+ [A-Z][\w -]{2,36})"[^"]{0,30}?\b(?:means?|refers? to|has the meaning|includes?)\b'
)
_DEFINED = 2
_RARE = 10


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A passage found: `start:end` with its surroundings, `cite_start:cite_end` the passage itself."""

    file: str
    start: int
    end: int
    cite_start: int
    cite_end: int
    passage: int
    score: float
    group: int


class Surroundings:
    """Grows hits, and adds what they rest on."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._defined: dict[str, dict[str, int]] = {}

    def with_definitions(self, ranked: list[tuple[int, float]]) -> list[tuple[int, float]]:
        """The ranking with the definitions of what its first passages speak of: exceptions may stand far from a ban."""
        passages = self.index.passages
        added: dict[int, float] = {}
        for at, score in ranked[:_DEFINED]:
            for term, place in self._definitions(passages[at].file).items():
                if place != at and re.search(rf"\b{re.escape(term)}\b", passages[at].words):
                    added.setdefault(place, score - 0.01)
        extra = list(added.items())[:_DEFINED]
        taken = {p for p, _ in extra}
        first = [r for r in ranked[:_DEFINED] if r[0] not in taken]
        return [*first, *extra, *(r for r in ranked[_DEFINED:] if r[0] not in taken)]

    def _definitions(self, file: str) -> dict[str, int]:
        """The terms that a text defines and does not use everywhere, with the passage that defines each."""
        known = self._defined.get(file)
        if known is None:
            known = {}
            mine = self.index.by_file.get(file, [])
            for at in mine:
                match = _DEFINES.match(self.index.passages[at].words)
                if match:
                    term = match[1].strip()
                    uses = sum(1 for p in mine if term in self.index.passages[p].words)
                    if uses <= _RARE:
                        known.setdefault(term, at)
            self._defined[file] = known
        return known

    def windows(self, ranked: list[tuple[int, float, int]], depth: int) -> list[Hit]:
        """Hits with their surroundings; a passage that an earlier hit shows already is not shown again."""
        hits: list[Hit] = []
        for at, score, group in ranked:
            passage = self.index.passages[at]
            shown = [h for h in hits if h.file == passage.file]
            if any(h.start <= passage.start and passage.end <= h.end for h in shown):
                continue
            start, end = self._window(at)
            for other in shown:
                if start < other.end and other.start < end:
                    if passage.start >= other.start:
                        start = max(start, min(other.end, passage.start))
                    else:
                        end = min(end, max(other.start, passage.end))
            hits.append(
                Hit(
                    file=passage.file,
                    start=start,
                    end=end,
                    cite_start=passage.start,
                    cite_end=passage.end,
                    passage=at,
                    score=round(score, 4),
                    group=group,
                )
            )
            if len(hits) == depth:
                break
        return hits

    def with_dates(self, hits: list[Hit], groups: int, asked_days: list[int | None]) -> list[Hit]:
        """The hits with the line that dates the text of each group's best hit: an answer about a day rests on it."""
        found: list[Hit] = []
        dated: set[str] = set()
        for group in range(groups):
            best = next((h for h in hits if h.group == group), None)
            text = self.index.texts[best.file] if best is not None else None
            if best is None or text is None or text.stated_at is None or text.file in dated:
                continue
            dated.add(text.file)
            start, end = text.stated_at
            found.append(
                msgspec.structs.replace(
                    best, start=start, end=end, cite_start=start, cite_end=end, passage=-1, score=0.0
                )
            )
            for near in self._versions_near(text, best.group, asked_days):
                if near.file not in dated and near.stated_at is not None:
                    dated.add(near.file)
                    a, b = near.stated_at
                    found.append(
                        Hit(
                            file=near.file, start=a, end=b, cite_start=a, cite_end=b, passage=-1, score=0.0, group=group
                        )
                    )
        first = 2 * groups
        return [*hits[:first], *found, *hits[first:]]

    def _versions_near(self, text: HeldText, group: int, days: list[int | None]) -> list[HeldText]:
        """The other versions of a text that were recorded or began close to the day asked about."""
        day = days[group] if group < len(days) else None
        if day is None:
            return []
        series = [
            t for t in self.index.shelf.texts if t.party == text.party and t.kind == text.kind and t.file != text.file
        ]
        return [t for t in series if any(x is not None and abs(x - day) < _CLOSE_DAYS for x in (t.since, t.recorded))]

    def _window(self, at: int) -> tuple[int, int]:
        passages = self.index.passages
        passage = passages[at]
        start, end, low, high = passage.start, passage.end, at, at
        grew = True
        while grew:
            grew = False
            for other in (high + 1, low - 1):
                if not 0 <= other < len(passages) or not _neighbours(passages[other], passage):
                    continue
                a, b = min(start, passages[other].start), max(end, passages[other].end)
                if b - a <= WINDOW:
                    start, end, low, high, grew = a, b, min(low, other), max(high, other), True
        return start, end


def _neighbours(a: Passage, b: Passage) -> bool:
    """Whether two passages stand in one paragraph, or in one list under the same words."""
    if a.file != b.file:
        return False
    same_list = a.section.rpartition(" > ")[0] == b.section.rpartition(" > ")[0]
    return a.block == b.block or (bool(b.lead) and a.lead == b.lead and same_list)
