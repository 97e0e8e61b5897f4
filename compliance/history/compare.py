"""The norms of two versions held against each other: which were added, removed, or changed in what they reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from compliance.history.align import likely, likeness, words
from compliance.history.norms import Norm, norm_of, on_topic
from compliance.history.passages import Passage

_SAYS = {"forbids": "forbids", "permits": "permits", "waives": "waives rights of", "conditions": "sets a condition on"}
_NAMES = {
    "acts": "acts",
    "means": "means",
    "objects": "what is used",
    "results": "what is made",
    "limits": "limits",
    "exceptions": "exceptions",
    "numbers": "numbers",
}


class Settings(NamedTuple):
    """What counts as one clause and as a change; the defaults are what a benchmark chose."""

    pair: float = 0.4
    """From which likeness on a rule that went and one that came are one rule, reworded."""
    contained: float = 0.85
    """The share of a rule's runs of five words found in the other version that makes it moved and not new."""
    features: frozenset[str] = frozenset(_NAMES)
    """The features of which a difference changes the meaning."""


DEFAULT = Settings()


class Rule(NamedTuple):
    """A passage and the norm in it."""

    passage: Passage
    norm: Norm


class RuleChange(NamedTuple):
    """A rule that was added, removed or changed, and why that is believed to change the meaning."""

    kind: Literal["added", "removed", "changed"]
    before: Passage | None
    after: Passage | None
    because: tuple[str, ...]


def rules_of(passages: Sequence[Passage]) -> list[Rule]:
    """The rules of training and competing in a text."""
    found = ((p, norm_of(p.plain, p.lead)) for p in passages)
    return [Rule(p, n) for p, n in found if n is not None]


def compare(
    before: Sequence[Rule],
    after: Sequence[Rule],
    before_text: Text,
    after_text: Text,
    settings: Settings = DEFAULT,
) -> tuple[list[RuleChange], dict[int, Rule]]:
    """The changes from `before` to `after`, and for each index of `before` the rule that it lives on as."""
    left, came, alive = _unchanged(before, after)
    changes: list[RuleChange] = []
    for i, j in _paired(before, after, left, came, settings):
        reasons = differences(before[i].norm, after[j].norm, settings)
        alive[i] = after[j]
        if reasons:
            changes.append(RuleChange("changed", before[i].passage, after[j].passage, reasons))
    for i in sorted(left):
        rule = before[i]
        heir = next((r for r in after if covers(r.norm, rule.norm)), None)
        if heir is not None:
            alive[i] = heir
        elif after_text.holds(rule.passage, settings):
            alive[i] = rule
        else:
            changes.append(RuleChange("removed", rule.passage, None, (f"nothing {_about(rule.norm)} any more",)))
    for j in sorted(came):
        rule = after[j]
        known = any(covers(r.norm, rule.norm) for r in before)
        if known or before_text.holds(rule.passage, settings) or before_text.says_the_same(rule):
            continue
        changes.append(RuleChange("added", None, rule.passage, (f"nothing {_about(rule.norm)} before",)))
    return changes, alive


class Text:
    """A whole text, to ask whether it holds a passage somewhere."""

    def __init__(self, passages: Sequence[Passage], runs: frozenset[int]) -> None:
        self.passages = passages
        self.runs = runs

    def holds(self, passage: Passage, settings: Settings) -> bool:
        """Whether the words of a passage stand in the text, if cut into clauses in another way."""
        row = words(passage.plain)
        own = [hash(row[i : i + 5]) for i in range(len(row) - 4)]
        return len(own) >= 3 and sum(run in self.runs for run in own) >= settings.contained * len(own)

    def says_the_same(self, rule: Rule) -> bool:
        """Whether a passage that was read as no rule has nearly the same words, polarity included."""
        topics = on_topic(rule.passage.plain)
        for passage in self.passages:
            if on_topic(passage.plain) == topics and likeness(passage.plain, rule.passage.plain) >= 0.8:
                mine, other = set(words(rule.passage.plain)), set(words(passage.plain))
                return not (mine ^ other) & {"not", "no", "never", "may", "shall", "must", "cannot", "prohibited"}
        return False


def differences(before: Norm, after: Norm, settings: Settings = DEFAULT) -> tuple[str, ...]:
    """Why two wordings of a rule differ in meaning; empty where they do not."""
    found: list[str] = []
    if before.polarity != after.polarity:
        found.append(f"it {_SAYS[before.polarity]} it before, and {_SAYS[after.polarity]} it now")
    for feature, name in _NAMES.items():
        if feature not in settings.features:
            continue
        old, new = getattr(before, feature), getattr(after, feature)
        if new - old:
            found.append(f"{name}: now {', '.join(sorted(new - old))}")
        if old - new:
            found.append(f"{name}: no longer {', '.join(sorted(old - new))}")
    return tuple(found)


def covers(wide: Norm, narrow: Norm) -> bool:
    """Whether a rule says at least what another says, so that the other is only said again."""
    return (
        wide.polarity == narrow.polarity
        and narrow.topics - {"competing"} <= wide.topics
        and bool(narrow.topics & wide.topics)
        and narrow.objects <= wide.objects
        and (narrow.acts <= wide.acts or not narrow.acts)
        and wide.limits <= narrow.limits
        and wide.exceptions <= narrow.exceptions
    )


def _unchanged(before: Sequence[Rule], after: Sequence[Rule]) -> tuple[set[int], set[int], dict[int, Rule]]:
    """The indexes of rules without a twin of the same words and norm, and the twins of the others."""
    twins = {(words(r.passage.plain), r.norm): r for r in after}
    alive = {i: twins[key] for i, r in enumerate(before) if (key := (words(r.passage.plain), r.norm)) in twins}
    known = {(words(r.passage.plain), r.norm) for r in before}
    came = {j for j, r in enumerate(after) if (words(r.passage.plain), r.norm) not in known}
    return set(range(len(before))) - set(alive), came, alive


def _paired(
    before: Sequence[Rule], after: Sequence[Rule], left: set[int], came: set[int], settings: Settings
) -> list[tuple[int, int]]:
    """Match what went with what came, the likest first; taken ones leave `left` and `came`."""
    old, new = [r.passage for r in before], [r.passage for r in after]
    found = []
    for _, i, j in likely(old, new, left, came, settings.pair):
        if i in left and j in came:
            left.discard(i)
            came.discard(j)
            found.append((i, j))
    return found


def _about(norm: Norm) -> str:
    what = " and ".join(sorted(norm.topics))
    return f"{_SAYS[norm.polarity]} {what}" + (f" by {' or '.join(sorted(norm.objects))}" if norm.objects else "")
