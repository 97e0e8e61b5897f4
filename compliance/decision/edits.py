"""Edits of a manifest: what a remedy changes, applied without touching anything else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import UNSET

from compliance.decision.model import Edit
from compliance.domain.manifest import Agreement, BaseModel, Generator, Manifest


def apply(manifest: Manifest, edits: Iterable[Edit]) -> Manifest:
    """The manifest after the edits; names that it does not have are passed over."""
    replace = msgspec.structs.replace
    dropped: set[str] = set()
    changed: dict[str, dict[str, Any]] = {}
    bases: dict[str, Any] = {}
    for edit in edits:
        part, name = edit.at[0], edit.at[1]
        if part == "sources" and edit.drop:
            dropped.add(name)
        elif part == "sources":
            changed.setdefault(name, {})[edit.at[2]] = _typed(edit.at[2], edit.value)
        elif part == "base_models":
            bases[name] = edit
        elif part == "agreements":
            held = [] if manifest.agreements is UNSET else manifest.agreements
            letter = msgspec.convert(edit.value, Agreement)
            manifest = replace(manifest, agreements=[*(a for a in held if a.party != name), letter])
        else:
            inner = replace(getattr(manifest, part), **{name: edit.value})
            manifest = replace(manifest, **{part: inner})
    if dropped or changed:
        sources = [
            replace(s, **changed[s.name]) if s.name in changed else s for s in manifest.sources if s.name not in dropped
        ]
        manifest = replace(manifest, sources=sources)
    if bases and manifest.base_models is not UNSET:
        kept = [(b, bases.get(b.model)) for b in manifest.base_models]
        swapped = [msgspec.convert(e.value, BaseModel) if e else b for b, e in kept if e is None or not e.drop]
        manifest = replace(manifest, base_models=swapped)
    return manifest


def _typed(key: str, value: Any) -> Any:
    if key != "generated_by" or value is None:
        return value
    return msgspec.convert(value, Generator if isinstance(value, dict) else list[Generator])
