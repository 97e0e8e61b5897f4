"""`python -m api.launch MANIFEST [-- COMMAND]`: runs a command only where the service cleared the run.

    python -m api.launch clearance.yaml -- torchrun train.py
    python -m api.launch clearance.yaml && torchrun train.py

It fails closed: whatever is not a clear answer ends with a code that is not 0, and the command is not run. Exit codes
are those of `clearance check`: 1 block, 2 review, 3 duties with --fail-on-obligations, 64, 65 and 70; and 69 where the
service did not answer.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from api.client import KEY_VARIABLE, SECONDS, URL_VARIABLE, cleared
from compliance.errors import ClearanceError


def main(words: Sequence[str]) -> int:
    """Ask for each manifest; 0 where all are cleared, else the highest stop (block before review)."""
    own, command = list(words), []
    if "--" in own:
        at = own.index("--")
        own, command = own[:at], own[at + 1 :]
    parser = argparse.ArgumentParser(
        prog="python -m api.launch",
        description="Run a command only where the service cleared the run.",
        epilog=f"The service and the key are named by ${URL_VARIABLE} and ${KEY_VARIABLE}.",
    )
    parser.add_argument("manifest", type=Path, nargs="+", metavar="MANIFEST")
    parser.add_argument("--evidence", type=Path, action="append", default=[], metavar="FILE", help="may be repeated")
    parser.add_argument("--profile", default="default", metavar="NAME")
    parser.add_argument("--fail-on-obligations", action="store_true", help="duties stop the run too")
    parser.add_argument("--seconds", type=float, default=SECONDS, metavar="N", help="wait so long for an answer")
    parser.add_argument(
        "--allow-offline",
        action="store_true",
        help="where the service does not answer let this program decide by itself, loudly and logged",
    )
    try:
        options = parser.parse_args(own)
    except SystemExit as error:
        return 64 if error.code else 0
    codes = [_ask(path, options) for path in options.manifest]
    stopped = [code for code in codes if code]
    if stopped:
        return min(stopped) if max(stopped) < 4 else max(stopped)
    if command:
        try:
            os.execvp(command[0], command)
        except OSError as error:
            print(f"clearance: {command[0]}: {error.strerror}", file=sys.stderr)
            return 64
    return 0


def _ask(path: Path, options: argparse.Namespace) -> int:
    try:
        decision = cleared(
            path,
            profile=options.profile,
            evidence=options.evidence,
            obligations=not options.fail_on_obligations,
            allow_offline=options.allow_offline,
            seconds=options.seconds,
        )
    except ClearanceError as error:
        print(f"clearance: {error.one_line()}", file=sys.stderr)
        return error.exit_code
    print(f"clearance: {path}: {decision['verdict']} ({decision['id']})", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
