"""What a stretch of a file came to: its records, those that could not be read, and whom they name how surely."""

from __future__ import annotations

import msgspec

from compliance.scan.confirm import Hit, strongest
from compliance.scan.signatures import RANK

_MAX_WARNINGS = 20


class Tally(msgspec.Struct):
    """What a stretch of a file held: lines or rows, those that could not be read, and rows by party and strength."""

    records: int = 0
    rejected: int = 0
    bytes: int = 0
    by_strength: dict[str, dict[str, int]] = {}
    by_party: dict[str, int] = {}
    warnings: list[str] = []
    # For each warning the record that it begins with, so that the tally of a file can count on; -1: none.
    about: list[int] = []
    complete: bool = True

    def warn(self, message: str, record: int = -1) -> None:
        """Keep a warning, of which a file has at most twenty; one about a record says first which."""
        if len(self.warnings) > _MAX_WARNINGS:
            return
        if len(self.warnings) == _MAX_WARNINGS:
            message, record = "more of the same was left out here; the counts are complete", -1
        self.warnings.append(f"record {record} {message}" if record >= 0 else message)
        self.about.append(record)

    def note(self, message: str) -> None:
        """Put a remark about the whole file before the warnings."""
        self.warnings.insert(0, message)
        self.about.insert(0, -1)

    def count(self, hits: list[Hit]) -> None:
        """Count a record's hits: each party once, by its strongest."""
        if len(hits) == 1 and hits[0].party is None:
            return
        best: dict[str, Hit] = {}
        for hit in hits:
            party = hit.party
            if party is not None and (party not in best or RANK[hit.strength] > RANK[best[party].strength]):
                best[party] = hit
        for name, hit in best.items():
            counts = self.by_strength.get(name)
            if counts is None:
                counts = self.by_strength[name] = {"strong": 0, "medium": 0, "weak": 0}
            counts[hit.strength] += 1
        named, strength = strongest(hits)
        if named is not None and strength in ("medium", "strong"):
            self.by_party[named] = self.by_party.get(named, 0) + 1

    def add(self, other: Tally) -> None:
        """Add the tally of the stretch that follows."""
        for message, record in zip(other.warnings, other.about, strict=True):
            if record >= 0:
                self.warn(message.removeprefix(f"record {record} "), record + self.records)
            elif message not in self.warnings:
                self.warn(message)
        self.records += other.records
        self.rejected += other.rejected
        self.bytes += other.bytes
        self.complete = self.complete and other.complete
        for party, counts in other.by_strength.items():
            mine = self.by_strength.setdefault(party, {"strong": 0, "medium": 0, "weak": 0})
            for strength, number in counts.items():
                mine[strength] += number
        for party, number in other.by_party.items():
            self.by_party[party] = self.by_party.get(party, 0) + number
