"""Gathers what readers find in one file: equal claims are counted once, and nothing grows without bound."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from compliance.corpus.corpus import Corpus
from compliance.domain.evidence import Strength
from compliance.evidence.claims import NOT_USE, Claim, ClaimRole, FileReport, Kind, Warning_, WarningKind
from compliance.evidence.exposure import exposure_of
from compliance.evidence.readers import limits
from compliance.evidence.readers.dates import day_of
from compliance.evidence.readers.names import Known, channel_of_model, known_model, plausible

Key = tuple[str, str, str, str, str, str]
LineOf = Callable[[str], "int | None"]


class _Tally:
    """A claim that is being counted: the first place, and the days of the records that repeat it."""

    __slots__ = ("bytes", "field", "known", "last_record", "line", "note", "record", "records", "since", "until")

    def __init__(self, known: Known, record: int | None, field: str, line: int | None, note: str, size: int) -> None:
        self.known = known
        self.bytes = size
        self.record = record
        self.last_record = record
        self.field = field
        self.line = line
        self.note = note
        self.records = 1
        self.since = ""
        self.until = ""


class Collector:
    """Takes claims and warnings about one file, and makes its report.

    The driver sets `record` (counted from 0, None for a document that is no row) and `line_of` before a reader speaks.
    """

    def __init__(self, file: str, corpus: Corpus) -> None:
        self.file = sayable(file)
        self.corpus = corpus
        self.record: int | None = None
        self.prefix = ""
        self.says = ""
        self.line_of: LineOf | None = None
        self.records = 0
        self.rejected = 0
        self.record_bytes = 0
        self._size = 0
        self._claims: dict[Key, _Tally] = {}
        self._warnings: dict[tuple[str, str], list[Any]] = {}
        self._unknown: dict[str, None] = {}
        self._memo: dict[str, Known] = {}

    def measure(self, text: str) -> None:
        """The record that is read next is this long."""
        self._size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
        self.record_bytes += self._size

    def model(
        self,
        value: Any,
        *,
        field: str,
        role: ClaimRole = "",
        strength: Strength = "strong",
        channel: str = "",
        day: Any = "",
        line: int | None = None,
        note: str = "",
    ) -> Known:
        """A model is named; what the corpora know of it is the answer."""
        return self._named("model", value, field, role, strength, channel, day, line, note)

    def base_model(
        self, value: Any, *, field: str, strength: Strength = "medium", line: int | None = None, note: str = ""
    ) -> Known:
        """A model is named whose weights a run starts from, or a parent of a merge."""
        return self._named("base_model", value, field, "base", strength, "", "", line, note)

    def dataset(
        self,
        value: Any,
        *,
        field: str,
        role: ClaimRole = "training",
        strength: Strength = "medium",
        line: int | None = None,
        note: str = "",
    ) -> None:
        """A data set is named, by its hub id, its path, its URL or a local key."""
        if isinstance(value, str) and plausible(value):
            self._add("dataset", value.strip(), role, strength, "", field, Known(), "", line, note)

    def licence(self, value: Any, *, field: str, strength: Strength = "medium", note: str = "") -> None:
        """A licence is attached, as a label, a name or a URL; a list attaches several."""
        for item in value if isinstance(value, list) else [value]:
            text = item.get("name") or item.get("url") or item.get("@id") if isinstance(item, dict) else item
            if isinstance(text, str) and text.strip() and len(text) <= 500:
                self._add("licence", text.strip(), "", strength, "", field, Known(), "", None, note)

    def party(self, name: Any, *, field: str, strength: Strength = "medium", note: str = "") -> None:
        """A maker is named without a model; a name that the corpora do not know stays as it is written."""
        if not isinstance(name, str) or not name.strip() or len(name) > 200:
            return
        party = self.corpus.party(name.strip())
        known = Known(maker=party.id if party else "")
        self._add("party", party.name if party else name.strip(), "", strength, "", field, known, "", None, note)

    def date(self, value: Any, *, field: str, strength: Strength = "strong") -> str:
        """The day of a date field, noted; empty where the value is none."""
        day = day_of(value)
        if day:
            self._add("date", day, "", strength, "", field, Known(), day, None, "")
        return day

    def channel(self, value: str, *, field: str, strength: Strength = "strong") -> None:
        """A channel is told apart from any model: the service behind which the model is not named."""
        if value:
            self._add("channel", value, "", strength, value, field, Known(), "", None, "")

    def unknown(self, what: str, says: str = "") -> None:
        """The file should name `what` (model, base_model, dataset, licence, content) and does not."""
        if len(self._unknown) < 50:
            self._unknown[what] = None
        if says:
            self.warn("unknown", says)

    def warn(self, kind: WarningKind, says: str, *, line: int | None = None, record: int | None = None) -> None:
        """Something was not read or not understood; equal warnings are counted, the first place is kept."""
        says = sayable(says, 500)
        found = self._warnings.get((kind, says))
        if found is not None:
            found[2] += 1
        elif len(self._warnings) < limits.WARNINGS:
            self._warnings[(kind, says)] = [record if record is not None else self.record, line, 1]
        else:
            rest = self._warnings.setdefault(("sampled", "more warnings than are listed"), [None, None, 0])
            rest[2] += 1

    def names(self, kind: Kind) -> bool:
        """Whether a claim of this kind, other than from a comment or a registry, was found."""
        return any(k[0] == kind and k[2] not in NOT_USE for k in self._claims)

    def _named(
        self,
        kind: Kind,
        value: Any,
        field: str,
        role: ClaimRole,
        strength: Strength,
        channel: str,
        day: Any,
        line: int | None,
        note: str,
    ) -> Known:
        if not isinstance(value, str) or not plausible(value):
            return Known()
        text = value.strip()
        known = self._memo.get(text)
        if known is None:
            known = known_model(self.corpus, text)
            if len(self._memo) < limits.CLAIMS:
                self._memo[text] = known
        if kind == "model" and not channel:
            channel = channel_of_model(text)
        self._add(kind, text, role, strength, channel, field, known, day_of(day), line, note)
        return known

    def _add(
        self,
        kind: Kind,
        value: str,
        role: str,
        strength: str,
        channel: str,
        field: str,
        known: Known,
        day: str,
        line: int | None,
        note: str,
    ) -> None:
        key = (kind, sayable(value), role, strength, channel, self.says)
        tally = self._claims.get(key)
        if tally is None:
            if len(self._claims) >= limits.CLAIMS:
                self.warn("sampled", f"more than {limits.CLAIMS} distinct claims; the rest are counted here only")
                return
            place = sayable(f"{self.prefix}{field}", 500)
            if line is None and self.line_of is not None:
                line = self.line_of(place)
            tally = self._claims[key] = _Tally(known, self.record, place, line, sayable(note, 500), self._size)
        elif tally.last_record != self.record or self.record is None:
            tally.records += 1
            tally.bytes += self._size
            tally.last_record = self.record
        if day:
            tally.since = min(tally.since, day) if tally.since else day
            tally.until = max(tally.until, day)

    def report(self, label: str, sha256: str, size: int) -> FileReport:
        """Everything that was found, in the order in which it was found."""
        claims = [self._claim(key, tally) for key, tally in self._claims.items()]
        used = [c for c in claims if c.role not in NOT_USE]
        makers = [c.maker for c in used if c.kind in ("model", "base_model") and c.maker]
        named = {c.value for c in used if c.kind == "party"}
        parties = [*named, *(self.corpus.parties[m].name for m in dict.fromkeys(makers) if self._is_a_party(m))]
        return FileReport(
            file=self.file,
            format=label,
            sha256=sha256,
            bytes=size,
            records=self.records,
            rejected=self.rejected,
            models=_values(used, "model"),
            parties=sorted(set(parties)),
            datasets=_values([c for c in used if c.role != "evaluation"], "dataset"),
            base_models=_values(used, "base_model"),
            licences=_values(used, "licence"),
            dates=sorted(set(_values(used, "date"))),
            channels=sorted({c.channel for c in used if c.channel}),
            unknown=list(self._unknown),
            record_bytes=self.record_bytes,
            exposure=exposure_of(claims, self.records, self.record_bytes),
            warnings=[
                Warning_(kind=kind, file=self.file, says=says, record=record, line=line, count=count)  # type: ignore[arg-type]
                for (kind, says), (record, line, count) in self._warnings.items()
            ],
            claims=claims,
        )

    def _claim(self, key: Key, tally: _Tally) -> Claim:
        kind, value, role, strength, channel, says = key
        return Claim(
            kind=kind,  # type: ignore[arg-type]
            value=value,
            strength=strength,  # type: ignore[arg-type]
            says=says,
            file=self.file,
            field=tally.field,
            record=tally.record,
            line=tally.line,
            role=role,  # type: ignore[arg-type]
            maker=tally.known.maker,
            family=tally.known.family,
            channel=channel,
            records=tally.records,
            bytes=tally.bytes if tally.record is not None else 0,
            since=tally.since,
            until=tally.until,
            note=tally.note,
        )

    def _is_a_party(self, maker: str) -> bool:
        """Whether a maker's record stands for somebody, and not for authors of many places at once."""
        party = self.corpus.parties.get(maker)
        return party is not None and "(various)" not in party.name


def sayable(text: str, limit: int = 4_000) -> str:
    """`text` as it can be written in any report: cut off, lone surrogates (bytes that are no UTF-8) escaped."""
    return text[:limit].encode("utf-8", "backslashreplace").decode()


def _values(claims: list[Claim], kind: str) -> list[str]:
    return list(dict.fromkeys(c.value for c in claims if c.kind == kind))
