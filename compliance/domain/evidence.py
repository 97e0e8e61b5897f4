"""Where a fact comes from."""

from __future__ import annotations

from typing import Literal

import msgspec

Strength = Literal["strong", "medium", "weak"]
"""How much a trace says: a strong one changes a verdict, the others open a review."""


class MadeBy(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How much of a file one teacher made, as its records say: rows and bytes, and the share of all that were read.

    Bytes are None where records come without a length of their own (columns, tables).
    """

    teacher: str
    maker: str
    strength: Strength
    rows: int
    share: float
    bytes: int | None = None
    share_of_bytes: float | None = None


class Evidence(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where a fact of the case comes from: a place in a file, or a record of the corpora.

    Of a file that was read as evidence, `made_by` tells how much of it each teacher made.
    """

    says: str
    file: str = ""
    line: int | None = None
    field: str = ""
    sha256: str = ""
    record: str = ""
    made_by: tuple[MadeBy, ...] = ()
