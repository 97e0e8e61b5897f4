"""The four verdicts, in the order of their severity."""

from __future__ import annotations

import enum
from collections.abc import Iterable


class Verdict(enum.IntEnum):
    """What Clearance says of a source or a run; a larger number is more severe."""

    ALLOW = 0
    OBLIGATIONS = 1
    REVIEW = 2
    BLOCK = 3

    @property
    def text(self) -> str:
        """The word that manifests, reports and JSON use."""
        return _TEXT[self]

    @property
    def permits(self) -> bool:
        """Whether the run may go on, with or without duties."""
        return self <= Verdict.OBLIGATIONS

    @classmethod
    def of(cls, text: str) -> Verdict:
        """The verdict that `text` names; a `KeyError` for any other word."""
        return _VERDICT[text]


_TEXT = {
    Verdict.ALLOW: "allow",
    Verdict.OBLIGATIONS: "allow-with-obligations",
    Verdict.REVIEW: "review",
    Verdict.BLOCK: "block",
}
_VERDICT = {text: verdict for verdict, text in _TEXT.items()}


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
