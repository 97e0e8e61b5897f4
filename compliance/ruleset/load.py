"""Reading `rules/`: the vocabulary, one folder a rule, and the profiles; every fault names file and line."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import msgspec

from compliance.corpus.load import data_folder
from compliance.domain.verdict import Verdict
from compliance.errors import InputError, RulesetError, UsageError
from compliance.reading.structured import Text, decode, line_of, parse, read_bytes
from compliance.reading.typed import convert, dotted
from compliance.ruleset.conditions import UnknownWord, compile_condition, words_of
from compliance.ruleset.ruleset import Branch, Compiled, Profile, Rule, Ruleset, Stage

T = TypeVar("T")
NUMBERS = frozenset({"order", "house_rules"})
VERDICTS = tuple(v.text for v in Verdict)


class VocabularyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`vocabulary.yaml`: the stages and their words."""

    stages: dict[str, Stage]


def default_rules() -> Path:
    """The rules that come with the program."""
    return data_folder("rules")


def read(path: Path, kind: type[T]) -> tuple[T, Text]:
    """One YAML file of `rules/` as a `kind`."""
    try:
        text = decode(read_bytes(path), str(path))
        return convert(parse(text, NUMBERS), kind, text), text
    except RulesetError:
        raise
    except InputError as error:
        raise RulesetError(
            error.message, file=error.file, line=error.line, field=error.field, remedy=error.remedy
        ) from None


def profile_names(root: Path | None = None) -> list[str]:
    """The profiles that there are."""
    return sorted(p.stem for p in ((root or default_rules()) / "profiles").glob("*.yaml"))


@lru_cache(maxsize=16)
def load_ruleset(root: Path | None = None, profile: str = "default") -> Ruleset:
    """The rules below `root` (default: those that come with the program) under a profile."""
    root = root or default_rules()
    if not (root / "vocabulary.yaml").is_file():
        raise RulesetError(
            "no vocabulary.yaml here", file=str(root), remedy="rules are vocabulary.yaml, profiles/ and a folder a rule"
        )
    vocabulary, _ = read(root / "vocabulary.yaml", VocabularyFile)
    paths = sorted(root.glob("*/rule.yaml"))
    rules: dict[str, Rule] = {}
    texts: dict[str, Text] = {}
    for path in paths:
        rule, text = read(path, Rule)
        if rule.rule != path.parent.name:
            raise RulesetError(
                f"the rule is called {rule.rule!r}, its folder {path.parent.name!r}",
                file=str(path),
                line=line_of(text, ("rule",)),
                field="rule",
                remedy="give both the same name",
            )
        rules[rule.rule] = rule
        texts[rule.rule] = text
    chosen = _profile(root, profile, rules)
    branches = _compile(rules, texts, vocabulary.stages)
    used = [root / "vocabulary.yaml", *paths, root / "profiles" / f"{profile}.yaml"]
    return Ruleset(rules, vocabulary.stages, branches, chosen, _hash(root, used))


def _profile(root: Path, name: str, rules: Mapping[str, Rule]) -> Profile:
    known = profile_names(root)
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        raise UsageError(
            f"there is no profile {name!r}",
            remedy=f"did you mean {near[0]!r}?" if near else "known: " + ", ".join(known),
        )
    path = root / "profiles" / f"{name}.yaml"
    profile, text = read(path, Profile)
    for rule, changes in profile.verdicts.items():
        if rule not in rules:
            raise RulesetError(
                f"no rule is called {rule!r}", file=str(path), line=line_of(text, ("verdicts", rule)), field=rule
            )
        for old, new in changes.items():
            place = ("verdicts", rule, old)
            if old not in VERDICTS or new not in VERDICTS:
                raise RulesetError(
                    "a verdict is one of " + ", ".join(VERDICTS),
                    file=str(path),
                    line=line_of(text, place),
                    field=dotted(place),
                )
            raised = Verdict.of(new) > Verdict.of(old)
            if (profile.stricter_than and not raised) or (profile.softer_than and raised):
                raise RulesetError(
                    f"{old} -> {new} goes the wrong way for this profile",
                    file=str(path),
                    line=line_of(text, place),
                    field=dotted(place),
                    remedy="a stricter profile only raises verdicts, a softer one only lowers them",
                )
    return profile


def _compile(
    rules: Mapping[str, Rule], texts: Mapping[str, Text], stages: Mapping[str, Stage]
) -> dict[str, tuple[Compiled, ...]]:
    found: dict[str, list[Compiled]] = {stage: [] for stage in stages}
    for name, rule in rules.items():
        for at, branch in enumerate(rule.branches):
            place = ("branches", at)
            found_stage = stages.get(branch.stage)
            if found_stage is None:
                raise _fault(texts[name], (*place, "stage"), f"no stage is called {branch.stage!r}", sorted(stages))
            if branch.verdict not in VERDICTS:
                raise _fault(texts[name], (*place, "verdict"), f"{branch.verdict!r} is no verdict", list(VERDICTS))
            for excepted in branch.excepts:
                if excepted not in rules and excepted not in VERDICTS:
                    raise _fault(texts[name], (*place, "excepts"), f"no rule is called {excepted!r}", sorted(rules))
            found[branch.stage].append(_compiled(rule, at, branch, found_stage, texts[name]))
    return {stage: tuple(sorted(items, key=lambda b: (b.order, b.at))) for stage, items in found.items()}


def _compiled(rule: Rule, at: int, branch: Branch, stage: Stage, text: Text) -> Compiled:
    words = {word: tuple(spec.values) for word, spec in stage.words.items()}
    try:
        test = compile_condition(branch.when, words, ("branches", at, "when"))
    except UnknownWord as error:
        raise _fault(text, error.path, error.message, error.known) from None
    return Compiled(
        rule.rule,
        rule.order,
        at,
        branch.stage,
        Verdict.of(branch.verdict),
        test,
        tuple(sorted(words_of(branch.when))),
        branch.reason,
        frozenset(branch.excepts),
    )


def _fault(text: Text, path: tuple[str | int, ...], message: str, known: list[str]) -> RulesetError:
    last = str(path[-1])
    near = difflib.get_close_matches(last, known, 1, 0.5)
    remedy = f"did you mean {near[0]!r}?" if near else "known here: " + ", ".join(known[:12])
    return RulesetError(message, file=text.name, line=line_of(text, path), field=dotted(path), remedy=remedy)


def _hash(root: Path, paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        data = read_bytes(path)
        name = path.relative_to(root).as_posix().encode()
        digest.update(b"%d:%s%d:" % (len(name), name, len(data)))
        digest.update(data)
    return digest.hexdigest()
