"""`clearance explain`: the proof of one answer, claim by claim."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from compliance.cli.check import colours
from compliance.cli.commands import command

if TYPE_CHECKING:
    from compliance.cli.commands import Commands

EXAMPLES = """  clearance check clearance.yaml --format json > decision.json
  clearance explain decision.json alpaca              the proof for one source
  clearance explain clearance.yaml base_model:llama   decide, then explain a base model
  clearance explain decision.json alpaca --format markdown"""


def register(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = command(commands, "explain", "show the proof of the answer for one source", EXAMPLES)
    parser.add_argument("decision", type=Path, help="a decision (from check --format json), or a manifest to decide")
    parser.add_argument("source", help="the name of a source, or base_model:<model>")
    parser.add_argument("--profile", default="default", help="for a manifest: default, strict or contract")
    parser.add_argument("--format", choices=("text", "json", "markdown"), default="text")
    parser.set_defaults(run=explain)


def explain(options: argparse.Namespace) -> int:
    """Print the proof; the exit code says only that it was found."""
    from compliance.check import Checker, read_decision
    from compliance.report import render

    decision = read_decision(options.decision) or Checker(options.profile).file(options.decision).decision()
    colour = options.format == "text" and colours()
    sys.stdout.write(render(decision, options.format, colour=colour, explain=options.source))
    return 0
