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
  clearance scan big/ --state /tmp/big              goes on where a stopped scan of the same files left off
  clearance scan s3://logs/2025/ --engine ray --cluster auto --allow-url s3
                                                    the same result, on the nodes of a Ray cluster"""


def register(commands: Commands) -> None:
    """Add the command to the parser."""
    _arguments(command(commands, "scan", "find out which models wrote the rows of logs, data and texts", EXAMPLES))


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", type=_place, metavar="PATH", help="files or folders; URLs with ray")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--workers", type=int, metavar="N", help="processes (default one a processor)")
    parser.add_argument("--state", type=Path, metavar="DIR", help="keep the results here, and go on from what is there")
    parser.add_argument("--write-clean", type=Path, metavar="DIR", help="write the rows without strong hits below DIR")
    parser.add_argument("--engine", choices=("local", "ray"), default="local", help="this machine, or a Ray cluster")
    parser.add_argument("--cluster", default="", metavar="ADDRESS", help="the cluster (default one of this machine)")
    parser.add_argument("--allow-url", action="append", default=[], choices=("file", "gs", "s3"), help="read such URLs")
    parser.set_defaults(run=scan)


def _place(text: str) -> Path | str:
    """A path; a URL stays as it is, since a path would lose one of its slashes."""
    return text if "://" in text and text.partition("://")[0].isalnum() else Path(text)


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

    if options.workers is not None and options.workers < 1:
        raise UsageError("a scan needs at least one worker", remedy="--workers 1 or more")
    paths = _paths(options)
    folder = options.state or state_folder(paths)
    scanning = Scan(paths, folder, kept=options.state is not None)
    progress = Progress(sys.stderr)
    try:
        if options.engine == "ray":
            from compliance.scan.ray_engine import Cluster, run_on_ray

            run_on_ray(scanning, Cluster(options.cluster, options.workers or 0), progress.show)
        else:
            scanning.run(options.workers or os.cpu_count() or 1, progress.show)
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


def _paths(options: argparse.Namespace) -> list[Path]:
    """What is to be scanned, with URLs opened; they and a cluster are for the engine that can use them."""
    from compliance.errors import UsageError

    urls = [place for place in options.paths if isinstance(place, str)]
    if options.engine != "ray" and (urls or options.cluster):
        raise UsageError("URLs and clusters are for the engine ray", remedy="add --engine ray")
    if urls and options.write_clean is not None:
        raise UsageError("clean copies are made of files, not of URLs", remedy="leave --write-clean out")
    if not urls:
        return list(options.paths)
    from compliance.scan.remote_files import files_at

    return [
        file
        for place in options.paths
        for file in (files_at(place, options.allow_url) if isinstance(place, str) else [place])
    ]
