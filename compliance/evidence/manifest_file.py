"""Finding a manifest file, and checking what a manifest's types cannot say; `places` reads it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import UNSET, UnsetType

from compliance.corpus.names import key
from compliance.domain.days import day, span
from compliance.domain.manifest import BaseModel, Generator, Manifest, Source
from compliance.errors import ManifestError, UnreadableFile
from compliance.reading.limits import short
from compliance.reading.structured import Path_, Text, line_of
from compliance.reading.typed import dotted

NAMES = ("clearance.yaml", "clearance.yml", "clearance.json", "manifest.yaml", "manifest.yml", "manifest.json")


def find_manifest(path: Path) -> Path:
    """The manifest file that `path` is, or that stands in the folder `path`."""
    try:
        if not path.is_dir():
            return path
        for name in NAMES:
            if (path / name).is_file():
                return path / name
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableFile(
            f"cannot be read: {reason}", file=str(path), remedy="check the path and permissions"
        ) from None
    raise UnreadableFile("no manifest in this folder", file=str(path), remedy="name it clearance.yaml")


def check(manifest: Manifest, text: Text) -> None:
    """Dates that exist, names that stand once, sources that are not made from themselves; else a `ManifestError`."""
    _dates(manifest, text)
    places: dict[str, int] = {}
    for at, source in enumerate(manifest.sources):
        first = places.setdefault(key(source.name), at)
        if first != at:
            raise _fault(
                f"two sources are called {short(source.name)!r}",
                ("sources", at, "name"),
                text,
                "give each a name of its own",
            )
        _licence(source, ("sources", at), text)
    for at, base in enumerate(manifest.base_models or ()):
        _licence(base, ("base_models", at), text)
    _refuse_cycle(manifest.sources, places, text)


def _dates(manifest: Manifest, text: Text) -> None:
    for path, value in _stated_dates(manifest):
        if value is not UNSET:
            try:
                day(value) if path == ("run", "date") else span(value)
            except ValueError as error:
                remedy = "dates are 2025-06-15, 2025-06, 2025 or a span a/b"
                raise _fault(str(error), path, text, remedy) from None


def _stated_dates(manifest: Manifest) -> Iterator[tuple[Path_, str | UnsetType]]:
    yield ("run", "date"), manifest.run.date
    for at, users in enumerate(manifest.trainer.monthly_active_users or ()):
        yield ("trainer", "monthly_active_users", at, "on"), users.on
    for at, revenue in enumerate(manifest.trainer.annual_revenue_usd or ()):
        yield ("trainer", "annual_revenue_usd", at, "on"), revenue.on
    for at, agreement in enumerate(manifest.agreements or ()):
        yield ("agreements", at, "from"), agreement.since
        yield ("agreements", at, "until"), agreement.until
    for at, source in enumerate(manifest.sources):
        made = source.generated_by
        if isinstance(made, Generator):
            yield ("sources", at, "generated_by", "when"), made.when
        elif isinstance(made, list):
            for nth, use in enumerate(made):
                yield ("sources", at, "generated_by", nth, "when"), use.when


def _licence(part: Source | BaseModel, path: Path_, text: Text) -> None:
    if isinstance(part.licence, str) and not part.licence.strip():
        raise _fault("the licence is blank", (*path, "licence"), text, "name it, or write null for none")


def _refuse_cycle(sources: list[Source], places: dict[str, int], text: Text) -> None:
    """Refuse a source that others lead back to. One that names itself means a published set of the same name."""
    as_written = {source.name: at for at, source in enumerate(sources)}  # spares most names their key

    def place_of(name: str) -> int:
        place = as_written.get(name)
        return place if place is not None else places.get(key(name), -1)

    parents = [
        [(to, nth) for nth, name in enumerate(source.derived_from or ()) if (to := place_of(name)) not in (-1, at)]
        for at, source in enumerate(sources)
    ]
    state = bytearray(len(sources))  # 1: on the way down, 2: clear
    for start in range(len(sources)):
        way = [(start, iter(parents[start]))] if not state[start] else []
        state[start] = state[start] or 1
        while way:
            at, rest = way[-1]
            place, nth = next(rest, (-1, 0))
            if place < 0:
                state[at] = 2
                way.pop()
            elif state[place] == 1:
                raise _cycle(sources, [at for at, _ in way], place, nth, text)
            elif not state[place]:
                state[place] = 1
                way.append((place, iter(parents[place])))


def _cycle(sources: list[Source], way: list[int], place: int, nth: int, text: Text) -> ManifestError:
    names = [short(sources[at].name) for at in way[way.index(place) :]]
    shown = names if len(names) < 5 else [*names[:2], "…", names[-1]]
    return _fault(
        f"{names[0]!r} is made from itself ({' from '.join([*shown, names[0]])})",
        ("sources", way[-1], "derived_from", nth),
        text,
        "break the cycle",
    )


def _fault(message: str, path: Path_, text: Text, remedy: str) -> ManifestError:
    return ManifestError(message, file=text.name, line=line_of(text, path), field=dotted(path), remedy=remedy)
