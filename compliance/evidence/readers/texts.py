"""Texts, told by how they begin: JSON in all its forms, events, cards, logs, scripts, YAML, tables, prose."""

from __future__ import annotations

import json
import re
from typing import Any, BinaryIO

from compliance.evidence.claims import WarningKind
from compliance.evidence.readers import json_text, limits
from compliance.evidence.readers.cards import CARD, prose
from compliance.evidence.readers.code_text import read_comment, read_python, read_shell, script_label
from compliance.evidence.readers.collector import Collector
from compliance.evidence.readers.formats import read_value, recognise, wrapped_rows
from compliance.evidence.readers.interface import Shape
from compliance.evidence.readers.json_places import JsonPlaces
from compliance.evidence.readers.mending import mended
from compliance.evidence.readers.server_logs import read_server_log, server_label
from compliance.evidence.readers.tables import read_table, separator_of
from compliance.evidence.readers.text_stream import TextStream
from compliance.evidence.readers.yaml_text import YamlText, read_yaml

_EVENT = re.compile(r"(?:data|event|id|retry):|:")
_FENCE = re.compile(r"\A\s*---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*\r?$\n?", re.DOTALL | re.MULTILINE)
_LATE_FENCE = re.compile(r"^---[ \t]*\r?\n((?:[\w-]+:.*\n|[ \t-]+.*\n){1,500}?)---[ \t]*\r?$", re.MULTILINE)
_KEY = re.compile(r"^(?:- )?[\"']?[A-Za-z_$@.][\w .$@/-]{0,80}[\"']?:(?: |\r?$)", re.MULTILINE)
_FOUND = re.compile(
    r'"(model|model_id|model_name|base_model|base_model_name_or_path|license|modelVersion)"\s*:\s*"([^"\\]{2,200})"'
)


def read_text(stream: BinaryIO, head: bytes, name: str, out: Collector) -> str:
    """State what a text says, and answer the label of its format."""
    start = stream.read(len(head))
    while len(start) < len(head):
        more = stream.read(len(head) - len(start))
        if not more:
            break
        start += more
    text = TextStream(stream, start, out)
    begins = text.head.lstrip("\ufeff \t\r\n")
    if begins[:1] in ("{", "[") and not begins.startswith(("{%", "{{", "[//]", "[![")):
        return _json(text, begins, name, out)
    first = [line for line in begins[:20_000].split("\n") if line.strip()][:10]
    if first and any(line.startswith("data:") for line in first) and all(_EVENT.match(line) for line in first):
        return _rows(text, "sse", name, out)
    label = server_label(begins[:65_536])
    if label:
        out.says = label
        read_server_log(text.lines(), out)
        return label
    if _rows_follow(begins, name):
        return _rows(text, "lines", name, out)
    return _plain(text, begins, name, out)


def _rows_follow(begins: str, name: str) -> bool:
    """Whether all but the first line are rows: a log that was cut where its file was turned over begins in mid-row."""
    lines = [line for line in begins.split("\n")[1:-1] if line.strip()][:20]
    if len(lines) < (1 if _DATA_NAME.search(name) else 2) or not all(line.startswith("{") for line in lines):
        return False
    try:
        return all(isinstance(json.loads(line), dict) for line in lines)
    except (ValueError, RecursionError):
        return False


def _plain(text: TextStream, begins: str, name: str, out: Collector) -> str:
    markdown = bool(re.search(r"\.(?:md|markdown|mdx)$", name, re.IGNORECASE))
    if begins.startswith("---") and (markdown or (_FENCE.match(begins) and _is_card(begins))):
        return _card(text, out)
    if markdown:
        return _card(text, out)
    script = script_label(begins[:65_536])
    if script:
        out.says = script
        whole = text.whole(limits.DOCUMENT)
        read_python(whole, out) if script == "python_script" else read_shell(whole, out)
        return script
    separator = separator_of(begins)
    keys = len(_KEY.findall(begins[:20_000]))
    lines = begins[:20_000].count("\n") + 1
    if separator and (keys < 3 or keys * 4 < lines) and not begins.startswith("#"):
        return _table(text, separator, name, out)
    if keys or begins.startswith(("---", "- ", "#", "%YAML")):
        label = _yaml(text, begins, name, out)
        if label:
            return label
    return _prose(text, begins, out)


def _is_card(begins: str) -> bool:
    """Whether what follows the front matter is prose: a heading, or text that is no YAML."""
    match = _FENCE.match(begins)
    rest = begins[match.end() :].strip() if match else ""
    return bool(rest) and (bool(re.search(r"^#{1,3} \S", rest, re.MULTILINE)) or not _KEY.search(rest[:2_000]))


def _json(text: TextStream, begins: str, name: str, out: Collector) -> str:
    if begins[0] == "[":
        return _rows(text, "array", name, out)
    first, _, more = begins.partition("\n")
    reader = json_text.JsonReader(Collector(name, out.corpus))
    try:
        alone = isinstance(reader.value(first.strip()), dict)
    except (ValueError, RecursionError):
        alone = False
    lines = alone and (bool(more.strip()) or name.endswith((".jsonl", ".ndjson")))
    if not alone and more and re.match(r"\s*\{\"", more) and first.rstrip().endswith("}"):
        lines = True
    if lines:
        return _rows(text, "lines", name, out)
    whole = text.whole(limits.DOCUMENT)
    value, failed = _document(whole, out)
    if failed:
        return _values(whole, failed, name, out)
    return _one(value, Shape("document", name), name, out, JsonPlaces(whole).line) or "json"


def _document(whole: str, out: Collector) -> tuple[Any, Exception | None]:
    reader = json_text.JsonReader(out)
    try:
        return reader.value(whole.strip("\ufeff \t\r\n\0")), None
    except (ValueError, RecursionError) as error:
        first: Exception = error
    text, says = mended(whole.strip("\ufeff \t\r\n\0"))
    if not text or _several(whole):
        return None, first
    kind: WarningKind = "truncated" if "cut off" in says else "malformed"
    out.warn(kind, says, line=getattr(first, "lineno", None))
    return reader.value(text), None


def _several(whole: str) -> bool:
    """Whether a text holds several values one after another."""
    try:
        _, end = json.JSONDecoder(strict=False).raw_decode(whole.lstrip("\ufeff \t\r\n"))
    except (ValueError, RecursionError):
        return False
    return bool(whole.lstrip("\ufeff \t\r\n")[end:].strip())


def _values(whole: str, error: Exception, name: str, out: Collector) -> str:
    """A text that is no single document: values one after another, or the fields that can still be told."""
    probe = json_text.JsonReader(Collector(name, out.corpus))
    try:
        probe.at(whole, len(whole) - len(whole.lstrip("\ufeff \t\r\n")))
    except (ValueError, RecursionError):
        kind, says = json_text.fault(error)
        cut = kind == "malformed" and whole.rstrip()[-1:] not in "}]"
        out.warn(
            "truncated" if cut else kind,
            "the document is cut off" if cut else says,
            line=getattr(error, "lineno", None),
        )
        out.rejected += 1
        out.records += 1
        out.says = "json"
        _loose(whole, out)
        return "json"
    sink = _sink("concatenated", name, out)
    json_text.read_values(iter([whole]), json_text.JsonReader(out), out, sink.feed)
    return sink.label() or "concatenated_json"


def _loose(whole: str, out: Collector) -> None:
    """Fields told by their names in a text that could not be parsed: weak, but better than silence."""
    for match in _FOUND.finditer(whole):
        key, value = match.groups()
        line = whole.count("\n", 0, match.start()) + 1
        if key == "license":
            out.licence(value, field=key, strength="weak")
        elif key.startswith("base"):
            out.base_model(value, field=key, strength="weak", line=line)
        elif out.corpus.family(value) is not None:
            out.model(value, field=key, strength="weak", line=line, note="in a text that could not be parsed")


def _one(value: Any, shape: Shape, name: str, out: Collector, line_of: Any) -> str:
    """State what one document says; the rows inside a mapping that only wraps them are rows."""
    if isinstance(value, dict) and recognise(value, shape) is None:
        rows = wrapped_rows(value)
        if rows:
            sink = _sink("array", name, out)
            for index, row in enumerate(rows):
                sink.feed(row, index, 0)
            out.records += len(rows)
            out.says = "unknown"
            return str(sink.label())
    out.records += 1
    out.line_of = line_of
    label = read_value(value, shape, out)
    out.line_of = None
    return label


def _sink(container: str, name: str, out: Collector) -> Any:
    from compliance.evidence.readers.content import RowSink

    return RowSink(Shape(container, name), out)


def _rows(text: TextStream, container: str, name: str, out: Collector) -> str:
    sink = _sink(container, name, out)
    reader = json_text.JsonReader(out)
    if container == "array":
        json_text.read_values(text.chunks(), reader, out, sink.feed)
    elif container == "sse":
        json_text.read_events(text.lines(), reader, out, sink.feed)
    else:
        json_text.read_lines(text.lines(), reader, out, sink.feed)
    label = sink.label()
    if label:
        return str(label)
    if container == "array":
        return "json"
    return "sse" if container == "sse" else "jsonl_named_json" if name.endswith(".json") else "jsonl"


def _table(text: TextStream, separator: str, name: str, out: Collector) -> str:
    sink = _sink("table", name, out)
    read_table(text.lines(), separator, out, sink.feed)
    sink.label()
    kind = "tsv" if separator == "\t" else "csv"
    return f"{kind}_bom" if text.bom else kind


def _yaml(text: TextStream, begins: str, name: str, out: Collector) -> str:
    whole = text.whole(limits.YAML_DOCUMENT)
    read = read_yaml(whole.lstrip("\ufeff"))
    documents = [d for d in read.documents if isinstance(d, (dict, list)) and d]
    if not documents:
        comments_only = not [x for x in whole.split("\n") if x.strip() and not x.lstrip().startswith("#")]
        if comments_only:
            out.warn("empty", "the file holds comments only")
            _comments(whole, out)
            return "comments_only"
        return _told(begins, whole, out) if not documents else ""
    _say(read, out)
    label = ""
    for document in documents:
        shape = Shape("yaml", name)
        label = label or _one(document, shape, name, out, read.lines.get)
    out.says = label or "yaml"
    _comments(whole, out)
    return label or "yaml"


def _told(begins: str, whole: str, out: Collector) -> str:
    """A text that was taken for YAML and is none: prose."""
    out.says = "text"
    prose(whole, out, "text")
    return "markdown" if re.search(r"^#{1,3} \S", begins, re.MULTILINE) else "text"


def _say(read: YamlText, out: Collector) -> None:
    for kind, says, line in read.faults:
        out.warn(kind, says, line=line)


def _comments(whole: str, out: Collector) -> None:
    for number, line in enumerate(whole.split("\n"), 1):
        if line.lstrip().startswith("#") and len(line) < 2_000:
            read_comment(line, out, number)


def _card(text: TextStream, out: Collector) -> str:
    whole = text.whole(limits.DOCUMENT).lstrip("\ufeff")
    match = _FENCE.match(whole)
    if match is None:
        match = _LATE_FENCE.search(whole[:20_000])
        if match is not None and match.start() > 0:
            out.warn("malformed", "the front matter does not stand at the top; read all the same")
    read = read_yaml(match.group(1)) if match else YamlText()
    _say(read, out)
    offset = whole.count("\n", 0, match.start(1)) if match else 0
    front = next((d for d in read.documents if isinstance(d, dict)), {})
    body = whole[match.end() :] if match else whole
    shift = whole.count("\n", 0, match.end()) if match else 0

    def line_of(place: str) -> int | None:
        if place.startswith("text@"):
            return shift + body.count("\n", 0, int(place[5:])) + 1
        line = read.lines.get(place)
        return line + offset if line is not None else None

    out.records += 1
    out.line_of = line_of
    label = read_value({**front, CARD: body}, Shape("card"), out)
    out.line_of = None
    return label


_DATA_NAME = re.compile(r"\.(jsonl?|ndjson)(\.(gz|zst|bz2|xz))?\Z", re.IGNORECASE)


def _prose(text: TextStream, begins: str, out: Collector) -> str:
    label = "markdown" if re.search(r"\A#{1,3} \S|^#{2,3} \S", begins, re.MULTILINE) else "text"
    out.says = label
    prose(text.whole(limits.PROSE), out, "text")
    out.warn("unknown-format", "plain text: only mentions in its prose were looked for")
    if _DATA_NAME.search(out.file):
        # What calls itself data and is none may be data that somebody spoiled: it must not pass as prose.
        out.warn("malformed", "by its name it holds JSON, and none of it could be read as that")
    return label
