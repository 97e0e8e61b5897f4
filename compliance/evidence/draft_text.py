"""What a draft is written with: values as YAML, texts as comments, and the check that the whole is a manifest."""

from __future__ import annotations

import json
import re

from compliance.evidence.manifest_file import check
from compliance.reading.structured import Text


def accepted(text: str) -> None:
    """Read the draft back as a manifest; a draft that is none would be a defect, and its error says so."""
    from compliance.domain.manifest import NUMBER_KEYS, Manifest
    from compliance.reading.structured import parse
    from compliance.reading.typed import convert

    held = Text("draft", text)
    check(convert(parse(held, NUMBER_KEYS), Manifest, held), held)


def quoted(value: str | list[str]) -> str:
    """A value as YAML that means just that text (a JSON string is one), without control characters."""
    if isinstance(value, list):
        return "[" + ", ".join(quoted(v) for v in value) + "]"
    told = plain(value)
    bare = re.fullmatch(r"[A-Za-z][\w./+-]*", told) and told.lower() not in ("null", "true", "false")
    return told if bare else json.dumps(told)


def plain(text: str) -> str:
    """A text for a comment: one line of at most 300 characters, or a question mark."""
    return "".join(c if c.isprintable() else " " for c in text)[:300].strip() or "?"
