"""What a decision was made from, in full: with it, the corpora and the rules, the same bytes come out again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from compliance.decision.compose import compose
from compliance.decision.decide import Decided, Decider
from compliance.decision.model import Decision
from compliance.domain.difference import Difference
from compliance.domain.evidence import Evidence
from compliance.domain.manifest import Manifest
from compliance.errors import InputError

_encoder = msgspec.json.Encoder(order="deterministic")


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """The manifest as decided, with what the evidence added; where the two part; and where everything stands."""

    manifest: Manifest
    differences: tuple[Difference, ...]
    places: dict[str, Evidence]
    inputs: tuple[Evidence, ...]


def basis_of(decided: Decided, places: Mapping[str, Evidence] = {}, inputs: Sequence[Evidence] = ()) -> bytes:
    """The basis of a decided run, as an entry keeps it."""
    return _encoder.encode(
        Basis(
            manifest=decided.case.manifest,
            differences=tuple(decided.differences),
            places=dict(places),
            inputs=tuple(inputs),
        )
    )


def decide(decider: Decider, basis: bytes) -> Decision:
    """The decision that `decider` makes on a stored basis."""
    try:
        found = msgspec.json.decode(basis, type=Basis)
    except msgspec.MsgspecError as error:
        raise InputError(
            f"what the decision was made from cannot be read by this program: {error}",
            remedy="replay it with the version that the entry names",
        ) from None
    decided = decider.decide(found.manifest, found.differences)
    return compose(decider, decided, found.places, found.inputs)
