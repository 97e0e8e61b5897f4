"""`clearance scan`: which models wrote what is in logs, data files and texts."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from compliance.cli.commands import command

if TYPE_CHECKING:
    from compliance.cli.commands import Commands

EXAMPLES = """  clearance scan logs/                              what each file shows, in words
  clearance scan train.jsonl.zst --format json      every hit, for machines
  clearance scan data/*.parquet --workers 8         the same result, sooner
  clearance scan train.jsonl --write-clean clean/   a copy without the rows that strong evidence ties to a model
  clearance scan big/ --state /tmp/big              goes on where a stopped scan of the same files left off"""


def register(commands: Commands) -> None:
    """Add the command to the parser."""
    _arguments(command(commands, "scan", "find out which models wrote the rows of logs, data and texts", EXAMPLES))


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files or folders")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="processes")
    parser.add_argument("--state", type=Path, metavar="DIR", help="keep the results here, and go on from what is there")
    parser.add_argument("--write-clean", type=Path, metavar="DIR", help="write the rows without strong hits below DIR")
    parser.set_defaults(run=scan)


def alone() -> None:
    """The command by itself, for measuring it."""
    parser = argparse.ArgumentParser()
    _arguments(parser)
    code = scan(parser.parse_args())
    sys.stdout.flush()
    os._exit(code)


def scan(options: argparse.Namespace) -> int:
    """Scan, print, and answer 0; 65 where a file could not be read to its end."""
    from compliance.errors import UsageError
    from compliance.scan.progress import Progress
    from compliance.scan.run import Scan, state_folder

    if options.workers < 1:
        raise UsageError("a scan needs at least one worker", remedy="--workers 1 or more")
    folder = options.state or state_folder(options.paths)
    scanning = Scan(options.paths, folder, kept=options.state is not None)
    progress = Progress(sys.stderr)
    try:
        scanning.run(options.workers, progress.show)
    except KeyboardInterrupt:
        progress.end()
        again = "the same command" if options.state is None else f"--state {folder}"
        print(f"clearance: stopped; what is done is kept: {again} goes on from there", file=sys.stderr)
        return 130
    progress.end()
    from compliance.scan.output import write_json, write_text

    (write_json if options.format == "json" else write_text)(scanning, sys.stdout)
    if options.write_clean is not None:
        from compliance.scan.clean import write_clean

        for line in write_clean(scanning, options.write_clean):
            print(line, file=sys.stderr)
    complete = all(r.tally.complete for r in scanning.results())
    if options.state is None:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if complete else 65
