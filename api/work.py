"""What the deciding processes do. They load corpora and rules once; the service itself loads neither."""

from __future__ import annotations

import gc
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from msgspec import UNSET

from api.decision_memo import TAGS, memo_of
from api.memo_pdf import pdf
from api.rendering import fragment, sheet
from api.uploads import NOTHING, Looked
from compliance.check import weighed
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
from compliance.ledger.basis import decide as decide_basis
from compliance.ledger.entry import Entry
from compliance.ledger.kinds import DecisionMade
from compliance.ledger.record import entry_of
from compliance.provenance.attribute import Attributed
from compliance.provenance.compare import compare
from compliance.reading.json_text import parse_json
from compliance.reading.structured import Text, decode, parse, read_bytes
from compliance.reading.typed import convert
from compliance.report import render
from compliance.report.json_form import dump
from compliance.reviews.recheck import packed
from compliance.ruleset.load import default_rules, load_ruleset, profile_names

Folders = tuple[Path, ...]
GARBAGE = (20_000, 20, 50)
"""A decision makes tens of thousands of objects and hardly a cycle: garbage is looked for seldom."""


@dataclass(frozen=True, slots=True)
class Made:
    """A decision, ready to be recorded and answered."""

    id: str
    verdict: str
    answer: bytes
    """The document on one line, as `told` writes it; in a batch its line."""
    body: DecisionMade
    texts: dict[str, bytes]


def warm(corpora: Folders) -> None:
    """Load what every decision needs, and spare it the search for garbage, which took a third of the time."""
    decider_of(corpora, "default")
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


def decide(
    data: bytes, name: str, profile: str, corpora: Folders, by: str, json_only: bool, looked: Looked = NOTHING
) -> Made:
    """The decision on a manifest's bytes; `name` stands for its file in the answer.

    The service reads no file for a caller but the evidence that was `looked` up. Files that sources name are found
    among it, or count as not found, as the command line has it in a folder that holds the manifest alone.
    """
    text = decode(data, name)
    manifest = convert(parse_json(text) if json_only else parse(text, NUMBER_KEYS), Manifest, text)
    check(manifest, text)
    sha256 = hashlib.sha256(data).hexdigest()
    places = places_of(manifest, text, sha256)
    inputs: tuple[Evidence, ...] = (Evidence(says="the manifest", file=name, sha256=sha256),)
    decider = decider_of(corpora, profile)
    absent = {s.name: list(s.files) for s in manifest.sources if s.files is not UNSET}
    if looked.files or looked.paths:
        with staged(looked) as (folder, evidence):
            decided, more = weighed(decider, manifest, folder, evidence)
        inputs = (*inputs, *more)
    elif absent:
        compared = compare(manifest, Attributed(absent=absent), decider.corpus)
        decided = decider.decide(compared.manifest, compared.differences)
    else:
        decided = decider.decide(manifest)
    decision = compose(decider, decided, places, inputs)
    body, texts = entry_of(decision, data, basis_of(decided, places, inputs), by=by)
    return Made(decision.id, decision.verdict, told(body.document), body, texts)


@contextmanager
def staged(looked: Looked) -> Iterator[tuple[Path, list[Path]]]:
    """The folder in which a manifest's own files are looked for, and the evidence to read.

    Uploads lie under random names. Here they are linked under the names they came with, in a folder that is the
    working directory for a while, so that reports call them as the caller does.
    """
    before = Path.cwd()
    with TemporaryDirectory(dir=Path(looked.files[0][1]).parent if looked.files else None) as name:
        stage = Path(name)
        for given, place in looked.files:
            target = stage / given
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(place, target)
        folder = Path() if looked.files or not looked.paths else Path(looked.paths[0])
        if not folder.is_dir():
            folder = folder.parent
        os.chdir(stage)
        try:
            yield folder, [*([Path()] if looked.files else []), *map(Path, looked.paths)]
        finally:
            os.chdir(before)


def numbered(data: bytes) -> list[tuple[int, str]]:
    """The lines of a batch with their numbers, empty ones left out."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise MalformedText("the batch is not UTF-8", file="batch.jsonl") from None
    return [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]


def named_lines(documents: list[bytes], names: list[str]) -> bytes:
    """Stored decisions as the lines of the batch that they were decided in."""
    return b"".join(
        _line(msgspec.json.decode(document, type=Decision), name)
        for document, name in zip(documents, names, strict=True)
    )


def _line(decision: Decision, name: str) -> bytes:
    named = {**msgspec.structs.asdict(decision), "id": name, "decision": decision.id}
    return dump(named, indent=False).encode()


def decide_line(line: str, number: int, profile: str, corpora: Folders, by: str) -> Made:
    """The decision on a line `{id, manifest}` of a batch, as `clearance check --batch` writes it."""
    text = Text("batch.jsonl", line, number)
    entry = parse_json(text)
    if not isinstance(entry, dict) or "manifest" not in entry or not isinstance(entry.get("id", ""), str):
        raise MalformedText("a line is {id, manifest}", file=text.name, line=number)
    manifest = convert(entry["manifest"], Manifest, text, ("manifest",))
    check(manifest, text)
    decider = decider_of(corpora, profile)
    decided = decider.decide(manifest)
    decision = compose(decider, decided, {}, ())
    body, texts = entry_of(decision, dump(entry["manifest"], indent=False).encode(), basis_of(decided), by=by)
    return Made(decision.id, decision.verdict, _line(decision, entry.get("id", decision.id)), body, texts)


def told(document: bytes) -> bytes:
    """A decision's document as JSON that is safe to print: itself, unless it has characters that a terminal obeys."""
    if document.isascii() and b"\x7f" not in document:
        return document
    return dump(msgspec.Raw(document), indent=False).rstrip("\n").encode()


def report(document: bytes, form: str) -> str:
    """A stored decision in one of the report's forms for people."""
    return render(_stored(document), form)


def _stored(document: bytes) -> Decision:
    try:
        return msgspec.json.decode(document, type=Decision)
    except msgspec.MsgspecError as error:
        raise InputError(
            f"the stored decision cannot be read by this program: {error}", remedy="use the version that wrote it"
        ) from None


def memo(entry: Entry, form: str) -> bytes:
    """A stored decision as a memo, in HTML or as a PDF."""
    found = memo_of(_stored(entry.raw("document") or b""), entry)
    if form == "pdf":
        return pdf(found)
    return fragment("memo.html.j2", memo=found, sheet=sheet("memo.css")[0], tags=TAGS).encode()


def decide_again(basis: bytes, profile: str, corpora: Folders) -> Decision:
    """The decision on a basis that the ledger holds, with what is installed."""
    return decide_basis(decider_of(corpora, profile), basis)


def known(corpora: Folders) -> tuple[str, bytes]:
    """The state of the corpora: its hash, and the packed digests of its records."""
    corpus = _corpus(corpora)
    return corpus.sha256, packed(corpus)


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


@lru_cache(maxsize=2)
def _corpus(corpora: Folders) -> Corpus:
    return load_corpus(extra=corpora)


@lru_cache(maxsize=8)
def decider_of(corpora: Folders, profile: str) -> Decider:
    """Who decides under the installed rules and corpora and those in the folders; the latest few stay loaded."""
    return Decider(_corpus(corpora), load_ruleset(None, profile))
