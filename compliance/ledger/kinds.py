"""What an entry may say: a closed list of kinds, each with its fields.

Every kind has a `subject`, what it is about, by which it is found again. A field of type `bytes` is stored as it is;
every other field as canonical JSON. Each field is committed to by itself, so each can be destroyed by itself.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType


class Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of the kinds: `subject` is what the entry is about, `by` who or what acted."""

    subject: str
    by: str | UnsetType = UNSET


class DecisionMade(Said, frozen=True, kw_only=True):
    """A check: the decision's id as subject, its document, and everything that it was made from."""

    verdict: str
    document: bytes
    manifest: bytes
    basis: bytes
    """What was decided, from which the same bytes come out again."""
    manifest_sha256: str
    profile: str
    corpora: str
    rules: str
    program: str
    inputs: dict[str, str] = {}
    texts: dict[str, str] = {}


class AnswerGiven(Said, frozen=True, kw_only=True):
    """A question about terms, the answer that was given, and the clauses it cites."""

    question: str
    answer: bytes
    citations: list[Any] = []
    corpora: str | UnsetType = UNSET
    program: str


class Feedback(Said, frozen=True, kw_only=True):
    """What a reader says of an answer (the subject)."""

    ruling: Literal["helpful", "wrong"]
    note: str | UnsetType = UNSET


class Review(Said, frozen=True, kw_only=True):
    """A step on a decision (the subject), or on one source of it: what was ruled, said, answered or asked of whom.

    `decision` is the one that was made instead, from `edits` of the manifest or because of `changes` in what is known.
    """

    ruling: Literal["allow", "allow-with-obligations", "review", "block"] | UnsetType = UNSET
    event: Literal["assigned", "commented", "answered", "rejected", "reopened"] | UnsetType = UNSET
    reason: str
    source: str | UnsetType = UNSET
    to: str | UnsetType = UNSET
    due: str | UnsetType = UNSET
    evidence: list[str] | UnsetType = UNSET
    decision: str | UnsetType = UNSET
    edits: list[Any] | UnsetType = UNSET
    changes: list[str] | UnsetType = UNSET


class Waiver(Said, frozen=True, kw_only=True):
    """Leave to go on despite a decision, as asked for, granted by a second person or withdrawn; the subject names it.

    `grounds` is what the verdict of each source rested on; leave ends where that is no longer so, and at `until` (UTC),
    given as `until_said` with its zone.
    """

    event: Literal["requested", "granted", "withdrawn"]
    decision: str | UnsetType = UNSET
    manifest_sha256: str | UnsetType = UNSET
    profile: str | UnsetType = UNSET
    scope: Literal["run", "source", "clause"] | UnsetType = UNSET
    sources: list[str] = []
    clauses: list[str] | UnsetType = UNSET
    grounds: list[Any] | UnsetType = UNSET
    reason: str
    until: str | UnsetType = UNSET
    until_said: str | UnsetType = UNSET


class TermsChanged(Said, frozen=True, kw_only=True):
    """A version of a document (the subject) that came in, was confirmed or was withdrawn.

    Where somebody ruled on what was found in it, `word` is the ruling on `clause`, whose words have the hash `sha256`,
    or on a whole text; `text_sha256` is the newest text that it stands in, `edits` are the values that it was accepted
    with, or whom the document binds, and `overlay` is the file of records that the word goes into. `note` says the
    same in words, and is all that entries of before say.
    """

    event: Literal["seen", "confirmed", "withdrawn"]
    version: str
    sha256: str
    source: str | UnsetType = UNSET
    note: str | UnsetType = UNSET
    word: Literal["accepted", "rejected", "complete", "binds"] | UnsetType = UNSET
    clause: str | UnsetType = UNSET
    text_sha256: str | UnsetType = UNSET
    edits: dict[str, str] | UnsetType = UNSET
    overlay: str | UnsetType = UNSET


class KeyEvent(Said, frozen=True, kw_only=True):
    """The log's signing key: made with the log, or put in place of the one before. The subject is the key's id."""

    event: Literal["created", "rotated"]
    vkey: str
    reason: str | UnsetType = UNSET


class Login(Said, frozen=True, kw_only=True):
    """Somebody (the subject) came in, went, or was turned away."""

    event: Literal["in", "out", "refused"]
    method: str
    address: str | UnsetType = UNSET


class Redaction(Said, frozen=True, kw_only=True):
    """Fields of earlier entries that were destroyed; their commitments stay."""

    erased: dict[str, list[str]]
    """Names of fields by entry index."""
    reason: str


class Hold(Said, frozen=True, kw_only=True):
    """A legal hold, by its name: while it lasts nothing of its entries may be destroyed."""

    event: Literal["placed", "released"]
    entries: list[int] = []
    reason: str


KINDS: dict[str, type[Said]] = {
    "answer": AnswerGiven,
    "decision": DecisionMade,
    "feedback": Feedback,
    "hold": Hold,
    "key": KeyEvent,
    "login": Login,
    "redaction": Redaction,
    "review": Review,
    "terms": TermsChanged,
    "waiver": Waiver,
}

LASTING = frozenset({"hold", "key", "redaction"})
"""Kinds that cannot be redacted: without them the log could not be verified."""

OWN = LASTING
"""Kinds that the ledger writes itself, each together with what it says."""
