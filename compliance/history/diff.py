"""Two versions clause by clause: what kind of change each is, why, and which words changed."""

from __future__ import annotations

import difflib
import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Literal

import msgspec

from compliance.history.align import Pair, align, words
from compliance.history.compare import DEFAULT, Text, differences
from compliance.history.norms import norm_of, on_topic
from compliance.history.passages import Passage

Change = Literal["cosmetic", "moved", "reworded", "meaning-changed", "added", "removed"]

_NUMBERING = re.compile(r"^[\W\d]*(?:[ivxlc]+[.)]|[a-z][.)])?[\W\d]*", re.IGNORECASE)
_MARKS: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "a prohibition": r"\b(?:may|shall|will|must|can|do|does) not\b|\b(?:cannot|prohibit|forbid|never|refrain)",
        "a duty": r"\b(?:shall|must|will|agrees? to|required to)\b(?! not)",
        "a permission": r"\b(?:may|can|permitted to|allowed to|entitled to|right to)\b(?! not)",
        "an exception": r"\b(?:except|unless|other than|provided|excluding|notwithstanding|subject to)\b",
        "a limit (only)": r"\b(?:only|solely|exclusively)\b",
        "a reach over all": r"\b(?:any|all|every|each)\b",
        "consent": r"\bconsent\b|\bpermission\b|\bwritten approval\b",
    }.items()
}
_VALUE = re.compile(r"[$€£]?\d[\d,.]*\d|\d")
_SECTION = re.compile(
    r"\b(?:sections?|clauses?|articles?|paragraphs?|appendix|annex|schedule)\s+[\d.]+(?:\([a-z\d]+\))*", re.I
)


class Piece(msgspec.Struct, frozen=True):
    """A run of words that stayed, or that one side alone has."""

    text: str
    changed: bool


class ClauseDiff(msgspec.Struct, frozen=True, kw_only=True):
    """A clause before and after. `training` says whether it speaks of training, distilling or competing.

    `before_span` and `after_span` are the code points of each version's text; None where a side has no such clause.
    """

    change: Change
    because: tuple[str, ...]
    training: bool
    section: str
    before: str | None
    after: str | None
    before_span: tuple[int, int] | None
    after_span: tuple[int, int] | None
    before_pieces: tuple[Piece, ...] = ()
    after_pieces: tuple[Piece, ...] = ()


def clause_diffs(before: Sequence[Passage], after: Sequence[Passage], old: Text, new: Text) -> list[ClauseDiff]:
    """The clauses that differ, in the order of `after`; clauses with the same words in the same place are left out."""
    pairs = align(before, after)
    steady = _steady(pairs)
    found = [_diff(pair, before, after, old, new, pair.before in steady) for pair in pairs]
    return [d for d in found if d is not None]


def _diff(
    pair: Pair, before: Sequence[Passage], after: Sequence[Passage], old: Text, new: Text, steady: bool
) -> ClauseDiff | None:
    was = before[pair.before] if pair.before is not None else None
    now = after[pair.after] if pair.after is not None else None
    if was is None or now is None:
        one = was or now
        assert one is not None
        elsewhere = (new if now is None else old).holds(one, DEFAULT)
        change: Change = "moved" if elsewhere else "removed" if now is None else "added"
        return _made(change, ("its words stand in other clauses",) if elsewhere else (), was, now)
    if words(was.plain) == words(now.plain):
        if not steady or _bare(was.section) != _bare(now.section):
            return _made("moved", _moved(was, now), was, now)
        return None if was.plain == now.plain else _made("cosmetic", (), was, now)
    reasons = why(was, now)
    return _made("meaning-changed" if reasons else "reworded", reasons, was, now)


def why(was: Passage, now: Passage) -> tuple[str, ...]:
    """Why two wordings are believed to differ in meaning; empty where they are not."""
    before, after = norm_of(was.plain, was.lead), norm_of(now.plain, now.lead)
    if before is not None and after is not None:
        return differences(before, after)
    found = [f"{name} is new" for name, p in _MARKS.items() if p.search(now.plain) and not p.search(was.plain)]
    found += [f"{name} is gone" for name, p in _MARKS.items() if p.search(was.plain) and not p.search(now.plain)]
    old, new = _values(was.plain), _values(now.plain)
    if old != new:
        found.append(
            f"numbers: {', '.join(sorted(old - new)) or 'none'} before, {', '.join(sorted(new - old)) or 'none'} now"
        )
    return tuple(found)


def pieces(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """The words of both sides in runs that stayed and runs that changed."""
    a, b = before.split(" "), after.split(" ")
    left: list[Piece] = []
    right: list[Piece] = []
    for kind, i, j, k, m in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if j > i:
            left.append(Piece(" ".join(a[i:j]), kind != "equal"))
        if m > k:
            right.append(Piece(" ".join(b[k:m]), kind != "equal"))
    return tuple(left), tuple(right)


def _made(change: Change, because: tuple[str, ...], was: Passage | None, now: Passage | None) -> ClauseDiff:
    left, right = pieces(was.plain, now.plain) if was and now and was.plain != now.plain else ((), ())
    one = now or was
    assert one is not None
    return ClauseDiff(
        change=change,
        because=because,
        training=bool((was and on_topic(was.plain)) or (now and on_topic(now.plain))),
        section=one.section,
        before=was.plain if was else None,
        after=now.plain if now else None,
        before_span=(was.start, was.end) if was else None,
        after_span=(now.start, now.end) if now else None,
        before_pieces=left,
        after_pieces=right,
    )


def _moved(was: Passage, now: Passage) -> tuple[str, ...]:
    if _bare(was.section) != _bare(now.section):
        return (f"it stood under “{was.section}”",)
    return ("it stood elsewhere in the order",)


def _bare(section: str) -> str:
    """A path of headings without numbers, so that renumbering alone moves nothing."""
    return " > ".join(_NUMBERING.sub("", part).casefold() for part in section.split(" > ")).strip(" >")


def _values(text: str) -> set[str]:
    return set(_VALUE.findall(_SECTION.sub(" ", text)))


def _steady(pairs: Sequence[Pair]) -> set[int]:
    """The indexes of `before` that kept their order: the longest row that rises in both versions."""
    row = [p.before for p in pairs if p.before is not None and p.after is not None]
    tails: list[int] = []
    ends: list[int] = []
    previous: list[int] = []
    for at, value in enumerate(row):
        place = bisect_left(tails, value)
        previous.append(ends[place - 1] if place else -1)
        if place == len(tails):
            tails.append(value)
            ends.append(at)
        else:
            tails[place], ends[place] = value, at
    kept: set[int] = set()
    at = ends[-1] if ends else -1
    while at >= 0:
        kept.add(row[at])
        at = previous[at]
    return kept
