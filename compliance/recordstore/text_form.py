"""What was indexed, and what was found, in words."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compliance.recordstore.reading import FileRead
    from compliance.recordstore.search import Found
    from compliance.recordstore.store import Store

_SHOWN = 300


def index_lines(store: Store, files: Sequence[FileRead], made: int) -> Iterator[str]:
    """A paragraph a file, and the store."""
    for file in files:
        if file.unchanged:
            yield f"{shown_path(file.file)}: in the store already"
            continue
        lost = f", {file.rejected:,} not readable" if file.rejected else ""
        yield f"{shown_path(file.file)}: {file.rows:,} rows{lost}"
        short = f"; {file.short:,} too short" if file.short else ""
        beyond = f"; {file.beyond:,} beyond what is read of one row" if file.beyond else ""
        yield f"  {file.new:,} new texts, {file.repeated:,} repeated, {file.near:,} near copies{short}{beyond}"
        for warning in file.warnings:
            yield f"  warning: {warning.says}"
    held = store.catalogue
    yield f"{held.record_count:,} records of {held.text_count:,} different texts; {made:,} embedded now"
    if store.kind:
        yield f"model {store.model_name}, vectors in {store.kind}"


def found_lines(found: Found) -> Iterator[str]:
    """A paragraph a hit."""
    for hit in found.hits:
        teacher = hit.model or hit.party
        by = f", by {teacher} ({hit.strength})" if teacher else ""
        dated = f", {hit.date}" if hit.date else ""
        field = f", {hit.field}" if hit.field else ""
        yield f"{hit.score:.2f}  {shown_path(hit.file)}, record {hit.record}{field}{by}{dated}"
        near = "nearly: " if hit.near else ""
        text = hit.text if len(hit.text) <= _SHOWN else hit.text[:_SHOWN] + "..."
        yield f"      {near}{text}"
        if hit.others:
            yield f"      and {hit.others:,} more records with this text, or nearly"
    if not found.hits:
        yield "nothing was found"
    yield f"{found.allowed:,} of {found.texts:,} texts were searched"


def shown_path(path: str) -> str:
    """A path from here, where it lies below the working folder."""
    here = os.getcwd() + os.sep
    return path.removeprefix(here)
