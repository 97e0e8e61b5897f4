"""`clearance check`: the verdict on a run, from its manifest."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from compliance.cli.commands import command

if TYPE_CHECKING:
    from compliance.check import Result
    from compliance.cli.commands import Commands
    from compliance.decision.model import Decision

EXAMPLES = """  clearance check clearance.yaml                  the verdict, in words
  clearance check clearance.yaml --format json    the same for machines
  clearance check . --evidence data/ --evidence train.yaml
  clearance check . --pack packs/*.pack           known sets are recognised under other names
  clearance check . --format html > report.html   one file that works offline
  clearance check --batch manifests.jsonl         a decision a line, for lines {"id", "manifest"}
  clearance check . --ledger ledger.sqlite        recorded before it is answered
  clearance check . --profile strict              privity gaps and ambiguous roles block"""


def register(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = command(commands, "check", "decide a run from its manifest", EXAMPLES)
    parser.add_argument("manifest", nargs="?", type=Path, help="a manifest, or a folder that holds one")
    parser.add_argument(
        "--evidence", type=Path, action="append", default=[], metavar="PATH", help="a file or folder of evidence"
    )
    parser.add_argument(
        "--pack", type=Path, nargs="+", action="extend", default=[], metavar="PACK",
        help="fingerprint packs; rows of packed sets are recognised in the sources' files and the evidence",
    )  # fmt: skip
    parser.add_argument("--batch", type=Path, metavar="FILE", help="a JSON Lines file of {id, manifest}")
    parser.add_argument(
        "--corpora", type=Path, action="append", default=[], metavar="DIR", help="a folder of further records"
    )
    parser.add_argument("--profile", default="default", help="default, strict or contract")
    parser.add_argument("--format", choices=("text", "json", "markdown", "html", "sarif"), default="text")
    parser.add_argument(
        "--ledger", metavar="PLACE", help="record the decision in this ledger first (or CLEARANCE_LEDGER)"
    )
    parser.add_argument("--fail-on-obligations", action="store_true", help="exit 3 where duties are owed")
    parser.set_defaults(run=check)


def check(options: argparse.Namespace) -> int:
    """Decide and print; the exit code is the verdict's."""
    from compliance.check import Checker
    from compliance.errors import UsageError
    from compliance.report import render

    if (options.manifest is None) == (options.batch is None):
        raise UsageError("name one manifest, or a file with --batch", remedy="see clearance check --help")
    checker = Checker(options.profile, corpora=options.corpora)
    if options.batch is not None:
        return checker.batch(options.batch, sys.stdout)
    result = checker.file(options.manifest, options.evidence, options.pack)
    decision = result.decision()
    place = options.ledger or os.environ.get("CLEARANCE_LEDGER")
    if place:
        record(result, decision, place)
    if options.format == "json":
        from compliance.report.json_form import pieces

        sys.stdout.writelines(pieces(decision))
    else:
        colour = options.format == "text" and colours()
        sys.stdout.write(render(decision, options.format, colour=colour, width=columns()))
    return result.exit_code(options.fail_on_obligations)


def record(result: Result, decision: Decision, place: str) -> None:
    """Put the decision into the ledger; nothing is printed before it is durable."""
    from compliance.ledger.basis import basis_of
    from compliance.ledger.ledger import open_ledger
    from compliance.ledger.record import record_decision
    from compliance.reading.structured import read_bytes

    manifest = read_bytes(Path(result.inputs[0].file))
    basis = basis_of(result.decided, result.places, result.inputs)
    with open_ledger(place) as ledger:
        record_decision(ledger, decision, manifest, basis)


def colours() -> bool:
    """Whether the report may use colour and its marks: on a terminal that shows UTF-8."""
    return sys.stdout.isatty() and (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def columns() -> int:
    """How wide the report may be: as the terminal, within what people read well; 100 where there is none."""
    if not sys.stdout.isatty():
        return 100
    import shutil

    return max(60, min(120, shutil.get_terminal_size((100, 24)).columns))
