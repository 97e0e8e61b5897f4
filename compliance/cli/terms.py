"""`clearance terms`: versions of terms documents, and which of their changes are real."""

from __future__ import annotations

import argparse
import datetime
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compliance.cli import terms_confirm, terms_ingest
from compliance.cli.commands import command

if TYPE_CHECKING:
    from collections.abc import Iterable

    from compliance.cli.commands import Commands

VARIABLE = "CLEARANCE_TERMS"

EXAMPLES = """  clearance terms sync ~/genai-contrib-versions --db terms.sqlite
  clearance terms ingest contract.pdf --party acme --document "API terms" --date 2026-03-01 --db terms.sqlite
  clearance terms confirm acme/api --overlay acme-terms     accept, edit or reject what was found, for the gate
  clearance terms alerts --since 2026-01-01 --decisions decisions/ --db terms.sqlite
  clearance terms history "Midjourney/Terms of Service"     with CLEARANCE_TERMS set, --db may be left out
  clearance terms diff midjourney 2023-10-16 2023-12-21     clause by clause, side by side
  clearance terms show midjourney --date 2024-01-01         the text as it stood that day

exit codes: 0 done, 2 alerts were raised (alerts --exit-code), 64 usage, 65 bad input"""


def register(commands: Commands) -> None:
    """Add the command and its parts to the parser."""
    top = command(commands, "terms", "versions of terms documents, and which of their changes are real", EXAMPLES)
    parts = top.add_subparsers(dest="part", required=True, metavar="PART")

    def part(name: str, help_: str, run: Any) -> argparse.ArgumentParser:
        parser = parts.add_parser(name, help=help_, description=help_[0].upper() + help_[1:] + ".")
        parser.add_argument("--db", metavar="PATH|URL", help=f"the database of terms (default: ${VARIABLE})")
        parser.add_argument("--format", choices=("text", "json"), default="text")
        parser.set_defaults(run=run)
        return parser

    syncing = part("sync", "read an Open Terms Archive repository: a clone, a git bundle, or a URL", sync)
    syncing.add_argument("repository", metavar="REPO")
    syncing.add_argument("--allow-network", action="store_true", help="let an https URL be fetched")
    syncing.add_argument("--quiet", action="store_true", help="no progress")
    terms_ingest.arguments(part("ingest", "add files, or what stands at an address, as versions", ingest), _date)
    terms_confirm.arguments(
        part("confirm", "accept, edit or reject found clauses, for the gate to use", confirm), _date
    )
    listing = part("list", "list the documents", list_)
    listing.add_argument("document", nargs="?", metavar="DOCUMENT", help="a part of its name")
    showing = part("show", "print a document's text as it stood on a day", show)
    showing.add_argument("document", metavar="DOCUMENT", help="party/name, or a part of it that only one has")
    showing.add_argument("--date", type=_date, metavar="DAY", help="the day (default: the newest version)")
    telling = part("history", "what happened to a document, version by version", history)
    telling.add_argument("document", metavar="DOCUMENT")
    comparing = part("diff", "two versions clause by clause, side by side", diff)
    comparing.add_argument("document", metavar="DOCUMENT")
    comparing.add_argument("before", nargs="?", type=_date, metavar="FROM", help="default: the text before the last")
    comparing.add_argument("after", nargs="?", type=_date, metavar="TO", help="default: the newest version")
    comparing.add_argument("--all", action="store_true", help="also what is cosmetic or only moved")
    alerting = part("alerts", "the real changes of rules of training and competing", alerts)
    alerting.add_argument(
        "document", nargs="?", metavar="DOCUMENT", help="a part of its name (default: every document)"
    )
    alerting.add_argument("--since", type=_date, metavar="DAY", help="only changes recorded on or after this day")
    alerting.add_argument("--exit-code", action="store_true", help="answer 2 where there are alerts")
    for parser in (telling, alerting):
        parser.add_argument(
            "--decisions", type=Path, metavar="DIR", help="stored decisions, to name those to check again"
        )


def sync(options: argparse.Namespace) -> int:
    """Read what is new in a repository."""
    from compliance.history.database import open_history
    from compliance.history.repository import open_repository
    from compliance.history.sync import sync as read_new

    shown = sys.stderr.isatty() and not options.quiet

    def progress(done: int, total: int) -> None:
        print(f"\r{done:,} of {total:,} commits", end="" if done < total else "\n", file=sys.stderr, flush=True)

    with (
        open_repository(options.repository, allow_network=options.allow_network) as repository,
        open_history(_place(options), create=True) as held,
    ):
        done = read_new(held, repository, progress if shown else None)
        attribution = held.attributions().get(repository.name, "")
    return terms_ingest.added(options, done, {"source": repository.name, "attribution": attribution})


def ingest(options: argparse.Namespace) -> int:
    """Add files, or a document from the web."""
    return terms_ingest.ingest(options, _place(options))


def confirm(options: argparse.Namespace) -> int:
    """Found clauses beside their text."""
    return terms_confirm.confirm(options, _place(options))


def list_(options: argparse.Namespace) -> int:
    """Print the documents, with how many versions of each and from when to when."""
    from compliance.history.database import open_history

    with open_history(_place(options)) as held:
        wanted = (options.document or "").casefold()
        rows: list[dict[str, Any]] = []
        for key in held.documents():
            versions = held.versions(key.id)
            if wanted in key.label.casefold() and versions:
                first, last = versions[0].day, versions[-1].day
                rows.append(
                    {
                        "document": key.label,
                        "source": key.source,
                        "versions": len(versions),
                        "first": first,
                        "last": last,
                    }
                )
        attributions = {k: v for k, v in held.attributions().items() if v}
    if options.format == "json":
        return _json({"documents": rows, "attributions": attributions})
    lines = [f"{r['first']} to {r['last']}  {r['versions']:5}  {r['document']}  ({r['source']})" for r in rows]
    return _text([*lines, *(f"source {name}: {words}" for name, words in attributions.items())])


def show(options: argparse.Namespace) -> int:
    """Print the text that stood on a day: the last version up to it that could be read as terms."""
    from compliance.history.database import open_history
    from compliance.history.standing import standing

    with open_history(_place(options)) as held:
        key = held.find(options.document)
        version, stored = standing(held, key, options.date)
        if options.format == "json":
            return _json(
                {
                    "document": key.label, "source": key.source, "recorded_at": version.recorded_at,
                    "origin": version.origin, "text_sha256": stored.sha256, "language": stored.language,
                    "note": version.note, "text": stored.content,
                    "units": [
                        {"start": p.start, "end": p.end, "section": p.section, "sha256": p.sha256}
                        for p in stored.passages
                    ],
                }
            )  # fmt: skip
        sys.stdout.write(stored.content.rstrip() + "\n")
    return 0


def history(options: argparse.Namespace) -> int:
    """Print a document's events: its alerts in full, other versions a line each, layout alone left out."""
    from compliance.history.alerts import alerts_of, notices_of
    from compliance.history.database import open_history
    from compliance.history.render import alert_lines, notice_line
    from compliance.history.timeline import Timelines

    decisions = _decisions(options)
    with open_history(_place(options)) as held:
        key = held.find(options.document)
        events = Timelines(held).events(key)
    raised = alerts_of(key, events, decisions)
    notices = notices_of(key, events)
    if options.format == "json":
        versions = [
            {"recorded_at": e.version.recorded_at, "origin": e.version.origin, "kind": e.kind, "note": e.note}
            for e in events
        ]
        return _json({"document": key.label, "versions": versions, "alerts": raised, "notices": notices})
    quiet = [f"{e.version.day}  {key.label}: {e.kind}" for e in events if e.kind in ("first", "text") and not e.changes]
    told = [(a.day, list(alert_lines(a, _width()))) for a in raised]
    told += [(n.day, [notice_line(n)]) for n in notices] + [(line[:10], [line]) for line in quiet]
    return _text(line for _, lines in sorted(told, key=lambda t: t[0]) for line in lines)


def diff(options: argparse.Namespace) -> int:
    """Print two versions clause by clause."""
    from compliance.history.captures import Capture
    from compliance.history.database import open_history
    from compliance.history.diff import clause_diffs
    from compliance.history.render import diff_lines
    from compliance.history.standing import standing, text_before
    from compliance.history.timeline import Timelines

    with open_history(_place(options)) as held:
        key = held.find(options.document)
        new, new_text = standing(held, key, options.after)
        if options.before is not None:
            old, old_text = standing(held, key, options.before)
            before = Capture(old_text)
        else:
            old, before = text_before(Timelines(held), key, new)
        after = Capture(new_text)
        found = clause_diffs(before.stored.passages, after.stored.passages, before.text, after.text)
    shown = [d for d in found if options.all or d.change not in ("cosmetic", "moved")]
    if options.format == "json":
        return _json(
            {"document": key.label, "before": old.recorded_at, "after": new.recorded_at, "changes": shown,
             "left_out": len(found) - len(shown)}
        )  # fmt: skip
    lines = [f"{key.label}: {old.day} and {new.day}", *diff_lines(shown, _width())]
    if len(found) > len(shown):
        lines.append(f"{len(found) - len(shown)} clauses that only moved or differ in layout are left out (--all)")
    return _text(lines)


def alerts(options: argparse.Namespace) -> int:
    """Print the real changes, and which decisions rest on what changed."""
    from compliance.history.alerts import alerts_of, notices_of
    from compliance.history.database import open_history
    from compliance.history.render import alert_lines, notice_line
    from compliance.history.timeline import Timelines

    decisions = _decisions(options)
    since = options.since.isoformat() if options.since else ""
    wanted = (options.document or "").casefold()
    raised, notices = [], []
    with open_history(_place(options)) as held:
        timelines = Timelines(held)
        for key in timelines.documents:
            if wanted in key.label.casefold():
                events = timelines.events(key)
                raised += [a for a in alerts_of(key, events, decisions) if a.day >= since]
                notices += [n for n in notices_of(key, events) if n.until >= since]
    raised.sort(key=lambda a: (a.day, a.document))
    notices.sort(key=lambda n: (n.day, n.document))
    code = 2 if raised and options.exit_code else 0
    if options.format == "json":
        return _json({"alerts": raised, "notices": notices}) or code
    lines = [line for a in raised for line in (*alert_lines(a, _width()), "")]
    lines += ["not read as changes:"] * bool(notices) + [f"  {notice_line(n)}" for n in notices]
    lines.append(f"{len(raised)} alerts")
    return _text(lines) or code


def _place(options: argparse.Namespace) -> str:
    from compliance.errors import UsageError

    place = options.db or os.environ.get(VARIABLE)
    if not place:
        raise UsageError("no database of terms is named", remedy=f"--db PATH, or set {VARIABLE}")
    return str(place)


def _date(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day of the form YYYY-MM-DD") from None


def _decisions(options: argparse.Namespace) -> list[Any]:
    from compliance.history.decisions import read_decisions

    if options.decisions is None:
        return []
    found, refused = read_decisions(options.decisions)
    for line in refused:
        print(f"clearance: not read: {line}", file=sys.stderr)
    return list(found)


def _json(value: Any) -> int:
    import msgspec

    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value)).decode() + "\n")
    return 0


def _text(lines: Iterable[str]) -> int:
    from compliance.history.render import clean

    sys.stdout.writelines(f"{clean(line)}\n" for line in lines)
    return 0


def _width() -> int:
    import shutil

    return max(60, min(160, shutil.get_terminal_size((110, 24)).columns)) if sys.stdout.isatty() else 110
