"""Who acts: names that can be told apart, however they are spelt."""

from __future__ import annotations

import re
import unicodedata

from compliance.errors import UsageError

MAX_NAME = 600
"""Characters; a login's name and subject have room."""
_SIGNED = re.compile(r"\((?=[a-z]+ )")


def person(name: str) -> str:
    """A person's name, tidied; a `UsageError` where there is none."""
    tidy = " ".join(_visible(name).split())
    if not tidy:
        raise UsageError("nobody is named", remedy="say who acts: --by NAME")
    if len(tidy) > MAX_NAME:
        raise UsageError(f"a name has at most {MAX_NAME} characters", remedy="use the one that people log in with")
    return tidy


def same(one: str, other: str) -> bool:
    """Whether two names are spellings of one: case, width, accents' encoding and blanks make no second person.

    The service signs `Ann (key 3f9a2b71c0de)`: whoever shares the name or the key with somebody is the same person, so
    that neither a second key nor another name for a login makes one person two.
    """
    return not _parts(one).isdisjoint(_parts(other))


def _parts(name: str) -> set[str]:
    """What a name is compared by: the whole of it, and of a signature the name and the key or login.

    A name may itself look like a signature; then every way to read it counts.
    """
    tidy = " ".join(_visible(name).split())
    at = [found.start() for found in _SIGNED.finditer(tidy)] if tidy.endswith(")") else []
    return {_key(part) for start in at for part in (tidy[:start], tidy[start + 1 : -1])} | {_key(name)}


def _key(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", _visible(name)).casefold().split())


def _visible(name: str) -> str:
    kept = unicodedata.normalize("NFC", name)
    return "".join(" " if c.isspace() else c for c in kept if c.isspace() or unicodedata.category(c)[0] != "C")
