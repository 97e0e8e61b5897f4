"""Records by meaning: the texts nearest to a question or to other records, under filters, and who holds them.

Filters are turned into the numbers of the texts that they allow before any vector is looked at, so a filter never costs
results.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt

from compliance.domain.days import Span, day_text
from compliance.errors import InputError, UsageError
from compliance.recordstore.copies import normalised
from compliance.recordstore.store import Store

if TYPE_CHECKING:
    from compliance.recordstore.models import Model
    from compliance.recordstore.vectors import Numbers, Rows

MOST = 100
_LIKE = 8  # texts of a row that others are compared with
_COPIES = 10_000  # records of one text that are counted


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What records must be: of a teacher (party or model), in a file (name, folder or pattern), dated within a span."""

    teacher: str = ""
    file: str = ""
    dated: Span | None = None


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A text that was found, in the first record that holds it.

    `score` is the cosine. `others` counts further records with this text, or nearly; where `near` is set, `text` is the
    nearly equal one of an earlier record. `strength` says how surely marks point to the teacher.
    """

    file: str
    record: int
    field: str
    text: str
    score: float
    party: str | None
    model: str | None
    strength: str | None
    date: str | None
    near: bool
    others: int


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The hits, best first; how many texts the filters allowed of how many; what a user should know."""

    hits: tuple[Hit, ...]
    allowed: int
    texts: int
    notes: tuple[str, ...]


class Searcher:
    """A store opened for searching; `model` is made when the first question in words is asked."""

    def __init__(self, folder: Path, model: Callable[[], Model] | None = None) -> None:
        self.store = Store(folder)
        self._catalogue = self.store.catalogue
        self._vectors = self.store.checked_vectors() if self.store.kind else None
        self._count = self.store.vector_count
        self._columns = self.store.columns.read()
        self._there = self._columns["text"] < self._count
        """Records that are not gone and whose text has a vector."""
        self._every: Numbers | None = None
        self._make = model
        self._model: Model | None = None

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def search(self, question: str, k: int = 10, filters: Filters = Filters()) -> Found:  # noqa: B008
        """The records that read most like a question or any other text."""
        asked = normalised(question)
        if not asked:
            raise UsageError("nothing was asked", remedy="say in words what the records are about")
        return self._find([self._embedded(asked)], k, filters, ())

    def like(self, places: Sequence[tuple[str, int, str]], k: int = 10, filters: Filters = Filters()) -> Found:  # noqa: B008
        """The records that read most like those at some places (file, record, and a field or nothing)."""
        texts: list[int] = []
        for file, record, field in places:
            found = [t for n in self._files(file) for t in self._catalogue.texts_of(n, record, field)]
            if not found:
                where = f"{file}, record {record}" + (f", {field}" if field else "")
                raise UsageError(f"the store has no text of {where}", remedy="name a file, and a record counted from 0")
            texts += found
        own = [t for t in dict.fromkeys(texts) if t < self._count][:_LIKE]
        if self._vectors is None or not own:
            return self._find([], k, filters, ())
        return self._find(list(self._vectors.rows(np.array(own))), k, filters, own)

    def _embedded(self, text: str) -> Rows:
        if self._model is None:
            from compliance.recordstore.models import open_model

            make = self._make or (lambda: open_model(self.store.model_name, self.store.folder))
            model = make()
            if self.store.model and model.model != self.store.model:
                raise InputError(
                    f"the vectors were made by {self.store.model}, not by {model.model}", file=str(self.store.folder),
                    remedy="clearance index --in FOLDER makes them anew",
                )  # fmt: skip
            self._model = model
        found: Rows = self._model.embed([text])[0]
        return found

    def _find(self, queries: Sequence[Rows], k: int, filters: Filters, without: Sequence[int]) -> Found:
        mask, undated = self._mask(filters)
        if filters != Filters() or without:
            among = self._texts(mask, without)
        else:
            among = self._every = self._texts(mask, ()) if self._every is None else self._every
        scores: dict[int, float] = {}
        for query in queries if self._vectors is not None and len(among) else ():
            narrowed = None if len(among) == self._count else among
            numbers, cosines = self._vectors.nearest(query, k, narrowed, self._count)  # type: ignore[union-attr]
            for number, cosine in zip(numbers.tolist(), cosines.tolist(), strict=True):
                scores[number] = max(cosine, scores.get(number, -1.0))
        best = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:k]
        hits = [hit for text, score in best if (hit := self._hit(text, score, mask)) is not None]
        return Found(hits=tuple(hits), allowed=len(among), texts=self._count, notes=self._notes(undated))

    def _notes(self, undated: int) -> tuple[str, ...]:
        notes = []
        if undated:
            notes.append(f"{undated:,} records without a date were left out")
        waiting = self._catalogue.text_count - self._count
        if waiting:
            notes.append(f"{waiting:,} texts have no vector yet and were not searched: clearance index goes on")
        return tuple(notes)

    def _mask(self, filters: Filters) -> tuple[npt.NDArray[np.bool_], int]:
        """Which records the filters allow, and how many failed only for want of a date."""
        columns = self._columns
        mask = self._there.copy()
        if filters.file:
            mask &= _one_of(columns["file"], self._files(filters.file))
        if filters.teacher:
            mask &= _one_of(columns["maker"], self._makers(filters.teacher))
        undated = 0
        if filters.dated is not None:
            days = columns["day"]
            undated = int(np.count_nonzero(mask & (days == 0)))
            mask &= days >= max(1, filters.dated.first or 1)
            if filters.dated.last is not None:
                mask &= days <= filters.dated.last
        return mask, undated

    def _texts(self, mask: npt.NDArray[np.bool_], without: Sequence[int]) -> Numbers:
        allowed = np.zeros(self._count, bool)
        allowed[self._columns["text"][mask]] = True
        allowed[list(without)] = False
        return np.flatnonzero(allowed)

    def _files(self, named: str) -> list[int]:
        """The files that a name, a folder or a pattern means; a `UsageError` where it means none."""
        absolute = os.path.abspath(named)
        files = self._catalogue.files()
        found = [
            f.id for f in files
            if f.path == absolute or f.path.startswith(absolute + os.sep)
            or any(fnmatch.fnmatchcase(f.path, p) for p in (named, absolute, f"*/{named}"))
        ]  # fmt: skip
        if not found:
            raise UsageError(f"no file {named!r} is in the store", remedy=f"it holds {_some([f.path for f in files])}")
        return found

    def _makers(self, named: str) -> list[int]:
        """The makers that a name means: a party, a model, or the beginning of a model's name."""
        name = named.casefold()
        makers = self._catalogue.makers()
        found = [
            number for number, party, model, _ in makers
            if party.casefold() == name
            or any(m.startswith(name) for m in (model.casefold(), model.casefold().rpartition("/")[2]) if m)
        ]  # fmt: skip
        if not found:
            held = sorted({n for _, party, model, _ in makers for n in (party, model) if n})
            raise UsageError(f"no record of the store is by {named!r}", remedy=f"it holds records by {_some(held)}")
        return found

    def _hit(self, text: int, score: float, mask: npt.NDArray[np.bool_]) -> Hit | None:
        numbers = np.array(self._catalogue.holders(text, _COPIES), np.int64)
        numbers = numbers[numbers < len(mask)]
        allowed = numbers[mask[numbers]]
        if not len(allowed):
            return None
        shown = self._catalogue.record(int(allowed[0]))
        return Hit(
            file=shown.file, record=shown.record, field=shown.field, text=shown.text, score=round(score, 4),
            party=shown.party or None, model=shown.model or None, strength=shown.strength or None,
            date=day_text(shown.day) if shown.day else None, near=bool(shown.near), others=len(allowed) - 1,
        )  # fmt: skip


def _one_of(values: npt.NDArray[Any], wanted: Sequence[int]) -> npt.NDArray[np.bool_]:
    flags = np.zeros(int(values.max(initial=0)) + 1, bool)
    flags[[w for w in wanted if w < len(flags)]] = True
    found: npt.NDArray[np.bool_] = flags[values]
    return found


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - 6:,} more" if len(names) > 6 else ""
    return (", ".join(names[:6]) or "none") + more
