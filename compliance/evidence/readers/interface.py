"""The interface behind which every format stands: it recognises a value by its structure, and says what it states."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from compliance.evidence.readers.collector import Collector


@dataclass(frozen=True, slots=True)
class Shape:
    """How a value came: from a `document`, an `array`, `lines`, `sse`, `yaml`, `table`, `columns` or a `card`.

    `name` is the file's own name, which may break a tie between formats and never makes one.
    """

    container: str
    name: str = ""

    @property
    def suffix(self) -> str:
        """`jsonl` for a value that came on a line of its own, `json` otherwise."""
        return "jsonl" if self.container in ("lines", "sse", "concatenated") else "json"


class Reader(Protocol):
    """A family of formats. `recognise` answers the format's label, or None; `read` tells the collector what it says."""

    def recognise(self, value: dict[str, Any], shape: Shape) -> str | None:
        """The label of the format that a mapping is in, by its keys and marks; None where it is none of this family."""

    def read(self, value: dict[str, Any], out: Collector, label: str) -> None:
        """State what a mapping of the format `label` says."""


def walk(value: Any, path: str = "", limit: int = 200_000) -> Iterator[tuple[str, str, Any]]:
    """Every field below a value as (path, key, value), parents first, without recursion; at most `limit` fields."""
    stack: list[tuple[str, str, Any]] = [(path, "", value)]
    left = limit
    while stack and left:
        here, key, item = stack.pop()
        left -= 1
        if key:
            yield here, key, item
        if isinstance(item, dict):
            stack += [(f"{here}.{k}" if here else str(k), str(k), v) for k, v in reversed(item.items())]
        elif isinstance(item, list):
            stack += [(f"{here}[{n}]", key, v) for n, v in reversed(list(enumerate(item[:limit]))) if _holds(v)]


def _holds(value: Any) -> bool:
    return isinstance(value, (dict, list))


def dig(value: Any, *path: str | int) -> Any:
    """The value at a path of keys and indexes; None where there is none."""
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and -len(value) <= step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
        if value is None:
            return None
    return value


def text_at(value: Any, *path: str | int) -> str:
    """The string at a path; empty where there is none."""
    found = dig(value, *path)
    return found if isinstance(found, str) else ""


def strings(value: Any) -> list[str]:
    """A string, or the strings of a list, as a list."""
    if isinstance(value, str):
        return [value]
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []
