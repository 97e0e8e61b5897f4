"""Whose evidence a file is: that of the source that names it, of the run, or of a source that nobody declared."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from msgspec import UNSET

from compliance.domain.manifest import Manifest
from compliance.evidence.claims import Claim, FileReport

DATA = frozenset({"targets", "logits", "preference", "reward", "rewrite", "prompts", "filter", "embedding", ""})


@dataclass(slots=True)
class Attributed:
    """The reports of evidence files by the source whose files they are; `run` are those of no source."""

    sources: dict[str, list[FileReport]] = field(default_factory=dict)
    run: list[FileReport] = field(default_factory=list)
    absent: dict[str, list[str]] = field(default_factory=dict)


def source_files(manifest: Manifest, folder: Path) -> tuple[dict[str, list[Path]], dict[str, list[str]]]:
    """The files that each source names, found below `folder`, and the patterns that match none.

    A pattern that leads out of the folder matches nothing: a manifest is somebody else's text, and may not make us read
    what it likes.
    """
    found: dict[str, list[Path]] = {}
    absent: dict[str, list[str]] = {}
    root = folder.resolve()
    for source in manifest.sources:
        for pattern in source.files if source.files is not UNSET else ():
            paths = [folder / path.relative_to(root) for path in _below(root, pattern)]
            if paths:
                found.setdefault(source.name, []).extend(paths)
            else:
                absent.setdefault(source.name, []).append(pattern)
    return found, absent


def _below(root: Path, pattern: str) -> list[Path]:
    relative = Path(pattern)
    if relative.is_absolute() or ".." in relative.parts or "\x00" in pattern:
        return []
    try:
        if not any(c in pattern for c in "*?["):
            paths: Iterable[Path] = [root / relative]
        else:
            paths = sorted(root.glob(pattern))
        return [p for p in paths if p.exists() and p.resolve().is_relative_to(root)]
    except (OSError, ValueError, RecursionError):
        return []


def attribute(manifest: Manifest, folder: Path, reports: Iterable[FileReport]) -> Attributed:
    """Each report with the source that names its file; a source that stands first takes it."""
    result = Attributed()
    patterns = [
        (source.name, pattern)
        for source in manifest.sources
        for pattern in (source.files if source.files is not UNSET else ())
    ]
    root = folder.resolve()
    for report in reports:
        path = Path(report.file)
        try:
            relative = path.resolve().relative_to(root).as_posix()
        except (ValueError, OSError):
            relative = path.as_posix()
        owner = next((name for name, pattern in patterns if _covers(pattern, relative)), None)
        if owner is None:
            result.run.append(report)
        else:
            result.sources.setdefault(owner, []).append(report)
    return result


def _covers(pattern: str, relative: str) -> bool:
    plain = Path(pattern).as_posix().rstrip("/")
    return relative == plain or relative.startswith(plain + "/") or fnmatch.fnmatchcase(relative, plain)


def is_row_data(report: FileReport) -> bool:
    """Whether a file holds rows that a run may train on, and not a card, a config or a bill of materials."""
    return any(c.record is not None and _of_rows(c) for c in report.claims)


def _of_rows(claim: Claim) -> bool:
    """Whether a claim says who made rows, or which set they are of."""
    if claim.kind == "dataset":
        return claim.role in ("subject", "prompts")
    return claim.kind in ("model", "party") and claim.role in DATA


def merged(claims: Iterable[Claim]) -> list[Claim]:
    """Claims that say the same, once each, the strongest first; the first place stands for all."""
    order = {"strong": 0, "medium": 1, "weak": 2}
    best: dict[tuple[str, str, str, str], Claim] = {}
    for claim in sorted(claims, key=lambda c: order[c.strength]):
        best.setdefault((claim.kind, claim.maker or claim.value.casefold(), claim.family, claim.channel), claim)
    return list(best.values())
