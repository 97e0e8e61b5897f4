"""The nodes of a proof as they are found: verdicts on aspects of a use, and the words and clauses that they rest on.

They are made by the million, so they are structs, which are made ten times faster than frozen data classes, and hold no
cycles, so that the garbage collector need not look at them.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from compliance.decision.model import Citation, Owed
from compliance.domain.evidence import Evidence
from compliance.domain.verdict import Verdict

Clauses = tuple[Citation, ...]


class Told(msgspec.Struct, frozen=True, gc=False):
    """The facts that a stage of the rules is asked about, and what makes them so.

    `words` are the vocabulary's words with their values; `because` gives the clauses behind a word; `duties` are owed
    where the use is allowed with obligations.
    """

    words: dict[str, str]
    because: dict[str, Clauses] = msgspec.field(default_factory=dict)
    duties: tuple[Owed, ...] = ()


class Tested(msgspec.Struct, frozen=True, gc=False):
    """A word that a rule tested, the value that it had, and the clauses that gave it that value."""

    stage: str
    word: str
    value: str
    clauses: Clauses


class Part(msgspec.Struct, frozen=True, gc=False):
    """The verdict on one aspect of a source, with its label, the reason in plain words, and what it rests on.

    `given` is the assumption under which it was reached ("the outputs came through the consumer app"); `parts` are the
    verdicts that it was drawn from: the other values of an unknown, or the terms behind the question of whom they bind.
    `parent` names the source from which it is inherited; `question` would settle a review, and `ask` could answer it.
    """

    verdict: Verdict
    rule: str
    order: int
    reason: str
    clauses: Clauses = ()
    duties: tuple[Owed, ...] = ()
    tests: tuple[Tested, ...] = ()
    parts: tuple[Part, ...] = ()
    given: str = ""
    evidence: tuple[Evidence, ...] = ()
    parent: str = ""
    question: str = ""
    ask: str = ""

    def assuming(self, given: str) -> Part:
        """The same part under a stated assumption."""
        return msgspec.structs.replace(self, given=given)

    def citing(self, clauses: Clauses) -> Part:
        """The same part with the clauses that it rests on."""
        return msgspec.structs.replace(self, clauses=clauses)


def worst(parts: Sequence[Part]) -> Part:
    """The part that decides: the most severe, and of several the one whose label comes first."""
    found = parts[0]
    for part in parts:
        if part.verdict > found.verdict or (part.verdict is found.verdict and part.order < found.order):
            found = part
    return found


class Answered(msgspec.Struct, frozen=True, gc=False):
    """The verdict on a source or base model, and the parts that it rests on.

    `deciding` is the part that gave the `verdict`; `own` is the verdict on its own merits, without what it inherits.
    """

    name: str
    verdict: Verdict
    deciding: Part
    own: Verdict
    parts: tuple[Part, ...]

    @property
    def rule(self) -> str:
        """The label of the reason."""
        return self.deciding.rule

    @property
    def reason(self) -> str:
        """The reason in plain words."""
        return self.deciding.reason
