"""Drafts a manifest from a project's own files: every field says where it is from, every unknown is a TODO.

A draft decides nothing: what no file says is left out and asked for, since a key that is absent means *unknown*.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import get_args

from compliance.corpus.corpus import Corpus
from compliance.corpus.names import key
from compliance.domain.manifest import Role
from compliance.errors import UsageError
from compliance.evidence.claims import NOT_USE, OFFERED, Claim, FileReport, Inspection
from compliance.evidence.draft_text import accepted, plain, quoted
from compliance.evidence.inspect import inspect
from compliance.evidence.manifest_file import NAMES

_KINDS = {
    "logits": "logits",
    "preference": "annotations",
    "reward": "annotations",
    "filter": "annotations",
    "embedding": "embeddings",
    "evaluation": "dataset",
}
_ROLES: tuple[str, ...] = get_args(Role)
_CONFIGS = re.compile(
    r"_yaml$|_script$|_config$|^dvc|^recipe|^mlflow|^wandb|^python|^openlineage|^peft|^yaml$|dataset$|_infos?_json$"
)


@dataclass
class _Source:
    """One source to be: what is known of it so far, and from where."""

    name: str
    kind: str
    place: str
    role: str = ""
    role_place: str = ""
    rows: int = 0
    files: list[str] = field(default_factory=list)
    makers: list[Claim] = field(default_factory=list)
    licences: list[Claim] = field(default_factory=list)
    unknown_model: bool = False


def draft(folder: Path, corpus: Corpus, today: str) -> str:
    """The text of a manifest for the project in `folder`, one that the check accepts; `today` stands as its date."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder", remedy="name the folder of the project")
    inspection = inspect([folder], corpus)
    reports = [r for r in inspection.files if PurePath(r.file).name not in NAMES]
    return _Draft(folder, corpus, reports, inspection).text(today)


class _Draft:
    def __init__(self, folder: Path, corpus: Corpus, reports: list[FileReport], inspection: Inspection) -> None:
        self.folder = folder
        self.corpus = corpus
        self.reports = reports
        self.inspection = inspection
        self.aliases = _aliases(reports)
        self.sources: dict[str, _Source] = {}

    def text(self, today: str) -> str:
        """All parts, each with its comments."""
        lines = [
            f"# Drafted from {len(self.reports)} files; nothing is decided here. Answer each TODO.",
            "clearance: 1",
            "run:",
            f"  date: {today}  # TODO: the day for which the run is judged",
            "  # TODO purpose: commercial, internal, research or evaluation",
        ]
        lines += self._method()
        lines += [
            "trainer:",
            "  name: TODO  # TODO: who trains",
            "trainee:",
            "  kind: general-llm  # TODO: what the model is to be",
            "  # TODO name, domain, distributed, commercial",
        ]
        lines += self._bases()
        self._gather()
        lines += self._sources()
        lines += self._notes()
        text = "\n".join(lines) + "\n"
        accepted(text)
        return text

    def _method(self) -> list[str]:
        claims = [c for r in self.reports for c in r.claims]
        for wanted, method in (("logits", "distill"), ("preference", "preference"), ("reward", "preference")):
            claim = next((c for c in claims if c.role == wanted and _CONFIGS.search(c.says)), None)
            if claim is not None:
                return [f"  method: {method}  # from {self._place(claim)}: {wanted} of {plain(claim.value)}"]
        report = next((r for r in self.reports if r.format == "mergekit_yaml"), None)
        if report is not None:
            return [f"  method: merge  # from {self._file(report.file)}"]
        return ["  # TODO method: pretrain, finetune, preference, distill, merge or none"]

    def _bases(self) -> list[str]:
        found: dict[str, Claim] = {}
        for report in self.reports:
            for claim in report.claims:
                if claim.kind == "base_model" and claim.role not in NOT_USE:
                    found.setdefault(key(claim.value), claim)
        if not found:
            return ["# TODO base_models: no file names one; an empty list would say that none was used"]
        lines = ["base_models:"]
        for claim in found.values():
            lines.append(f"  - model: {quoted(claim.value)}  # from {self._place(claim)}")
            maker = self.corpus.parties.get(claim.maker)
            lines.append(
                f"    # maker by the records: {maker.name}" if maker else "    # TODO maker: the name does not tell it"
            )
            lines.append("    # TODO licence: the one attached to the copy that is used")
        return lines

    def _gather(self) -> None:
        """The sources: data sets that files name, rows that lie in the folder, and models that take part."""
        for report in self.reports:
            if report.records and _rows(report):
                self._row_file(report)
        for report in self.reports:
            for claim in report.claims:
                if claim.note.startswith(OFFERED):
                    continue
                if claim.kind == "dataset" and claim.role in ("training", "") and not _rows(report):
                    self._dataset(claim)
                elif claim.kind == "model" and claim.role in _ROLES and _CONFIGS.search(claim.says):
                    self._taking_part(claim)

    def _row_file(self, report: FileReport) -> None:
        source = _Source(
            self._file(report.file),
            "dataset",
            f"{self._file(report.file)} ({report.format})",
            rows=report.records - report.rejected,
        )
        source.files.append(self._file(report.file))
        source.makers = [
            c for c in report.claims if c.kind == "model" and c.role not in NOT_USE and c.role != "requested"
        ]
        source.licences = [c for c in report.claims if c.kind == "licence"] or self._card_licences(report)
        source.unknown_model = not source.makers and "model" in report.unknown
        roles = {c.role for c in source.makers if c.role in _ROLES}
        if len(roles) == 1:
            source.role = roles.pop()
            source.role_place = self._place(source.makers[0])
        if source.makers or source.unknown_model:
            source.kind = _KINDS.get(source.role, "model-outputs")
        self.sources[key(source.name)] = source

    def _card_licences(self, report: FileReport) -> list[Claim]:
        """The licence that the nearest data card gives to the files beside and below it."""
        folders = PurePath(report.file).parents
        cards = [r for r in self.reports if r.format == "hf_dataset_card" and PurePath(r.file).parent in folders]
        nearest = max(cards, key=lambda r: len(PurePath(r.file).parts), default=None)
        return [c for c in nearest.claims if c.kind == "licence"] if nearest is not None else []

    def _dataset(self, claim: Claim) -> None:
        target = self.aliases.get(key(claim.value), claim.value)
        for source in self.sources.values():
            if any(
                name == target or name.endswith("/" + target.lstrip("./")) or target.endswith("/" + name)
                for name in source.files
            ):
                source.place += f", named in {self._place(claim)}"
                return
        called = "" if target == claim.value else f", where it is called {plain(claim.value)}"
        self.sources.setdefault(key(target), _Source(target, "dataset", self._place(claim) + called))

    def _taking_part(self, claim: Claim) -> None:
        name = f"{claim.role} of {claim.value}"
        source = _Source(
            name,
            _KINDS.get(claim.role, "model-outputs"),
            self._place(claim),
            claim.role,
            self._place(claim),
            makers=[claim],
        )
        self.sources.setdefault(key(name), source)

    def _sources(self) -> list[str]:
        if not self.sources:
            return ["sources: []  # TODO: no data was found; an empty list says that none is used"]
        return ["sources:", *(line for source in self.sources.values() for line in self._source(source))]

    def _source(self, source: _Source) -> list[str]:
        lines = [
            f"  - name: {quoted(source.name)}  # from {source.place}",
            f"    kind: {source.kind}  # from {source.place}",
        ]
        if source.files:
            lines.append(f"    files: {quoted(source.files)}  # from {source.place}")
        if source.rows:
            lines.append(f"    rows: {source.rows}  # from {source.place}")
        if source.role:
            lines.append(f"    role: {source.role}  # from {source.role_place}")
        else:
            lines.append(f"    # TODO role: {', '.join(_ROLES)}")
        if source.licences:
            values = [c.value for c in source.licences][:20]
            written = quoted(values if len(values) > 1 else values[0])
            lines.append(f"    licence: {written}  # from {self._place(source.licences[0])}")
        else:
            lines.append("    # TODO licence: as attached to the data")
        lines += self._makers(source)
        known = self.corpus.dataset(source.name)
        if known is not None:
            lines.append(f"    # known to the records as {known.name}: its makers and parents are looked up there")
        return lines

    def _makers(self, source: _Source) -> list[str]:
        if source.unknown_model:
            return [
                "    generated_by: {}  # TODO model: answers of a model that no field names; null if people wrote them"
            ]
        if not source.makers:
            return ["    # TODO generated_by: which model made the rows, or null if none did"]
        lines = ["    generated_by:"]
        for claim in source.makers[:50]:
            place = self._place(claim)
            lines.append(f"      - model: {quoted(claim.value)}  # from {place}")
            maker = self.corpus.parties.get(claim.maker)
            lines.append(
                f"        maker: {quoted(maker.name)}  # by the records, from the model"
                if maker
                else "        # TODO maker"
            )
            lines.append(
                f"        channel: {quoted(claim.channel)}  # from {place}"
                if claim.channel
                else "        # TODO channel"
            )
            when = claim.since if claim.since == claim.until else f"{claim.since}/{claim.until}"
            lines.append(
                f"        when: {when}  # from {place}" if claim.since else "        # TODO when: the answers' dates"
            )
            lines.append("        # TODO by_whom: who held the account or ran the weights")
        return lines

    def _notes(self) -> list[str]:
        lines = []
        for report in self.reports:
            for warning in report.warnings:
                if warning.kind in (
                    "unresolved",
                    "content-absent",
                    "unreadable",
                    "corrupt",
                    "not-read",
                    "truncated",
                    "bomb",
                ):
                    lines.append(f"# not seen: {self._file(report.file)}: {plain(warning.says)}")
        lines += [f"# not seen: {self._file(w.file)}: {plain(w.says)}" for w in self.inspection.skipped]
        return lines[:500]

    def _file(self, name: str) -> str:
        try:
            return plain(PurePath(name).relative_to(self.folder).as_posix())
        except ValueError:
            return plain(name)

    def _place(self, claim: Claim) -> str:
        if claim.line is not None:
            return f"{self._file(claim.file)}:{claim.line}"
        record = f" record {claim.record}" if claim.record is not None else ""
        return f"{self._file(claim.file)}{record} {plain(claim.field)}".rstrip()


def _aliases(reports: list[FileReport]) -> dict[str, str]:
    """The local keys of registries of data sets, and what each stands for."""
    found = {}
    for report in reports:
        for claim in report.claims:
            if claim.kind == "dataset" and claim.note.startswith(OFFERED):
                found[key(claim.note.removeprefix(OFFERED))] = claim.value
    return found


def _rows(report: FileReport) -> bool:
    """Whether a file holds rows or answers, and not settings or descriptions."""
    described = re.search(
        r"card$|bom$|_infos?_json$|croissant|spdx|dataset_info|config|_yaml$|script$|dvc|mlflow_mlmodel|openlineage|trainer_state|markdown|"
        r"text$|^yaml$|^json$|^binary|image|pointer|nul|empty|comments_only|_log$|unreadable|adapter|dataset$",
        report.format,
    )
    logs = ("litellm_spend_log", "helicone_log", "bedrock_invocation_log", "azure_openai_log")
    return not described or report.format in logs
