"""Who acts: names that can be told apart, however they are spelt."""

from __future__ import annotations

import unicodedata

from compliance.errors import UsageError

MAX_NAME = 200


def person(name: str) -> str:
    """A person's name, tidied; a `UsageError` where there is none."""
    tidy = " ".join(_visible(name).split())
    if not tidy:
        raise UsageError("nobody is named", remedy="say who acts: --by NAME")
    if len(tidy) > MAX_NAME:
        raise UsageError(f"a name has at most {MAX_NAME} characters", remedy="use the one that people log in with")
    return tidy


def same(one: str, other: str) -> bool:
    """Whether two names are spellings of one: case, width, accents' encoding and blanks make no second person."""
    return _key(one) == _key(other)


def _key(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", _visible(name)).casefold().split())


def _visible(name: str) -> str:
    kept = unicodedata.normalize("NFC", name)
    return "".join(" " if c.isspace() else c for c in kept if c.isspace() or unicodedata.category(c)[0] != "C")
