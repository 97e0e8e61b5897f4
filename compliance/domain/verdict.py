"""The four verdicts, in the order of their severity."""

from __future__ import annotations

import enum
from collections.abc import Iterable


class Verdict(enum.IntEnum):
    """What Clearance says of a source or a run; a larger number is more severe."""

    text: str
    """The word that manifests, reports and JSON use."""
    permits: bool
    """Whether the run may go on, with or without duties."""

    ALLOW = 0, "allow", True
    OBLIGATIONS = 1, "allow-with-obligations", True
    REVIEW = 2, "review", False
    BLOCK = 3, "block", False

    def __new__(cls, value: int, text: str, permits: bool) -> Verdict:
        """A member with its attributes, which are read too often to be worked out each time."""
        made = int.__new__(cls, value)
        made._value_ = value
        made.text, made.permits = text, permits
        return made

    @classmethod
    def of(cls, text: str) -> Verdict:
        """The verdict that `text` names; a `KeyError` for any other word."""
        return _VERDICT[text]


_VERDICT = {verdict.text: verdict for verdict in Verdict}


def most_severe(verdicts: Iterable[Verdict]) -> Verdict:
    """The most severe of several verdicts. Nothing checked is never `allow`: of none, it is `review`."""
    return max(verdicts, default=Verdict.REVIEW)


def agree(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict that holds whichever of several possible states of the world is the real one.

    Where all agree, that verdict; where all permit, the one with duties; else a person must decide: `review`.
    """
    found = set(verdicts)
    if len(found) == 1:
        return found.pop()
    if found and max(found).permits:
        return Verdict.OBLIGATIONS
    return Verdict.REVIEW
