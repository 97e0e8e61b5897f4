"""A decision as an entry: the document, what it was made from, and the texts that it rests on."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG

import msgspec
from msgspec import UNSET

from compliance import __version__
from compliance.corpus.load import data_folder
from compliance.decision.model import Citation, Decision, Step
from compliance.errors import InputError
from compliance.ledger.canonical import text_hash
from compliance.ledger.entry import Entry
from compliance.ledger.kinds import DecisionMade
from compliance.ledger.ledger import Ledger
from compliance.reading.structured import read_bytes

PROGRAM = f"clearance {__version__}"

_encoder = msgspec.json.Encoder(order="deterministic")
_LABEL = re.compile(r"[a-z0-9][a-z0-9-]*\Z")


def record_decision(
    ledger: Ledger,
    decision: Decision,
    manifest: bytes,
    basis: bytes,
    *,
    by: str = "",
    texts: Mapping[str, bytes] | None = None,
    rules_root: Path | None = None,
) -> Entry:
    """Append a decision; it may be answered once this returns, since the entry is durable then.

    `manifest` is the manifest's bytes as they were read, `basis` comes from `basis_of` and lets the decision be made
    again. The rules it names and the clauses it cites are kept as they stood; `texts` adds others by name, `by` says
    who asked.
    """
    body, held = entry_of(decision, manifest, basis, by=by, texts=texts, rules_root=rules_root)
    return ledger.append("decision", body, texts=held)


def record_decisions(ledger: Ledger, made: Sequence[tuple[Decision, bytes, bytes]], *, by: str = "") -> list[Entry]:
    """Append many decisions with one wait for the disk, all or none; each is as for `record_decision`."""
    bodies: list[tuple[str, DecisionMade]] = []
    held: dict[str, bytes] = {}
    for decision, manifest, basis in made:
        body, texts = entry_of(decision, manifest, basis, by=by)
        bodies.append(("decision", body))
        held |= texts
    return ledger.append_many(bodies, texts=held)


async def record_decision_async(
    ledger: Ledger,
    decision: Decision,
    manifest: bytes,
    basis: bytes,
    *,
    by: str = "",
    texts: Mapping[str, bytes] | None = None,
    rules_root: Path | None = None,
) -> Entry:
    """As `record_decision`, without blocking the event loop."""
    body, held = entry_of(decision, manifest, basis, by=by, texts=texts, rules_root=rules_root)
    return await ledger.append_async("decision", body, texts=held)


def entry_of(
    decision: Decision,
    manifest: bytes,
    basis: bytes,
    *,
    by: str = "",
    texts: Mapping[str, bytes] | None = None,
    rules_root: Path | None = None,
) -> tuple[DecisionMade, dict[str, bytes]]:
    """The body of a decision's entry, and the texts to store with it by their hashes."""
    named = {**rule_texts(decision, rules_root or data_folder("rules")), **clause_texts(decision), **(texts or {})}
    hashes = {name: text_hash(content) for name, content in sorted(named.items())}
    sha256 = hashlib.sha256(manifest).hexdigest()
    if decision.inputs and sha256 not in {e.sha256 for e in decision.inputs}:
        raise InputError("the manifest changed while it was decided", remedy="check it again")
    body = DecisionMade(
        subject=decision.id,
        verdict=decision.verdict,
        document=document(decision),
        manifest=manifest,
        basis=basis,
        manifest_sha256=sha256,
        profile=decision.profile,
        corpora=decision.corpora.sha256,
        rules=decision.rules.sha256,
        program=PROGRAM,
        inputs={e.file: e.sha256 for e in decision.inputs},
        texts=hashes,
        by=by or UNSET,
    )
    return body, {hashes[name]: content for name, content in named.items()}


def document(decision: Decision) -> bytes:
    """The decision as JSON: the same bytes for the same decision."""
    return _encoder.encode(decision)


def rule_texts(decision: Decision, root: Path) -> dict[str, bytes]:
    """The files of the rules and the profile that a decision names, as they stand below `root`."""
    found = {}
    for label in sorted({answer.rule for answer in decision.sources}):
        path = root / label / "rule.yaml"
        if _LABEL.match(label) and (content := _file(path)) is not None:
            found[f"rules/{label}/rule.yaml"] = content
    path = root / "profiles" / f"{decision.profile}.yaml"
    if _LABEL.match(decision.profile) and (content := _file(path)) is not None:
        found[f"rules/profiles/{decision.profile}.yaml"] = content
    return found


def _file(path: Path) -> bytes | None:
    """A file as it stands now; it is read again only where its time or size says that it may have changed."""
    try:
        known = path.stat()
    except OSError:
        return None
    return _content(path, known.st_mtime_ns, known.st_size) if S_ISREG(known.st_mode) else None


@lru_cache(maxsize=256)
def _content(path: Path, _written: int, _size: int) -> bytes:
    return read_bytes(path)


def clause_texts(decision: Decision) -> dict[str, bytes]:
    """The clauses that a decision cites, each as the corpora held it: our words, and the hash of the original."""
    cited = {id(clause): clause for clause in _clauses(decision)}  # the same ones are cited over and over
    return {
        f"clauses/{clause.party}/{clause.document}/{clause.version}/{clause.section}": _encoder.encode(clause)
        for clause in cited.values()
    }


def _clauses(decision: Decision) -> Iterator[Citation]:
    for answer in decision.sources:
        yield from answer.clauses
    steps: list[Step] = list(decision.proofs.values())
    while steps:
        step = steps.pop()
        yield from step.clauses
        steps.extend(step.steps)
