"""Plain values to typed records, with errors that name the file, the line and the nearest known key."""

from __future__ import annotations

import difflib
import re
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from compliance.errors import SchemaError
from compliance.reading.limits import short
from compliance.reading.structured import Path_, Text, line_of

T = TypeVar("T")

_AT = re.compile(r" - at `(?:key in )?\$([^`]*)`$")
_DATES = "dates are 2025-06-15, 2025-06, 2025 or a span a/b"
_FORMS = {
    "date": "a day is 2025-06-15",
    "when": _DATES,
    "on": _DATES,
    "from": "2025-06-15, 2025-06 or 2025",
    "until": "2025-06-15, 2025-06 or 2025",
    "territory": "a country in two capitals, or EEA",
    "channel": "first-party-api, consumer-app, open-weights, in-house, mixed, unknown or cloud-reseller:NAME",
    "by_whom": "trainer, unknown, affiliate:NAME, contractor:NAME or third-party:NAME",
}
_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "nothing (null)",
}
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
    unknown = re.search(r"unknown field `(.*)`$", message, re.DOTALL)
    missing = re.search(r"missing required field `([^`]*)`", message)
    line_path = path
    if unknown:
        key = unknown.group(1)
        known = sorted(_known_keys(kind, steps))
        message, remedy = f"unknown key {short(key)!r}", _nearest(key, known)
        line_path, path = (*path, key), (*path, short(key))
    elif missing:
        message, remedy = f"the key {missing.group(1)!r} is missing", "add it"
    else:
        message, remedy = _plain(message, kind, steps)
    line = line_of(text, line_path)
    if line is None and line_path:
        line = line_of(text, line_path[:-1])
    return SchemaError(message, file=text.name, line=line, field=dotted(path), remedy=remedy)


def dotted(path: Path_) -> str:
    """A path as people write it: `sources[3].role`."""
    out = ""
    for step in path:
        out += f"[{step}]" if isinstance(step, int) else (f".{step}" if out else step)
    return out


def _page(kind: type[Any]) -> str:
    """Where the form of a `kind` is written down."""
    return "see docs/manifest.md" if kind.__module__ == "compliance.domain.manifest" else "correct the value"


def _nearest(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(short(word), known, 1, 0.5)
    return f"did you mean {near[0]!r}?" if near else "known here: " + ", ".join(known)


def _plain(message: str, kind: type[Any], steps: list[str | int]) -> tuple[str, str]:
    """msgspec's message in our words, and what to do about it."""
    enum = re.match(r"Invalid enum value (.+)$", message, re.DOTALL)
    if enum:
        word = enum.group(1)
        known = sorted({str(v) for info in _at(kind, steps) for v in getattr(info, "values", ())})
        remedy = _nearest(word.strip("'"), known) if known else _page(kind)
        return f"{short(word)} is not one of the known values", remedy
    wrong = re.match(r"Expected `(.+?)`, got `(.+?)`$", message)
    if wrong:
        return f"expected {_said(wrong.group(1))}, found {_said(wrong.group(2))}", _page(kind)
    if "matching regex" in message:
        last = next((s for s in reversed(steps) if isinstance(s, str)), "")
        return "the value does not have the form that is asked for", _FORMS.get(last, "it may not be blank")
    return message[:1].lower() + short(message[1:], 300), _page(kind)


def _said(types: str) -> str:
    """msgspec's names of types as people say them."""
    return " or ".join(_TYPES.get(t.strip(), t.strip()) for t in types.split("|"))


def _known_keys(kind: type[Any], steps: list[str | int]) -> set[str]:
    """The keys that the struct at `steps` below `kind` knows."""
    return {f.encode_name for i in _at(kind, steps) if isinstance(i, inspect.StructType) for f in i.fields}


def _at(kind: type[Any], steps: list[str | int]) -> list[Any]:
    """What types may stand at `steps` below `kind`."""
    here = _flatten([inspect.type_info(kind)])
    for step in steps:
        nxt: list[Any] = []
        for info in here:
            if isinstance(step, int):
                item = getattr(info, "item_type", None)
                if item is not None:
                    nxt.append(item)
            elif isinstance(info, inspect.StructType):
                nxt += [f.type for f in info.fields if f.encode_name == step]
        here = _flatten(nxt)
    return here


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
