"""YAML 1.2 texts to plain values, built from libyaml's events without recursion."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from compliance.errors import MalformedText, UnsafeInput
from compliance.reading.files import Text
from compliance.reading.json_text import Path_
from compliance.reading.limits import MAX_ALIASED_NODES, MAX_DEPTH, MAX_DIGITS, MAX_NODES, short, too_deep, too_many

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is being built: its waiting key, its anchor, and how many nodes stood before it."""

    holds: Any
    anchor: str | None = None
    before: int = 0
    key: str | None = None
    is_map: bool = False
    height: int = 1


@dataclass(slots=True)
class YamlBuilder:
    """Builds the value of a text, counting as it goes, and notes the line of the key or item at `wanted`."""

    text: Text
    number_keys: frozenset[str] = frozenset()
    wanted: Path_ | None = None
    found: int | None = None
    anchors: dict[str, tuple[Any, int, int]] = field(default_factory=dict)  # value, nodes, height
    aliased: int = 0
    nodes: int = 0

    def build(self) -> Any:
        """The value; a `MalformedText` or `UnsafeInput` names the line of the first fault."""
        try:
            return self._build()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            problem = " ".join(x for x in (error.problem, error.context) if x)
            raise MalformedText(
                f"not YAML: {short(problem, 200)}",
                file=self.text.name,
                line=self.text.first_line + mark.line if mark else None,
                remedy="correct the text there",
            ) from None
        except yaml.YAMLError:
            spot = _UNPRINTABLE.search(self.text.content)
            raise MalformedText(
                f"the character {spot[0]!a} cannot stand in YAML" if spot else "not YAML",
                file=self.text.name,
                line=self.text.line_at(spot.start()) if spot else None,
                remedy="remove it",
            ) from None

    def _build(self) -> Any:
        root: list[Any] = []
        stack = [_Frame(root)]  # the root is a list of documents
        path: list[str | int] = []
        documents = 0
        event: Any
        for event in yaml.parse(self.text.content, Loader=_LOADER):
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self._refuse_tag(event)
                frame = stack[-1]
                if frame.is_map and frame.key is None:
                    self._take_key(frame, event, path)
                    continue
                value = self._scalar(event, path)
                self._count(event)
                if event.anchor:
                    self.anchors[event.anchor] = (value, 1, 0)
                self._put(frame, value, event, path)
                self._close(frame, path)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._refuse_tag(event)
                self._refuse_as_key(stack[-1], event)
                if len(stack) > MAX_DEPTH:
                    raise too_deep(self.text, self._line(event))
                is_map = kind is yaml.MappingStartEvent
                value = {} if is_map else []
                self._put(stack[-1], value, event, path)
                stack.append(_Frame(value, event.anchor, self.nodes, is_map=is_map))
                self._count(event)
                if not is_map:
                    path.append(0)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                frame = stack.pop()
                if not frame.is_map:
                    path.pop()
                if frame.anchor:
                    self.anchors[frame.anchor] = (frame.holds, self.nodes - frame.before, frame.height)
                stack[-1].height = max(stack[-1].height, frame.height + 1)
                self._close(stack[-1], path)
            elif kind is yaml.AliasEvent:
                self._refuse_as_key(stack[-1], event)
                self._alias(stack, event, path)
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    raise self._fault("a second document starts here", event, "one document a file")
        if not root:
            raise MalformedText(
                "the file is empty", file=self.text.name, line=self.text.first_line, remedy="write a mapping of keys"
            )
        return root[0]

    def _take_key(self, frame: _Frame, event: Any, path: list[str | int]) -> None:
        key = event.value
        if key in frame.holds:
            raise self._fault(f"the key {short(key)!r} stands twice", event, "keep one of the two")
        frame.key = key
        path.append(key)
        if self.wanted is not None:
            self._note(event, path)

    def _put(self, frame: _Frame, value: Any, event: Any, path: list[str | int]) -> None:
        if frame.is_map:
            frame.holds[frame.key] = value
        else:
            frame.holds.append(value)
            if self.wanted is not None:
                self._note(event, path)

    def _note(self, event: Any, path: list[str | int]) -> None:
        if self.found is None and tuple(path) == self.wanted:
            self.found = self._line(event)

    def _close(self, frame: _Frame, path: list[str | int]) -> None:
        """The value below `frame` is complete: forget its key, or count the index on."""
        if frame.is_map:
            frame.key = None
            path.pop()
        elif path:
            path[-1] = len(frame.holds)

    def _alias(self, stack: list[_Frame], event: Any, path: list[str | int]) -> None:
        if event.anchor not in self.anchors:
            raise self._fault(
                f"the anchor of *{short(event.anchor)} is not complete here", event, "write the value out"
            )
        value, size, height = self.anchors[event.anchor]
        self.aliased += size
        self.nodes += size
        if self.aliased > MAX_ALIASED_NODES:
            raise UnsafeInput(
                "the aliases multiply to more than the file could hold",
                file=self.text.name,
                line=self._line(event),
                remedy="write the values out",
            )
        if len(stack) + height > MAX_DEPTH + 1:
            raise too_deep(self.text, self._line(event))
        frame = stack[-1]
        frame.height = max(frame.height, height + 1)
        self._put(frame, value, event, path)
        self._close(frame, path)

    def _scalar(self, event: Any, path: list[str | int]) -> Any:
        value: str = event.value
        if not event.implicit[0]:
            return value
        if value in _NULL:
            return None
        if value in _TRUE:
            return True
        if value in _FALSE:
            return False
        if self.number_keys and _last_name(path) in self.number_keys:
            return self._number(value, event)
        return value

    def _number(self, value: str, event: Any) -> Any:
        number: float | None = None
        if _INT.match(value):
            if len(value.lstrip("+-")) <= MAX_DIGITS:
                return int(value)
        elif _FLOAT.match(value):
            number = float(value)
            if number - number == 0:
                return number
        else:
            return value
        raise self._fault(
            f"{short(value, 40)} is not a number that can be read", event, f"write at most {MAX_DIGITS} digits"
        )

    def _count(self, event: Any) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise too_many(self.text, self._line(event))

    def _refuse_tag(self, event: Any) -> None:
        if event.tag is not None and event.tag != "!":
            raise self._fault(f"the tag {short(event.tag)!r} is not read", event, "remove the tag")

    def _refuse_as_key(self, frame: _Frame, event: Any) -> None:
        if frame.is_map and frame.key is None:
            raise self._fault("a key must be a plain word", event, "write the key as a word")

    def _line(self, event: Any) -> int:
        return self.text.first_line + int(event.start_mark.line)

    def _fault(self, message: str, event: Any, remedy: str) -> MalformedText:
        return MalformedText(message, file=self.text.name, line=self._line(event), remedy=remedy)


def _last_name(path: list[str | int]) -> str:
    for part in reversed(path):
        if isinstance(part, str):
            return part
    return ""
