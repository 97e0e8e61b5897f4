"""`clearance clauses`: what terms documents say of training, copying and competing."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from compliance.cli.commands import command

if TYPE_CHECKING:
    from compliance.cli.commands import Commands
    from compliance.terms.extract import Extract

EXAMPLES = """  clearance clauses terms.md                      the clauses of a document, as JSON
  clearance clauses terms.html licence.pdf        a line of JSON a file
  clearance clauses terms.md --format text        the clauses in words
  clearance clauses terms.pdf --save-text out     also the text that the offsets count
  clearance clauses terms.md --lexical            without the embedding model

exit codes: 0 every file was read, 65 a file could not be read (the others are still answered)"""


def register(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = command(commands, "clauses", "find the clauses of terms documents that bind those who train", EXAMPLES)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="text, Markdown, HTML, PDF or Word files")
    parser.add_argument("--format", choices=("json", "text"), default="json")
    parser.add_argument("--lexical", action="store_true", help="use the model without embeddings")
    parser.add_argument(
        "--save-text", type=Path, metavar="DIR", help="write the text that offsets count to this folder"
    )
    parser.set_defaults(run=clauses)


def clauses(options: argparse.Namespace) -> int:
    """Print what was found; a file that cannot be read is named on both streams, and the rest goes on."""
    import msgspec

    from compliance.errors import InputError
    from compliance.terms.extract import Extract, extractor
    from compliance.terms.parse import read_document

    finder = extractor(lexical=options.lexical)
    code = 0
    for path in options.files:
        try:
            document = read_document(path)
            if options.save_text is not None:
                _save(document.text, options.save_text, path)
            found = finder.document(document)
        except InputError as error:
            print(f"clearance: {error.one_line()}", file=sys.stderr)
            code = error.exit_code
            if len(options.files) == 1:
                continue
            found = Extract(file=str(path), has_training_restriction=None, clauses=(), notes=(error.one_line(),))
        if options.format == "text":
            sys.stdout.write(_text(found))
        else:
            encoded = msgspec.json.encode(found)
            alone = len(options.files) == 1
            sys.stdout.write((msgspec.json.format(encoded) if alone else encoded).decode() + "\n")
    return code


def _save(text: str, folder: Path, path: Path) -> None:
    from compliance.errors import UnreadableFile

    target = folder / f"{path.name}.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise UnreadableFile(
            f"cannot be written: {error.strerror}", file=str(target), remedy="name another folder"
        ) from None


def _text(found: Extract) -> str:
    answers = {True: "restricts training", False: "no restriction of training found", None: "could not be told"}
    lines = [f"{found.file}: {answers[found.has_training_restriction]}"]
    lines.extend(f"  note: {note}" for note in found.notes)
    for clause in found.clauses:
        quote = " ".join(clause.quote.split())
        lines.append(f"  {clause.effect} {clause.category} ({clause.object}; {clause.confidence:.0%}) {clause.section}")
        lines.append(f"    “{quote[:300]}{'…' if len(quote) > 300 else ''}”")
        if clause.exceptions:
            lines.append(f"    exceptions: {clause.exceptions}")
    return "\n".join(lines) + "\n"
