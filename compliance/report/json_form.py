"""The JSON document: the decision itself, with stable keys and the same bytes for the same decision.

Struct fields keep their declared order, keys of plain mappings are sorted. The text is UTF-8, except that characters
which a terminal would obey rather than show (C1 controls, direction overrides, invisible tags) are written as JSON
escapes; a parser reads back exactly what went in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from compliance.decision.model import Decision
from compliance.report import view

INDENT_UP_TO = 2_000
"""A document on more sources than this is written without indentation: nobody reads it by eye."""

BATCH = 1_000
"""So many entries are written at once."""

_UNSHOWN = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_encoder = msgspec.json.Encoder(order="deterministic")


def render(decision: Decision, *, explain: str | None = None) -> str:
    """The decision as a JSON document; with `explain`, one source's answer and its proof tree."""
    document: object = decision
    if explain is not None:
        answer = view.chosen(decision, explain)
        document = {"id": decision.id, "source": answer, "proof": view.proof_of(decision, answer)}
    return dump(document, indent=len(decision.sources) <= INDENT_UP_TO)


def pieces(decision: Decision) -> Iterator[str]:
    """The document of `render` in pieces, so that a run of 100,000 sources never stands in memory as one text."""
    if len(decision.sources) <= INDENT_UP_TO:
        yield render(decision)
        return
    opening = "{"
    for field in decision.__struct_fields__:
        value = getattr(decision, field)
        yield f'{opening}"{field}":'
        opening = ","
        if isinstance(value, tuple):
            yield "["
            for at in range(0, len(value), BATCH):
                items = dump(value[at : at + BATCH], indent=False).strip()[1:-1]
                yield f",{items}" if at else items
            yield "]"
        elif isinstance(value, dict):
            yield "{"
            keys = sorted(value)
            for at in range(0, len(keys), BATCH):
                items = dump({key: value[key] for key in keys[at : at + BATCH]}, indent=False).strip()[1:-1]
                yield f",{items}" if at else items
            yield "}"
        else:
            yield dump(value, indent=False).strip()
    yield "}\n"


def dump(document: object, *, indent: bool = True) -> str:
    """`document` as deterministic JSON that is safe to print, ending in a line break."""
    try:
        encoded = _encoder.encode(document)
    except UnicodeEncodeError:
        # Half a surrogate pair, which JSON input can smuggle in, is no character and has no UTF-8 form.
        encoded = _encoder.encode(_whole(msgspec.to_builtins(document)))
    if indent:
        encoded = msgspec.json.format(encoded, indent=2)
    text = encoded.decode()
    if not text.isascii() or "\x7f" in text:  # to look at each character takes longer than all the rest
        text = _UNSHOWN.sub(_escape, text)
    return text + "\n"


def _escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def _whole(value: Any) -> Any:
    """`value` with each lone surrogate replaced by the replacement character, in keys too."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_whole(key): _whole(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_whole(item) for item in value]
    return value
