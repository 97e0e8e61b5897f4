"""What evidence files say: claims, each with its place, source and strength; and warnings about what was not said.

A *claim* is one fact as a file states it; nothing is decided here. Records are counted from 0, lines from 1.
`strength` says who speaks: `strong` is written by the service or the tool itself, `medium` is declared by people in a
card or a config, `weak` is a mention in prose, in a name or in a comment.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from compliance.domain.evidence import MadeBy, Strength

Kind = Literal["model", "base_model", "party", "dataset", "licence", "date", "channel"]
ClaimRole = Literal[
    "",  # the file does not say
    "targets",
    "logits",
    "preference",
    "reward",
    "rewrite",
    "prompts",
    "filter",
    "embedding",
    "evaluation",
    "tooling",
    "base",  # the weights a run starts from, or a parent of a merge
    "training",  # a data set that a run or a card says it trains on
    "subject",  # what the file itself describes: the set of a data card, the model of a bill of materials
    "catalogue",  # on offer in a registry or a list, which is no use
    "commented",  # named in a comment only
    "requested",  # asked for; the answer may name another
]
WarningKind = Literal[
    "unreadable",
    "changed",
    "symlink",
    "not-read",
    "unknown-format",
    "empty",
    "content-absent",
    "encoding",
    "malformed",
    "truncated",
    "mixed",
    "duplicate-key",
    "not-a-number",
    "too-large",
    "too-deep",
    "bomb",
    "corrupt",
    "sampled",
    "unresolved",
    "unknown",
    "registry",
    "error-record",
    "date-conflict",
]

# Roles that a summary leaves out: to be named is not to be used. The claims keep them.
NOT_USE: frozenset[str] = frozenset({"catalogue", "commented"})
OFFERED = "on offer as "
"""How the note begins of what a registry offers; the name by which a run may ask for it follows."""


class Part(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Base of the report's parts: immutable; fields that say nothing are not written."""


class Claim(Part, frozen=True, kw_only=True):
    """One fact as a file states it.

    `value` is as written. `maker` and `family` are ids of the corpora where the value resolves. `channel` is written
    as in a manifest (`first-party-api`, `cloud-reseller:Groq`, `open-weights`). `record`, `field` and `line` are the
    first place; `records` counts the records that say the same, and `bytes` is how long they are, 0 where that was not
    measured. `since` and `until` are the first and the last day
    that those records carry.
    """

    kind: Kind
    value: str
    strength: Strength
    says: str
    file: str
    field: str = ""
    record: int | None = None
    line: int | None = None
    role: ClaimRole = ""
    maker: str = ""
    family: str = ""
    channel: str = ""
    records: int = 1
    bytes: int = 0
    since: str = ""
    until: str = ""
    note: str = ""


class Warning_(Part, frozen=True, kw_only=True):
    """Something that a reader could not read, did not look at, or could not tell; `count` says how often."""

    kind: WarningKind
    file: str
    says: str
    record: int | None = None
    line: int | None = None
    count: int = 1


class FileReport(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the readers see in one file: the summary lists first, then everything behind them.

    `record_bytes` is the length of all records that were measured.
    """

    file: str
    format: str
    sha256: str
    bytes: int = 0
    records: int = 0
    rejected: int = 0
    models: list[str] = []
    parties: list[str] = []
    datasets: list[str] = []
    base_models: list[str] = []
    licences: list[str] = []
    dates: list[str] = []
    channels: list[str] = []
    unknown: list[str] = []
    record_bytes: int = 0
    exposure: list[MadeBy] = []
    warnings: list[Warning_] = []
    claims: list[Claim] = []


class Inspection(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What `clearance inspect` answers: a report a file, and the paths that were passed over with the reason."""

    files: list[FileReport]
    skipped: list[Warning_] = []
