"""JSON Schemas of the records, made from the record types, for editors and for programs in other languages.

`corpora/schema/` holds them as files; `clearance corpora schema --write` renews them. The loader does not read them: it
checks files against the types themselves.
"""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from compliance.corpus import records

KINDS: dict[str, type[msgspec.Struct]] = {
    "party": records.Party,
    "family": records.Family,
    "channel": records.Channel,
    "document": records.Document,
    "licence": records.Licence,
    "dataset": records.Dataset,
    "corpora-file": records.CorpusFile,
}
DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, dict[str, Any]]:
    """The schema of each kind of record and of a whole file, by its name."""
    return {name: _schema(name, kind) for name, kind in KINDS.items()}


def written(name: str) -> str:
    """A schema as the text of its file."""
    return json.dumps(_schema(name, KINDS[name]), indent=2, ensure_ascii=False) + "\n"


def _schema(name: str, kind: type[msgspec.Struct]) -> dict[str, Any]:
    (top,), parts = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    own = top["$ref"].rpartition("/")[2]
    body = parts.pop(own)
    body.pop("title", None)
    return {
        "$schema": DRAFT,
        "title": f"Clearance {name}",
        **_tidy(body),
        "$defs": {k: _tidy(v) for k, v in parts.items()},
    }


def _tidy(value: Any) -> Any:
    """The schema with descriptions on one line, as docstrings are wrapped for the reader of the code."""
    if isinstance(value, dict):
        return {
            k: re.sub(r"\s+", " ", v) if k == "description" and isinstance(v, str) else _tidy(v)
            for k, v in value.items()
        }
    return [_tidy(v) for v in value] if isinstance(value, (list, tuple)) else value
