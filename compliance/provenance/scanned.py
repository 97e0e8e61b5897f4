"""What the scan for teacher signatures adds to what the readers saw: marks inside the texts of rows.

Strong marks (ids that a service gave out) prove who answered; medium ones (a text that says of itself whose model it
is) ask for a look. Weak ones alone name nobody and are left out.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from compliance.corpus.corpus import Corpus
from compliance.domain.evidence import Strength
from compliance.evidence.claims import Claim, FileReport
from compliance.evidence.exposure import exposure_of

SUFFIXES = frozenset(
    [".jsonl", ".json", ".ndjson", ".parquet", ".arrow", ".csv", ".tsv", ".txt", ".log", ".gz", ".zst"]
)
"""Files that may hold rows; cards, configs and code speak about models without being written by them."""
STRENGTHS: tuple[Strength, ...] = ("strong", "medium")


class _Seen(msgspec.Struct):
    """The first place of a mark, how many records bear it, and the days that its ids carry."""

    claim: Claim
    records: set[int]
    days: list[str]


def with_marks(reports: Sequence[FileReport], corpus: Corpus) -> list[FileReport]:
    """The reports with a claim for each party or model whose marks stand in the rows of a file."""
    wanted = [r for r in reports if Path(r.file).suffix.lower() in SUFFIXES and r.records]
    if not wanted:
        return list(reports)
    from compliance.scan.run import Scan

    found: dict[str, dict[tuple[str, str, str], _Seen]] = {}
    with TemporaryDirectory() as folder:
        scan = Scan([Path(r.file) for r in wanted], Path(folder))
        scan.run(os.cpu_count() or 1)
        for at, record, line in scan.hit_lines():
            _note(found.setdefault(scan.sources[at].path, {}), scan.sources[at].path, record, line, corpus)
    return [_joined(report, found.get(report.file, {})) for report in reports]


def _note(seen: dict[tuple[str, str, str], _Seen], file: str, record: int, line: bytes, corpus: Corpus) -> None:
    hit = msgspec.json.decode(line if line.startswith(b"{") else b"{" + line)
    strength, party = hit["strength"], hit["party"]
    if strength not in STRENGTHS or not party:
        return
    maker = corpus.party(party)
    model = hit["model"] or ""
    family = corpus.family(model) if model else None
    at = (party, model, strength)
    if at not in seen:
        claim = Claim(
            kind="model" if model else "party",
            value=model or party,
            strength=strength,
            says=f"the mark {hit['signature']}",
            file=file,
            field=hit["field"],
            record=record,
            line=record + 1 if Path(file).suffix in (".jsonl", ".ndjson") else None,
            role="targets",
            maker=maker.id if maker is not None else "",
            family=family.id if family is not None else "",
        )
        seen[at] = _Seen(claim, set(), [])
    seen[at].records.add(record)
    if hit["date"]:
        seen[at].days.append(hit["date"][:10])


def _joined(report: FileReport, seen: dict[tuple[str, str, str], _Seen]) -> FileReport:
    named = {c.maker for c in report.claims if c.kind == "model"}
    added = [
        msgspec.structs.replace(
            s.claim,
            records=len(s.records),
            since=min(s.days, default="") if s.claim.kind == "model" else "",
            until=max(s.days, default="") if s.claim.kind == "model" else "",
        )
        for s in seen.values()
        if s.claim.maker not in named  # what the reader saw says more
    ]
    if not added:
        return report
    claims = [*report.claims, *added]
    exposure = exposure_of(claims, report.records, report.record_bytes)
    return msgspec.structs.replace(report, claims=claims, exposure=exposure)
