"""How names are compared: spellings that people use for one thing become one key."""

from __future__ import annotations

import re
from functools import lru_cache

_RUNS = re.compile(r"[\s_\-]+")
_PAREN = re.compile(r"\(([^()]*)\)")
_SPLIT = re.compile(r"\s*(?:/|;|,|&|\+|\band\b|\bwith\b)\s*", re.IGNORECASE)
_CLOUD_PREFIX = re.compile(
    r"^(?:(?:us|eu|apac|jp|au|global|regional)\.)?"
    r"(?:anthropic|meta|mistral|amazon|cohere|ai21|deepseek|openai|qwen|moonshotai|moonshot|zai|minimax|nvidia|google)\."
)
_PATH_PREFIX = re.compile(r"^(?:accounts/[^/]+/models/|models/|publishers/[^/]+/models/|azure/|bedrock/|vertex_ai/)")


@lru_cache(maxsize=262144)  # a run of 100,000 sources asks for each name several times
def key(text: str) -> str:
    """The form in which names are compared: lower case, runs of blanks, `-` and `_` as one `-`."""
    return _RUNS.sub("-", text.casefold().strip()).strip("-")


@lru_cache(maxsize=65536)
def licence_key(text: str) -> str:
    """The form in which licence labels are compared: as `key`, `license` spelt `licence`, a last `licence` left out."""
    flat = key(text).replace("license", "licence")
    return flat.removesuffix("-licence").removesuffix("-agreement").removesuffix("-licence") or flat


def pieces(text: str) -> list[str]:
    """The names that a compound name may be made of: the whole, without its parentheses, its parts, what is inside."""
    outside = _PAREN.sub(" ", text).strip()
    found = [text, outside, *_SPLIT.split(outside)]
    for inner in _PAREN.findall(text):
        found += [inner, *_SPLIT.split(inner)]
    return list(dict.fromkeys(p for p in found if p))


@lru_cache(maxsize=65536)
def model_keys(text: str) -> tuple[tuple[str, str], ...]:
    """The (owner, id) pairs under which a model's name may be known, the likeliest first; the owner may be empty."""
    found: list[tuple[str, str]] = []
    outside = _PAREN.sub(" ", text).strip()
    inner = _PAREN.findall(text)
    joined = [f"{outside}-{i}" for i in inner]
    for name in (outside, *inner, *joined):
        plain = _PATH_PREFIX.sub("", key(name))
        owner, _, last = plain.rpartition("/")
        last = _CLOUD_PREFIX.sub("", last)
        if last:
            found.append((owner.rpartition("/")[2], last))
    return tuple(dict.fromkeys(found))
