"""The walk: a manifest, the corpora and the rules to a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import msgspec
from msgspec import UNSET

from compliance.corpus.corpus import load_corpus
from compliance.decision.compose import compose
from compliance.decision.decide import Decided, Decider
from compliance.decision.model import Decision
from compliance.domain.evidence import Evidence
from compliance.domain.manifest import NUMBER_KEYS, Manifest
from compliance.domain.verdict import Verdict
from compliance.errors import MalformedText
from compliance.evidence.manifest_file import check
from compliance.evidence.places import read_placed
from compliance.reading.structured import Text, decode, parse, read_bytes
from compliance.reading.typed import convert
from compliance.ruleset.load import load_ruleset

NUMBERS = frozenset(
    {"line", "rows", "share", "rows_removed", "share_removed", "records", "sources", "bytes", "share_of_bytes"}
)
"""The keys of a decision below which numbers stand."""
EXIT = {Verdict.ALLOW: 0, Verdict.OBLIGATIONS: 0, Verdict.REVIEW: 2, Verdict.BLOCK: 1}


@dataclass(frozen=True, slots=True)
class Result:
    """A decided run; `decision` writes it out in full."""

    decider: Decider
    decided: Decided
    places: Mapping[str, Evidence] = field(default_factory=dict)
    inputs: tuple[Evidence, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The verdict on the run."""
        return self.decided.verdict

    def decision(self) -> Decision:
        """The decision in the type that the reports read."""
        return compose(self.decider, self.decided, self.places, self.inputs)

    def exit_code(self, fail_on_obligations: bool = False) -> int:
        """0, 1, 2, or 3 for duties where they are to fail."""
        if fail_on_obligations and self.verdict is Verdict.OBLIGATIONS:
            return 3
        return EXIT[self.verdict]


def read_decision(path: Path) -> Decision | None:
    """The decision that `check --format json` printed into a file; None where the file holds something else."""
    if path.is_dir():
        return None
    text = decode(read_bytes(path), str(path))
    if '"verdict"' not in text.content:
        return None
    found = parse(text, NUMBERS)
    if not isinstance(found, dict) or "verdict" not in found or "proofs" not in found:
        return None
    return convert(found, Decision, text)


def weighed(
    decider: Decider, manifest: Manifest, folder: Path, evidence: Sequence[Path], packs: Sequence[Path] = ()
) -> tuple[Decided, tuple[Evidence, ...]]:
    """The decision under what files say (`evidence`, and files that the sources name), and what was read.

    `packs` are fingerprint packs, by which the rows of known sets are recognised in those files.
    """
    from compliance.evidence.inspect import inspect
    from compliance.provenance.attribute import attribute, source_files
    from compliance.provenance.compare import compare
    from compliance.provenance.packed import with_matches
    from compliance.provenance.scanned import with_marks

    named, absent = source_files(manifest, folder)
    paths = [*dict.fromkeys(p for paths in named.values() for p in paths), *evidence]
    inspection = inspect(paths, decider.corpus)
    reports, asked = with_matches(with_marks(inspection.files, decider.corpus), packs, decider.corpus)
    attributed = attribute(manifest, folder, reports)
    attributed.absent = absent
    compared = compare(manifest, attributed, decider.corpus)
    looked = tuple(
        Evidence(says=f"evidence, {r.format}", file=r.file, sha256=r.sha256, made_by=tuple(r.exposure)) for r in reports
    )
    return decider.decide(compared.manifest, compared.differences), (*looked, *asked)


class Checker:
    """Corpora and rules loaded once, ready to check."""

    def __init__(self, profile: str = "default", *, corpora: Sequence[Path] = (), rules: Path | None = None) -> None:
        """`corpora` are folders of records beside those that come with the program, `rules` replaces its rules."""
        self.rules = load_ruleset(rules, profile)
        self.corpus = load_corpus(extra=corpora)
        self.decider = Decider(self.corpus, self.rules)

    def manifest(self, manifest: Manifest) -> Result:
        """The decision on a manifest."""
        return Result(self.decider, self.decider.decide(manifest))

    def file(self, path: Path, evidence: Sequence[Path] = (), packs: Sequence[Path] = ()) -> Result:
        """The decision on a manifest file, or on the one in a folder, held against the files that its sources name.

        `evidence` are further files and folders to read, `packs` fingerprint packs of sets to recognise in all of them.
        """
        read = read_placed(path)
        folder = Path(read.inputs[0].file).parent
        if not evidence and all(s.files is UNSET for s in read.manifest.sources):
            return Result(self.decider, self.decider.decide(read.manifest), read.places, read.inputs)
        decided, looked = weighed(self.decider, read.manifest, folder, evidence, packs)
        return Result(self.decider, decided, read.places, (*read.inputs, *looked))

    def batch(self, path: Path, out: TextIO) -> int:
        """Decide each `{id, manifest}` line of a file and write a line for each; the exit code of the most severe."""
        from compliance.report.json_form import dump

        worst = Verdict.ALLOW
        lines = decode(read_bytes(path), str(path)).content.split("\n")
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            text = Text(str(path), line, number)
            entry = parse(text, NUMBER_KEYS)
            if not isinstance(entry, dict) or "manifest" not in entry:
                raise MalformedText("a line is {id, manifest}", file=str(path), line=number)
            manifest = convert(entry["manifest"], Manifest, text, ("manifest",))
            check(manifest, text)
            result = self.manifest(manifest)
            worst = max(worst, result.verdict)
            decision = result.decision()
            named = {**msgspec.structs.asdict(decision), "id": entry.get("id", decision.id), "decision": decision.id}
            out.write(dump(named, indent=False))
        return EXIT[worst]
