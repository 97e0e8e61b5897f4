"""`clearance corpora check`: what is wrong with the records beyond their form, each finding with its place.

1. Read every file; one that is malformed is a finding, and the others are still checked.
2. Look at each record by itself: dates, clauses, patterns (`check_records`).
3. Look at the records together: ids that lead nowhere, names that two records share (`check_links`).

An error is a record that would mislead a decision; a warning is a gap that a decision survives.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from compliance.corpus.check_links import check_links
from compliance.corpus.check_records import check_records
from compliance.corpus.corpus import Corpus
from compliance.corpus.load import default_root, files_of, merge, read_file
from compliance.corpus.records import CorpusFile, Record
from compliance.corpus.shelf import Fault, Placed, Severity, Shelf
from compliance.errors import InputError
from compliance.reading.structured import line_of, read_bytes

KINDS = {
    "parties": "party",
    "families": "family",
    "channels": "channel",
    "documents": "document",
    "licences": "licence",
    "datasets": "dataset",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault with its file and line, ready to print. `sort` names the check."""

    severity: Severity
    sort: str
    file: str
    line: int | None
    kind: str
    id: str
    message: str
    remedy: str

    def one_line(self) -> str:
        """`file:line: kind id: what: remedy`, without line breaks or control characters."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        text = f"{place}: {self.kind} {self.id}: {self.message}: {self.remedy}"
        return "".join(c if c.isprintable() else " " for c in text)


@dataclass(frozen=True, slots=True)
class Checked:
    """The findings, in the order of the files, and how many records of each kind were looked at."""

    findings: tuple[Finding, ...]
    counts: dict[str, int]
    files: int

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings of one severity."""
        return tuple(f for f in self.findings if f.severity == severity)


def check_corpora(extra: Iterable[Path] = (), *, root: Path | None = None) -> Checked:
    """Check the records below `root` (default: those that come with the program).

    With `extra` folders, their records are checked instead, as additions to those below `root`.
    """
    roots = [root or default_root(), *extra]
    shelf = Shelf()
    broken: list[Finding] = []
    contents: list[CorpusFile] = []
    files = 0
    for at, folder in enumerate(roots):
        mine = at > 0 or len(roots) == 1
        for path in files_of(folder):
            files += mine
            try:
                found, text = read_file(read_bytes(path), str(path))
            except InputError as error:
                broken.append(_unreadable(path, error))
                continue
            contents.append(found)
            for name, kind in KINDS.items():
                for index, record in enumerate(getattr(found, name)):
                    shelf.placed.append(Placed(kind, _name(record), record, text, (name, index), mine))
    shelf.corpus = Corpus(merge(contents), "")
    faults = [f for f in (*check_records(shelf), *check_links(shelf)) if f.placed.mine]
    findings = sorted((*broken, *map(_finding, faults)), key=lambda f: (f.file, f.line or 0, f.message))
    counts = {kind: sum(1 for p in shelf.of(kind) if p.mine) for kind in KINDS.values()}
    return Checked(tuple(findings), counts, files)


def _name(record: Record) -> str:
    return getattr(record, "id", "") or f"{getattr(record, 'party', '')} {getattr(record, 'channel', '')}"


def _unreadable(path: Path, error: InputError) -> Finding:
    remedy = error.remedy or "correct the file"
    return Finding(
        "error", "form", error.file or str(path), error.line, "file", error.field or "-", error.message, remedy
    )


def _finding(fault: Fault) -> Finding:
    placed = fault.placed
    line = line_of(placed.text, (*placed.path, *fault.within)) or line_of(placed.text, placed.path)
    return Finding(
        fault.severity, fault.sort, placed.text.name, line, placed.kind, placed.id, fault.message, fault.remedy
    )
