"""`clearance search`: passages of terms, by words and by meaning."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from compliance.cli.ask import add_corpus_options, open_for
from compliance.cli.commands import command

if TYPE_CHECKING:
    from compliance.cli.commands import Commands

EXAMPLES = """  clearance search "training on outputs" --corpus terms/
  clearance search "arbitration opt out" --corpus terms/ --provider Acme --as-of 2025-08-01
  clearance search "liability cap" --corpus terms/ --format json"""


def register(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = command(commands, "search", "find passages of terms", EXAMPLES)
    parser.add_argument("query", help="what to look for, in words")
    add_corpus_options(parser)
    parser.add_argument("--provider", default="", metavar="NAME", help="only this provider's terms")
    parser.add_argument("--limit", type=int, default=10, metavar="N", help="how many passages (default 10)")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=search)


def search(options: argparse.Namespace) -> int:
    """Search and print."""
    from compliance.errors import UsageError
    from compliance.qa.question import checked

    checked(options.query)
    answerer = open_for(options)
    party = ""
    if options.provider:
        found = [m.party for m in answerer.names.mentions(options.provider) if m.files]
        if not found:
            held = ", ".join(sorted(answerer.names.party_names.values()))
            raise UsageError(f"no terms of {options.provider!r} are held", remedy=f"held are: {held}")
        party = found[0]
    there = answerer.find(options.query, party=party)
    hits = there.found.hits[: max(1, min(options.limit, 50))]
    citations = [answerer.citation(hit) for hit in hits]
    notes = tuple(dict.fromkeys((*(n for g in there.groups for n in g.notes), *answerer.index.notes)))
    if options.format == "json":
        import msgspec

        passages = [
            {**msgspec.to_builtins(c), "shown": {"start": h.start, "end": h.end}, "score": h.score}
            for c, h in zip(citations, hits, strict=True)
        ]
        document = {"query": there.asked.text, "passages": passages, "notes": notes}
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(document)).decode() + "\n")
        return 0
    from compliance.qa.text_form import results_text

    sys.stdout.write(results_text(citations, notes))
    return 0
