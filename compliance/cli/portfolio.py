"""`clearance portfolio`: what touches which runs, in rows, and what ends next."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from compliance.cli.commands import command
from compliance.cli.ledger_common import VARIABLE, clean, log_of
from compliance.cli.reviews import print_json

if TYPE_CHECKING:
    from compliance.cli.commands import Commands
    from compliance.reviews.portfolio import Ending

EXAMPLES = """  clearance portfolio                                        all runs, the most exposed first
  clearance portfolio --teacher openai                       every run that a teacher touches
  clearance portfolio --dataset tatsu-lab/alpaca
  clearance portfolio --clause "openai/terms-of-use#2(c)"    with @version for one version of it
  clearance portfolio --expiring                             waivers that end and items that are due, the next first"""


def register(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = command(commands, "portfolio", "what touches which runs, and what ends next", EXAMPLES)
    parser.add_argument("--teacher", metavar="NAME", help="a model, its maker, or a base model")
    parser.add_argument("--dataset", metavar="NAME")
    parser.add_argument("--clause", metavar="NAME", help="document#section, or document@version#section")
    parser.add_argument("--document", metavar="NAME")
    parser.add_argument("--rule", metavar="LABEL")
    parser.add_argument("--expiring", action="store_true", help="what ends next")
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="at most so many (default 50)")
    parser.add_argument("--ledger", metavar="PATH|URL", help=f"the ledger (default: ${VARIABLE})")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=portfolio)


def portfolio(options: argparse.Namespace) -> int:
    """Print the runs, or what ends next."""
    from compliance.errors import UsageError
    from compliance.reviews import exposed, queue
    from compliance.reviews import portfolio as runs
    from compliance.reviews.words import shown

    asked = {kind: getattr(options, kind) for kind in runs.KINDS if getattr(options, kind)}
    if options.expiring and asked:
        raise UsageError("--expiring is asked by itself", remedy="leave the other names out")
    limit = max(options.limit, 1)
    with log_of(options) as log:
        queue.prepare(log)
        if options.expiring:
            return _expiring(options, runs.ending(log, limit=limit))
        found = exposed.touched(log, asked, limit=limit, offset=0)
    if options.format == "json":
        return print_json(found)
    for run in found.runs:
        print(clean(f"{run.decision[:12]}  {run.day}  {run.verdict:<22}  {_rows(run.rows):>19}  {run.run}"))
        if asked:
            print(clean(f"    {run.worst}: {', '.join(shown(s) for s in run.sources)}"))
    for at in found.exposure:
        silent = f", {_count(at.unstated, 'source')} without" if at.unstated and at.rows is not None else ""
        print(f"{at.verdict}: {_count(at.runs, 'run')}, {_count(at.sources, 'source')}, {_rows(at.rows)}{silent}")
    if not found.runs:
        print("no run is touched")
    return 0


def _rows(number: int | None) -> str:
    return "rows not stated" if number is None else _count(number, "row")


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _expiring(options: argparse.Namespace, found: list[Ending]) -> int:
    if options.format == "json":
        return print_json(found)
    for end in found:
        print(clean(f"{end.at}  {end.what}  {end.name}  {end.run}: {end.says}"))
    if not found:
        print("nothing ends")
    return 0
