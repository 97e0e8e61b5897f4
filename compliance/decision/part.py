"""The nodes of a proof as they are found: verdicts on aspects of a use, and the words and clauses that they rest on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from compliance.decision.model import Citation, Evidence, Owed
from compliance.domain.verdict import Verdict

Clauses = tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """The facts that a stage of the rules is asked about, and what makes them so.

    `words` are the vocabulary's words with their values; `because` gives the clauses behind a word; `duties` are owed
    where the use is allowed with obligations.
    """

    words: dict[str, str]
    because: dict[str, Clauses] = field(default_factory=dict)
    duties: tuple[Owed, ...] = ()


@dataclass(frozen=True, slots=True)
class Tested:
    """A word that a rule tested, the value that it had, and the clauses that gave it that value."""

    stage: str
    word: str
    value: str
    clauses: Clauses


@dataclass(frozen=True, slots=True)
class Part:
    """The verdict on one aspect of a source, with its label, the reason in plain words, and what it rests on.

    `given` is the assumption under which it was reached ("the outputs came through the consumer app"); `parts` are the
    verdicts that it was drawn from: the other values of an unknown, or the terms behind the question of whom they bind.
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

    def assuming(self, given: str) -> Part:
        """The same part under a stated assumption."""
        return replace(self, given=given)


def worst(parts: list[Part]) -> Part:
    """The part that decides: the most severe, and of several the one whose label comes first."""
    return min(parts, key=lambda p: (-p.verdict, p.order))


@dataclass(frozen=True, slots=True)
class Answered:
    """The verdict on a source or base model, and the parts that it rests on; `own` leaves out what it inherits."""

    name: str
    verdict: Verdict
    rule: str
    reason: str
    parts: tuple[Part, ...]

    @property
    def deciding(self) -> Part:
        """The part that gave the verdict."""
        return worst(list(self.parts))

    @property
    def own(self) -> Verdict:
        """The verdict on its own merits, without what it inherits from other sources of the run."""
        return max((p.verdict for p in self.parts if not p.parent), default=Verdict.ALLOW)
