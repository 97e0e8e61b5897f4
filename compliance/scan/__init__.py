"""Scanning texts, logs and columns for what shows which model wrote them.

`judge` weighs one text or record; `compliance.scan.scanner` walks files of any size with the same meaning.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compliance.scan.confirm import Confirmer

__all__ = ["judge"]


@lru_cache(maxsize=1)
def _confirmer() -> Confirmer:
    from compliance.scan.confirm import Confirmer
    from compliance.scan.signatures import load_signatures

    return Confirmer(load_signatures().content)


def judge(record: Any) -> tuple[str | None, str]:
    """The party that a text, or a decoded record, names most strongly, and the strength of that evidence."""
    from compliance.scan.confirm import strongest

    return strongest(_confirmer().record(record))
