"""`clearance corpora`: the records of parties, models, terms, licences and data sets."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from compliance.cli.commands import command

if TYPE_CHECKING:
    from compliance.cli.commands import Commands

EXAMPLES = "  clearance corpora check                 validate every record"


def register(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = command(commands, "corpora", "validate the records that the rules stand on", EXAMPLES)
    parser.add_argument("action", choices=("check",))
    parser.set_defaults(run=corpora)


def corpora(options: argparse.Namespace) -> int:
    """Read every record afresh, and say how many there are."""
    from compliance.corpus.corpus import load_corpus

    corpus = load_corpus(cache=False)
    print(f"{corpus.records} records are well formed; sha256 {corpus.sha256}")
    return 0
