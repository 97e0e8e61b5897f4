"""YAML as people really write it, read for evidence: unknown tags stay text, repeats and faults become warnings.

Nothing is constructed: scalars stay strings but for null, true and false, aliases are counted as if written out, and
`<<` merges. Each value's line is kept by its path (`datasets[0].path`), so that a claim can say where it stands.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any

import yaml

from compliance.evidence.claims import WarningKind
from compliance.evidence.readers import limits

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CONSTANTS = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}


@dataclass(slots=True)
class YamlText:
    """The documents of a YAML text, the line of each path in the first of them, and what was wrong."""

    documents: list[Any] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    faults: list[tuple[WarningKind, str, int | None]] = field(default_factory=list)  # warning kind, words, line
    complete: bool = True


def read_yaml(text: str) -> YamlText:
    """The documents of `text`; a fault ends the reading, and what stood before it is kept."""
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if not builder.take(event):
                break
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        builder.fault("malformed", f"not YAML: {error.problem or error.context}", mark.line + 1 if mark else None)
    except (yaml.YAMLError, ValueError) as error:
        builder.fault("malformed", f"not YAML: {' '.join(str(error).split())[:120]}", None)
    builder.finish()
    return builder.result


class _Builder:
    """Builds values from events without recursion. A frame is [container, pending key, anchor, nodes before it]."""

    def __init__(self) -> None:
        self.result = YamlText()
        self.stack: list[list[Any]] = [[[], None, None, 0]]
        self.path: list[str] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.nodes = 0
        self.aliased = 0
        self.document = -1

    def fault(self, kind: WarningKind, says: str, line: int | None) -> None:
        """Keep a fault; those that end the reading make it incomplete."""
        self.result.faults.append((kind, says, line))
        if kind not in ("duplicate-key", "mixed"):
            self.result.complete = False

    def finish(self) -> None:
        """Hand out what was built, the unfinished containers included."""
        self.result.documents = self.stack[0][0]

    def take(self, event: Any) -> bool:
        """Use one event; False ends the reading."""
        kind = type(event)
        if kind is yaml.DocumentStartEvent:
            self.document += 1
        elif kind is yaml.ScalarEvent:
            self._scalar(event)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            if len(self.stack) > limits.DEPTH:
                self.fault("too-deep", f"nested deeper than {limits.DEPTH} levels", event.start_mark.line + 1)
                return False
            self._open({} if kind is yaml.MappingStartEvent else [], event)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self._shut()
        elif kind is yaml.AliasEvent:
            return self._alias(event)
        return True

    def _scalar(self, event: Any) -> None:
        frame = self.stack[-1]
        line = event.start_mark.line + 1
        if isinstance(frame[0], dict) and frame[1] is None:
            key = event.value
            if key in frame[0] and key != "<<":
                self.fault("duplicate-key", f"the key {key[:80]!r} stands twice; the last one is read", line)
            frame[1] = key
            self.path.append(f".{key}" if self.path else key)
            self._note(line)
            return
        value = _CONSTANTS.get(event.value, event.value) if event.implicit[0] else event.value
        if event.tag == "tag:yaml.org,2002:binary" and isinstance(value, str):
            value = _unpacked(value)
        self.nodes += 1
        if event.anchor:
            self.anchors[event.anchor] = (value, 1)
        self._put(value, line)

    def _open(self, container: Any, event: Any) -> None:
        frame = self.stack[-1]
        if isinstance(frame[0], dict) and frame[1] is None:
            frame[1] = f"(complex key {self.nodes})"
            self.path.append(f".{frame[1]}")
        self._enter(container, event.start_mark.line + 1)
        self.stack.append([container, None, event.anchor, self.nodes])
        self.nodes += 1

    def _enter(self, container: Any, line: int) -> None:
        frame = self.stack[-1]
        if isinstance(frame[0], dict):
            frame[0][frame[1]] = container
        else:
            if len(self.stack) > 1:
                self.path.append(f"[{len(frame[0])}]")
                self._note(line)
            frame[0].append(container)

    def _shut(self) -> None:
        container, _, anchor, before = self.stack.pop()
        if anchor:
            self.anchors[anchor] = (container, self.nodes - before)
        self._leave(container)

    def _put(self, value: Any, line: int) -> None:
        self._enter(value, line)
        self._leave(value)

    def _leave(self, value: Any) -> None:
        frame = self.stack[-1]
        if isinstance(frame[0], dict):
            if frame[1] == "<<":
                self._merge(frame[0])
            frame[1] = None
            self.path.pop()
        elif len(self.stack) > 1:
            self.path.pop()

    def _merge(self, mapping: dict[str, Any]) -> None:
        given = mapping.pop("<<", None)
        for source in given if isinstance(given, list) else [given]:
            if isinstance(source, dict) and source is not mapping:
                for key, value in source.items():
                    mapping.setdefault(key, value)

    def _alias(self, event: Any) -> bool:
        line = event.start_mark.line + 1
        value, size = self.anchors.get(event.anchor, (None, 1))
        if event.anchor not in self.anchors:
            self.fault("malformed", f"the anchor of *{event.anchor[:80]} is not complete here", line)
        self.aliased += size
        self.nodes += size
        if self.aliased > limits.ALIASED:
            self.fault("bomb", "the aliases multiply to more than the file could hold", line)
            return False
        frame = self.stack[-1]
        if isinstance(frame[0], dict) and frame[1] is None:
            frame[1] = str(value)[:200]
            self.path.append(f".{frame[1]}")
            return True
        self._put(value, line)
        return True

    def _note(self, line: int) -> None:
        if self.document <= 0 and len(self.result.lines) < limits.FIELDS:
            self.result.lines.setdefault("".join(self.path), line)


def _unpacked(text: str) -> str:
    """The text that a binary scalar holds; as it stands where it holds none."""
    packed = "".join(text.split())
    if packed.startswith("H4sI"):
        return packed
    try:
        return base64.b64decode(packed, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return text
