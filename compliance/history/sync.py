"""Versions into the database: from an archive's repository, step by step, and from files."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import urlsplit

from compliance.errors import InputError, MalformedText, UnreadableFile, UsageError
from compliance.history.adding import NewVersion
from compliance.history.database import History
from compliance.history.fetch import USUAL, Limits, fetch
from compliance.history.passages import TextFacts, read_text
from compliance.history.repository import Change, Repository
from compliance.reading.structured import read_bytes
from compliance.terms.parse import MAX_BYTES

COMMITS_A_STEP = 50
MAX_FILES = 10_000
INGESTED = "files"
"""The source that files handed over by hand belong to."""

_SUFFIXES = (".md", ".markdown", ".txt", ".html", ".htm", ".pdf", ".docx")
_NOT_TERMS = frozenset({"readme.md", "license", "license.md", "contributing.md", "changelog.md"})


class Synced(NamedTuple):
    """What a sync or an ingestion did; `unreadable` names each version without a text, and why.

    `texts` are the hashes of the texts that were handed over.
    """

    commits: int
    versions: int
    documents: int
    unreadable: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


Progress = Callable[[int, int], None]
"""Told how many commits are done, and of how many."""


def sync(history: History, repository: Repository, progress: Progress | None = None) -> Synced:
    """Read what is new in a repository; what was read before a stop stays, and the next sync goes on from there."""
    head, _ = history.source(repository.name)
    since = head if head and repository.has(head) else None
    if since == repository.head:
        return Synced(0, 0, 0)
    total = repository.count(since)
    done = added = seen = 0
    names: set[tuple[str, str]] = set()
    unreadable: list[str] = []
    texts: dict[str, tuple[TextFacts | None, str]] = {}
    with repository.blobs() as blobs:

        def read(blob: str, path: str) -> tuple[TextFacts | None, str]:
            if blob not in texts:
                if len(texts) > 500:
                    texts.clear()
                texts[blob] = _read(blobs.read(blob), path)
            return texts[blob]

        step: list[NewVersion] = []
        for changes in repository.changes(since):
            for change in changes:
                version = _version(change, read)
                if version is None:
                    continue
                seen += 1
                step.append(version)
                names.add((version.party, version.name))
                if version.facts is None and change.blob is not None:
                    unreadable.append(f"{change.path} {version.recorded_at[:10]}: {version.note}")
            done += 1
            if done % COMMITS_A_STEP == 0 and changes:
                added += history.add(repository.name, step, head=changes[0].commit)
                step = []
                if progress:
                    progress(done, total)
        if since is None and not seen:
            raise InputError(
                "the repository has no versions: no file is called SERVICE/TERMS.md",
                file=repository.shown,
                remedy="name a versions repository of an Open Terms Archive collection",
            )
        added += history.add(repository.name, step, head=repository.head, attribution=_attribution(repository))
    if progress:
        progress(done, total)
    return Synced(done, added, len(names), tuple(unreadable))


def ingest(history: History, path: Path, *, party: str, document: str | None, date: datetime.date) -> Synced:
    """Add a file, or each file of a folder, as the version of a document on a day.

    In a folder a document is called as its file is, and `document` may not be given. What is there already is left
    alone; a file that holds no terms is an error, and in a folder it is named and the others are read.
    """
    if path.is_dir():
        if document is not None:
            raise UsageError("a folder holds several documents", remedy="leave --document out, or name one file")
        files = _files(path)
    else:
        files = [path]
    _checked_names(party, document)
    stems = Counter(f.stem for f in files)
    found: list[NewVersion] = []
    unreadable: list[str] = []
    for file in files:
        name = document or (file.stem if stems[file.stem] == 1 else file.relative_to(path).with_suffix("").as_posix())
        try:
            data = read_bytes(file, limit=MAX_BYTES)
            found.append(_handed_over(data, str(file), file.suffix.lower(), file.name, party, name, date))
        except InputError as error:
            if len(files) == 1:
                raise
            unreadable.append(error.one_line())
    return _ingested(history, found, unreadable)


def ingest_url(
    history: History, url: str, hosts: Collection[str], *, party: str, document: str | None, date: datetime.date,
    limits: Limits = USUAL,
) -> Synced:  # fmt: skip
    """Add what stands at an address as the version of a document on a day; only `hosts` are asked."""
    _checked_names(party, document)
    got = fetch(url, hosts, limits)
    name = PurePosixPath(urlsplit(got.url).path).name or urlsplit(got.url).hostname or "terms"
    suffix = got.suffix or PurePosixPath(name).suffix.lower()
    origin = got.url.partition("?")[0]
    found = _handed_over(got.data, origin, suffix, origin, party, document or _shown(PurePosixPath(name).stem), date)
    return _ingested(history, [found], [])


def _checked_names(party: str, document: str | None) -> None:
    names = (party, *([document] if document is not None else []))
    if any(not name.strip() or not name.isprintable() or len(name) > 300 for name in names):
        raise UsageError("a party and a document need names that can be printed", remedy="--party NAME --document NAME")


def _handed_over(
    data: bytes, shown: str, suffix: str, origin: str, party: str, name: str, date: datetime.date
) -> NewVersion:
    """The version that a person hands over; what holds no terms is refused, since nobody meant to add that."""
    facts, note = read_text(data, shown, suffix)
    if facts.failure:
        remedy = "name a file that holds the terms" if not facts.text else "save the document itself, and look at it"
        raise MalformedText(f"not terms: {facts.failure}", file=shown, remedy=remedy)
    moment = datetime.datetime.combine(date, datetime.time(), datetime.UTC).isoformat(timespec="seconds")
    return NewVersion(party, name, moment, f"{_shown(origin)} {facts.sha256[:12]}", facts, note)


def _ingested(history: History, found: list[NewVersion], unreadable: list[str]) -> Synced:
    added = history.add(INGESTED, found)
    hashes = tuple(dict.fromkeys(v.facts.sha256 for v in found if v.facts))
    return Synced(0, added, len({v.name for v in found}), tuple(unreadable), hashes)


def _files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in _SUFFIXES and path.is_file() and not path.is_symlink():
            found.append(path)
            if len(found) > MAX_FILES:
                raise UsageError(f"more than {MAX_FILES:,} files", remedy="ingest smaller folders")
    if not found:
        raise UnreadableFile(
            f"no terms in this folder: no file ends in {', '.join(_SUFFIXES)}",
            file=str(folder),
            remedy="check the path",
        )
    return found


def _version(change: Change, read: Callable[[str, str], tuple[TextFacts | None, str]]) -> NewVersion | None:
    """The version that a change records; None where the file is no document of a service."""
    path = PurePosixPath(change.path)
    if len(path.parts) != 2 or path.suffix != ".md" or path.parts[0].startswith(".") or path.name.lower() in _NOT_TERMS:
        return None
    party, name = _shown(path.parts[0]), _shown(path.stem)
    if change.blob is None:
        return NewVersion(party, name, change.recorded_at, change.commit, None, "withdrawn: the archive removed it")
    facts, note = read(change.blob, change.path)
    return NewVersion(party, name, change.recorded_at, change.commit, facts, note)


def _read(data: bytes | None, path: str) -> tuple[TextFacts | None, str]:
    if data is None:
        return None, "too large to be read"
    try:
        return read_text(data, path, ".md")
    except InputError as error:
        return None, error.message


def _attribution(repository: Repository) -> str:
    """The sentence of the archive's read-me that says how to credit it, or its licence's first line."""
    readme = repository.file("README.md").decode("utf-8", "replace")
    for line in readme.splitlines():
        if "contains information from" in line.lower() or "attribution" in line.lower():
            return _shown(line.strip("> *_#"))[:500]
    licence = next(_lines(repository.file("LICENSE")), "")
    return _shown(f"{repository.name}: {licence}")[:500] if licence else repository.name


def _lines(data: bytes) -> Iterator[str]:
    return (x.strip("# ") for x in data.decode("utf-8", "replace").splitlines() if x.strip("# "))


def _shown(text: str) -> str:
    return "".join(c if c.isprintable() else "\ufffd" for c in text)
