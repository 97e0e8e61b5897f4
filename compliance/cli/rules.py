"""`clearance rules`: the policy, label by label."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from compliance.cli.commands import command

if TYPE_CHECKING:
    from compliance.cli.commands import Commands

EXAMPLES = """  clearance rules list                    the labels and what they say
  clearance rules show competing-output   one rule: when it applies, and the remedy"""


def register(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = command(commands, "rules", "show the rules that decide", EXAMPLES)
    parser.add_argument("action", choices=("list", "show"))
    parser.add_argument("rule", nargs="?")
    parser.set_defaults(run=rules)


def rules(options: argparse.Namespace) -> int:
    """List the rules, or show one."""
    from compliance.errors import UsageError
    from compliance.ruleset.load import load_ruleset

    found = load_ruleset().rules
    if options.action == "list":
        for rule in sorted(found.values(), key=lambda r: r.order):
            print(f"{rule.rule:28} {rule.says}")
        return 0
    if options.rule not in found:
        raise UsageError(f"there is no rule {options.rule!r}", remedy="see clearance rules list")
    rule = found[options.rule]
    print(f"{rule.rule}: {rule.title}\n{rule.says}\nRemedy: {rule.remedy}")
    for branch in rule.branches:
        print(f"  {branch.stage}: {branch.verdict}: {branch.reason}")
    return 0
