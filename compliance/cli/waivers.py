"""`clearance waivers`: leave that was asked for or granted, how it stands now, and withdrawing it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from compliance.cli.commands import command
from compliance.cli.ledger_common import VARIABLE, clean, log_of
from compliance.cli.reviews import desk_of, print_json

if TYPE_CHECKING:
    from compliance.cli.commands import Commands

EXAMPLES = """  clearance waivers list                          all, the soonest to end first
  clearance waivers list --standing broken        those whose scope no longer matches
  clearance waivers revoke w1c2d3e4 --reason "the provider objected" --by ann"""


def register(commands: Commands) -> None:
    """Add the command and its parts to the parser."""
    top = command(commands, "waivers", "waivers: list and revoke them", EXAMPLES)
    parts = top.add_subparsers(dest="part", required=True, metavar="PART")
    listing = parts.add_parser("list", help="list waivers as they stand now", description="List waivers.")
    listing.add_argument("--standing", choices=("requested", "in-force", "expired", "withdrawn", "broken"))
    listing.set_defaults(run=list_)
    revoking = parts.add_parser("revoke", help="withdraw a waiver, or the request", description="Withdraw a waiver.")
    revoking.add_argument("waiver", help="a waiver's id, or its first letters")
    revoking.add_argument("--reason", required=True)
    revoking.add_argument("--by", required=True, metavar="WHO", help="who takes the step")
    revoking.set_defaults(run=revoke)
    for parser in (listing, revoking):
        parser.add_argument("--ledger", metavar="PATH|URL", help=f"the ledger (default: ${VARIABLE})")
        parser.add_argument("--format", choices=("text", "json"), default="text")


def list_(options: argparse.Namespace) -> int:
    """Print waivers, the soonest to end first."""
    from compliance.reviews import queue
    from compliance.reviews.words import shown

    with log_of(options) as log:
        queue.prepare(log)
        found = queue.all_waivers(log, standing=options.standing)
    if options.format == "json":
        return print_json(found)
    for waiver in found:
        what = ", ".join(waiver.clauses or tuple(shown(s) for s in waiver.sources))
        print(clean(f"{waiver.id}  {waiver.standing:<9}  until {waiver.until_said}  {waiver.scope}: {what}"))
        print(clean(f"    {waiver.says()}; {waiver.reason}"))
    if not found:
        print("no waivers")
    return 0


def revoke(options: argparse.Namespace) -> int:
    """Withdraw a waiver."""
    with desk_of(options) as desk:
        entry = desk.revoke(options.waiver, options.reason, by=options.by)
    if options.format == "json":
        return print_json({"entry": entry.index, "waiver": entry.subject, "standing": "withdrawn"})
    print(clean(f"entry {entry.index}: {entry.subject} is withdrawn"))
    return 0
