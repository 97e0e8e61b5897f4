"""Plain values to typed records, with errors that name the file, the line and the nearest known key."""

from __future__ import annotations

import difflib
import re
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from compliance.errors import SchemaError
from compliance.reading.structured import Path_, Text, line_of

T = TypeVar("T")

_AT = re.compile(r" - at `(?:key in )?\$([^`]*)`$")
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]|\[\.\.\.\]")


def convert(value: Any, kind: type[T], text: Text, prefix: Path_ = ()) -> T:
    """`value` as a `kind`; a `SchemaError` names the first fault."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise schema_error(str(error), kind, text, prefix) from None


def schema_error(message: str, kind: type[Any], text: Text, prefix: Path_ = ()) -> SchemaError:
    """The `SchemaError` for a message of msgspec about a value of type `kind`."""
    match = _AT.search(message)
    steps: list[str | int] = []
    if match:
        message = message[: match.start()]
        for step in _STEP.finditer(match.group(1)):
            if step.group(2) is not None:
                steps.append(int(step.group(2)))
            elif step.group(1) is not None:
                steps.append(step.group(1))
    path = (*prefix, *steps)
    remedy = ""
    unknown = re.search(r"unknown field `([^`]*)`", message)
    missing = re.search(r"missing required field `([^`]*)`", message)
    if unknown:
        key = unknown.group(1)
        known = sorted(_known_keys(kind, steps))
        near = difflib.get_close_matches(key, known, 1, 0.5)
        message = f"unknown key {key!r}"
        remedy = f"did you mean {near[0]!r}?" if near else "known here: " + ", ".join(known)
        path = (*path, key)
    elif missing:
        message = f"the key {missing.group(1)!r} is missing"
        remedy = "add it"
    else:
        message, remedy = _plain(message)
    line = line_of(text, path)
    if line is None and path:
        line = line_of(text, path[:-1])
    return SchemaError(message, file=text.name, line=line, field=dotted(path), remedy=remedy)


def dotted(path: Path_) -> str:
    """A path as people write it: `sources[3].role`."""
    out = ""
    for step in path:
        out += f"[{step}]" if isinstance(step, int) else (f".{step}" if out else step)
    return out


def _plain(message: str) -> tuple[str, str]:
    """msgspec's message in our words, and what to do about it."""
    enum = re.match(r"Invalid enum value (.+)$", message)
    if enum:
        return f"{enum.group(1)} is not one of the known values", "see docs/manifest.md for the list"
    wrong = re.match(r"Expected `(.+?)`, got `(.+?)`$", message)
    if wrong:
        return f"expected {wrong.group(1)}, found {wrong.group(2)}", "see docs/manifest.md"
    if "matching regex" in message:
        return "the value does not have the form that is asked for", "dates are 2025-06-15, 2025-06, 2025 or a span a/b"
    return message[:1].lower() + message[1:], "see docs/manifest.md"


def _known_keys(kind: type[Any], steps: list[str | int]) -> set[str]:
    """The keys that the struct at `steps` below `kind` knows."""
    here = [inspect.type_info(kind)]
    for step in steps:
        nxt: list[Any] = []
        for info in _flatten(here):
            if isinstance(step, int):
                item = getattr(info, "item_type", None)
                if item is not None:
                    nxt.append(item)
            elif isinstance(info, inspect.StructType):
                nxt += [f.type for f in info.fields if f.encode_name == step]
        here = nxt
    return {f.encode_name for info in _flatten(here) if isinstance(info, inspect.StructType) for f in info.fields}


def _flatten(infos: list[Any]) -> list[Any]:
    out: list[Any] = []
    for info in infos:
        if isinstance(info, inspect.UnionType):
            out += _flatten(list(info.types))
        elif isinstance(info, inspect.Metadata):
            out += _flatten([info.type])
        else:
            out.append(info)
    return out
