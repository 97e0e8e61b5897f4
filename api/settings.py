"""What a service is started with."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

MIB = 1024 * 1024
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one service; each has a default but the ledger."""

    ledger: str
    """A path (SQLite) or URL (PostgreSQL): decisions, keys and sessions live there."""
    corpora: tuple[Path, ...] = ()
    """Folders of further records."""
    startup_token: str = field(default="", repr=False)
    """A token of the role admin that lives as long as the process; empty for none."""
    hosts: frozenset[str] = frozenset()
    """The names under which the service answers; empty for any."""
    deciders: int = field(default_factory=lambda: min(os.cpu_count() or 1, 8))
    """So many processes decide."""
    max_waiting: int = 64
    """So many checks may wait for one of them; further ones are turned away."""
    decide_seconds: float = 120.0
    """A check that takes longer is ended."""
    body_seconds: float = 30.0
    """A body that takes longer to arrive is not waited for."""
    max_body: int = 4 * MIB
    """Bytes of a request's body."""
    max_batch: int = 200
    """Manifests of a batch."""
    session_hours: float = 12.0
    """A login on the pages lasts so long."""
