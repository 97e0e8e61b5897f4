"""YAML 1.2 and JSON texts to plain values, within limits.

YAML is read by the core schema of version 1.2: `on`, `yes` and dates stay strings. A scalar becomes a number only below
a key that expects one (`number_keys`), so a year, a version or a name made of digits stays as it was written.
Tags are refused, aliases are counted as if they were written out, and duplicate keys are errors.
"""

from __future__ import annotations

from typing import Any

from compliance.errors import MalformedText, UnsafeInput
from compliance.reading.files import MAX_BYTES, Text, decode, read_bytes
from compliance.reading.json_text import Path_, json_line_of, parse_json
from compliance.reading.limits import MAX_ALIASED_NODES, MAX_DEPTH, MAX_NODES
from compliance.reading.yaml_text import YamlBuilder

__all__ = [
    "MAX_ALIASED_NODES",
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_NODES",
    "Path_",
    "Text",
    "decode",
    "line_of",
    "parse",
    "read_bytes",
]


def parse(text: Text, number_keys: frozenset[str]) -> Any:
    """The plain value (mappings, lists, strings, numbers, booleans, None) that a YAML or JSON text holds."""
    if text.looks_like_json:
        try:
            return parse_json(text)
        except MalformedText:  # a YAML text may begin like JSON
            if text.name.endswith((".json", ".jsonl")):
                raise
    return YamlBuilder(text, number_keys).build()


def line_of(text: Text, path: Path_) -> int | None:
    """The line (from 1) on which the value at `path` (or its key) stands; None where it cannot be told."""
    if text.looks_like_json:
        line = json_line_of(text, path)
        if line is not None:
            return line
    builder = YamlBuilder(text, wanted=path)
    try:
        builder.build()
    except (MalformedText, UnsafeInput):
        return None
    return builder.found
