"""Where the parts of a manifest stand in its file, so that an answer can point at the line that it judges."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from compliance.domain.evidence import Evidence
from compliance.domain.manifest import NUMBER_KEYS, Manifest
from compliance.evidence.manifest_file import check, find_manifest
from compliance.reading.structured import Text, decode, parse, read_bytes
from compliance.reading.typed import convert

MOST = 2_000
"""Lines are looked up for so many sources; beyond that only the field is named."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A manifest with where its sources and base models stand, and the file that it was read from."""

    manifest: Manifest
    places: Mapping[str, Evidence]
    inputs: tuple[Evidence, ...]


def read_placed(path: Path) -> Placed:
    """The manifest at `path`, checked, with its places."""
    spot = find_manifest(path)
    data = read_bytes(spot)
    text = decode(data, str(spot))
    manifest = convert(parse(text, NUMBER_KEYS), Manifest, text)
    check(manifest, text)
    sha256 = hashlib.sha256(data).hexdigest()
    whole = Evidence(says="the manifest", file=str(spot), sha256=sha256)
    return Placed(manifest, places_of(manifest, text, sha256), (whole,))


def places_of(manifest: Manifest, text: Text, sha256: str) -> dict[str, Evidence]:
    """Where each source and base model of a manifest stands in its text, by its name in the answers."""
    names = {"sources": [s.name for s in manifest.sources]}
    if isinstance(manifest.base_models, list):
        names["base_models"] = [f"base_model:{b.model}" for b in manifest.base_models]
    one_line = len(text.content.strip().splitlines()) == 1
    lines = _lines(text) if len(manifest.sources) <= MOST and not one_line else {}
    return {
        name: Evidence(
            says="declared in the manifest",
            file=text.name,
            line=1 if one_line else lines.get((part, at)),
            field=f"{part}[{at}]",
            sha256=sha256,
        )
        for part, entries in names.items()
        for at, name in enumerate(entries)
    }


def _lines(text: Text) -> dict[tuple[str, int], int]:
    """The line (from 1) of each entry of the manifest's lists; the text has been read within limits before."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        root = yaml.compose(text.content, Loader=loader)
    except (yaml.YAMLError, RecursionError):
        return {}  # a JSON text that YAML reads otherwise
    if not isinstance(root, yaml.MappingNode):
        return {}
    return {
        (key.value, at): item.start_mark.line + 1
        for key, value in root.value
        if isinstance(value, yaml.SequenceNode)
        for at, item in enumerate(value.value)
    }
