"""On which line of a JSON document a field stands, by its path: `models[2].name`."""

from __future__ import annotations

import json
import re

from compliance.evidence.readers import limits

_TOKEN = re.compile(r'"(?P<text>[^"\\]*+(?:\\.[^"\\]*+)*+)(?:"|\Z)|[{}\[\],\n]', re.DOTALL)
_END = re.compile(r"[.\[]|\Z")


class JsonPlaces:
    """The lines of a document's fields; the document is gone through once, when a line is first asked for."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._root: _Node | None = None

    def line(self, place: str) -> int | None:
        """The line of a field, or of what holds it where it has none of its own; None past a limit."""
        if self._root is None:
            self._root = _scan(self._text) if len(self._text) <= limits.PLACED else _Node(0)
            self._text = ""
        here, at = self._root, 0
        while at < len(place):
            found = None
            for match in _END.finditer(place, at + 1):  # a key may hold a dot
                found = here.children.get(place[at : match.start()])
                if found is not None:
                    at = match.start() + (match.group() == ".")
                    here = found
                    break
            if found is None:
                break
        return here.line or None


class _Node:
    __slots__ = ("children", "line")

    def __init__(self, line: int) -> None:
        self.line = line
        self.children: dict[str, _Node] = {}


class _Open:
    """A list or mapping that is being gone through."""

    __slots__ = ("index", "listed", "node", "value")

    def __init__(self, node: _Node, listed: bool) -> None:
        self.node = node
        self.listed = listed
        self.index = 0
        self.value: _Node | None = None  # of the key that was read last

    def holds(self, line: int) -> _Node:
        """The node of the value that begins here."""
        if self.listed or self.value is None:
            self.value = self.node.children[f"[{self.index}]"] = _Node(line)
        return self.value


def _scan(text: str) -> _Node:
    root = _Node(0)
    above: list[_Open] = []
    line, left = 1, limits.PLACES
    for match in _TOKEN.finditer(text):
        token = match.group()
        here = above[-1] if above else None
        if token == "\n":
            line += 1
        elif token in ("{", "["):
            above.append(_Open(here.holds(line) if here else root, token == "["))
        elif token in ("}", "]"):
            del above[-1:]
        elif token == ",":
            if here:
                here.index, here.value = here.index + 1, None
        elif here:
            if here.listed or here.value is not None:
                here.holds(line)
            else:
                here.value = here.node.children[_key(match["text"])] = _Node(line)
            line += token.count("\n")
            left -= 1
            if not left or len(above) > limits.DEPTH:
                break
    return root


def _key(written: str) -> str:
    if "\\" not in written:
        return written
    try:
        return str(json.loads(f'"{written}"', strict=False))
    except ValueError:
        return written
