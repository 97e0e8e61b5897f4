"""Where evidence says something else than the manifest declares."""

from __future__ import annotations

from typing import Literal

import msgspec

from compliance.domain.evidence import Evidence, Strength

Kind = Literal["teacher", "channel", "dates", "licence", "data-set", "base", "unread"]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One claim that the declaration of `source` (a name of the manifest, or `base_model:<model>`) does not bear out.

    `strength` is the claim's: `strong` where the service or tool itself wrote it. `judged` says that the manifest which
    is decided holds the claim already, beside what was declared, so that terms and licences rule on it.
    """

    source: str
    kind: Kind
    strength: Strength
    says: str
    evidence: Evidence
    judged: bool = False
