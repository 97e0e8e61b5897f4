"""What a check says: the faults, and what was looked at."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST_FAULTS = 200
"""So many are told one by one; the rest are counted."""


@dataclass(frozen=True)
class Fault:
    """Something that is not as it was written; `entry` is the index of the entry it is about, if it is about one."""

    says: str
    entry: int | None = None

    def __str__(self) -> str:
        return f"entry {self.entry}: {self.says}" if self.entry is not None else self.says


@dataclass
class Report:
    """The outcome of a check."""

    what: str
    origin: str = ""
    size: int = 0
    root: str = ""
    entries: int = 0
    erased: int = 0
    keys: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    untold: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def fault(self, says: str, entry: int | None = None) -> None:
        """Tell a fault."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(says, entry))
        else:
            self.untold += 1

    def names(self, entry: int) -> bool:
        """Whether a fault about this entry was told."""
        return any(f.entry == entry for f in self.faults)
