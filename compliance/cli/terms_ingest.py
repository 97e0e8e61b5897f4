"""`clearance terms ingest`: files, or a document from the web, as versions with their passages and clauses."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from compliance.history.sync import Synced

EXAMPLES = """examples:
  clearance terms ingest contract.pdf --party acme --document "API terms" --date 2026-03-01
  clearance terms ingest contracts/ --party acme --date 2026-03-01
  clearance terms ingest https://example.org/terms --allow-host example.org --party acme --document "API terms" \\
      --date 2026-03-01"""


def arguments(parser: argparse.ArgumentParser, date: Callable[[str], Any]) -> None:
    """Add the arguments of the command."""
    parser.epilog = EXAMPLES
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("path", metavar="FILE|DIR|URL")
    add("--party", required=True, metavar="NAME", help="whose terms they are")
    add("--document", metavar="NAME", help="what the document is called (default: the file's name)")
    add("--date", required=True, type=date, metavar="DAY", help="the day from which the text counts, YYYY-MM-DD")
    add("--allow-host", action="append", default=[], metavar="HOST", help="let a URL of this host be fetched")
    add("--lexical", action="store_true", help="look for clauses without the embedding model")
    add("--no-clauses", action="store_true", help="only keep the texts; clauses are looked for when they are confirmed")


def ingest(options: argparse.Namespace, place: str) -> int:
    """Add the texts, and look for their clauses."""
    from compliance.errors import UsageError
    from compliance.history.database import open_history
    from compliance.history.fetch import is_url
    from compliance.history.found import look
    from compliance.history.sync import INGESTED, ingest_url
    from compliance.history.sync import ingest as read_files

    named: dict[str, Any] = {"party": options.party, "document": options.document, "date": options.date}
    if is_url(options.path) and not options.allow_host:
        raise UsageError("nothing is fetched unless its host is listed", remedy="--allow-host HOST, or name a file")
    with open_history(place, create=True) as held:
        if is_url(options.path):
            done = ingest_url(held, options.path, options.allow_host, **named)
        else:
            done = read_files(held, Path(options.path), **named)
        clauses = sum(
            len(look(held, text, lexical=options.lexical).clauses) for text in done.texts if not options.no_clauses
        )
    more = {"source": INGESTED, "attribution": "", "clauses": None if options.no_clauses else clauses}
    return added(options, done, more)


def added(options: argparse.Namespace, done: Synced, more: dict[str, Any]) -> int:
    """Say what was added."""
    from compliance.history.render import clean

    if options.format == "json":
        import msgspec

        sys.stdout.write(msgspec.json.format(msgspec.json.encode(done._asdict() | more)).decode() + "\n")
        return 0
    lines = [f"{done.versions:,} new versions of {done.documents:,} documents from {more['source']}"]
    if more.get("clauses") is not None:
        lines.append(f"{more['clauses']:,} clauses found: clearance terms confirm shows them, and review until then")
    lines += [f"  not read: {line}" for line in done.unreadable]
    lines += [f"source: {more['attribution']}"] * bool(more["attribution"])
    sys.stdout.writelines(f"{clean(line)}\n" for line in lines)
    return 0
