"""`clearance corpora`: the records of parties, models, terms, licences and data sets."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from compliance.cli.commands import command

if TYPE_CHECKING:
    from compliance.cli.commands import Commands

EXAMPLES = """  clearance corpora check                     validate every record
  clearance corpora check --corpora my-terms  validate the records of a folder, as additions to those on board
  clearance corpora list document             the ids and names of one kind
  clearance corpora show openai               a party: channels, documents by date, clauses, families, licences
  clearance corpora show llama-3.1            any record, by its id or one of its names
  clearance corpora schema document           the JSON Schema of a kind of record; --write renews the files"""


def register(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = command(commands, "corpora", "validate and read the records that the rules stand on", EXAMPLES)
    parser.add_argument("action", choices=("check", "list", "show", "schema"))
    parser.add_argument("name", nargs="?", help="a kind (list, schema) or a record (show)")
    parser.add_argument(
        "--corpora", type=Path, action="append", default=[], metavar="DIR", help="add the records of this folder"
    )
    parser.add_argument("--strict", action="store_true", help="let warnings of the check fail too")
    parser.add_argument("--write", action="store_true", help="write the schemas beside the records")
    parser.set_defaults(run=corpora)


def corpora(options: argparse.Namespace) -> int:
    """Run the action; 65 where the check found errors."""
    actions = {"check": _check, "list": _list, "show": _show, "schema": _schema}
    return actions[options.action](options)


def _check(options: argparse.Namespace) -> int:
    from compliance.corpus.check import check_corpora
    from compliance.errors import CorpusError

    checked = check_corpora(options.corpora)
    for finding in checked.findings:
        print(f"{finding.severity}: {finding.one_line()}")
    faults = Counter((f.kind, f.severity) for f in checked.findings)
    for kind in (*checked.counts, "file"):
        errors, warnings = faults[kind, "error"], faults[kind, "warning"]
        count = checked.counts.get(kind, checked.files)
        print(f"{kind:9}{count:6}  {_many(errors, 'error')}, {_many(warnings, 'warning')}")
    sorts = Counter(f.sort for f in checked.of("warning"))
    detail = f" ({', '.join(f'{sort} {count}' for sort, count in sorted(sorts.items()))})" if sorts else ""
    errors, warnings = len(checked.of("error")), len(checked.of("warning"))
    records = _many(sum(checked.counts.values()), "record")
    print(f"{records}: {_many(errors, 'error')}, {_many(warnings, 'warning')}{detail}")
    return CorpusError.exit_code if errors or (options.strict and warnings) else 0


def _list(options: argparse.Namespace) -> int:
    from compliance.corpus.check import KINDS
    from compliance.corpus.corpus import load_corpus
    from compliance.corpus.show import printable
    from compliance.errors import UsageError

    content = load_corpus(extra=options.corpora).content
    if options.name is None:
        for name, kind in KINDS.items():
            print(f"{kind:9}{len(getattr(content, name)):6}")
        return 0
    plural = next((name for name, kind in KINDS.items() if options.name in (name, kind)), None)
    if plural is None:
        raise UsageError(f"there is no kind {options.name!r}", remedy=f"one of {', '.join(KINDS.values())}")
    for record in getattr(content, plural):
        if plural == "channels":
            print(printable(f"{record.party:28} {record.channel:18} {', '.join(record.documents) or '-'}"))
        else:
            print(printable(f"{record.id:36} {getattr(record, 'name', '') or getattr(record, 'title', '')}"))
    return 0


def _show(options: argparse.Namespace) -> int:
    from compliance.corpus.corpus import load_corpus
    from compliance.corpus.show import show
    from compliance.errors import UsageError

    if options.name is None:
        raise UsageError("name a record", remedy="see clearance corpora list")
    text = show(load_corpus(extra=options.corpora), options.name)
    if text is None:
        raise UsageError(f"no record is called {options.name!r}", remedy="see clearance corpora list KIND")
    sys.stdout.write(text)
    return 0


def _schema(options: argparse.Namespace) -> int:
    from compliance.corpus.load import default_root
    from compliance.corpus.schema import schemas, written
    from compliance.errors import UnreadableFile, UsageError

    found = schemas()
    if options.write:
        folder = default_root() / "schema"
        try:
            folder.mkdir(exist_ok=True)
            for name in found:
                (folder / f"{name}.schema.json").write_text(written(name), encoding="utf-8")
        except OSError as error:
            raise UnreadableFile(
                f"cannot be written: {error.strerror}", file=str(folder), remedy="use a checkout that you may change"
            ) from None
        print(f"{len(found)} schemas are in {folder}")
        return 0
    if options.name is None:
        print("\n".join(found))
        return 0
    if options.name not in found:
        raise UsageError(f"there is no schema {options.name!r}", remedy=f"one of {', '.join(found)}")
    sys.stdout.write(written(options.name))
    return 0


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
