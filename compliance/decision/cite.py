"""Citations: clauses of dated texts and sections of licences, in our words, pinned to the original."""

from __future__ import annotations

from collections.abc import Iterable

from compliance.corpus.corpus import Corpus
from compliance.corpus.in_force import Reading, Standing, version_days
from compliance.corpus.records import Clause, Document, Duty, Licence, Version
from compliance.decision.model import Citation, Owed
from compliance.decision.part import Clauses


class Citer:
    """Makes citations, each once."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self._memo: dict[tuple[str, str, str], Citation] = {}

    def clause(self, standing: Standing) -> Citation:
        """A clause as it stood in its version."""
        return self._text(standing.document, standing.version, standing.clause)

    def read(self, reading: Reading) -> Clauses:
        """The texts that were read, where no clause of theirs reaches a use."""
        found = []
        for name, version_id in reading.documents:
            document = self.corpus.documents[name]
            version = next(v for v in document.versions if v.id == version_id)
            found.append(self._text(document, version, None))
        return tuple(found)

    def _text(self, document: Document, version: Version, clause: Clause | None) -> Citation:
        memo = (document.id, version.id, clause.id if clause else "")
        if memo not in self._memo:
            pins = {p.version: p.sha256 for p in clause.pins} if clause else {}
            says = clause.paraphrase if clause else "the text that was in force"
            self._memo[memo] = Citation(
                party=self._party(document.party),
                document=document.id,
                title=document.title,
                version=version.id,
                in_force=version_days(document, version),
                section=clause.section if clause else "",
                says=says,
                text_sha256=pins.get(version.id),
                seen=version.seen,
                source=version.source.ref,
            )
        return self._memo[memo]

    def licence(self, licence: Licence, aspect: str = "") -> Citation:
        """A licence; `aspect` (outputs, threshold, territory) names the section that matters."""
        memo = ("licence", licence.id, aspect)
        if memo not in self._memo:
            section, says, pin = "", licence.paraphrase, None
            if aspect == "outputs" and licence.outputs is not None:
                section, says = licence.outputs.section, licence.outputs.paraphrase or says
                says = f"{says} {licence.outputs.contradiction}".strip()
                pin = licence.outputs.pins[0].sha256 if licence.outputs.pins else None
            elif aspect == "threshold" and licence.thresholds:
                section = licence.thresholds[0].section
                says = "; ".join(_threshold(licence))
            elif aspect == "territory" and licence.territory is not None:
                section, out = licence.territory.section, ", ".join(licence.territory.excluded)
                says = f"no rights for people and companies in {out}"
            self._memo[memo] = Citation(
                party=self._party(licence.licensor or ""),
                document=f"licence:{licence.id}",
                title=licence.name,
                version="",
                in_force=_began(licence.since) if licence.since else "",
                section=section,
                says=says,
                text_sha256=pin,
                seen="archived" if licence.source.basis in ("archive", "licence-file") else licence.source.basis,
                source=licence.source.ref,
            )
        return self._memo[memo]

    def _party(self, name: str) -> str:
        party = self.corpus.parties.get(name)
        return party.name if party is not None else name


def owed(duties: Iterable[Duty], clause: Citation, *, shipped: bool) -> list[Owed]:
    """What is owed under a clause; what only distribution brings about falls away where nothing is `shipped`."""
    where = ", ".join(part for part in (clause.title, f"section {clause.section}" if clause.section else "") if part)
    return [Owed(kind=d.kind, text=d.text, on=d.on, clause=where) for d in duties if shipped or d.on == "use"]


def _began(since: str) -> str:
    """When something began, as people write it; `/2025-11-04` means on or before that day."""
    return f"by {since[1:]}" if since.startswith("/") else f"from {since.partition('/')[0]}"


def _threshold(licence: Licence) -> list[str]:
    return [
        f"above {limit.above:,} {limit.measure.replace('_', ' ')}"
        + ("" if limit.measured_on == "run" else f" (measured on {limit.measured_on})")
        + (" the rights end" if limit.effect == "loss-of-rights" else f": {limit.duty or 'a duty arises'}")
        for limit in licence.thresholds
    ]
