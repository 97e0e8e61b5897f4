"""`clearance rules`: the policy, label by label; its cases; and the start of a new rule."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from compliance.cli.commands import command

if TYPE_CHECKING:
    from compliance.cli.commands import Commands
    from compliance.rule_cases import Outcome, Tried
    from compliance.ruleset.ruleset import Branch, Stage

EXAMPLES = """  clearance rules list                            the labels and what they say
  clearance rules show competing-output           one rule: its page, when it applies, its cases
  clearance rules test                            decide every case beside the rules, and compare
  clearance rules test own-lab --rules policy/    one rule, in rules of one's own
  clearance rules new no-voices --rules policy/   start a rule: rule.yaml, rule.md and cases.yaml"""


def register(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = command(commands, "rules", "show, try and extend the rules that decide", EXAMPLES)
    parser.set_defaults(run=rules)
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, help_, labels in (
        ("list", "the labels and what they say", None),
        ("show", "one rule: its page, when it applies, its cases", 1),
        ("test", "decide the cases beside the rules, and compare", "*"),
        ("new", "start a rule in a folder of rules", 1),
    ):
        action = actions.add_parser(name, help=help_, description=help_[0].upper() + help_[1:] + ".")
        if labels is not None:
            action.add_argument("labels", nargs=labels, metavar="RULE", help="a label, such as own-lab")
        action.add_argument("--rules", type=Path, metavar="DIR", required=name == "new", help="rules of one's own")


def rules(options: argparse.Namespace) -> int:
    """Run the action; the exit code is 1 where a case or a folder of rules falls short."""
    actions = {"list": _list, "show": _show, "test": _test, "new": _new}
    return actions[options.action](options)


def _list(options: argparse.Namespace) -> int:
    from compliance.ruleset.load import load_ruleset

    for rule in sorted(load_ruleset(options.rules).rules.values(), key=lambda r: r.order):
        print(f"{rule.rule:28} {rule.says}")
    return 0


def _show(options: argparse.Namespace) -> int:
    from compliance.errors import UsageError
    from compliance.reading.structured import decode, read_bytes
    from compliance.rule_cases import PAGE
    from compliance.ruleset.cases import FILE, read_cases
    from compliance.ruleset.load import default_rules, load_ruleset

    found = load_ruleset(options.rules)
    label = options.labels[0]
    if label not in found.rules:
        raise UsageError(f"there is no rule {label!r}", remedy="see clearance rules list")
    rule = found.rules[label]
    folder = (options.rules or default_rules()) / label
    page, cases = folder / PAGE, folder / FILE
    if page.is_file():
        print(_plain(decode(read_bytes(page, limit=1 << 20), str(page)).content))
    else:
        print(f"# {rule.title}\n\n{rule.says}\n\nRemedy: {rule.remedy}\n")
    print("## When it applies\n")
    if not rule.branches:
        print("It has no conditions of its own: it is the answer where a fact is unknown that decides.\n")
    for branch in rule.branches:
        print("\n".join(_branch(branch, found.stages[branch.stage])) + "\n")
    if cases.is_file():
        print("## Cases\n")
        for case in read_cases(cases, found.rules):
            like = f" (like: {case.like})" if case.like else ""
            print(f"- {_line(case.name)}{_line(like)}\n  {_line(case.why)}\n  -> {case.verdict.text}: {case.rule}")
    return 0


def _branch(branch: Branch, stage: Stage) -> list[str]:
    reason = branch.reason.replace("{", "<").replace("}", ">")
    lines = [f"- {branch.verdict}, because {_line(reason)}"]
    lines += [f"    {line}" for line in _condition(branch.when, stage)]
    if branch.excepts:
        lines.append("    goes before: " + ", ".join(branch.excepts))
    return lines


def _condition(tree: object, stage: Stage, indent: str = "") -> list[str]:
    """A condition in the vocabulary's words, a line a test."""
    lines: list[str] = []
    for word, wanted in tree.items() if isinstance(tree, dict) else ():
        if word in ("any", "all"):
            lines.append(f"{indent}{'one' if word == 'any' else 'each'} of these:")
            for part in wanted:
                first, *rest = _condition(part, stage)
                lines += [f"{indent}  * {first}", *(f"{indent}    {line}" for line in rest)]
        elif word == "not":
            lines += [f"{indent}none of this:", *_condition(wanted, stage, indent + "  ")]
        else:
            spec = stage.words[word]
            values = [wanted] if isinstance(wanted, str) else wanted
            lines.append(f"{indent}{spec.means}: " + "; or ".join(spec.values[v] for v in values))
    return lines


def _test(options: argparse.Namespace) -> int:
    from compliance.rule_cases import try_rules

    tried = try_rules(options.rules, options.labels)
    for folder in tried:
        for outcome in folder.outcomes:
            print(_outcome(folder, outcome))
        for gap in folder.gaps:
            print(f"gap   {folder.rule}: {gap}")
    outcomes = [o for folder in tried for o in folder.outcomes]
    wrong = sum(not o.passed for o in outcomes)
    lacking = sum(bool(folder.gaps) for folder in tried)
    print(f"{len(outcomes)} cases of {len(tried)} rules: {len(outcomes) - wrong} as expected, {wrong} not", end="")
    print(f"; {lacking} rules lack something" if lacking else "")
    return 0 if all(folder.passed for folder in tried) else 1


def _outcome(folder: Tried, outcome: Outcome) -> str:
    case = outcome.case
    if outcome.passed:
        return f"ok    {folder.rule}: {_line(case.name)}: {case.verdict.text} ({case.rule})"
    got = f"{outcome.verdict.text} ({outcome.rule})" if outcome.verdict is not None else _line(outcome.fault)
    place = f"{case.file}:{case.line}" if case.line else case.file
    wanted = f"{case.verdict.text} ({case.rule})"
    return f"FAIL  {folder.rule}: {_line(case.name)}: expected {wanted}, got {got}  [{_line(place)}]"


def _new(options: argparse.Namespace) -> int:
    from compliance.ruleset.load import default_rules, load_ruleset
    from compliance.ruleset.template import new_rule

    known = load_ruleset(options.rules).rules if (options.rules / "vocabulary.yaml").is_file() else None
    if known is None:
        from compliance.errors import UsageError

        raise UsageError(
            f"{options.rules} holds no rules", remedy=f"start from a copy of those that come along: {default_rules()}"
        )
    label = options.labels[0]
    written = new_rule(options.rules, label, max((r.order for r in known.values()), default=0) + 1)
    load_ruleset.cache_clear()
    for path in written:
        print(f"wrote {path}")
    print(f"Write its branches in rule.yaml; until then `clearance rules test {label} --rules {options.rules}` fails.")
    return 0


def _line(text: str) -> str:
    """`text` on one line, without control characters."""
    return "".join(c if c.isprintable() else " " for c in text)


def _plain(text: str) -> str:
    """`text` with its line breaks, but without other control characters."""
    return "\n".join(_line(line) for line in text.splitlines()) + "\n"
