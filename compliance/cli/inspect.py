"""`clearance inspect`: what the readers see in a project's files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from compliance.cli.commands import command

if TYPE_CHECKING:
    from compliance.cli.commands import Commands
    from compliance.evidence.claims import FileReport, Inspection

EXAMPLES = """  clearance inspect train.yaml data/            models, data sets, licences and dates that the files name
  clearance inspect . --format json              the same for machines, with every claim and its place
  clearance inspect logs/*.jsonl.gz              compressed files are read as what they hold
  clearance inspect data/ --pack packs/*.pack    and known data sets in the rows, whatever the files are called"""


def register(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = command(commands, "inspect", "show what logs, data, cards and configs say of their sources", EXAMPLES)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files or folders")
    parser.add_argument(
        "--pack", nargs="+", type=Path, action="extend", default=[], metavar="PACK",
        help="fingerprint packs: known data sets to recognise in the files",
    )  # fmt: skip
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=inspect)


def inspect(options: argparse.Namespace) -> int:
    """Read and print; the exit code is 0 whatever was found, since nothing is decided here."""
    from compliance.corpus.corpus import load_corpus
    from compliance.evidence.inspect import inspect as look

    corpus = load_corpus()
    inspection = look(options.paths, corpus)
    if options.pack:
        from compliance.provenance.packed import with_matches

        files, _ = with_matches(inspection.files, options.pack, corpus)
        inspection = type(inspection)(files=files, skipped=inspection.skipped)
    if options.format == "json":
        import msgspec

        sys.stdout.write(msgspec.json.format(msgspec.json.encode(inspection), indent=1).decode())
        sys.stdout.write("\n")
    else:
        sys.stdout.write(text_of(inspection))
    return 0


def text_of(inspection: Inspection) -> str:
    """The inspection for people: a paragraph a file, and what was passed over."""
    parts = [_file_text(report) for report in inspection.files]
    if inspection.skipped:
        parts.append("passed over:\n" + "".join(f"  {w.file}: {w.says}\n" for w in inspection.skipped))
    parts.append(f"{len(inspection.files)} files read, {len(inspection.skipped)} paths passed over\n")
    return _printable("\n".join(parts))


def _file_text(report: FileReport) -> str:
    from compliance.evidence.exposure import told

    counted = f", {report.records} records" if report.records > 1 else ""
    lost = f", {report.rejected} not readable" if report.rejected else ""
    lines = [f"{report.file}\n  {report.format}{counted}{lost}"]
    for title, names in (
        ("models", report.models),
        ("base models", report.base_models),
        ("makers", report.parties),
        ("channels", report.channels),
        ("data sets", report.datasets),
        ("licences", report.licences),
        ("dates", _span(report.dates)),
        ("not said", report.unknown),
    ):
        if names:
            more = f" and {len(names) - 12} more" if len(names) > 12 else ""
            lines.append(f"  {title}: {', '.join(names[:12])}{more}")
    if len(report.exposure) > 1 or any(e.rows < report.records for e in report.exposure):
        lines += [f"  made by {told(e)}" for e in report.exposure[:12]]
    lines += [
        f"  {c.strength}: {c.note}" for c in report.claims if c.kind == "dataset" and c.record is not None and c.note
    ]
    for warning in report.warnings:
        place = (
            f" (line {warning.line})"
            if warning.line
            else f" (record {warning.record})"
            if warning.record is not None
            else ""
        )
        times = f", {warning.count} times" if warning.count > 1 else ""
        lines.append(f"  ! {warning.says}{place}{times}")
    return "\n".join(lines) + "\n"


def _span(days: list[str]) -> list[str]:
    return days if len(days) <= 3 else [f"{days[0]} to {days[-1]} ({len(days)} days)"]


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)
