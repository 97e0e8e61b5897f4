"""`clearance ledger`: read the audit log, check it, take evidence out of it, decide again, erase and hold."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compliance.cli import ledger_duties
from compliance.cli.commands import command
from compliance.cli.ledger_common import VARIABLE, clean, log_of, place_of

if TYPE_CHECKING:
    from compliance.cli.commands import Commands
    from compliance.decision.model import Decision
    from compliance.ledger.entry import Entry
    from compliance.ledger.replay import Replayed

EXAMPLES = """  clearance check . --ledger audit.db                       decide, and record it
  clearance ledger list --ledger audit.db                   what was recorded, the newest first
  clearance ledger show 6f0c2a91 --ledger audit.db          one entry: an index, or a decision's id
  clearance ledger verify audit.db                          is everything as it was written?
  clearance ledger checkpoint --ledger audit.db > kept      to keep elsewhere; then, later:
  clearance ledger verify audit.db --checkpoint kept        was history rewritten since?
  clearance ledger backup copy.db --ledger audit.db         a checked copy, while others go on writing
  clearance ledger export --decision 6f0c2a91 -o proof.zip  evidence that a stranger checks offline
  clearance ledger verify proof.zip --key log.vkey          as that stranger
  clearance ledger replay 6f0c2a91                          decide again from what is stored
  clearance ledger redact 12 --reason "erasure request" --by dpo

exit codes: 0 all is well, 1 a fault or a difference, 2 the stored state is not installed (replay)"""


def register(commands: Commands) -> None:
    """Add the command and its parts to the parser."""
    top = command(commands, "ledger", "the append-only audit log", EXAMPLES)
    parts = top.add_subparsers(dest="part", required=True, metavar="PART")

    def part(name: str, help_: str, run: Any, *, json_: bool = True, where: bool = True) -> argparse.ArgumentParser:
        parser = parts.add_parser(name, help=help_, description=help_[0].upper() + help_[1:] + ".")
        if where:
            parser.add_argument("--ledger", metavar="PATH|URL", help=f"the ledger (default: ${VARIABLE})")
        if json_:
            parser.add_argument("--format", choices=("text", "json"), default="text")
        parser.set_defaults(run=run)
        return parser

    listing = part("list", "list entries, the newest first", list_)
    listing.add_argument("--kind", help="decision, answer, review, waiver, terms, key, login, redaction or hold")
    listing.add_argument("--limit", type=int, default=50, metavar="N", help="at most so many (default 50)")
    part("show", "show one entry", show).add_argument("entry", help="an index, or an id or its first letters")
    checking = part("verify", "check a ledger, or a bundle of evidence, from stored bytes", verify, where=False)
    checking.add_argument("what", nargs="?", metavar="PATH|URL|BUNDLE", help=f"default: ${VARIABLE}")
    checking.add_argument("--checkpoint", type=Path, metavar="FILE", help="a checkpoint that was kept elsewhere")
    checking.add_argument("--key", type=Path, metavar="FILE", help="a verifier key that was kept elsewhere")
    exporting = part("export", "write a bundle of evidence", export, json_=False)
    exporting.add_argument("--decision", required=True, metavar="ID", help="an id or its first letters, or an index")
    exporting.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    exporting.add_argument("--without", action="append", default=[], metavar="FIELD", help="hold a field back")
    exporting.add_argument("--checkpoint", type=Path, metavar="FILE", help="connect to an older checkpoint")
    again = part("replay", "decide again from what is stored", replay)
    again.add_argument("entry", help="a decision: an index, or an id or its first letters")
    again.add_argument("--now", action="store_true", help="with today's corpora, rules and program")
    again.add_argument(
        "--corpora", type=Path, action="append", default=[], metavar="DIR", help="a folder of further records"
    )
    copying = part("backup", "copy the ledger to a new file, and check the copy", backup, json_=False)
    copying.add_argument("target", type=Path, metavar="FILE", help="a new file; the signing key is not in it")
    part("checkpoint", "print the latest signed checkpoint, to keep elsewhere", checkpoint, json_=False)
    part("key", "print the verifier key, to hand to others", key, json_=False)

    ledger_duties.register(part)


def list_(options: argparse.Namespace) -> int:
    """Print entries, the newest first."""
    from itertools import islice

    with log_of(options) as log:
        found = log.entries(kind=options.kind, start=log.size(), newest_first=True)
        for entry in islice(found, max(options.limit, 0)):
            if options.format == "json":
                _print_json({"index": entry.index, "kind": entry.kind, "subject": entry.subject, "at": entry.at})
            else:
                outcome = entry.value("verdict") or entry.value("event") or entry.value("ruling") or ""
                moment = f"{entry.at[:19]}Z"
                print(clean(f"{entry.index:>8}  {moment}  {entry.kind:<9}  {entry.subject or '-'}  {outcome}"))
    return 0


def show(options: argparse.Namespace) -> int:
    """Print one entry: what it says, and what became of it."""
    with log_of(options) as log:
        entry = log.find(options.entry)
    fields = {name: _readable(entry, name) for name in entry.fields}
    leaf_hash = f"sha256:{entry.leaf_hash.hex()}"
    if options.format == "json":
        head = {"index": entry.index, "kind": entry.kind, "at": entry.at, "leaf_hash": leaf_hash}
        _print_json({**head, "fields": fields, "erased": entry.erased})
        return 0
    print(f"entry {entry.index}, {entry.kind}, {entry.at}\nleaf hash {leaf_hash}")
    for name, value in fields.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
        lines = text.splitlines() or [""]
        print(f"{name}:" + (f" {clean(lines[0])}" if len(lines) == 1 else ""))
        for line in lines if len(lines) > 1 else ():
            print(f"  {clean(line)}")
    for name in entry.erased:
        print(f"{name}: destroyed; {entry.commitments[name]} remains")
    return 0


def verify(options: argparse.Namespace) -> int:
    """Check from stored bytes; the verifier shares no code with the ledger."""
    from compliance.errors import InputError, UnreadableFile
    from compliance.ledger.verify import verify as check
    from compliance.ledger.verify.words import describe

    what = options.what or place_of(None)
    try:
        report = check(what, checkpoint=options.checkpoint, key=options.key)
    except OSError as error:
        name = str(error.filename or ("" if "://" in what else what))
        raise UnreadableFile(f"cannot be read: {error.strerror or error}", file=name, remedy="check the path") from None
    except ValueError as error:
        raise InputError(str(error), file="" if "://" in what else what) from None
    if options.format == "json":
        faults = [{"entry": f.entry, "says": f.says} for f in report.faults]
        head = {"ok": report.ok, "what": report.what, "origin": report.origin, "size": report.size}
        _print_json({**head, "root": report.root, "keys": report.keys, "notes": report.notes, "faults": faults,
                     "untold": report.untold, "erased": report.erased})  # fmt: skip
    else:
        print("\n".join(describe(report)))
    return 0 if report.ok else 1


def backup(options: argparse.Namespace) -> int:
    """Copy the ledger, and say what the verifier found in the copy."""
    from compliance.ledger.backup import back_up

    report = back_up(place_of(options.ledger), options.target)
    print(clean(f"{options.target}: {report.size:,} entries, verified, root {report.root}"))
    return 0


def export(options: argparse.Namespace) -> int:
    """Write the bundle of a decision."""
    from compliance.errors import UnreadableFile
    from compliance.ledger.bundle import bundle
    from compliance.reading.structured import read_bytes

    older = read_bytes(options.checkpoint, limit=65536) if options.checkpoint else None
    with log_of(options) as log:
        entry = log.find(options.decision, "decision")
        data = bundle(log, entry, without=options.without, reach_back=older)
    try:
        options.output.write_bytes(data)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableFile(f"cannot be written: {reason}", file=str(options.output)) from None
    print(f"entry {entry.index} and its proof: {options.output}", file=sys.stderr)
    return 0


def replay(options: argparse.Namespace) -> int:
    """Decide again and say what differs."""
    from compliance.ledger.replay import replay as decide_again

    with log_of(options) as log:
        entry = log.find(options.entry, "decision")
    outcome = decide_again(entry, lambda profile: Installed(profile, options.corpora), now=options.now)
    if options.format == "json":
        import dataclasses

        _print_json({**dataclasses.asdict(outcome), "same": outcome.same})
    else:
        _tell(outcome)
    if not outcome.decided:
        return 2
    return 0 if outcome.same else 1


class Installed:
    """The corpora, rules and program that are here, as replay asks for them."""

    def __init__(self, profile: str, corpora: Sequence[Path] = ()) -> None:
        from compliance.check import Checker

        self._checker = Checker(profile, corpora=corpora)
        self.corpora = self._checker.corpus.sha256
        self.rules = self._checker.rules.sha256

    def decide(self, basis: bytes) -> Decision:
        """The decision on what an entry was decided from."""
        from compliance.ledger.basis import decide

        return decide(self._checker.decider, basis)


def checkpoint(options: argparse.Namespace) -> int:
    """Print the latest checkpoint."""
    with log_of(options) as log:
        sys.stdout.write(log.checkpoint().decode("utf-8", "replace"))
    return 0


def key(options: argparse.Namespace) -> int:
    """Print the verifier key that signs now."""
    with log_of(options) as log:
        print(clean(log.vkeys()[-1][1]))
    return 0


def _tell(outcome: Replayed) -> None:
    for gone in outcome.state:
        print(clean(f"{gone.at} then {gone.then}, now {gone.now}"))
    if not outcome.decided:
        print(f"entry {outcome.index} was not decided again: what decided it is not installed (--now: with what is)")
    elif outcome.same:
        print(f"entry {outcome.index}: the same bytes, {outcome.verdict_now}")
    else:
        print(f"entry {outcome.index}: {outcome.verdict_then} then, {outcome.verdict_now} now")
        for found in outcome.differences:
            print(clean(f"  {found.at}: {_short(found.then)} -> {_short(found.now)}"))


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 160 else text[:157] + "..."


def _readable(entry: Entry, name: str) -> Any:
    raw = entry.raw(name) or b""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return raw.decode("utf-8", "replace")


def _print_json(value: Any) -> None:
    from compliance.report.json_form import dump

    sys.stdout.write(dump(value, indent=False))
