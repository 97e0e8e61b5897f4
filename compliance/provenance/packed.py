"""What fingerprint packs add to what the readers saw: the packed sets that rows of a file stem from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from compliance.corpus.corpus import Corpus
from compliance.domain.evidence import Evidence
from compliance.evidence.claims import FileReport, Warning_
from compliance.evidence.exposure import exposure_of


def with_matches(
    reports: Sequence[FileReport], packs: Sequence[Path], corpus: Corpus
) -> tuple[list[FileReport], tuple[Evidence, ...]]:
    """The reports with a claim for each packed set in a file's rows, and the packs that were asked."""
    if not packs:
        return list(reports), ()
    from compliance.fingerprint.claims import claims_of
    from compliance.fingerprint.match import Matcher
    from compliance.fingerprint.pack import open_pack

    opened = [open_pack(path) for path in dict.fromkeys(packs)]
    matcher = Matcher(opened)
    found = []
    for report in reports:
        if report.records:
            match = matcher.file(Path(report.file))
            claims = [msgspec.structs.replace(claim, file=report.file) for claim in claims_of(match, corpus)]
            lost = () if match.whole else (Warning_(kind="truncated", file=report.file, says=UNMATCHED),)
            named = [c.value for c in claims if c.kind == "dataset" and c.value not in report.datasets]
            every = [*report.claims, *claims]
            report = msgspec.structs.replace(
                report,
                claims=every,
                datasets=[*report.datasets, *named],
                exposure=exposure_of(every, report.records, report.record_bytes),
                warnings=[*report.warnings, *lost],
            )
        found.append(report)
    asked = tuple(
        Evidence(says=f"fingerprint pack of {pack.header.dataset}", file=pack.path, sha256=pack.sha256)
        for pack in opened
    )
    return found, asked


UNMATCHED = "the file was not held against the packs to its end"
