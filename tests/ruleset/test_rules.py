"""The rules that come with the program."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from compliance.domain.verdict import Verdict
from compliance.errors import RulesetError, UsageError
from compliance.ruleset.load import default_rules, load_ruleset, profile_names


def test_labels_have_an_order_of_their_own() -> None:
    rules = load_ruleset().rules
    assert sorted(r.order for r in rules.values()) == list(range(1, len(rules) + 1))


def test_a_stricter_profile_never_lowers_a_verdict() -> None:
    assert profile_names() == ["contract", "default", "strict"]
    default, strict, contract = (load_ruleset(None, p) for p in ("default", "strict", "contract"))
    words = {w: tuple(spec.values) for w, spec in default.stages["standing"].words.items()}
    for values in itertools.product(*words.values()):
        facts = dict(zip(words, values, strict=True))
        found = [rules.rule_on("standing", facts) for rules in (contract, default, strict)]
        verdicts = [r.verdict if r else Verdict.ALLOW for r in found]
        assert verdicts == sorted(verdicts), facts


def test_an_unknown_profile_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="strikt") as caught:
        load_ruleset(None, "strikt")
    assert "strict" in caught.value.remedy


def test_an_unknown_word_names_file_and_line(tmp_path: Path) -> None:
    root = tmp_path / "rules"
    for path in default_rules().rglob("*.yaml"):
        copy = root / path.relative_to(default_rules())
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    rule = root / "own-lab" / "rule.yaml"
    rule.write_text(rule.read_text().replace('own: "yes"', 'owm: "yes"'))
    with pytest.raises(RulesetError) as caught:
        load_ruleset(root)
    assert caught.value.file == str(rule) and caught.value.line == 11
    assert "own" in caught.value.remedy
