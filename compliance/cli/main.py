"""`clearance`: the command line. Each command is a module of this package, and heavy parts are imported inside it."""

from __future__ import annotations

import argparse
import errno
import gc
import sys

from compliance import __version__
from compliance.cli import (
    ask,
    check,
    clauses,
    corpora,
    explain,
    fingerprint,
    index,
    init,
    inspect,
    keys,
    ledger,
    manifest,
    portfolio,
    reviews,
    rules,
    scan,
    search,
    serve,
    terms,
    waivers,
)
from compliance.errors import ClearanceError, InternalError, UnreadableFile

COMMANDS = (
    check,
    explain,
    init,
    inspect,
    manifest,
    scan,
    fingerprint,
    rules,
    corpora,
    clauses,
    terms,
    index,
    search,
    ask,
    reviews,
    waivers,
    portfolio,
    ledger,
    serve,
    keys,
)

REFUSALS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE})
"""Faults of the system that name no file."""

EPILOG = """examples:
  clearance init                                  write a commented manifest to fill in
  clearance check clearance.yaml                  the verdict, in words
  clearance check clearance.yaml --format json    the same for machines
  clearance check . --profile strict              privity gaps and ambiguous roles block
  clearance explain clearance.yaml SOURCE         the proof for one source
  clearance rules list                            the labels and what they say
  clearance COMMAND --help                        more, with examples

exit codes: 0 allow (with or without obligations), 1 block, 2 review, 64 usage, 65 bad input, 70 internal"""


def parser() -> argparse.ArgumentParser:
    """The parser of the command line: one sub-parser a command."""
    top = argparse.ArgumentParser(
        prog="clearance",
        description="Says before a training run whether the terms and licences of what it uses forbid it.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"clearance {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.register(commands)
    return top


def main(argv: list[str] | None = None) -> int:
    """Run a command; the exit code."""
    try:
        options = parser().parse_args(argv)
    except SystemExit as stop:
        return 64 if stop.code not in (0, None) else 0
    for stream in (sys.stdout, sys.stderr):  # a terminal of another encoding gets escapes, never a crash
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        return int(options.run(options))
    except ClearanceError as error:
        print(f"clearance: {error.one_line()}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        return 0
    except OSError as error:
        refused = _refused(error)
        print(f"clearance: {refused.one_line()}", file=sys.stderr)
        return refused.exit_code
    except Exception as error:
        defect = _defect(error)
        print(f"clearance: {defect.one_line()}", file=sys.stderr)
        return defect.exit_code


def _refused(error: OSError) -> ClearanceError:
    """What no command foresaw of the system: a folder that may not be entered, a full disk, too many open files."""
    if error.filename is None and error.errno not in REFUSALS:
        return _defect(error)
    file = str(error.filename) if error.filename is not None else ""
    remedy = "check its permissions, and the room on its disk"
    return UnreadableFile(f"the system refused: {error.strerror or type(error).__name__}", file=file, remedy=remedy)


def _defect(error: Exception) -> ClearanceError:
    return InternalError(f"a defect in Clearance: {type(error).__name__}: {error}", remedy="please report it")


def run() -> None:
    """The entry point: `main`, with collection off, since what a command makes lives until it ends."""
    gc.disable()
    code = main()
    gc.freeze()  # nor at the end: the system frees thousands of records faster
    sys.exit(code)
