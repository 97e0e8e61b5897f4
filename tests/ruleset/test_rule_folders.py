"""Every rule's folder: a page, a remedy, and cases that show both sides, each of which gets its answer."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from compliance.cli.main import main
from compliance.corpus.corpus import load_corpus
from compliance.decision.decide import Decider
from compliance.errors import RulesetError
from compliance.rule_cases import PAGE, try_rule
from compliance.ruleset.cases import FILE, merge, read_cases, without
from compliance.ruleset.load import default_rules, load_ruleset

LABELS = sorted(load_ruleset().rules)
PARTS = ("## What it says", "## Why", "## Example", "## What to do", "## What would change the answer")

MANIFEST = """\
    manifest:
      run: {date: 2025-06-15, purpose: commercial}
      trainer: {name: Example Trainer}
      trainee: {kind: general-llm, domain: general, distributed: true, commercial: true}
      sources:
        - {name: notes, kind: human-data, role: targets, licence: own, generated_by: null}
"""
CASE = "  - name: own notes\n    why: People wrote them.\n" + MANIFEST + "    verdict: allow\n    rule: human-data\n"
VARIED = (
    "rule: human-data\ncases:\n" + CASE + "  - name: the same again\n    why: People wrote them.\n"
    "    like: own notes\n    verdict: allow\n    rule: human-data\n"
)


@pytest.fixture(scope="module")
def decider() -> Decider:
    return Decider(load_corpus(), load_ruleset())


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """A copy of the rules, to be changed."""
    return Path(shutil.copytree(default_rules(), tmp_path / "rules"))


def cases_file(tmp_path: Path, content: str, label: str = "human-data") -> Path:
    """A `cases.yaml` in a folder of its own."""
    path = tmp_path / label / FILE
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    return path


@pytest.mark.parametrize("label", LABELS)
def test_a_rule_shows_both_sides_and_its_cases_hold(label: str, decider: Decider) -> None:
    tried = try_rule(decider, default_rules() / label, decider.rules.rules[label])
    assert tried.gaps == ()
    assert [o for o in tried.outcomes if not o.passed] == []
    assert 2 <= len(tried.outcomes) <= 5


@pytest.mark.parametrize("label", LABELS)
def test_a_page_tells_the_rule_in_plain_words(label: str) -> None:
    page = (default_rules() / label / PAGE).read_text(encoding="utf-8")
    lines = page.splitlines()
    assert lines[0] == f"# {load_ruleset().rules[label].title}"
    assert [line for line in lines if line.startswith("## ")] == list(PARTS)
    assert 20 <= len(lines) <= 50
    assert max(map(len, lines)) <= 120
    named = {word for word in re.findall(r"`([a-z]+(?:-[a-z]+)+)`", page)}
    assert label in page and named <= set(LABELS)


def test_every_verdict_of_every_rule_is_shown_by_some_case() -> None:
    rules = load_ruleset().rules
    shown = {
        (case.rule, case.verdict.text) for label in LABELS for case in read_cases(default_rules() / label / FILE, rules)
    }
    meant = {(label, branch.verdict) for label, rule in rules.items() for branch in rule.branches}
    assert meant - shown == set()


@pytest.mark.parametrize(
    ("content", "line", "field", "message"),
    [
        ("rule: own-lab\ncases: []\n", 1, "rule", "its folder 'human-data'"),
        ("rule: human-data\ncases: [1]\n", 2, "cases[0]", "expected"),
        ("rule: human-data\ncase: []\n", 2, "case", "unknown key 'case'"),
        ("rule: human-data\ncases:\n" + CASE.replace("verdict: allow", "verdict: alow"), 11, "verdict", "'alow'"),
        ("rule: human-data\ncases:\n" + CASE.replace("rule: human-data", "rule: human-dota"), 12, "rule", "human-dota"),
        ("rule: human-data\ncases:\n" + CASE + CASE, 13, "cases[1].name", "two cases are called"),
        ("rule: human-data\ncases:\n" + CASE.replace("purpose", "porpoise"), 6, "run.porpoise", "unknown key"),
        ("rule: human-data\ncases:\n" + CASE + "    source: nots\n", 13, "cases[0].source", "no source 'nots'"),
        ("rule: human-data\ncases:\n" + CASE + "    like: other\n", 13, "cases[0].like", "has no `like`"),
        ("rule: human-data\ncases:\n" + CASE.replace(MANIFEST, ""), 3, "cases[0]", "needs a `manifest`"),
        (
            "rule: human-data\ncases:\n" + CASE.replace(MANIFEST, "    like: own note\n"),
            5,
            "cases[0].like",
            "no earlier case",
        ),
        (VARIED + "    without: [run.method]\n", 18, "cases[1].without[0]", "no 'run.method'"),
        (VARIED + "    change: {run: {purpose: fun}}\n", 18, "cases[1].change.run.purpose", "'fun'"),
        (VARIED + "    change: {sources: [{rows: -1}]}\n", 18, "cases[1].change.sources[0].rows", ">= 0"),
        ("rule: human-data\ncases:\n\t- x\n", 3, "", "not YAML"),
    ],
)
def test_a_bad_file_names_line_and_field(tmp_path: Path, content: str, line: int, field: str, message: str) -> None:
    path = cases_file(tmp_path, content)
    with pytest.raises(RulesetError) as caught:
        read_cases(path, load_ruleset().rules)
    error = caught.value
    assert (error.file, error.line) == (str(path), line)
    assert error.field.endswith(field)
    assert message in error.message
    assert "\n" not in error.one_line()


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    path = cases_file(tmp_path, "rule: human-data\ncases: []\n" + "#" * 300_000)
    with pytest.raises(RulesetError, match="larger than"):
        read_cases(path, load_ruleset().rules)


def test_a_change_is_laid_over_key_by_key_and_entry_by_entry() -> None:
    base = {"run": {"date": "2025", "purpose": "research"}, "sources": [{"name": "a", "rows": 1}, {"name": "b"}]}
    assert merge(base, {"run": {"purpose": "internal"}, "sources": [{}, {"rows": 2}, {"name": "c"}]}) == {
        "run": {"date": "2025", "purpose": "internal"},
        "sources": [{"name": "a", "rows": 1}, {"name": "b", "rows": 2}, {"name": "c"}],
    }
    assert merge(base, {"sources": []})["sources"] == []
    assert merge({"territory": ["US", "FR"]}, {"territory": ["CH"]}) == {"territory": ["CH"]}
    assert base["sources"] == [{"name": "a", "rows": 1}, {"name": "b"}]


def test_a_fact_is_taken_out() -> None:
    base = {"run": {"date": "2025", "purpose": "research"}, "sources": [{"name": "a", "rows": 1}, {"name": "b"}]}
    assert without(base, "run.purpose")["run"] == {"date": "2025"}
    assert without(base, "sources[0].rows")["sources"] == [{"name": "a"}, {"name": "b"}]
    assert without(base, "sources[0]")["sources"] == [{"name": "b"}]
    for spot in ("run.method", "sources[7]", "sources[0]rows", "", "run..date"):
        with pytest.raises(KeyError):
            without(base, spot)


def test_the_command_tries_all_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "test"]) == 0
    *lines, summary = capsys.readouterr().out.splitlines()
    assert all(line.startswith("ok ") for line in lines)
    assert summary == f"{len(lines)} cases of {len(LABELS)} rules: {len(lines)} as expected, 0 not"


def test_the_command_names_what_differs_and_what_is_missing(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = policy / "human-data" / FILE
    path.write_text(path.read_text().replace("verdict: allow\n", "verdict: review\n", 1))
    (policy / "own-lab" / PAGE).unlink()
    (policy / "extraction" / FILE).unlink()
    assert main(["rules", "test", "human-data", "own-lab", "extraction", "--rules", str(policy)]) == 1
    out = capsys.readouterr().out
    assert "FAIL  human-data: call notes that staff wrote: expected review (human-data), got allow (human-data)" in out
    assert f"[{path}:3]" in out
    assert "gap   own-lab: it has no page (rule.md)" in out
    assert "gap   extraction: no case of cases.yaml is one in which it decides" in out


def test_one_side_alone_is_a_gap(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (policy / "human-data" / FILE).write_text("rule: human-data\ncases:\n" + CASE)
    assert main(["rules", "test", "human-data", "--rules", str(policy)]) == 1
    assert "show both sides" in capsys.readouterr().out


def test_a_run_that_cannot_be_decided_fails_with_its_reason(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = CASE.replace("2025-06-15", "2025-02-30")
    (policy / "human-data" / FILE).write_text("rule: human-data\ncases:\n" + bad)
    assert main(["rules", "test", "human-data", "--rules", str(policy)]) == 1
    line = capsys.readouterr().out.splitlines()[0]
    assert line.startswith("FAIL  human-data: own notes: expected allow (human-data), got ") and "2025-02-30" in line


def test_a_bad_file_is_one_line_for_the_user(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = policy / "human-data" / FILE
    path.write_text("rule: human-data\ncases: [{}]\n")
    assert main(["rules", "test", "--rules", str(policy)]) == 65
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and f"{path}:2: cases[0]" in error


def test_a_new_rule_loads_and_its_first_case_waits_for_it(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "new", "no-voices", "--rules", str(policy)]) == 0
    assert load_ruleset(policy).rules["no-voices"].order == len(LABELS) + 1
    assert main(["rules", "show", "no-voices", "--rules", str(policy)]) == 0
    capsys.readouterr()
    assert main(["rules", "test", "no-voices", "--rules", str(policy)]) == 1
    out = capsys.readouterr().out
    assert "FAIL  no-voices: a case in which the rule decides: expected review (no-voices)" in out
    assert "gap" not in out


def test_a_new_rule_decides_once_its_branch_is_written(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "new", "no-own-text", "--rules", str(policy)]) == 0
    rule = policy / "no-own-text" / "rule.yaml"
    branch = "branches:\n  - {stage: data, verdict: review, when: {licence: free, noncommercial: none},"
    branch += " reason: no text at all, excepts: [allow]}\n"
    rule.write_text(rule.read_text().replace("branches: []\n", branch))
    cases = rule.parent / FILE
    other = "{sources: [{licence: CC-BY-4.0}]}"
    text = cases.read_text().replace("{run: {purpose: research}, trainee: {commercial: false}}", other)
    cases.write_text(
        text.replace(
            "verdict: allow\n    rule: human-data", "verdict: allow-with-obligations\n    rule: data-licence-duty"
        )
    )
    load_ruleset.cache_clear()
    capsys.readouterr()
    assert main(["rules", "test", "no-own-text", "--rules", str(policy)]) == 0
    assert "2 as expected, 0 not" in capsys.readouterr().out


@pytest.mark.parametrize(
    "label", ["Own", "own_lab", "-x", "x-", "a--b", "../x", "x/y", "", "review", "profiles", "a" * 61]
)
def test_what_is_no_label_is_refused(policy: Path, label: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(policy.rglob("*"))
    assert main(["rules", "new", "--rules", str(policy), "--", label]) == 64
    assert capsys.readouterr().err.count("\n") == 1
    assert sorted(policy.rglob("*")) == before


def test_nothing_is_overwritten(policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (policy / "own-lab" / "rule.yaml").read_bytes()
    assert main(["rules", "new", "own-lab", "--rules", str(policy)]) == 64
    assert (policy / "own-lab" / "rule.yaml").read_bytes() == before
    assert "exists already" in capsys.readouterr().err
    assert main(["rules", "new", "fresh", "--rules", str(tmp_path)]) == 64
    assert not (tmp_path / "fresh").exists()


@pytest.mark.parametrize("label", LABELS)
def test_a_rule_is_shown_with_page_conditions_and_cases(label: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "show", label]) == 0
    out = capsys.readouterr().out
    rule = load_ruleset().rules[label]
    assert out.startswith(f"# {rule.title}\n")
    assert "## When it applies" in out and "## Cases" in out
    assert out.count(", because ") >= len(rule.branches)


def test_a_label_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "show", "own-lap"]) == 64
    assert main(["rules", "test", "own-lap"]) == 64
    assert capsys.readouterr().err.count("own-lap") == 2
