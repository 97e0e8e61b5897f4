"""Where a fact comes from."""

from __future__ import annotations

import msgspec


class Evidence(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where a fact of the case comes from: a place in a file, or a record of the corpora."""

    says: str
    file: str = ""
    line: int | None = None
    field: str = ""
    sha256: str = ""
    record: str = ""
