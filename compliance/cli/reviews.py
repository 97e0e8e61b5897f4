"""`clearance reviews`: what waits for a person, and every step on it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compliance.cli.commands import command
from compliance.cli.ledger_common import VARIABLE, clean, log_of, place_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from compliance.cli.commands import Commands
    from compliance.decision.model import Edit
    from compliance.ledger.replay import Decides

EXAMPLES = """  clearance reviews list                                        what waits, the items due first
  clearance reviews show 3f9a2b71                               one item: why it waits, and what was said
  clearance reviews assign 3f9a2b71 --to ann --due 2026-04-01 --by lead
  clearance reviews comment 3f9a2b71 "asked the provider" --evidence mail-17 --by ann
  clearance reviews answer 3f9a2b71 --set role=evaluation --by ann     decides again, and records it
  clearance reviews accept 3f9a2b71 --reason "..." --until "2026-06-30T18:00 Europe/Berlin" --by ann
  clearance reviews approve w1c2d3e4 --by ben                   a second person; then the run may start
  clearance reviews reject 3f9a2b71 --reason "..." --by ann
  clearance reviews gate 6f0c2a91                               may this run start, and why?
  clearance reviews recheck                                     after corpora or rules changed

exit codes: 0 done (gate: the run may start), 1 gate: it may not, 2 recheck: decisions were re-opened"""


def register(commands: Commands) -> None:
    """Add the command and its parts to the parser."""
    top = command(commands, "reviews", "what waits for a person to decide", EXAMPLES)
    parts = top.add_subparsers(dest="part", required=True, metavar="PART")

    def part(name: str, help_: str, run: Any, *, item: bool = True, acts: bool = True) -> argparse.ArgumentParser:
        parser = parts.add_parser(name, help=help_, description=help_[0].upper() + help_[1:] + ".")
        if item:
            parser.add_argument("item", help="an item's id, or its first letters")
        if acts:
            parser.add_argument("--by", required=True, metavar="WHO", help="who takes the step")
        parser.add_argument("--ledger", metavar="PATH|URL", help=f"the ledger (default: ${VARIABLE})")
        parser.add_argument("--format", choices=("text", "json"), default="text")
        parser.set_defaults(run=run)
        return parser

    listing = part("list", "list items, those due first", list_, item=False, acts=False)
    listing.add_argument("--state", choices=("open", "requested", "waived", "answered", "rejected", "superseded"))
    listing.add_argument("--assignee", metavar="WHO")
    listing.add_argument("--decision", metavar="ID", help="all items of one decision, whatever became of them")
    listing.add_argument("--limit", type=int, default=100, metavar="N", help="at most so many (default 100)")
    part("show", "show one item with its history", show, acts=False)
    gating = part("gate", "say whether a run may start, and why", gate, item=False, acts=False)
    gating.add_argument("decision", help="a decision's id, or its first letters")
    assigning = part("assign", "say who works on an item, and until when", assign)
    assigning.add_argument("--to", default="", metavar="WHO")
    assigning.add_argument("--due", default="", metavar="DAY")
    commenting = part("comment", "comment on an item", comment)
    commenting.add_argument("text")
    answering = part("answer", "answer missing facts, which decides again", answer)
    answering.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", dest="facts",
        help="a key of the source, generated_by.KEY, or run.KEY, trainee.KEY, trainer.KEY; the value as JSON or text",
    )  # fmt: skip
    answering.add_argument("--edits", type=Path, metavar="FILE", help="edits as JSON, as remedies list them")
    answering.add_argument("--reason", default="")
    accepting = part("accept", "ask for a waiver; a second person must approve it", accept)
    accepting.add_argument("--reason", required=True)
    accepting.add_argument("--until", required=True, metavar="TIME", help="with its zone: 2026-06-30T18:00+02:00")
    accepting.add_argument("--scope", choices=("source", "clause", "run"), default="source")
    accepting.add_argument("--clause", action="append", default=[], metavar="NAME", help="as show prints it")
    rejecting = part("reject", "reject a source of the run", reject)
    rejecting.add_argument("--reason", required=True)
    for parser in (commenting, accepting, rejecting):
        parser.add_argument("--evidence", action="append", default=[], metavar="REFERENCE")
    approving = part("approve", "approve a waiver as a second person", approve, item=False)
    approving.add_argument("waiver", help="a waiver's id, or its first letters")
    approving.add_argument("--reason", default="")
    again = part("recheck", "decide again what a change of corpora or rules touches", recheck, item=False)
    for parser in (answering, again):
        parser.add_argument("--corpora", type=Path, action="append", default=[], metavar="DIR")


def list_(options: argparse.Namespace) -> int:
    """Print items, those due first."""
    from compliance.reviews import queue
    from compliance.reviews.words import shown

    with log_of(options) as log:
        queue.prepare(log)
        decision = log.find(options.decision, "decision").subject if options.decision else None
        found = queue.queue(
            log, state=options.state, assignee=options.assignee, decision=decision, limit=max(options.limit, 1)
        )
    if options.format == "json":
        return print_json(found)
    for item in found:
        due = f"  due {item.due}" if item.due else ""
        who = f"  {item.assignee}" if item.assignee else ""
        print(clean(f"{item.id}  {item.verdict:<6}  {item.state:<10}  {item.run}: {shown(item.source)}{who}{due}"))
        for says in item.says:
            print(clean(f"    {says}"))
    if not found:
        print("nothing waits")
    return 0


def show(options: argparse.Namespace) -> int:
    """Print one item."""
    from compliance.reviews import queue
    from compliance.reviews.words import told

    with log_of(options) as log:
        queue.prepare(log)
        whole = queue.show(log, options.item)
    if options.format == "json":
        return print_json(whole)
    for line in told(whole):
        print(clean(line))
    return 0


def gate(options: argparse.Namespace) -> int:
    """Print the gate's answer; exit 0 where the run may start."""
    from compliance.reviews import queue
    from compliance.reviews.words import shown

    with log_of(options) as log:
        queue.prepare(log)
        outcome = queue.outcome(log, log.find(options.decision, "decision").subject or "")
    if options.format == "json":
        print_json(outcome)
    else:
        print(clean(f"{'may start' if outcome.may_start else 'may not start'}: {outcome.why}"))
        for waived in outcome.waived:
            print(clean(f"  {shown(waived.source)}: {waived.verdict}, {waived.says}"))
        for source in outcome.waiting:
            print(clean(f"  {shown(source)}: waits"))
        for says in outcome.lapsed:
            print(clean(f"  {says}"))
    return 0 if outcome.may_start else 1


def assign(options: argparse.Namespace) -> int:
    """Say who works on an item."""
    return _done(options, lambda desk: desk.assign(options.item, by=options.by, to=options.to, due=options.due))


def comment(options: argparse.Namespace) -> int:
    """Comment on an item."""
    return _done(
        options, lambda desk: desk.comment(options.item, options.text, by=options.by, evidence=options.evidence)
    )


def reject(options: argparse.Namespace) -> int:
    """Reject a source."""
    return _done(
        options, lambda desk: desk.reject(options.item, options.reason, by=options.by, evidence=options.evidence)
    )


def approve(options: argparse.Namespace) -> int:
    """Approve a waiver."""
    return _done(options, lambda desk: desk.approve(options.waiver, by=options.by, reason=options.reason))


def accept(options: argparse.Namespace) -> int:
    """Ask for a waiver and print its id."""
    with desk_of(options) as desk:
        name = desk.accept(
            options.item,
            options.reason,
            by=options.by,
            until=options.until,
            scope=options.scope,
            clauses=options.clause,
            evidence=options.evidence,
        )
    if options.format == "json":
        return print_json({"waiver": name, "standing": "requested"})
    print(f"{name}: asked for; a second person approves with clearance reviews approve {name} --by WHO")
    return 0


def answer(options: argparse.Namespace) -> int:
    """Answer missing facts and print the new decision."""
    from compliance.errors import UsageError

    if bool(options.facts) == (options.edits is not None):
        raise UsageError("no answer is given", remedy="--set KEY=VALUE, or --edits FILE")
    with desk_of(options) as desk:
        edits = _edits(options, desk)
        decision, verdict = desk.answer(options.item, edits, installed(options), by=options.by, reason=options.reason)
    if options.format == "json":
        return print_json({"decision": decision, "verdict": verdict})
    print(clean(f"{decision}: {verdict}"))
    return 0


def recheck(options: argparse.Namespace) -> int:
    """Decide again what changed; exit 2 where decisions were re-opened."""
    from compliance.reviews.recheck import recheck as again

    with desk_of(options) as desk:
        report = again(desk.ledger, loaded(options), by=options.by)
    if options.format == "json":
        print_json(report)
    else:
        print(f"{report.stored} decisions, {report.selected} touched by the change, {len(report.reopened)} re-opened")
        for found in report.reopened:
            print(clean(f"{found.decision} -> {found.instead}: {found.then} then, {found.now} now"))
            for change in found.changes:
                print(clean(f"  {change}"))
        for line in report.refused:
            print(clean(line), file=sys.stderr)
    return 2 if report.reopened else 0


def installed(options: argparse.Namespace) -> Callable[[str], Decides]:
    """Who decides by profile, with what is installed; each is loaded once."""
    from functools import cache

    from compliance.cli.ledger import Installed

    return cache(lambda profile: Installed(profile, options.corpora))


def loaded(options: argparse.Namespace) -> Callable[[str], Any]:
    """The decider of a profile, with what is installed."""
    from functools import cache

    from compliance.check import Checker

    return cache(lambda profile: Checker(profile, corpora=options.corpora).decider)


def desk_of(options: argparse.Namespace) -> Any:
    """The desk on the ledger that is named, closed at the end; a ledger that is not there is not made."""
    from contextlib import contextmanager

    from compliance.ledger.ledger import open_ledger
    from compliance.reviews.desk import Desk

    @contextmanager
    def opened() -> Any:
        log_of(options).close()
        with open_ledger(place_of(options.ledger)) as ledger:
            yield Desk(ledger)

    return opened()


def print_json(value: Any) -> int:
    """Print a record as JSON."""
    import msgspec

    from compliance.report.json_form import dump

    sys.stdout.write(dump(msgspec.to_builtins(value), indent=False))
    return 0


def _edits(options: argparse.Namespace, desk: Any) -> list[Edit]:
    from compliance.reading.structured import read_bytes
    from compliance.reviews import answers, queue

    if options.edits is not None:
        return answers.edits_in(read_bytes(options.edits), str(options.edits))
    item = queue.show(desk.ledger.log, options.item).item
    basis = desk.ledger.log.find(item.decision, "decision").raw("basis") or b"{}"
    return answers.edits_of(item.source, dict(answers.fact(given) for given in options.facts), basis)


def _done(options: argparse.Namespace, step: Callable[[Any], Any]) -> int:
    with desk_of(options) as desk:
        entry = step(desk)
    if options.format == "json":
        return print_json({"entry": entry.index, "kind": entry.kind, "subject": entry.subject, "at": entry.at})
    print(clean(f"entry {entry.index}: {entry.kind} {entry.subject}, {entry.value('event')}"))
    return 0
