"""The formats that are told by the keys of a mapping, in the order in which they are asked."""

from __future__ import annotations

from typing import Any

from compliance.evidence.readers.answers import read_body
from compliance.evidence.readers.api_makers import Anthropic, Bedrock, Gemini, OtherMakers
from compliance.evidence.readers.api_openai import OpenAiBatches, OpenAiShapes
from compliance.evidence.readers.boms import CycloneDx, Spdx
from compliance.evidence.readers.cards import Croissant, DatasetInfos, HubCards, Registries
from compliance.evidence.readers.cassettes import Cassettes
from compliance.evidence.readers.collector import Collector
from compliance.evidence.readers.gateways import Gateways
from compliance.evidence.readers.generic import read_anything
from compliance.evidence.readers.interface import Reader, Shape
from compliance.evidence.readers.lineage import Lineage
from compliance.evidence.readers.rows import Rows
from compliance.evidence.readers.traces import Spans, TraceStores
from compliance.evidence.readers.trainers import Mergekit, ModelFiles, Trainers
from compliance.evidence.readers.words import word_set

READERS: tuple[Reader, ...] = (
    HubCards(),
    OpenAiBatches(),
    Gateways(),
    Cassettes(),
    TraceStores(),
    Spans(),
    Bedrock(),
    Gemini(),
    Anthropic(),
    OpenAiShapes(),
    OtherMakers(),
    CycloneDx(),
    Spdx(),
    Croissant(),
    Lineage(),
    ModelFiles(),
    Mergekit(),
    DatasetInfos(),
    Registries(),
    Rows(),
    Trainers(),
)
# What a reader meets in values that bear the marks of its format and are none.
_STRANGE = (AttributeError, KeyError, TypeError, ValueError, IndexError)
_WRAPPERS = word_set(
    """
    data train test validation rows examples instances records items results conversations dataset samples
    responses logs spans events completions runs
    """
)


Memo = dict[tuple[str, ...], Reader]


def recognise(value: dict[str, Any], shape: Shape, memo: Memo | None = None) -> tuple[Reader, str] | None:
    """The reader of a mapping's format and the format's label; None where no reader knows it.

    With `memo`, a row is first shown to the reader that knew the last row with the same keys.
    """
    keys = tuple(value) if memo is not None else ()
    likely = memo.get(keys) if memo is not None else None
    for reader in READERS if likely is None else (likely, *READERS):
        label = reader.recognise(value, shape)
        if label is not None:
            if memo is not None and len(memo) < 10_000:
                memo[keys] = reader
            return reader, label
    return None


def read_value(value: Any, shape: Shape, out: Collector, memo: Memo | None = None) -> str:
    """State what a value says, by its format's reader or, for an unknown format, field by field; the label, or ''."""
    if not isinstance(value, dict):
        if isinstance(value, list):
            labels = [read_value(v, shape, out) for v in value[:100_000] if isinstance(v, (dict, list))]
            return next((label for label in labels if label), "")
        return ""
    found = recognise(value, shape, memo)
    if found is not None:
        reader, label = found
        out.says = label
        try:
            reader.read(value, out, label)
        except _STRANGE as error:
            out.warn("malformed", f"fields of {label} are not of the types that it has ({type(error).__name__})")
        return label
    out.says = "unknown"
    try:
        if not read_body(list(value.values()), out, ""):
            read_anything(value, out, "medium" if shape.container == "yaml" else "strong")
    except _STRANGE as error:
        out.warn("malformed", f"fields are not of the types that their names promise ({type(error).__name__})")
    return ""


def wrapped_rows(value: dict[str, Any]) -> list[Any]:
    """The rows of a mapping that only wraps a list of them, or that keeps them by id; empty for anything else."""
    lists = [(k, v) for k, v in value.items() if isinstance(v, list) and v and isinstance(v[0], dict)]
    if len(lists) == 1 and (lists[0][0].lower() in _WRAPPERS or len(value) == 1):
        return lists[0][1]
    inner = list(value.values())
    if len(inner) > 1 and all(isinstance(v, dict) for v in inner):
        keys = [frozenset(v) for v in inner[:50]]
        if keys[0] and all(len(k ^ keys[0]) <= 2 for k in keys) and recognise(inner[0], Shape("document")):
            return inner
    return []
