"""`cases.yaml` beside a rule: small runs, told as a lawyer would tell them, and the answer that each must get.

rule: competing-output
cases:
  - name: a chat model for sale
    why: the clause has a competition test, and what is sold competes
    manifest: {...}             # as in docs/manifest.md
    source: bought answers      # which source (or base_model:<model>) is meant; absent: the only source
    verdict: block
    rule: competing-output
  - name: the same for research
    like: a chat model for sale         # an earlier case of this file
    change: {run: {purpose: research}}  # laid over its manifest; entries of lists by their place
    without: ["trainee.commercial"]     # keys that are taken out: the fact is not known
    evidence: {rows.jsonl: "..."}       # files beside the manifest, by name; absent with `like`: those of that case
    verdict: review
    rule: competition-unsettled
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from compliance.domain.manifest import NUMBER_KEYS, Manifest
from compliance.domain.verdict import Verdict
from compliance.errors import InputError, RulesetError
from compliance.reading.structured import Path_, Text, decode, line_of, parse, read_bytes
from compliance.reading.typed import convert, dotted

FILE = "cases.yaml"
MAX_BYTES = 256 * 1024
MAX_CASES = 200

Said = Annotated[str, Meta(min_length=1, max_length=600, pattern=r"\S")]
VerdictText = Literal["allow", "allow-with-obligations", "review", "block"]
_PLAIN = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]{1,4})\]")


class CaseText(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A case as it stands in the file: a whole manifest, or an earlier case and what is different."""

    name: Said
    why: Said
    verdict: VerdictText
    rule: Said
    manifest: dict[str, Any] | UnsetType = UNSET
    like: str = ""
    change: dict[str, Any] = msgspec.field(default_factory=dict)
    without: tuple[str, ...] = ()
    source: str = ""
    evidence: dict[str, str] | UnsetType = UNSET


class CaseFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`cases.yaml`: the rule, and its cases."""

    rule: str
    cases: Annotated[tuple[CaseText, ...], Meta(max_length=MAX_CASES)]


@dataclass(frozen=True, slots=True)
class RuleCase:
    """A case ready to be tried; `line` is where it starts in `file`, `like` the case that it varies."""

    name: str
    why: str
    like: str
    manifest: Manifest
    source: str
    verdict: Verdict
    rule: str
    evidence: Mapping[str, str]
    file: str
    line: int | None
    field: str

    def fault(self, message: str, remedy: str = "") -> RulesetError:
        """An error that names this case."""
        return RulesetError(message, file=self.file, line=self.line, field=self.field, remedy=remedy)


def read_cases(path: Path, rules: Mapping[str, object]) -> tuple[RuleCase, ...]:
    """The cases of a file whose folder bears the rule's label; a `RulesetError` names the first fault."""
    try:
        text = decode(read_bytes(path, limit=MAX_BYTES), str(path))
        told = convert(parse(text, NUMBER_KEYS), CaseFile, text)
    except InputError as error:
        raise _ruleset_error(error) from None
    if told.rule != path.parent.name:
        raise _fault(text, ("rule",), f"the rule is called {told.rule!r}, its folder {path.parent.name!r}", "")
    manifests: dict[str, dict[str, Any]] = {}
    evidence: dict[str, dict[str, str]] = {}
    cases = []
    for at, case in enumerate(told.cases):
        if case.name in manifests:
            raise _fault(text, ("cases", at, "name"), f"two cases are called {case.name!r}", "give each its own name")
        if case.rule not in rules:
            near = difflib.get_close_matches(case.rule, rules, 1, 0.5)
            remedy = f"did you mean {near[0]!r}?" if near else "see clearance rules list"
            raise _fault(text, ("cases", at, "rule"), f"no rule is called {case.rule!r}", remedy)
        plain = manifests[case.name] = _manifest(case, at, manifests, text)
        files = evidence.get(case.like, {}) if case.evidence is UNSET else case.evidence
        for name in evidence.setdefault(case.name, files):
            if not _PLAIN.fullmatch(name):
                raise _fault(text, ("cases", at, "evidence"), f"{name!r} is no plain file name", "such as rows.jsonl")
        cases.append(_ready(case, at, plain, files, text))
    return tuple(cases)


def _manifest(case: CaseText, at: int, earlier: Mapping[str, dict[str, Any]], text: Text) -> dict[str, Any]:
    """The manifest of a case as plain values: its own, or that of an earlier case with the changes."""
    here: Path_ = ("cases", at)
    if case.manifest is not UNSET:
        for key, given in (("like", case.like), ("change", case.change), ("without", case.without)):
            if given:
                raise _fault(text, (*here, key), f"a case with a manifest has no `{key}`", "keep one of the two")
        return case.manifest
    if not case.like:
        raise _fault(text, here, "a case needs a `manifest`, or `like` an earlier case", "add one of the two")
    if case.like not in earlier:
        near = difflib.get_close_matches(case.like, earlier, 1, 0.5)
        remedy = f"did you mean {near[0]!r}?" if near else "name a case that stands above it"
        raise _fault(text, (*here, "like"), f"no earlier case is called {case.like!r}", remedy)
    merged: dict[str, Any] = merge(earlier[case.like], case.change)
    for number, spot in enumerate(case.without):
        try:
            merged = without(merged, spot)
        except KeyError:
            raise _fault(text, (*here, "without", number), f"there is no {spot!r} to take out", "") from None
    return merged


def _ready(case: CaseText, at: int, plain: dict[str, Any], files: Mapping[str, str], text: Text) -> RuleCase:
    here: Path_ = ("cases", at)
    line = line_of(text, (*here, "name"))
    field = dotted(here)
    try:
        manifest = convert(plain, Manifest, text, (*here, "manifest" if case.manifest is not UNSET else "change"))
    except InputError as error:
        raise _ruleset_error(error, line) from None
    names = [s.name for s in manifest.sources]
    bases = manifest.base_models if manifest.base_models is not UNSET else []
    known = [*names, *(f"base_model:{b.model}" for b in bases)]
    source = case.source or (names[0] if len(names) == 1 else "")
    if source not in known and not (source and files):  # evidence may bring sources that nobody declared
        spot = line_of(text, (*here, "source")) or line
        message = f"the run has no source {source!r}" if source else "the run has several sources"
        remedy = "`source` is one of: " + ", ".join(known)
        raise RulesetError(message, file=text.name, line=spot, field=f"{field}.source", remedy=remedy)
    return RuleCase(
        case.name,
        case.why,
        case.like,
        manifest,
        source,
        Verdict.of(case.verdict),
        case.rule,
        files,
        text.name,
        line,
        field,
    )


def merge(base: Any, change: Any) -> Any:
    """`base` with `change` laid over it: mappings key by key, lists of mappings entry by entry, the rest replaced.

    An empty list replaces: nothing is laid over, so nothing is what is meant.
    """
    if isinstance(base, dict) and isinstance(change, dict):
        return {**base, **{key: merge(base[key], value) if key in base else value for key, value in change.items()}}
    if (
        isinstance(base, list)
        and isinstance(change, list)
        and change
        and all(isinstance(x, dict) for x in (*base, *change))
    ):
        laid = [merge(old, new) for old, new in zip(base, change, strict=False)]
        return [*laid, *base[len(change) :], *change[len(base) :]]
    return change


def without(base: Any, spot: str) -> Any:
    """`base` without the key or list entry at `spot`, such as `sources[0].generated_by.when`; a `KeyError` if none."""
    steps = [int(m.group(2)) if m.group(2) else m.group(1) for m in _STEP.finditer(spot)]
    if not steps or dotted(tuple(steps)) != spot:
        raise KeyError(spot)
    return _without(base, steps)


def _without(base: Any, steps: list[str | int]) -> Any:
    first, rest = steps[0], steps[1:]
    if isinstance(base, dict) and first in base:
        if rest:
            return {**base, first: _without(base[first], rest)}
        return {key: value for key, value in base.items() if key != first}
    if isinstance(base, list) and isinstance(first, int) and first < len(base):
        return [*base[:first], *([_without(base[first], rest)] if rest else []), *base[first + 1 :]]
    raise KeyError(first)


def _fault(text: Text, path: Path_, message: str, remedy: str) -> RulesetError:
    line = line_of(text, path)
    for cut in range(1, len(path)):
        line = line or line_of(text, path[:-cut])
    return RulesetError(message, file=text.name, line=line, field=dotted(path), remedy=remedy)


def _ruleset_error(error: InputError, line: int | None = None) -> RulesetError:
    return RulesetError(error.message, file=error.file, line=error.line or line, field=error.field, remedy=error.remedy)
