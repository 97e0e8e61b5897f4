"""`clearance terms confirm`: found clauses beside their text, for a person to accept, edit or reject."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from compliance.history.confirmations import Confirmation, Item
    from compliance.history.database import History
    from compliance.history.overlay import State
    from compliance.ledger.ledger import Ledger

    Keep = Callable[[Confirmation], None]

VARIABLE = "CLEARANCE_LEDGER"
EXAMPLES = """examples:
  clearance terms confirm acme/api --overlay acme-terms        one by one, in a terminal
  clearance terms confirm acme/api --list --format json        what was found, and what was said of it
  clearance terms confirm acme/api --accept distill-3fa94c --by "Ada Lopez" --overlay acme-terms
  clearance terms confirm acme/api --accept distill-3fa94c --edit test=any --by "Ada Lopez"
  clearance terms confirm acme/api --reject competing-product-09 --by "Ada Lopez"
  clearance terms confirm acme/api --accept all --by "Ada Lopez" --ledger audit.db
  clearance check clearance.yaml --corpora acme-terms          the gate, with what was confirmed"""


def arguments(parser: argparse.ArgumentParser, date: Callable[[str], Any]) -> None:
    """Add the arguments of the command."""
    parser.epilog = EXAMPLES
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("document", metavar="DOCUMENT", help="party/name, or a part of it that only one has")
    add("--date", type=date, metavar="DAY", help="look through the text of this day (default: the newest)")
    add("--every", action="store_true", help="look through every text of the document")
    add("--list", action="store_true", help="only list the clauses")
    add("--accept", action="append", default=[], metavar="ID", help="accept a clause, or `all` that are open")
    add("--reject", action="append", default=[], metavar="ID", help="reject a clause, or `all` that are open")
    add("--edit", action="append", default=[], metavar="KEY=VALUE", help="set this in the one clause that is accepted")
    add("--complete", action="store_true", help="say that a text in which nothing was found holds nothing of the kind")
    add("--by", metavar="NAME", help="who read the clauses")
    add("--ledger", metavar="PLACE", help=f"record first in this ledger who says what (or {VARIABLE})")
    add("--overlay", type=Path, metavar="DIR", help="write the records for `check --corpora` into this folder")
    add("--channel", action="append", default=[], metavar="NAME", help="first-party-api, consumer-app, cloud-reseller")
    add("--offers", action="append", default=[], metavar="KIND", help="a kind of model that the party sells")
    add("--party-kind", metavar="KIND", help="what the party is, where no record knows it (default: lab)")
    add("--lexical", action="store_true", help="look for clauses without the embedding model")


def confirm(options: argparse.Namespace, place: str) -> int:
    """List, decide, and write the records."""
    from compliance.history.confirmations import look_through
    from compliance.history.database import open_history
    from compliance.history.overlay import state_of

    with open_history(place) as held:
        key = held.find(options.document)
        texts = look_through(held, key, options.date, lexical=options.lexical, every=options.every)
        state = state_of(held, key, texts)
        with _keeping(held, state, options) as keep:
            deciding = _decide(state, options, keep)
            if not deciding and not options.list and options.format == "text" and sys.stdin.isatty():
                deciding = _ask(state, options, keep)
        if deciding:
            state = state_of(held, key, texts)
        written = _write(held, state, options)
    if options.format == "json":
        return _json(state, written)
    lines = [] if deciding else [line for item in state.items for line in (*shown(item, state.key.party), "")]
    return _text([*lines, *_summary(state, written)])


@contextmanager
def _keeping(held: History, state: State, options: argparse.Namespace) -> Iterator[Keep]:
    """What keeps a person's word: in the ledger first, where one is named, so that it has each word that counts."""
    from compliance.history.confirmations import say

    place = options.ledger or os.environ.get(VARIABLE)
    with ExitStack() as held_open:
        opened: list[Ledger] = []

        def keep(word: Confirmation) -> None:
            if place:
                from api.confirming import said_in
                from compliance.ledger.ledger import open_ledger

                opened[:] = opened or [held_open.enter_context(open_ledger(place))]
                opened[0].append("terms", said_in(state, word))
            say(held, state.key, word)

        yield keep


def _decide(state: State, options: argparse.Namespace, keep: Keep) -> bool:
    """Keep what the options say; whether they say anything."""
    from compliance.errors import UsageError
    from compliance.history.confirmations import BINDS, Confirmation, now
    from compliance.history.overlay import binding_words
    from compliance.history.wording import parse_edits, record

    accepted = [i for name in options.accept for i in _named(state, name)]
    rejected = [i for name in options.reject for i in _named(state, name)]
    edits = parse_edits(options.edit)
    bound = binding_words(options.channel, options.offers, options.party_kind)
    if edits and len(accepted) != 1:
        raise UsageError("an edit needs the one clause that it is for", remedy="--accept ID --edit KEY=VALUE")
    both = {i.found.id for i in accepted} & {i.found.id for i in rejected}
    if both:
        raise UsageError(f"{min(both)} is both accepted and rejected", remedy="say one of the two")
    words = []
    at, by = now(), options.by or ""
    for item in accepted:
        record(item.found, item.quote, state.key.party, edits)  # what cannot be a record is refused before it is kept
        words.append(Confirmation(item.found.id, "accepted", by, at, edits))
    words += [Confirmation(item.found.id, "rejected", by, at, {}) for item in rejected]
    if options.complete:
        words += [Confirmation(f"text:{t.sha256}", "complete", by, at, {}) for t in state.texts if t.looked is not None]
    if bound:
        words.append(Confirmation(BINDS, "binds", by, at, bound))
    for word in words:
        keep(word)
    return bool(words)


def _named(state: State, name: str) -> list[Item]:
    from compliance.errors import UsageError

    if name == "all":
        return [i for i in state.items if i.status == "unconfirmed"]
    found = [i for i in state.items if i.found.id == name] or [i for i in state.items if i.found.id.startswith(name)]
    if len(found) != 1:
        wrong = "no clause is" if not found else f"{len(found)} clauses are"
        raise UsageError(f"{wrong} called {name!r}", remedy=f"clearance terms confirm {state.key.label!r} --list")
    return found


def _ask(state: State, options: argparse.Namespace, keep: Keep) -> bool:
    """Go through the open clauses in a terminal; whether anything was said."""
    from compliance.errors import UsageError
    from compliance.history.confirmations import Confirmation, now
    from compliance.history.wording import EDITS, parse_edits, record

    waiting = [i for i in state.items if i.status == "unconfirmed"]
    by = options.by or ""
    told = False
    for number, item in enumerate(waiting, 1):
        _text([f"clause {number} of {len(waiting)}", *shown(item, state.key.party)])
        edits: dict[str, str] = {}
        while True:
            answer = _line("[a]ccept, [e]dit, [r]eject, [s]kip, [q]uit? ").lower()[:1]
            if answer == "e":
                pair = _line(f"KEY=VALUE, with a key of {', '.join(EDITS)}: ")
                try:
                    tried = {**edits, **parse_edits([pair])}
                    _text([f"  record:  {_record_line(record(item.found, item.quote, state.key.party, tried))}"])
                    edits = tried
                except UsageError as error:
                    _text([error.one_line()])
            elif answer in ("a", "r"):
                by = by or _line("your name: ")
                if by.strip():
                    word = (
                        Confirmation(item.found.id, "accepted", by, now(), edits)
                        if answer == "a"
                        else Confirmation(item.found.id, "rejected", by, now(), {})
                    )
                    keep(word)
                    told = True
                    break
            elif answer in ("s", "q"):
                break
        if answer == "q":
            break
    return told


def _line(prompt: str) -> str:
    try:
        return input(prompt).strip()
    except EOFError:
        return "q"


def shown(item: Item, party: str) -> Iterator[str]:
    """A clause as a person judges it: the text, what governs it, and the record that it would make."""
    from compliance.history.wording import record

    found = item.found
    yield f"{found.id}  {item.status}" + (f" by {item.by} on {item.at}" if item.by else "")
    yield f"  stands:  {found.section or 'unnumbered'}, code points {found.start}-{found.end}; {', '.join(item.days)}"
    if item.lead:
        yield f"  under:   “{' '.join(item.lead.split())}”"
    yield f"  text:    “{' '.join(item.quote.split())}”"
    if found.exceptions:
        yield f"  except:  “{found.exceptions}”"
    yield f"  record:  {_record_line(record(found, item.quote, party, item.edits))}"
    yield f"  says:    {record(found, item.quote, party, item.edits).paraphrase}"


def _record_line(made: Any) -> str:
    kinds = ",".join(e.kind for e in made.exceptions) or "none"
    return (
        f"category={made.category} effect={made.effect} object={','.join(made.object)} test={made.test or 'none'} "
        f"bound={made.bound} exceptions={kinds}"
    )


def _write(held: History, state: State, options: argparse.Namespace) -> Path | None:
    if options.overlay is None:
        return None
    from compliance.corpus.corpus import load_corpus
    from compliance.history.overlay import write

    return write(held, state.key.party, options.overlay, load_corpus(), state)


def _summary(state: State, written: Path | None) -> Iterator[str]:
    counts = {s: sum(i.status == s for i in state.items) for s in ("accepted", "rejected", "unconfirmed")}
    yield f"{state.key.label}: " + ", ".join(f"{n} {s}" for s, n in counts.items())
    unlooked = [t.version.day for t in state.texts if t.looked is None]
    if unlooked:
        days = unlooked[0] if len(unlooked) == 1 else f"{unlooked[0]} to {unlooked[-1]}"
        yield f"  {days}: nobody has looked through {len(unlooked)} texts (--every): review for their days"
    for text in state.texts:
        if text.looked is None:
            continue
        if state.unread[text.sha256]:
            why = text.looked.note or "no clause was found"
            yield f"  {text.version.day}: {why}; a run that rests on it is for review until somebody says --complete"
        elif state.open[text.sha256]:
            number = len(state.open[text.sha256])
            yield f"  {text.version.day}: {number} open clauses can change a verdict; until they are decided on, review"
    binding = state.binding
    yield f"  binds users of: {', '.join(binding.channels)} (--channel)"
    yield f"  the party sells: {', '.join(binding.offers) or 'any kind of model, since nobody said which'} (--offers)"
    if written is not None:
        yield f"  written: {written}"


def _json(state: State, written: Path | None) -> int:
    import msgspec

    from compliance.history.wording import record

    clauses = [
        {**msgspec.to_builtins(i), "record": msgspec.to_builtins(record(i.found, i.quote, state.key.party, i.edits))}
        for i in state.items
    ]
    texts = [
        {
            "day": t.version.day, "text_sha256": t.sha256, "looked": t.looked is not None,
            "note": t.looked.note if t.looked else "", "open": [i.found.id for i in state.open[t.sha256]],
            "counts_as_seen": not state.open[t.sha256] and not state.unread[t.sha256],
        }
        for t in state.texts
    ]  # fmt: skip
    told = {
        "document": state.key.label, "clauses": clauses, "texts": texts, "open": state.pending,
        "binding": msgspec.to_builtins(state.binding), "overlay": str(written) if written else None,
    }  # fmt: skip
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(told)).decode() + "\n")
    return 0


def _text(lines: Any) -> int:
    from compliance.history.render import clean

    sys.stdout.writelines(f"{clean(line)}\n" for line in lines)
    return 0
