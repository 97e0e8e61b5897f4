"""YAML 1.2 and JSON texts to plain values, within limits.

YAML is read by the core schema of version 1.2: `on`, `yes` and dates stay strings. A scalar becomes a number only below
a key that expects one (`number_keys`), so a year, a version or a name made of digits stays as it was written.
Tags are refused, aliases are counted as if they were written out, and duplicate keys are errors.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from compliance.errors import MalformedText, UnreadableFile, UnsafeInput

MAX_BYTES = 128 * 1024 * 1024
MAX_DEPTH = 40
MAX_ALIASED_NODES = 100_000

Path_ = tuple[str | int, ...]

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"[-+]?[0-9]{1,18}\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?\Z")
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})


@dataclass(frozen=True, slots=True)
class Text:
    """A decoded text and the name under which errors speak of it."""

    name: str
    content: str

    @property
    def looks_like_json(self) -> bool:
        """Whether the first character that is not blank opens a JSON object or list."""
        return self.content[:4096].lstrip()[:1] in ("{", "[")


def read_bytes(path: Path, *, limit: int = MAX_BYTES) -> bytes:
    """The bytes of a regular file of at most `limit` bytes."""
    name = str(path)
    try:
        if path.is_dir():
            raise UnreadableFile("this is a folder", file=name, remedy="name a file inside it")
        with path.open("rb") as handle:
            data = handle.read(limit + 1)
    except FileNotFoundError:
        raise UnreadableFile("no such file", file=name, remedy="check the path") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableFile(f"cannot be read: {reason}", file=name, remedy="check its permissions") from None
    if len(data) > limit:
        raise UnsafeInput(f"larger than {limit // 1048576} MiB", file=name, remedy="split it into smaller files")
    return data


def decode(data: bytes, name: str) -> Text:
    """`data` as text: UTF-8 with or without a byte order mark; any other encoding is an error with its line."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise MalformedText("the file is UTF-16", file=name, line=1, remedy="save it as UTF-8")
    try:
        content = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MalformedText(
            f"byte 0x{data[error.start]:02x} is not UTF-8", file=name, line=line, remedy="save the file as UTF-8"
        ) from None
    if not content.strip():
        raise MalformedText("the file is empty", file=name, remedy="docs/manifest.md shows what belongs in a manifest")
    return Text(name, content)


def parse(text: Text, number_keys: frozenset[str]) -> Any:
    """The plain value (mappings, lists, strings, numbers, booleans, None) that a YAML or JSON text holds."""
    if text.looks_like_json:
        try:
            return _parse_json(text)
        except MalformedText:
            if text.name.endswith(".json"):
                raise
    return _Builder(text, number_keys).build()


def line_of(text: Text, path: Path_) -> int | None:
    """The line (from 1) on which the value at `path` (or its key) stands; None where it cannot be told."""
    try:
        builder = _Builder(text, frozenset(), wanted=path)
        builder.build()
        return builder.found
    except (MalformedText, UnsafeInput):
        return None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _DuplicateKey(key)
            seen.add(key)
    return mapping


class _DuplicateKey(ValueError):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _no_constant(word: str) -> float:
    raise ValueError(f"{word} is not a JSON number")


def _parse_json(text: Text) -> Any:
    try:
        return json.loads(text.content, object_pairs_hook=_unique, parse_constant=_no_constant)
    except _DuplicateKey as error:
        spot = _second_key(text.content, error.key)
        raise MalformedText(
            f"the key {error.key!r} stands twice", file=text.name, line=spot, remedy="keep one of the two"
        ) from None
    except json.JSONDecodeError as error:
        raise MalformedText(f"not JSON: {error.msg}", file=text.name, line=error.lineno) from None
    except RecursionError:
        raise UnsafeInput(
            f"nested deeper than {MAX_DEPTH} levels", file=text.name, remedy="flatten the file"
        ) from None
    except ValueError as error:
        raise MalformedText(f"not JSON: {str(error)[:120]}", file=text.name) from None


def _second_key(content: str, key: str) -> int | None:
    hits = [m.start() for m in re.finditer(re.escape(json.dumps(key)) + r"\s*:", content)]
    return content.count("\n", 0, hits[1]) + 1 if len(hits) > 1 else None


class _Builder:
    """Builds values from libyaml's events without recursion, counting as it goes."""

    def __init__(self, text: Text, number_keys: frozenset[str], wanted: Path_ | None = None) -> None:
        self.text = text
        self.number_keys = number_keys
        self.wanted = wanted
        self.found: int | None = None
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.aliased = 0
        self.nodes = 0

    def build(self) -> Any:
        try:
            return self._build()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            problem = " ".join(x for x in (error.problem, error.context) if x)
            raise MalformedText(
                f"not YAML: {problem}", file=self.text.name, line=mark.line + 1 if mark else None
            ) from None
        except yaml.YAMLError as error:
            raise MalformedText(f"not YAML: {str(error)[:120]}", file=self.text.name) from None

    def _build(self) -> Any:
        # A frame is [container, pending key, anchor, nodes before it, keys seen]; the root is a list of documents.
        root: list[Any] = []
        stack: list[list[Any]] = [[root, None, None, 0, None]]
        path: list[str | int] = []
        documents = 0
        event: Any
        for event in yaml.parse(self.text.content, Loader=_LOADER):
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self._refuse_tag(event)
                frame = stack[-1]
                if isinstance(frame[0], dict) and frame[1] is None:
                    self._take_key(frame, event, path)
                    continue
                key = path[-1] if path else ""
                value = self._scalar(event, key if isinstance(key, str) else _last_name(path))
                self.nodes += 1
                if event.anchor:
                    self.anchors[event.anchor] = (value, 1)
                self._put(frame, value, event, path)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._refuse_tag(event)
                frame = stack[-1]
                if isinstance(frame[0], dict) and frame[1] is None:
                    raise self._fault("a key must be a plain word", event)
                if len(stack) > MAX_DEPTH:
                    raise UnsafeInput(
                        f"nested deeper than {MAX_DEPTH} levels",
                        file=self.text.name,
                        line=event.start_mark.line + 1,
                        remedy="flatten the file",
                    )
                container: Any = {} if kind is yaml.MappingStartEvent else []
                self._put(frame, container, event, path, opens=True)
                stack.append([container, None, event.anchor, self.nodes, None])
                self.nodes += 1
                if isinstance(container, list):
                    path.append(0)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                container, _, anchor, before, _ = stack.pop()
                if isinstance(container, list):
                    path.pop()
                if anchor:
                    self.anchors[anchor] = (container, self.nodes - before)
                self._close(stack[-1], path)
            elif kind is yaml.AliasEvent:
                self._alias(stack[-1], event, path)
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    raise self._fault("a second document starts here", event, remedy="one document a file")
        if not root:
            raise MalformedText("the file is empty", file=self.text.name)
        return root[0]

    def _take_key(self, frame: list[Any], event: Any, path: list[str | int]) -> None:
        key = event.value
        if key in frame[0]:
            raise self._fault(f"the key {key!r} stands twice", event, remedy="keep one of the two")
        frame[1] = key
        path.append(key)
        if self.wanted is not None and tuple(path) == self.wanted:
            self.found = event.start_mark.line + 1

    def _put(self, frame: list[Any], value: Any, event: Any, path: list[str | int], opens: bool = False) -> None:
        container = frame[0]
        if isinstance(container, dict):
            container[frame[1]] = value
        else:
            container.append(value)
            if self.wanted is not None and tuple(path) == self.wanted and self.found is None:
                self.found = event.start_mark.line + 1
        if not opens:
            self._close(frame, path)

    def _close(self, frame: list[Any], path: list[str | int]) -> None:
        """The value below `frame` is complete: forget its key, or count the index on."""
        if isinstance(frame[0], dict):
            frame[1] = None
            path.pop()
        elif path:
            path[-1] = len(frame[0])

    def _alias(self, frame: list[Any], event: Any, path: list[str | int]) -> None:
        if event.anchor not in self.anchors:
            raise self._fault(f"the anchor of *{event.anchor} is not complete here", event)
        value, size = self.anchors[event.anchor]
        self.aliased += size
        self.nodes += size
        if self.aliased > MAX_ALIASED_NODES:
            raise UnsafeInput(
                "the aliases multiply to more than the file could hold",
                file=self.text.name,
                line=event.start_mark.line + 1,
                remedy="write the values out",
            )
        if isinstance(frame[0], dict) and frame[1] is None:
            raise self._fault("a key must be a plain word", event)
        self._put(frame, value, event, path)

    def _scalar(self, event: Any, key: str) -> Any:
        value: str = event.value
        if not event.implicit[0]:
            return value
        if value in _NULL:
            return None
        if value in _TRUE:
            return True
        if value in _FALSE:
            return False
        if key in self.number_keys:
            if _INT.match(value):
                return int(value)
            if _FLOAT.match(value):
                return float(value)
        return value

    def _refuse_tag(self, event: Any) -> None:
        if event.tag is not None and event.tag != "!":
            raise self._fault(f"the tag {event.tag!r} is not read", event, remedy="remove the tag")

    def _fault(self, message: str, event: Any, remedy: str = "") -> MalformedText:
        return MalformedText(message, file=self.text.name, line=event.start_mark.line + 1, remedy=remedy)


def _last_name(path: list[str | int]) -> str:
    for part in reversed(path):
        if isinstance(part, str):
            return part
    return ""
