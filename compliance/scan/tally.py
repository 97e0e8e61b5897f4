"""What a stretch of a file came to: its records, those that could not be read, and whom they name how surely."""

from __future__ import annotations

import msgspec

from compliance.scan.confirm import Hit, strongest

_MAX_WARNINGS = 20


class Tally(msgspec.Struct):
    """What a stretch of a file held: lines or rows, those that could not be read, and rows by party and strength."""

    records: int = 0
    rejected: int = 0
    bytes: int = 0
    by_strength: dict[str, dict[str, int]] = {}
    by_party: dict[str, int] = {}
    warnings: list[str] = []
    complete: bool = True

    def warn(self, message: str) -> None:
        """Keep a warning, of which a file has at most twenty."""
        if len(self.warnings) < _MAX_WARNINGS:
            self.warnings.append(message)
        elif len(self.warnings) == _MAX_WARNINGS:
            self.warnings.append("more of the same was left out here; the counts are complete")

    def count(self, hits: list[Hit]) -> None:
        """Count a record's hits: each party once, by its strongest."""
        if len(hits) == 1 and hits[0].party is None:
            return
        best: dict[str, Hit] = {}
        for hit in hits:
            if hit.party is not None and (hit.party not in best or _rank(hit) > _rank(best[hit.party])):
                best[hit.party] = hit
        for party, hit in best.items():
            counts = self.by_strength.setdefault(party, {"strong": 0, "medium": 0, "weak": 0})
            counts[hit.strength] += 1
        party_, strength = strongest(hits)
        if party_ is not None and strength in ("medium", "strong"):
            self.by_party[party_] = self.by_party.get(party_, 0) + 1

    def add(self, other: Tally) -> None:
        """Add the tally of the stretch that follows."""
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
        for message in other.warnings:
            self.warn(message)


def _rank(hit: Hit) -> int:
    return {"weak": 1, "medium": 2, "strong": 3}[hit.strength]
