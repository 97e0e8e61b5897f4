"""The folders of records that confirmed clauses make, each named by what is in it."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import msgspec
import yaml

from compliance.corpus.corpus import Corpus, load_corpus
from compliance.errors import CorpusError, UnreadableFile, UsageError
from compliance.history.overlay import State, records_of, slug

HEAD = "# Written by the service from the database of terms, never changed: what was decided rests on it.\n"
KEPT = 200
"""So many folders are kept; older ones, which few decisions still rest on, are removed."""


def written(states: list[State], corpora: tuple[Path, ...], folder: Path) -> Path | None:
    """The folder with a file for each party of `states`, made where it is not there yet; None without states."""
    by_party: dict[str, list[State]] = {}
    for state in states:
        by_party.setdefault(slug(state.key.party), []).append(state)
    files = {f"{name}.yaml": _text(found, corpora) for name, found in sorted(by_party.items())}
    if not files:
        return None
    digest = hashlib.sha256(msgspec.json.encode(files)).hexdigest()
    target = folder / digest[:24]
    if target.is_dir():
        return target
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".part-", dir=folder))
        try:
            for name, text in files.items():
                (made / name).write_text(text, encoding="utf-8", newline="\n")
            _put(made, target)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableFile(
            f"the confirmed clauses cannot be written: {reason}", file=str(folder), remedy="check its permissions"
        ) from None
    _prune(folder)
    return target


def fits(state: State, corpora: tuple[Path, ...]) -> None:
    """Refuse a document whose records the corpora could not be read with, before anything is said of it."""
    try:
        with tempfile.TemporaryDirectory() as name:
            Path(name, "document.yaml").write_text(_text([state], corpora), encoding="utf-8")
            load_corpus(extra=(*corpora, Path(name)), cache=False)
    except CorpusError as error:
        raise UsageError(
            f"the records of {state.key.label} do not go together with the corpora: {error.message}",
            remedy="clearance corpora check says where",
        ) from None


def _text(states: list[State], corpora: tuple[Path, ...]) -> str:
    return HEAD + str(yaml.safe_dump(_records(states, corpora), sort_keys=False, allow_unicode=True))


def _put(made: Path, target: Path) -> None:
    try:
        os.rename(made, target)
    except OSError:
        if not target.is_dir():  # else another process has made it meanwhile, of the same words
            raise


def _records(states: list[State], corpora: tuple[Path, ...]) -> object:
    return msgspec.to_builtins(records_of(states[0].key.party, states, _corpus(corpora)))


def _prune(folder: Path) -> None:
    with suppress(OSError):  # another process tidies up too
        held = sorted((p for p in folder.iterdir() if p.is_dir()), key=lambda p: p.stat().st_mtime)
        for old in held[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)


@lru_cache(maxsize=1)
def _corpus(corpora: tuple[Path, ...]) -> Corpus:
    return load_corpus(extra=corpora)
