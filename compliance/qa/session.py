"""Everything that answering needs, opened: the index, the names and the corpora."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from pathlib import Path

from compliance.corpus.corpus import load_corpus
from compliance.domain.days import day
from compliance.errors import UsageError
from compliance.index.index import Index, open_index
from compliance.index.names import Names
from compliance.qa.answer import Answerer
from compliance.qa.topics import phrases

REMEMBERED = 12
"""So many turns of a conversation are kept with the next question."""


def open_answerer(
    roots: Sequence[Path],
    *,
    as_of: str = "",
    cache: Path | None = None,
    semantic: bool = True,
    embed: bool = True,
    device: str = "",
    progress: Callable[[int, int], None] | None = None,
    today: int | None = None,
) -> Answerer:
    """An answerer over the texts below `roots`, for the day `as_of` ("2025-08-01") or for now.

    With `embed`, vectors that are missing are made first; without, search goes by words until `index.embed()` has run.
    """
    index = open_index(roots, cache=cache, semantic=semantic, device=device, phrases=phrases() if semantic else ())
    if embed and index.pending:
        index.embed(progress)
    return answerer_of(index, as_of=as_of, today=today)


def answerer_of(index: Index, *, as_of: str = "", today: int | None = None) -> Answerer:
    """An answerer over an open index."""
    corpus = load_corpus()
    now = today if today is not None else datetime.date.today().toordinal()
    return Answerer(index, Names(corpus, index.shelf.texts), corpus, today=now, as_of=as_of_day(as_of))


def as_of_day(text: str) -> int | None:
    """The day that `--as-of` names; an error that says how a day is written."""
    if not text:
        return None
    try:
        return day(text)
    except ValueError:
        raise UsageError(f"--as-of: {text!r} is not a day", remedy="write it as 2025-08-01") from None
