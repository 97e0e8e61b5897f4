"""What a service is started with."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

MIB = 1024 * 1024
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatModel:
    """A chat model that words answers: an OpenAI-compatible address on this machine, or on one of `hosts` over https.

    It is given `seconds` for a draft; `key` is sent to it as the bearer token.
    """

    url: str
    name: str = "default"
    hosts: frozenset[str] = frozenset()
    key: str = field(default="", repr=False)
    seconds: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one service; each has a default but the ledger."""

    ledger: str
    """A path (SQLite) or URL (PostgreSQL): decisions, keys and sessions live there."""
    ledger_key: Path | None = field(default=None, repr=False)
    """The file with the key that signs it; None for where `clearance ledger` looks."""
    oidc: Path | None = None
    """A file that says whose tokens are taken beside keys; None for nobody's."""
    corpora: tuple[Path, ...] = ()
    """Folders of further records."""
    corpus: tuple[Path, ...] = ()
    """Folders of dated terms, from which questions are answered; none for no questions."""
    words_only: bool = False
    """Search by words alone, without the embedding model."""
    chat_model: ChatModel | None = None
    """Who words the answers, which a gate holds against the texts; None for the passages' own words."""
    terms: str = ""
    """A path or URL of a database of terms (`clearance terms`); empty for none."""
    evidence_roots: tuple[Path, ...] = ()
    """Folders below which a check may name files to read; none for no path at all."""
    uploads: Path | None = None
    """Where uploaded evidence lies for a day; None for beside the ledger."""
    max_upload: int = 256 * MIB
    """Bytes of one upload."""
    max_stored: int = 4096 * MIB
    """Bytes of all uploads together."""
    upload_seconds: float = 600.0
    """An upload that takes longer is not waited for."""
    answer_seconds: float = 20.0
    """A question that takes longer is given up; with a chat model, after what that is given besides."""
    startup_token: str = field(default="", repr=False)
    """A token of the role admin that lives as long as the process; empty for none."""
    hosts: frozenset[str] = frozenset()
    """The names under which the service answers; empty for any."""
    deciders: int = field(default_factory=lambda: min(os.cpu_count() or 1, 8) + 1)
    """So many processes decide: one more than cores, since one that hands its answer over decides nothing meanwhile."""
    max_waiting: int = 64
    """So many checks may wait for one of them; further ones are turned away."""
    decide_seconds: float = 120.0
    """A check that takes longer is ended."""
    body_seconds: float = 30.0
    """A body that takes longer to arrive is not waited for."""
    rate: float = 500.0
    """Requests of one key each second, in each process; 0 for any number."""
    failed_logins: int = 60
    """Credentials of one address that may be nobody's each minute, in each process; 0 for any number."""
    max_body: int = 4 * MIB
    """Bytes of a request's body."""
    max_batch: int = 200
    """Manifests of a batch that is answered at once; a larger one is a job."""
    max_job_batch: int = 2000
    """Manifests of a batch that is a job."""
    job_bytes: int = 2 * MIB
    """A manifest of more bytes is a job."""
    job_evidence: int = 16 * MIB
    """A check with more bytes of evidence is a job."""
    job_seconds: float = 3600.0
    """One decision of a job takes at most so long."""
    webhook_hosts: frozenset[str] = frozenset()
    """Hosts that may be told when a job ends; none for no webhooks."""
    webhook_secret: bytes = field(default=b"", repr=False)
    """What webhooks are signed with."""
    webhook_private: bool = False
    """Whether webhooks may go to addresses of the local network, and unencrypted."""
    session_hours: float = 12.0
    """A login on the pages lasts so long."""
