"""What the deciding processes do. They load corpora and rules once; the service itself loads neither."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET

from compliance.corpus.corpus import Corpus, load_corpus
from compliance.decision.compose import compose
from compliance.decision.decide import Decider
from compliance.decision.model import Decision
from compliance.domain.evidence import Evidence
from compliance.domain.manifest import NUMBER_KEYS, Manifest
from compliance.errors import InputError, MalformedText, UsageError
from compliance.evidence.manifest_file import check
from compliance.evidence.places import places_of
from compliance.ledger.basis import basis_of
from compliance.ledger.kinds import DecisionMade
from compliance.ledger.record import entry_of
from compliance.provenance.attribute import Attributed
from compliance.provenance.compare import compare
from compliance.reading.json_text import parse_json
from compliance.reading.structured import Text, decode, parse, read_bytes
from compliance.reading.typed import convert
from compliance.report import render
from compliance.report.json_form import dump, pieces
from compliance.ruleset.load import default_rules, load_ruleset, profile_names

Folders = tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """A decision, ready to be recorded and answered."""

    id: str
    verdict: str
    answer: bytes
    """The document as `clearance check --format json` prints it; in a batch its line."""
    body: DecisionMade
    texts: dict[str, bytes]


def warm(corpora: Folders) -> None:
    """Load what every decision needs."""
    _decider(corpora, "default")


def decide(data: bytes, name: str, profile: str, corpora: Folders, by: str, json_only: bool) -> Made:
    """The decision on a manifest's bytes; `name` stands for its file in the answer.

    The service reads no file for a caller. Files that sources name count as not found, as the command line has it in a
    folder that holds the manifest alone.
    """
    text = decode(data, name)
    manifest = convert(parse_json(text) if json_only else parse(text, NUMBER_KEYS), Manifest, text)
    check(manifest, text)
    sha256 = hashlib.sha256(data).hexdigest()
    places = places_of(manifest, text, sha256)
    inputs = (Evidence(says="the manifest", file=name, sha256=sha256),)
    decider = _decider(corpora, profile)
    absent = {s.name: list(s.files) for s in manifest.sources if s.files is not UNSET}
    if absent:
        compared = compare(manifest, Attributed(absent=absent), decider.corpus)
        decided = decider.decide(compared.manifest, compared.differences)
    else:
        decided = decider.decide(manifest)
    decision = compose(decider, decided, places, inputs)
    body, texts = entry_of(decision, data, basis_of(decided, places, inputs), by=by)
    return Made(decision.id, decision.verdict, "".join(pieces(decision)).encode(), body, texts)


def decide_line(line: str, number: int, profile: str, corpora: Folders, by: str) -> Made:
    """The decision on a line `{id, manifest}` of a batch, as `clearance check --batch` writes it."""
    text = Text("batch.jsonl", line, number)
    entry = parse_json(text)
    if not isinstance(entry, dict) or "manifest" not in entry or not isinstance(entry.get("id", ""), str):
        raise MalformedText("a line is {id, manifest}", file=text.name, line=number)
    manifest = convert(entry["manifest"], Manifest, text, ("manifest",))
    check(manifest, text)
    decider = _decider(corpora, profile)
    decided = decider.decide(manifest)
    decision = compose(decider, decided, {}, ())
    named = {**msgspec.structs.asdict(decision), "id": entry.get("id", decision.id), "decision": decision.id}
    body, texts = entry_of(decision, dump(entry["manifest"], indent=False).encode(), basis_of(decided), by=by)
    return Made(decision.id, decision.verdict, dump(named, indent=False).encode(), body, texts)


def report(document: bytes, form: str) -> str:
    """A stored decision in one of the report's forms."""
    try:
        decision = msgspec.json.decode(document, type=Decision)
    except msgspec.MsgspecError as error:
        raise InputError(
            f"the stored decision cannot be read by this program: {error}", remedy="use the version that wrote it"
        ) from None
    return "".join(pieces(decision)) if form == "json" else render(decision, form)


def rules() -> list[dict[str, Any]]:
    """The rules in their order, in short."""
    found = sorted(load_ruleset().rules.values(), key=lambda rule: rule.order)
    return [{"label": r.rule, "title": r.title, "says": r.says, "remedy": r.remedy, "order": r.order} for r in found]


def rule(label: str) -> dict[str, Any]:
    """One rule: what it says, when it applies, and its page."""
    found = load_ruleset().rules.get(label)
    if found is None:
        raise UsageError(f"there is no rule {label!r}", remedy="GET /v1/rules lists them")
    page = default_rules() / label / "rule.md"
    text = decode(read_bytes(page, limit=1 << 20), str(page)).content if page.is_file() else ""
    return {**msgspec.to_builtins(found), "label": found.rule, "page": text}


def party(id_: str, corpora: Folders) -> dict[str, Any]:
    """One party's record."""
    found = _corpus(corpora).parties.get(id_)
    if found is None:
        raise UsageError(f"there is no party {id_!r}", remedy="clearance corpora list shows them")
    record: dict[str, Any] = msgspec.to_builtins(found)
    return record


def profiles() -> list[str]:
    """The profiles that there are."""
    return profile_names()


@cache
def _corpus(corpora: Folders) -> Corpus:
    return load_corpus(extra=corpora)


@cache
def _decider(corpora: Folders, profile: str) -> Decider:
    return Decider(_corpus(corpora), load_ruleset(None, profile))
