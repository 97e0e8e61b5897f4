"""Whether an id or a signed block is what it looks like, by the structure inside it."""

from __future__ import annotations

import base64

from compliance.scan.id_dates import issued, looks_typed
from compliance.scan.signatures import Signature


def proof(signature: Signature, value: str) -> tuple[str, str | None] | None:
    """The strength and the date of an id by its inner structure."""
    if signature.check is None:
        return signature.strength, None
    if signature.check == "anthropic-signature":
        proven, date = _thinking_signature(value), None
    elif signature.check == "typed":
        known = issued(value)
        proven, date = not looks_typed(value.rpartition("_")[2]), known.date if known else None
    else:
        found = issued(value)
        proven, date = found is not None, found.date if found else None
    strength = signature.strength if proven else signature.unproven
    return None if strength == "none" else (strength, date)


def _thinking_signature(value: str) -> bool:
    """Whether base64 text has the message structure of a signed thinking block, or names the model inside."""
    try:
        raw = base64.b64decode(value[: len(value.rstrip("=")) // 4 * 4])
    except ValueError:
        return False
    if b"claude-" in raw:
        return True
    at = 1
    while at < len(raw) and raw[at] >= 0x80:
        at += 1
    return raw[:1] == b"\x12" and raw[at + 1 : at + 2] == b"\x0a"
