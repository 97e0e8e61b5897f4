"""Reading a manifest file (YAML or JSON) and checking what its types cannot say."""

from __future__ import annotations

from pathlib import Path

from msgspec import UNSET

from compliance.corpus.names import key
from compliance.domain.days import day, span
from compliance.domain.manifest import NUMBER_KEYS, Generator, Manifest, Source
from compliance.errors import ManifestError, UnreadableFile
from compliance.reading.structured import Path_, Text, decode, line_of, parse, read_bytes
from compliance.reading.typed import convert, dotted

NAMES = ("clearance.yaml", "clearance.yml", "clearance.json", "manifest.yaml", "manifest.yml", "manifest.json")


def find_manifest(path: Path) -> Path:
    """The manifest file that `path` is, or that stands in the folder `path`."""
    if not path.is_dir():
        return path
    for name in NAMES:
        if (path / name).is_file():
            return path / name
    raise UnreadableFile("no manifest in this folder", file=str(path), remedy="name it clearance.yaml")


def read_manifest(path: Path) -> Manifest:
    """The manifest at `path`; every fault names file, line and field."""
    spot = find_manifest(path)
    text = decode(read_bytes(spot), str(spot))
    manifest = convert(parse(text, NUMBER_KEYS), Manifest, text)
    check(manifest, text)
    return manifest


def check(manifest: Manifest, text: Text) -> None:
    """Dates that exist, names that stand once; a `ManifestError` names the first fault."""
    _date(manifest.run.date, ("run", "date"), text, whole=True)
    seen: dict[str, int] = {}
    for at, source in enumerate(manifest.sources):
        name = key(source.name)
        if name in seen:
            raise _fault(
                f"two sources are called {source.name!r}", ("sources", at, "name"), text, "give each a name of its own"
            )
        seen[name] = at
        for step, use in _uses(source):
            if use.when is not UNSET:
                _date(use.when, ("sources", at, "generated_by", *step, "when"), text)


def _uses(source: Source) -> list[tuple[Path_, Generator]]:
    made = source.generated_by
    if isinstance(made, Generator):
        return [((), made)]
    return [((at,), use) for at, use in enumerate(made)] if isinstance(made, list) else []


def _date(value: str, path: Path_, text: Text, whole: bool = False) -> None:
    try:
        day(value) if whole else span(value)
    except ValueError as error:
        raise _fault(str(error), path, text, "dates are 2025-06-15, 2025-06, 2025 or a span a/b") from None


def _fault(message: str, path: Path_, text: Text, remedy: str) -> ManifestError:
    return ManifestError(message, file=text.name, line=line_of(text, path), field=dotted(path), remedy=remedy)
