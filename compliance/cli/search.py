"""`clearance search`: passages of terms, by words and by meaning; with `--records`, records by meaning."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from compliance.cli.ask import add_corpus_options, open_for
from compliance.cli.commands import command
from compliance.cli.index import add_store_option

if TYPE_CHECKING:
    from compliance.cli.commands import Commands

EXAMPLES = """  clearance search "training on outputs" --corpus terms/
  clearance search "arbitration opt out" --corpus terms/ --provider Acme --as-of 2025-08-01
  clearance search "liability cap" --corpus terms/ --format json
  clearance search --records "how do I get a refund" --in records/ --teacher gpt-4o --date 2025-03/2025-09
  clearance search --records --like logs/june.jsonl:17 --in records/ --file logs/july.jsonl"""


def register(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = command(commands, "search", "find passages of terms, or records", EXAMPLES)
    parser.add_argument("query", nargs="?", default="", help="what to look for, in words")
    add_corpus_options(parser)
    parser.add_argument("--provider", default="", metavar="NAME", help="only this provider's terms")
    parser.add_argument("--limit", type=int, default=10, metavar="N", help="how many passages or records (default 10)")
    parser.add_argument("--records", action="store_true", help="search what `clearance index` has taken in")
    add_store_option(parser)
    parser.add_argument("--like", action="append", default=[], metavar="FILE:RECORD", help="records like this one")
    parser.add_argument("--teacher", default="", metavar="NAME", help="only records by this party or model")
    parser.add_argument("--file", default="", metavar="NAME", help="only records of this file, folder or pattern")
    parser.add_argument(
        "--date", default="", metavar="SPAN", help="only records dated 2025-03-01, 2025-03 or 2025/2026-02"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=search)


def search(options: argparse.Namespace) -> int:
    """Search and print."""
    from compliance.errors import UsageError

    if options.records:
        return _records(options)
    if options.like or options.teacher or options.file or options.date or options.folder:
        raise UsageError("--in, --like, --teacher, --file and --date are for records", remedy="add --records")
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


def _records(options: argparse.Namespace) -> int:
    """Search the records and print."""
    from compliance.errors import UsageError
    from compliance.recordstore.search import MOST, Filters, Searcher
    from compliance.recordstore.store import default_folder

    if options.provider or options.as_of or options.corpus:
        raise UsageError("--provider, --as-of and --corpus are for terms", remedy="leave out --records")
    if bool(options.query) == bool(options.like):
        raise UsageError("a search of records needs a query or --like", remedy="give one of the two")
    filters = Filters(teacher=options.teacher, file=options.file, dated=_dated(options.date))
    limit = max(1, min(options.limit, MOST))
    places = [_place(text) for text in options.like]
    searcher = Searcher(options.folder or default_folder())
    try:
        found = searcher.like(places, limit, filters) if places else searcher.search(options.query, limit, filters)
    finally:
        searcher.close()
    if options.format == "json":
        import msgspec

        document = {"query": options.query, "like": options.like, **msgspec.to_builtins(found)}
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(document)).decode() + "\n")
        return 0
    from compliance.recordstore.text_form import found_lines

    for note in found.notes:
        print(f"clearance: {note}", file=sys.stderr)
    for line in found_lines(found):
        print("".join(c if c.isprintable() else " " for c in line))
    return 0


def _dated(text: str) -> Any:
    from compliance.domain.days import span
    from compliance.errors import UsageError

    try:
        return span(text) if text else None
    except ValueError as error:
        raise UsageError(f"--date: {error}", remedy="write 2025-03-01, 2025-03 or 2025-03/2025-09") from None


def _place(text: str) -> tuple[str, int, str]:
    """A file, a record and perhaps a field out of `FILE:RECORD` or `FILE:RECORD:FIELD`."""
    import re

    from compliance.errors import UsageError

    match = re.fullmatch(r"(.+?):(\d{1,12})(?::(.+))?", text)
    if match is None:
        raise UsageError(f"--like {text!r} names no record", remedy="write FILE:RECORD, counted from 0")
    return match.group(1), int(match.group(2)), match.group(3) or ""
