"""The passages of two versions, matched one to one by their words, wherever they stand."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from compliance.history.passages import Passage

LIKE = 0.5
"""Passages that share less of their words are different clauses."""
_COMMON = 40
"""A word that so many passages share does not make candidates."""
_MAX_PAIRS = 400_000
_WORD = re.compile(r"\w+(?:['\u2019]\w+)?|[$€£%]")
_DOUBLED = re.compile(r"(?<=[a-z])(ll)(?=ed\b|ing\b|er\b|s\b|\b)")
_BRITISH = (
    (re.compile(r"is(e|ed|es|ing|ation|ations|er|ers)\b"), r"iz\1"),
    (re.compile(r"our(s?|ed|ing|able|ite)\b"), r"or\1"),
    (re.compile(r"\blicence"), "license"),
    (re.compile(r"defence\b"), "defense"),
    (re.compile(r"\bfulfil\b"), "fulfill"),
    (re.compile(r"\bprogramme\b"), "program"),
    (re.compile(r"\bjudgement"), "judgment"),
    (re.compile(r"\bcentre"), "center"),
)


class Pair(NamedTuple):
    """Indexes of a passage before and after; None where it has no counterpart. `likeness` is between 0 and 1."""

    before: int | None
    after: int | None
    likeness: float


@lru_cache(maxsize=200_000)
def words(text: str) -> tuple[str, ...]:
    """The words of a passage as they count: without case, punctuation, and the difference of British spelling."""
    return tuple(_spelt(w) for w in _WORD.findall(text.casefold()))


@lru_cache(maxsize=50_000)
def _spelt(word: str) -> str:
    word = word.replace("\u2019", "'")
    for pattern, replacement in _BRITISH:
        word = pattern.sub(replacement, word)
    return _DOUBLED.sub("l", word)


def shingles(passages: Sequence[Passage], size: int = 5) -> frozenset[int]:
    """Hashes of each run of `size` words of a text, in the order of its passages."""
    row = [w for p in passages for w in words(p.plain)]
    return frozenset(hash(tuple(row[i : i + size])) for i in range(len(row) - size + 1))


def likeness(before: str, after: str) -> float:
    """How much two passages share, by their words and pairs of words: 1 for the same words in the same order."""
    a, b = words(before), words(after)
    if a == b:
        return 1.0
    x, y = Counter(a), Counter(b)
    x.update(pairwise(a))  # type: ignore[arg-type]
    y.update(pairwise(b))  # type: ignore[arg-type]
    total = sum(x.values()) + sum(y.values())
    return 2 * sum((x & y).values()) / total if total else 0.0


def align(before: Sequence[Passage], after: Sequence[Passage]) -> list[Pair]:
    """Pairs in the order of `after`, then what only `before` has. Same words come first, then the likest."""
    taken: dict[int, Pair] = {}
    left = _same(before, after, taken)
    rest_after = [i for i in range(len(after)) if i not in taken]
    for score, b, a in likely(before, after, left, rest_after):
        if b in left and a not in taken:
            taken[a] = Pair(b, a, score)
            left.discard(b)
    pairs = [taken.get(i, Pair(None, i, 0.0)) for i in range(len(after))]
    return pairs + [Pair(i, None, 0.0) for i in sorted(left)]


def _same(before: Sequence[Passage], after: Sequence[Passage], taken: dict[int, Pair]) -> set[int]:
    """Match passages of the same words, first those below the same lead-in; what is left of `before`."""
    left = set(range(len(before)))
    for with_lead in (True, False):
        places: dict[object, list[int]] = defaultdict(list)
        for i in sorted(left, reverse=True):
            places[_key(before[i], with_lead)].append(i)
        for i, passage in enumerate(after):
            found = places.get(_key(passage, with_lead))
            if i not in taken and found:
                b = found.pop()
                taken[i] = Pair(b, i, 1.0)
                left.discard(b)
    return left


def _key(passage: Passage, with_lead: bool) -> object:
    return (words(passage.plain), words(passage.lead)) if with_lead else words(passage.plain)


def likely(
    before: Sequence[Passage],
    after: Sequence[Passage],
    left: Collection[int],
    rest: Collection[int],
    least: float = LIKE,
) -> list[tuple[float, int, int]]:
    """Pairs out of the indexes `left` of `before` and `rest` of `after`, with their likeness, the likest first."""
    index: dict[str, list[int]] = defaultdict(list)
    for i in left:
        for word in set(words(before[i].plain)):
            index[word].append(i)
    found: list[tuple[float, int, int]] = []
    for a in rest:
        own = set(words(after[a].plain))
        shared = Counter(i for w in own if len(index.get(w, ())) <= _COMMON or len(left) <= 8 for i in index.get(w, ()))
        for b, _ in shared.most_common(12):
            score = likeness(before[b].plain, after[a].plain)
            if score >= least:
                found.append((score, b, a))
        if len(found) > _MAX_PAIRS:
            break
    return sorted(found, key=lambda c: (-c[0], c[1], c[2]))
