"""What a passage says of training and competing to those who use a service, as features that can be compared.

Only rules for users count: what a provider may do with content is none. The wording is data, in `norms.yaml`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from compliance.errors import InternalError
from compliance.reading.structured import decode, parse

WORDINGS = Path(__file__).with_name("norms.yaml")
TOPICS = ("training", "distilling", "competing")

Polarity = Literal["forbids", "permits", "waives", "conditions"]

_LEAD = 300
_NEAR = 160
_NEAREST = 120
_MACRO = re.compile(r"\{([A-Z]+)\}")


class Norm(msgspec.Struct, frozen=True, kw_only=True):
    """A rule for users: whether it forbids, permits, waives or sets a condition, on what, and how far it reaches."""

    polarity: Polarity
    topics: frozenset[str]
    acts: frozenset[str]
    means: frozenset[str]
    objects: frozenset[str]
    results: frozenset[str]
    limits: frozenset[str]
    exceptions: frozenset[str]
    numbers: frozenset[str]


class _Wordings(NamedTuple):
    """The compiled patterns by name, and by feature and word."""

    patterns: dict[str, re.Pattern[str]]
    features: dict[str, dict[str, re.Pattern[str]]]


@cache
def wordings() -> _Wordings:
    """The patterns on board."""
    try:
        value = parse(decode(WORDINGS.read_bytes(), str(WORDINGS)), frozenset())
        macros: dict[str, str] = value["macros"]
        patterns = {str(name): _compiled("|".join(every), macros) for name, every in value["patterns"].items()}
        features = {
            str(feature): {str(word): _compiled(pattern, macros) for word, pattern in found.items()}
            for feature, found in value["features"].items()
        }
    except (OSError, KeyError, TypeError, AttributeError, re.error) as error:
        raise InternalError(f"norms.yaml cannot be used: {error}", remedy="reinstall Clearance") from None
    return _Wordings(patterns, features)


@lru_cache(maxsize=100_000)
def on_topic(text: str) -> frozenset[str]:
    """What a passage speaks of, out of `TOPICS`; whoever it binds."""
    bare = _without_lookalikes(text)
    return frozenset(name for name in TOPICS if _has(name, bare))


@lru_cache(maxsize=100_000)
def norm_of(text: str, lead: str = "") -> Norm | None:
    """The norm in a passage below its lead-in; None where it sets no rule of training or competing for users."""
    topics = on_topic(text)
    polarity = _polarity(text, lead[-_LEAD:], topics) if topics else None
    if polarity is None:
        return None
    patterns = wordings().patterns
    main = text if polarity == "permits" else patterns["exception"].sub(" ", text)
    main = patterns["of the service"].sub(lambda m: m["what"], main)
    purpose = patterns["purpose"].search(main)
    place = purpose.start() if purpose else len(main)
    # What is used stands before the purpose ("use output to train"), unless the purpose comes first.
    used = main[:place] if place > 12 else main
    return Norm(
        polarity=polarity,
        topics=topics,
        acts=_words("acts", main),
        means=_words("means", used) | (_words("means", lead[-_LEAD:]) & {"help"}),
        objects=_words("objects", used) or _words("objects", lead[-_NEAREST:]),
        results=_words("results", main[place:]),
        limits=_words("limits", main),
        exceptions=frozenset(w for m in patterns["exception"].finditer(text) for w in _exception(m["what"])),
        numbers=frozenset(m.group().strip(".,") for m in patterns["number"].finditer(_unnumbered(text))),
    )


def _polarity(text: str, lead: str, topics: frozenset[str]) -> Polarity | None:
    bare = _without_lookalikes(text)
    if _has("waives", text) and _has("to you", text):
        return "waives"
    if _of_provider(text, topics):
        return None
    permits = _permits(f"{lead[-_NEAR:]} {bare}" if lead else bare, topics)
    if permits and _has("frees", bare):
        return "permits"
    if _has("conditions", text) and _has("uses outputs", text) and not _has("forbids", text):
        return "conditions"
    if _has("forbids", bare) or (_has("lead forbids", lead) and not _has("of liability", lead)):
        return "forbids"
    return "permits" if permits else None


def _of_provider(text: str, topics: frozenset[str]) -> bool:
    """Whether it speaks of what the provider does or may do."""
    if _has("provider acts", text) or _has("provider's own models", text):
        return True
    return "competing" not in topics and _has("provider trains", text) and not _has("users may not", text)


def _permits(text: str, topics: frozenset[str]) -> bool:
    """Whether it frees users to train with what the service makes, not merely to tune the provider's models with it."""
    if not topics & {"training", "distilling"} or not _has("permits", text):
        return False
    return "distilling" in topics or _has("uses outputs", text)


def _without_lookalikes(text: str) -> str:
    patterns = wordings().patterns
    text = patterns["tuned things"].sub("derivative", text)
    return patterns["is no competitor"].sub(" ", patterns["training of staff"].sub(" ", text))


def _unnumbered(text: str) -> str:
    return wordings().patterns["number of a list"].sub(" ", text)


def _exception(text: str) -> list[str]:
    """The words that tell one exception from another; "other" where it has none of them."""
    return [m.group().lower() for m in wordings().patterns["exception words"].finditer(text)] or ["other"]


def _words(feature: str, text: str) -> frozenset[str]:
    return frozenset(word for word, pattern in wordings().features[feature].items() if pattern.search(text))


def _has(name: str, text: str) -> bool:
    return bool(wordings().patterns[name].search(text))


def _compiled(pattern: str, macros: dict[str, str]) -> re.Pattern[str]:
    while _MACRO.search(pattern):
        pattern = _MACRO.sub(lambda m: macros[m[1]], pattern)
    return re.compile(pattern, re.IGNORECASE)
