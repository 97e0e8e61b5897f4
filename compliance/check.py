"""The walk: a manifest, the corpora and the rules to a decision."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from compliance.corpus.corpus import load_corpus
from compliance.decision.decide import Answered, Decider
from compliance.domain.manifest import NUMBER_KEYS, Manifest
from compliance.domain.verdict import Verdict
from compliance.errors import MalformedText
from compliance.evidence.manifest_file import check, read_manifest
from compliance.reading.structured import Text, decode, parse, read_bytes
from compliance.reading.typed import convert
from compliance.ruleset.load import load_ruleset

EXIT = {Verdict.ALLOW: 0, Verdict.OBLIGATIONS: 0, Verdict.REVIEW: 2, Verdict.BLOCK: 1}
NOTE = "This says what the terms and licences say; it is not legal advice."


@dataclass(frozen=True, slots=True)
class Result:
    """A decision with the state of corpora and rules that made it."""

    manifest: Manifest
    verdict: Verdict
    answers: tuple[Answered, ...]
    profile: str
    corpora: str
    rules: str

    def as_json(self) -> dict[str, Any]:
        """The decision as plain values; `id` is the hash of the rest."""
        body: dict[str, Any] = {
            "verdict": self.verdict.text,
            "sources": [
                {"source": a.name, "verdict": a.verdict.text, "rule": a.rule, "reason": a.reason} for a in self.answers
            ],
            "profile": self.profile,
            "corpora": {"sha256": self.corpora},
            "rules": {"sha256": self.rules},
        }
        digest = hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        return {"id": digest[:32], **body}

    def as_text(self) -> str:
        """The decision for a terminal, the most severe source first."""
        lines = [f"{self.verdict.text.upper()}"]
        for answer in sorted(self.answers, key=lambda a: -a.verdict):
            lines.append(f"  {answer.verdict.text:22} {_plain(answer.name)}")
            lines.append(f"  {'':22} {answer.rule}: {_plain(answer.reason)}")
        return "\n".join([*lines, NOTE])

    def exit_code(self, fail_on_obligations: bool = False) -> int:
        """0, 1, 2, or 3 for duties where they are to fail."""
        if fail_on_obligations and self.verdict is Verdict.OBLIGATIONS:
            return 3
        return EXIT[self.verdict]


class Checker:
    """Corpora and rules loaded once, ready to check."""

    def __init__(self, profile: str = "default") -> None:
        self.rules = load_ruleset(None, profile)
        self.corpus = load_corpus()
        self.decider = Decider(self.corpus, self.rules)

    def manifest(self, manifest: Manifest) -> Result:
        """The decision on a manifest."""
        verdict, answers = self.decider.decide(manifest)
        return Result(manifest, verdict, answers, self.rules.profile.profile, self.corpus.sha256, self.rules.sha256)

    def file(self, path: Path) -> Result:
        """The decision on a manifest file, or on the one in a folder."""
        return self.manifest(read_manifest(path))

    def batch(self, path: Path, out: TextIO) -> int:
        """Decide each `{id, manifest}` line of a file and write a line for each; the exit code of the most severe."""
        worst = Verdict.ALLOW
        lines = decode(read_bytes(path), str(path)).content.splitlines()
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            text = Text(f"{path}:{number}", line)
            entry = parse(text, NUMBER_KEYS)
            if not isinstance(entry, dict) or "manifest" not in entry:
                raise MalformedText("a line is {id, manifest}", file=str(path), line=number)
            manifest = convert(entry["manifest"], Manifest, text, ("manifest",))
            check(manifest, text)
            result = self.manifest(manifest)
            worst = max(worst, result.verdict)
            body = {**result.as_json(), "id": entry.get("id")}
            out.write(json.dumps(body, ensure_ascii=False) + "\n")
        return EXIT[worst]


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
