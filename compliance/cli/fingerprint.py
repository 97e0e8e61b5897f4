"""`clearance fingerprint`: packs that recognise a data set without holding its text, and what they find in files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compliance.cli.commands import command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from compliance.cli.commands import Commands
    from compliance.evidence.claims import Warning_
    from compliance.fingerprint.match import FileMatch, Found
    from compliance.fingerprint.pack import Header, Pack

EXAMPLES = """  clearance fingerprint build set/ --dataset tatsu-lab/alpaca --teacher text-davinci-003 -o alpaca.pack
  clearance fingerprint match data/ --pack alpaca.pack --pack others/*.pack
  clearance fingerprint match train.jsonl --pack alpaca.pack --format json
  clearance fingerprint merge part-1.pack part-2.pack -o whole.pack
  clearance fingerprint show alpaca.pack              what a pack says of itself

A pack holds hashes and no text. A match says that rows are the same or nearly so, not who copied from whom."""


def register(commands: Commands) -> None:
    """Add the command and its parts to the parser."""
    top = command(commands, "fingerprint", "recognise known data sets in files, whatever they are called", EXAMPLES)
    parts = top.add_subparsers(dest="part", required=True, metavar="PART")

    def part(name: str, help_: str, run: Any) -> argparse.ArgumentParser:
        parser = parts.add_parser(name, help=help_, description=help_[0].upper() + help_[1:] + ".")
        parser.set_defaults(run=run)
        parser.add_argument("--format", choices=("text", "json"), default="text")
        return parser

    building = part("build", "make a pack of a data set's files", build)
    building.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files or folders of rows")
    building.add_argument("--dataset", required=True, metavar="NAME", help="the set's name or hub id")
    building.add_argument("--teacher", action="append", default=[], metavar="MODEL", help="a model that made its rows")
    building.add_argument("-o", "--output", type=Path, required=True, metavar="PACK")
    matching = part("match", "find the rows of files that stem from packed sets", match)
    matching.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files or folders")
    matching.add_argument("--pack", nargs="+", action="extend", type=Path, required=True, metavar="PACK")
    merging = part("merge", "make one pack of several of the same set", merge)
    merging.add_argument("packs", nargs="+", type=Path, metavar="PACK")
    merging.add_argument("--dataset", metavar="NAME", help="the name of the whole, where the packs' names differ")
    merging.add_argument("-o", "--output", type=Path, required=True, metavar="PACK")
    part("show", "say what packs say of themselves", show).add_argument("packs", nargs="+", type=Path, metavar="PACK")


def build(options: argparse.Namespace) -> int:
    """Read the files, write the pack, and say what is in it."""
    from compliance.errors import InputError
    from compliance.fingerprint.build import Builder

    files, passed = _files(options.paths)
    with Builder(options.dataset, options.teacher) as builder, _Progress(files) as progress:
        for path in files:
            if path.resolve() == options.output.resolve():
                raise InputError("the pack would replace a file that it is made of", file=str(path))
            read = builder.add_file(path, progress.of(path))
            passed += read.warnings
            if not read.whole:
                _warn(read.warnings)
                raise InputError(
                    "could not be read to its end, so the pack would miss rows", file=str(path),
                    remedy="mend it or leave it out",
                )  # fmt: skip
        header = builder.write(options.output)
    _warn(passed)
    return _print_packs(options.format, [(options.output, header)])


def match(options: argparse.Namespace) -> int:
    """Hold files against packs, and print; 65 where a file could not be read to its end."""
    from compliance.fingerprint.match import Matcher
    from compliance.fingerprint.pack import open_pack

    packs = [open_pack(path) for path in dict.fromkeys(options.pack)]
    files, passed = _files(options.paths)
    matcher = Matcher(packs)
    with _Progress(files) as progress:
        results = [matcher.file(path, progress.of(path)) for path in files]
    if options.format == "json":
        _print_json(_document(results, packs, passed))
    else:
        _warn(passed)
        sys.stdout.writelines(_clean(line) + "\n" for line in _lines(results))
    return 0 if all(r.whole for r in results) else 65


def merge(options: argparse.Namespace) -> int:
    """Write one pack of several."""
    from compliance.errors import UsageError
    from compliance.fingerprint.build import Builder
    from compliance.fingerprint.pack import open_pack

    packs = [open_pack(path) for path in options.packs]
    names = list(dict.fromkeys(p.header.dataset for p in packs))
    if len(names) > 1 and not options.dataset:
        told = ", ".join(names[:4])
        raise UsageError(f"the packs are of several data sets: {told}", remedy="name the whole with --dataset")
    with Builder(options.dataset or names[0], [t for p in packs for t in p.header.teachers]) as builder:
        for pack in packs:
            builder.add_pack(pack)
        header = builder.write(options.output)
    return _print_packs(options.format, [(options.output, header)])


def show(options: argparse.Namespace) -> int:
    """Print the headers of packs."""
    from compliance.fingerprint.pack import open_pack

    return _print_packs(options.format, [(path, open_pack(path).header) for path in options.packs])


class _Progress:
    """How much of all files is done, on standard error."""

    def __init__(self, files: list[Path]) -> None:
        from compliance.scan.progress import Progress

        self._sizes = {f: _size(f) for f in files}
        self._total = sum(self._sizes.values())
        self._before = 0
        self._line = Progress(sys.stderr)

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._line.end()

    def of(self, path: Path) -> Callable[[int], None]:
        """What takes the bytes that are done of a file."""
        before = self._before
        self._before += self._sizes[path]
        return lambda done: self._line.show(before + done, self._total)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _files(paths: list[Path]) -> tuple[list[Path], list[Warning_]]:
    from compliance.evidence.inspect import find_files

    passed: list[Warning_] = []
    return list(find_files(paths, passed)), passed


def _document(results: list[FileMatch], packs: list[Pack], passed: list[Warning_]) -> dict[str, Any]:
    from compliance.corpus.corpus import load_corpus
    from compliance.evidence.readers.collector import sayable
    from compliance.fingerprint.claims import claims_of

    corpus = load_corpus()
    told = [{"pack": p.path, "sha256": p.sha256, "dataset": p.header.dataset, "rows": p.header.rows} for p in packs]
    files = [
        {
            "file": sayable(r.file), "rows": r.rows, "rejected": r.rejected, "whole": r.whole, "found": r.found,
            "warnings": r.warnings, "claims": claims_of(r, corpus),
        }
        for r in results
    ]  # fmt: skip
    return {"files": files, "packs": told, "skipped": passed}


def _lines(results: list[FileMatch]) -> Iterator[str]:
    from compliance.fingerprint.claims import note_of

    for result in results:
        lost = f", {result.rejected:,} not readable" if result.rejected else ""
        nothing = "" if result.found else "; none is of a packed set"
        yield f"{result.file}: {result.rows:,} rows{lost}{nothing}"
        for found in result.found:
            yield f"  {found.strength}: {note_of(found, result.rows)}"
            yield f"    {_details(found)}"
            yield f"    first in {', '.join(f'row {p.row} (row {p.packed_row} of the set)' for p in found.first)}"
        for warning in result.warnings:
            yield f"  ! {warning.says}"
    found_in = sum(bool(r.found) for r in results)
    yield f"{len(results):,} files, packed rows in {found_in:,}. That texts are the same says not who had them first."


def _details(found: Found) -> str:
    made = f"; made by {', '.join(found.teachers)}, as its pack says" if found.teachers else ""
    return f"{found.distinct:,} different rows of the set, {found.exact:,} rows with all their hashes{made}"


def _print_packs(form: str, packs: list[tuple[Path, Header]]) -> int:
    if form == "json":
        import msgspec

        for path, header in packs:
            sys.stdout.write(msgspec.json.encode({"pack": str(path), **msgspec.to_builtins(header)}).decode() + "\n")
        return 0
    for path, header in packs:
        made = f", made by {', '.join(header.teachers)}" if header.teachers else ""
        print(_clean(f"{path}: {header.dataset}{made}"))
        left = header.rows - header.packed
        print(f"  {header.packed:,} of {header.rows:,} rows can be recognised; {left:,} are short, repeated or common")
        print(
            f"  {header.units:,} texts, {header.hashes:,} hashes, {len(header.inputs):,} files; format {header.format}"
        )
    return 0


def _print_json(value: Any) -> None:
    import msgspec

    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=1).decode() + "\n")


def _warn(warnings: Iterable[Warning_]) -> None:
    for warning in warnings:
        print(_clean(f"clearance: {warning.file}: {warning.says}"), file=sys.stderr)


def _clean(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
