"""How much of a file each model made, as far as its records say: rows, bytes and share."""

from __future__ import annotations

from collections.abc import Sequence

from compliance.domain.evidence import MadeBy, Strength
from compliance.evidence.claims import Claim

MADE = frozenset({"targets", "logits", "preference", "reward", "rewrite", "prompts", ""})
"""Roles in which a model leaves its mark on rows that are trained on."""
_ORDER: dict[Strength, int] = {"strong": 0, "medium": 1, "weak": 2}


def exposure_of(claims: Sequence[Claim], records: int, size: int) -> list[MadeBy]:
    """What each teacher made of a file with so many records, the largest first.

    `size` are the bytes of all records, 0 where they were not measured. A row may name several teachers and counts for
    each, so that the shares need not add up to 1; rows that name none are in nobody's share.
    """
    found: dict[tuple[str, str], list[Claim]] = {}
    for claim in claims:
        if claim.kind in ("model", "party") and claim.role in MADE and claim.record is not None:
            teacher = claim.value
            found.setdefault((teacher, claim.maker), []).append(claim)
    if not records:
        return []
    exposures = []
    for (teacher, maker), said in found.items():
        rows = min(records, sum(c.records for c in said))
        measured = min(size, sum(c.bytes for c in said)) if all(c.bytes for c in said) else 0
        exposures.append(
            MadeBy(
                teacher=teacher,
                maker=maker,
                strength=min((c.strength for c in said), key=_ORDER.__getitem__),
                rows=rows,
                share=round(rows / records, 6),
                bytes=measured or None,
                share_of_bytes=round(measured / size, 6) if measured else None,
            )
        )
    return sorted(exposures, key=lambda e: (-e.rows, e.teacher, e.maker))


def told(exposure: MadeBy) -> str:
    """An exposure in words: `gpt-4o 2 rows (66.67%), 1,240 bytes`."""
    rows = "1 row" if exposure.rows == 1 else f"{exposure.rows:,} rows"
    measured = f", {exposure.bytes:,} bytes" if exposure.bytes else ""
    return f"{exposure.teacher} {rows} ({exposure.share:.2%}){measured}"
