"""Conditions of rules: written over the closed vocabulary, evaluated to holds, fails or unknown.

    role: [trains, ambiguous]     the word has one of these values
    all: [...]  any: [...]        every one, at least one of several conditions
    not: {...}                    the condition fails
A mapping of several entries holds where all of them hold. A word whose value is `unknown` makes a test unknown, unless
the test asks for `unknown` itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

Facts = Mapping[str, str]
UNKNOWN = "unknown"


class Truth(Enum):
    """Whether something holds; unknown is neither."""

    HOLDS = "holds"
    FAILS = "fails"
    UNKNOWN = "unknown"


Condition = Callable[[Facts], Truth]


class UnknownWord(ValueError):
    """A condition uses a word or a value that the vocabulary does not know; `path` leads to it."""

    def __init__(self, message: str, path: tuple[str | int, ...], known: list[str]) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.known = known


def compile_condition(tree: Any, words: Mapping[str, tuple[str, ...]], path: tuple[str | int, ...]) -> Condition:
    """The function that evaluates `tree`; `words` gives the values that each word may take."""
    if not isinstance(tree, dict) or not tree:
        raise UnknownWord("a condition is a mapping of words to values", path, sorted(words))
    parts: list[Condition] = []
    for word, wanted in tree.items():
        here = (*path, word)
        if word in ("all", "any"):
            if not isinstance(wanted, list) or not wanted:
                raise UnknownWord(f"`{word}` takes a list of conditions", here, sorted(words))
            inner = [compile_condition(part, words, (*here, at)) for at, part in enumerate(wanted)]
            parts.append(_all(inner) if word == "all" else _any(inner))
        elif word == "not":
            parts.append(_not(compile_condition(wanted, words, here)))
        else:
            parts.append(_test(word, wanted, words, here))
    return parts[0] if len(parts) == 1 else _all(parts)


def words_of(tree: Any) -> set[str]:
    """The words that a condition tests."""
    if isinstance(tree, list):
        return set().union(*(words_of(part) for part in tree))
    found: set[str] = set()
    for word, value in tree.items():
        if word in ("all", "any", "not"):
            found |= words_of(value)
        else:
            found.add(word)
    return found


def _test(word: str, wanted: Any, words: Mapping[str, tuple[str, ...]], path: tuple[str | int, ...]) -> Condition:
    if word not in words:
        raise UnknownWord(f"the word {word!r} is not in the vocabulary", path, sorted(words))
    values = [wanted] if isinstance(wanted, str) else wanted
    if not isinstance(values, list) or not values or not all(isinstance(v, str) for v in values):
        raise UnknownWord(f"{word!r} takes a value or a list of values", path, list(words[word]))
    for value in values:
        if value not in words[word]:
            raise UnknownWord(f"{word!r} never has the value {value!r}", path, list(words[word]))
    chosen = frozenset(values)
    unsure = UNKNOWN not in chosen

    def test(facts: Facts) -> Truth:
        value = facts[word]
        if value in chosen:
            return Truth.HOLDS
        return Truth.UNKNOWN if unsure and value == UNKNOWN else Truth.FAILS

    return test


def _all(parts: list[Condition]) -> Condition:
    def test(facts: Facts) -> Truth:
        result = Truth.HOLDS
        for part in parts:
            value = part(facts)
            if value is Truth.FAILS:
                return Truth.FAILS
            if value is Truth.UNKNOWN:
                result = Truth.UNKNOWN
        return result

    return test


def _any(parts: list[Condition]) -> Condition:
    def test(facts: Facts) -> Truth:
        result = Truth.FAILS
        for part in parts:
            value = part(facts)
            if value is Truth.HOLDS:
                return Truth.HOLDS
            if value is Truth.UNKNOWN:
                result = Truth.UNKNOWN
        return result

    return test


def _not(part: Condition) -> Condition:
    def test(facts: Facts) -> Truth:
        value = part(facts)
        if value is Truth.UNKNOWN:
            return value
        return Truth.FAILS if value is Truth.HOLDS else Truth.HOLDS

    return test
