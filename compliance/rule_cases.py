"""Trying the cases that stand beside the rules, and saying what a rule's folder lacks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from compliance.corpus.corpus import load_corpus
from compliance.decision.decide import Decided, Decider
from compliance.domain.verdict import Verdict
from compliance.errors import ClearanceError, InputError, UsageError
from compliance.evidence.manifest_file import check
from compliance.reading.structured import Text
from compliance.ruleset.cases import FILE, RuleCase, read_cases
from compliance.ruleset.load import default_rules, load_ruleset
from compliance.ruleset.ruleset import Rule

PAGE = "rule.md"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a case: the verdict and label, or the fault that kept the run from being decided."""

    case: RuleCase
    verdict: Verdict | None
    rule: str
    fault: str = ""

    @property
    def passed(self) -> bool:
        """Whether verdict and label are the expected ones."""
        return self.verdict is self.case.verdict and self.rule == self.case.rule


@dataclass(frozen=True, slots=True)
class Tried:
    """A rule's folder after its cases were tried; `gaps` says in plain words what it lacks."""

    rule: str
    outcomes: tuple[Outcome, ...]
    gaps: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether every case got its answer and nothing is missing."""
        return not self.gaps and all(o.passed for o in self.outcomes)


def try_rules(root: Path | None = None, labels: Iterable[str] = ()) -> list[Tried]:
    """Try the cases of the rules below `root` (default: those that come with the program), in the order of labels.

    `labels` picks some of them; a `UsageError` for one that does not exist, a `RulesetError` for a bad file.
    """
    rules = load_ruleset(root)
    wanted = list(dict.fromkeys(labels))
    for label in wanted:
        if label not in rules.rules:
            raise UsageError(f"there is no rule {label!r}", remedy="see clearance rules list")
    decider = Decider(load_corpus(), rules)
    chosen = [rules.rules[label] for label in wanted] or sorted(rules.rules.values(), key=lambda r: r.order)
    return [try_rule(decider, (root or default_rules()) / rule.rule, rule) for rule in chosen]


def try_rule(decider: Decider, folder: Path, rule: Rule) -> Tried:
    """Try the cases of one rule's folder."""
    path = folder / FILE
    cases = read_cases(path, decider.rules.rules) if path.is_file() else ()
    return Tried(rule.rule, tuple(try_case(decider, case) for case in cases), tuple(_gaps(rule, folder, cases)))


def try_case(decider: Decider, case: RuleCase) -> Outcome:
    """Decide the run of a case, and pick the answer for its source."""
    try:
        check(case.manifest, Text(case.file, ""))
        answers = _decided(decider, case).answers
    except InputError as error:
        return Outcome(case, None, "", error.message)
    except ClearanceError as error:
        return Outcome(case, None, "", error.one_line())
    answer = next((a for a in answers if a.name == case.source), None)
    if answer is None:
        return Outcome(case, None, "", f"the run has no source {case.source!r}")
    return Outcome(case, answer.verdict, answer.rule)


def _decided(decider: Decider, case: RuleCase) -> Decided:
    if not case.evidence:
        return decider.decide(case.manifest)
    from compliance.check import weighed

    with TemporaryDirectory() as folder:
        for name, content in case.evidence.items():
            (Path(folder) / name).write_text(content, encoding="utf-8")
        files = [Path(folder) / name for name in case.evidence]
        return weighed(decider, case.manifest, Path(folder), files)[0]


def _gaps(rule: Rule, folder: Path, cases: tuple[RuleCase, ...]) -> Iterable[str]:
    page = folder / PAGE
    if not page.is_file() or not page.stat().st_size:
        yield f"it has no page ({PAGE})"
    if not rule.remedy.strip():
        yield "it has no remedy (`remedy` in rule.yaml)"
    by_name = {case.name: case for case in cases}
    if not any(case.rule == rule.rule for case in cases):
        yield f"no case of {FILE} is one in which it decides"
    elif not any(case.like and (case.rule == rule.rule) != (by_name[case.like].rule == rule.rule) for case in cases):
        yield f"no two cases of {FILE} show both sides: one `like` the other, in which another rule decides"
