"""`clearance`: the command line. Heavy parts are imported where a command needs them, so that help is instant."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from pathlib import Path

from compliance import __version__
from compliance.errors import ClearanceError, InternalError

EXAMPLES = """examples:
  clearance check clearance.yaml                  the verdict, in words
  clearance check clearance.yaml --format json    the same for machines
  clearance check --batch manifests.jsonl         a decision a line, for lines {"id", "manifest"}
  clearance check . --profile strict              privity gaps and ambiguous roles block
  clearance rules list                            the labels and what they say

exit codes: 0 allow (with or without obligations), 1 block, 2 review, 64 usage, 65 bad input, 70 internal"""


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    top = argparse.ArgumentParser(
        prog="clearance",
        description="Says before a training run whether the terms and licences of what it uses forbid it.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"clearance {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="decide a run from its manifest")
    check.add_argument("manifest", nargs="?", type=Path, help="a manifest, or a folder that holds one")
    check.add_argument("--batch", type=Path, help="a JSON Lines file of {id, manifest}")
    check.add_argument("--profile", default="default", help="default, strict or contract")
    check.add_argument("--format", choices=("text", "json", "markdown", "html", "sarif"), default="text")
    check.add_argument("--fail-on-obligations", action="store_true", help="exit 3 where duties are owed")
    rules = commands.add_parser("rules", help="the rules")
    rules.add_argument("action", choices=("list", "show"))
    rules.add_argument("rule", nargs="?")
    corpora = commands.add_parser("corpora", help="the records")
    corpora.add_argument("action", choices=("check",))
    return top


def main(argv: list[str] | None = None) -> int:
    """Run a command; the exit code."""
    try:
        options = parser().parse_args(argv)
    except SystemExit as stop:
        return 64 if stop.code not in (0, None) else 0
    try:
        if options.command == "check":
            return _check(options)
        return _rules(options) if options.command == "rules" else _corpora()
    except ClearanceError as error:
        print(f"clearance: {error.one_line()}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        return 0
    except Exception as error:
        wrapped = InternalError(f"a defect in Clearance: {type(error).__name__}: {error}", remedy="please report it")
        print(f"clearance: {wrapped.one_line()}", file=sys.stderr)
        return wrapped.exit_code


def _check(options: argparse.Namespace) -> int:
    from compliance.check import Checker
    from compliance.errors import UsageError
    from compliance.report import render

    if (options.manifest is None) == (options.batch is None):
        raise UsageError("name one manifest, or a file with --batch", remedy="see clearance check --help")
    checker = Checker(options.profile)
    if options.batch is not None:
        return checker.batch(options.batch, sys.stdout)
    result = checker.file(options.manifest)
    colour = options.format == "text" and sys.stdout.isatty()
    sys.stdout.write(render(result.decision(), options.format, colour=colour))
    return result.exit_code(options.fail_on_obligations)


def _rules(options: argparse.Namespace) -> int:
    from compliance.errors import UsageError
    from compliance.ruleset.load import load_ruleset

    rules = load_ruleset().rules
    if options.action == "list":
        for rule in sorted(rules.values(), key=lambda r: r.order):
            print(f"{rule.rule:28} {rule.says}")
        return 0
    if options.rule not in rules:
        raise UsageError(f"there is no rule {options.rule!r}", remedy="see clearance rules list")
    rule = rules[options.rule]
    print(f"{rule.rule}: {rule.title}\n{rule.says}\nRemedy: {rule.remedy}")
    for branch in rule.branches:
        print(f"  {branch.stage}: {branch.verdict}: {branch.reason}")
    return 0


def _corpora() -> int:
    from compliance.corpus.corpus import load_corpus

    corpus = load_corpus(cache=False)
    print(f"{corpus.records} records are well formed; sha256 {corpus.sha256}")
    return 0


def run() -> None:
    """The entry point: `main`, then out at once, without collecting thousands of records that the system frees faster.

    The collection at the interpreter's end was also seen to crash inside the record library, which would have turned
    a verdict's exit code into another.
    """
    gc.disable()
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
