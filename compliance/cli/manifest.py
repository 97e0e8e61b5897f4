"""`clearance manifest`: a manifest drafted from a project's own files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from compliance.cli.commands import command

if TYPE_CHECKING:
    from compliance.cli.commands import Commands

EXAMPLES = """  clearance manifest .                          print a draft, with a comment on where each field is from
  clearance manifest . -o clearance.yaml        write it; a file that is there is never overwritten
  clearance manifest . -o clearance.yaml --force"""


def register(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = command(commands, "manifest", "draft a manifest from a project's own files", EXAMPLES)
    parser.add_argument("folder", type=Path, metavar="DIR", help="the folder of the project")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the draft there, not to the screen")
    parser.add_argument("--force", action="store_true", help="overwrite FILE")
    parser.set_defaults(run=manifest)


def manifest(options: argparse.Namespace) -> int:
    """Draft, and print or write."""
    from datetime import date

    from compliance.corpus.corpus import load_corpus
    from compliance.errors import UsageError
    from compliance.evidence.draft import draft

    if options.output is not None and options.output.exists() and not options.force:
        raise UsageError(f"{options.output} is there already", remedy="add --force to overwrite it")
    text = draft(options.folder, load_corpus(), date.today().isoformat())
    if options.output is None:
        sys.stdout.write(text)
        return 0
    try:
        options.output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{options.output} cannot be written: {error.strerror or 'error'}") from None
    print(f"{options.output}: drafted; {text.count('TODO')} answers are asked for", file=sys.stderr)
    return 0
