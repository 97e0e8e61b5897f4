"""What may be gone: fields that a recorded redaction destroyed, none of them under a hold at the time."""

from __future__ import annotations

from typing import Any

from .leaf import value_of
from .result import Report


class Duties:
    """Redactions and holds in the order in which the log records them."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self._gone: dict[int, set[str]] = {}
        self._erased: dict[int, set[str]] = {}
        self._holds: dict[Any, set[int]] = {}

    def missing(self, index: int, names: set[str]) -> None:
        """Fields of an entry that the leaf commits to and the payload no longer has."""
        self._gone[index] = names

    def hold(self, index: int, fields: dict[str, tuple[bytes, bytes]]) -> None:
        """Take up an entry of the kind `hold`."""
        name, event, held = (value_of(fields, n) for n in ("subject", "event", "entries"))
        if event == "placed" and isinstance(held, list):
            self._holds[str(name)] = {i for i in held if isinstance(i, int)}
        elif event == "released":
            self._holds.pop(str(name), None)
        else:
            self.report.fault("it is a hold that neither begins nor ends", index)

    def redaction(self, index: int, fields: dict[str, tuple[bytes, bytes]]) -> None:
        """Take up an entry of the kind `redaction`."""
        erased = value_of(fields, "erased")
        for place, names in erased.items() if isinstance(erased, dict) else ():
            if not place.isdigit() or int(place) >= index or not isinstance(names, list):
                self.report.fault("it is a redaction of what was not there", index)
                continue
            target = int(place)
            for name, held in self._holds.items():
                if target in held:
                    self.report.fault(
                        f"it was destroyed by entry {index} while the hold {name[:60]!r} was on it", target
                    )
            self._erased.setdefault(target, set()).update(str(n) for n in names)

    def settle(self) -> int:
        """Compare what is gone with what was recorded; how many fields were rightly destroyed."""
        for index in sorted(self._gone.keys() | self._erased.keys()):
            gone, erased = self._gone.get(index, set()), self._erased.get(index, set())
            for name in sorted(gone - erased):
                self.report.fault(f"its field {name!r} is gone, and no redaction says so", index)
            for name in sorted(erased - gone):
                self.report.fault(
                    f"its field {name[:40]!r} is there, though a redaction says that it was destroyed", index
                )
        return sum(len(names) for names in self._gone.values())
