"""What a text may hold at most, and the errors that say so."""

from __future__ import annotations

from compliance.errors import UnsafeInput
from compliance.reading.files import Text

MAX_DEPTH = 40
MAX_NODES = 5_000_000
MAX_ALIASED_NODES = 100_000
MAX_DIGITS = 18  # of a whole number; far above any count of rows or users


def too_deep(text: Text, line: int | None) -> UnsafeInput:
    """The error for values that stand more than `MAX_DEPTH` levels deep."""
    return UnsafeInput(f"nested deeper than {MAX_DEPTH} levels", file=text.name, line=line, remedy="flatten the file")


def too_many(text: Text, line: int | None = None) -> UnsafeInput:
    """The error for more than `MAX_NODES` values."""
    return UnsafeInput(
        f"more than {MAX_NODES:,} values", file=text.name, line=line, remedy="split it into smaller files"
    )


def short(text: str, limit: int = 80) -> str:
    """`text` as a message may quote it: its beginning, where it is long."""
    return text if len(text) <= limit else text[:limit] + "…"
