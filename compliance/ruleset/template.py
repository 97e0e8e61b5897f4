"""A new rule's folder: a skeleton that loads, with comments that say what belongs where."""

from __future__ import annotations

import re
from pathlib import Path

from compliance.domain.verdict import Verdict
from compliance.errors import UsageError

_LABEL = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
MAX_LABEL = 60

RULE = """\
# A rule: what it says, and when it applies. `clearance rules show {label}` prints it, `... test {label}` tries it.
rule: {label}
title: {title}
# Where several rules lead to the same verdict, the one with the smallest number gives its name.
order: {order}
# Numbers of the house rules behind it, if any.
house_rules: []
says: "Say in one sentence what it means."
remedy: "Say what a person should do."
cites: "Say which text it rests on."
# When it applies: one entry a way. Words and values come from vocabulary.yaml, of the stage that is named. An example:
#   - stage: terms
#     verdict: review                     # allow, allow-with-obligations, review or block
#     when: {{role: trains, text: seen}}    # every word must have one of its values; `any`, `all`, `not` combine
#     reason: "what the report says; {{maker}}, {{model}} and {{licence}} are filled in"
#     excepts: [allow]                    # rules, or all rules of a verdict, that fall away where this one holds
branches: []
"""

PAGE = """\
# {title}

## What it says

(In plain words, for somebody who has not read the terms.)

## Why

(Which clause or principle it stands on.)

## Example

(A short story; the cases in cases.yaml tell it in full.)

## What to do

(The remedy: what a person can do about it.)

## What would change the answer

(The facts on which it turns, and the rule that then decides.)
"""

CASES = """\
# Runs that show both sides of the rule. `clearance rules test {label}` decides each and compares.
rule: {label}
cases:
  - name: a case in which the rule decides
    why: Say why, in one sentence.
    manifest:                           # as in docs/manifest.md
      run: {{name: first-run, date: 2025-06-15, purpose: commercial}}
      trainer: {{name: Example Trainer}}
      trainee: {{name: first-model, kind: general-llm, domain: general, distributed: true, commercial: true}}
      sources:
        - {{name: first source, kind: human-data, role: targets, licence: own, generated_by: null}}
    verdict: review                     # what the run's source should get once the rule's branches are written
    rule: {label}
  # The other side: what is different, and what decides then.
  - name: the same with one fact changed
    why: Say which fact makes the difference.
    like: a case in which the rule decides
    change: {{run: {{purpose: research}}, trainee: {{commercial: false}}}}
    verdict: allow
    rule: human-data
"""


def new_rule(root: Path, label: str, order: int) -> list[Path]:
    """Write the folder of a rule called `label` below `root`; the files that were written.

    A `UsageError` for a label that is no label, a folder that exists already, or one that cannot be written.
    """
    if len(label) > MAX_LABEL or not _LABEL.match(label):
        raise UsageError(f"{label!r} is no label", remedy="small letters and digits, with single hyphens between words")
    if label == "profiles" or label in {v.text for v in Verdict}:
        raise UsageError(f"{label!r} has a meaning of its own here", remedy="choose another label")
    folder = root / label
    words = {"label": label, "title": label.replace("-", " ").capitalize(), "order": order}
    files = {"rule.yaml": RULE, "rule.md": PAGE, "cases.yaml": CASES}
    try:
        folder.mkdir()
        for name, content in files.items():
            with (folder / name).open("x", encoding="utf-8") as handle:
                handle.write(content.format(**words))
    except FileExistsError:
        raise UsageError(f"{folder} exists already", remedy="nothing is overwritten; choose another label") from None
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}", remedy="check the folder") from None
    return [folder / name for name in files]
