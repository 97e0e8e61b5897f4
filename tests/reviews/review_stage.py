"""What the tests of reviews share: runs that wait, a clock, a desk, corpora that change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import msgspec

from compliance.corpus.corpus import Corpus, load_corpus
from compliance.corpus.records import Document
from compliance.decision.compose import compose
from compliance.decision.decide import Decider
from compliance.decision.model import Decision
from compliance.domain.manifest import Manifest
from compliance.ledger.basis import basis_of, decide
from compliance.ledger.entry import Entry
from compliance.ledger.log import Log
from compliance.ledger.record import record_decision
from compliance.reviews import queue
from compliance.reviews.desk import Desk
from compliance.reviews.gate import Outcome
from compliance.ruleset.load import load_ruleset

LATER = "2030-06-30T18:00 Europe/Berlin"
TERMS = "anthropic/usage-policy"


class Clock:
    """A time of day that only the test moves."""

    def __init__(self) -> None:
        self.now = datetime(2030, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **span: float) -> None:
        self.now += timedelta(**span)


@cache
def decider() -> Decider:
    """The decider with what comes with the program."""
    return Decider(load_corpus(), load_ruleset(None, "default"))


def changed(change: Callable[[Document], Document], start: str = TERMS) -> Decider:
    """A decider with the documents changed whose ids begin with `start`."""
    corpus = load_corpus()
    documents = tuple(change(d) if d.id.startswith(start) else d for d in corpus.content.documents)
    content = msgspec.structs.replace(corpus.content, documents=documents)
    sha = f"changed-{hash(documents)}"
    return Decider(Corpus(content, sha), load_ruleset(None, "default"))


@dataclass(frozen=True)
class Installed:
    """The present state, as answering asks for it."""

    by: Decider
    corpora: str = ""
    rules: str = ""

    def decide(self, basis: bytes) -> Decision:
        """The decision on a stored basis."""
        return decide(self.by, basis)


def installed(_profile: str) -> Installed:
    """Who decides with what comes with the program."""
    return Installed(decider())


def generated(name: str = "teacher rows", role: str | None = "targets", rows: int = 800, **more: Any) -> dict[str, Any]:
    """A source of rows that a hosted model made."""
    made = {
        "model": "claude-opus-4-1",
        "maker": "Anthropic",
        "channel": "first-party-api",
        "when": "2025-10-02",
        "by_whom": "trainer",
    }
    source = {"name": name, "kind": "model-outputs", "licence": None, "rows": rows, "generated_by": made | more}
    return source | ({"role": role} if role else {})


def human(name: str = "own dialogues", rows: int = 1000) -> dict[str, Any]:
    """A source that nothing forbids."""
    return {"name": name, "kind": "human-data", "licence": "commercial licence", "role": "targets", "rows": rows,
            "generated_by": None}  # fmt: skip


def manifest(*sources: dict[str, Any], name: str = "chat") -> Manifest:
    """A run over the sources."""
    plain = {
        "clearance": 1,
        "run": {"name": name, "date": "2025-11-01", "purpose": "commercial", "method": "finetune"},
        "trainer": {"name": "Chatbot maker"},
        "trainee": {"kind": "general-llm", "domain": "general", "distributed": True, "commercial": True},
        "sources": list(sources),
    }
    return msgspec.convert(plain, Manifest)


def recorded(ledger: Any, run: Manifest, by: Decider | None = None) -> tuple[Decision, Entry]:
    """A run decided and recorded."""
    who = by or decider()
    decided = who.decide(run)
    decision = compose(who, decided, {}, ())
    return decision, record_decision(ledger, decision, msgspec.json.encode(run), basis_of(decided), by="engineer")


@dataclass
class Stage:
    """A desk, its clock, and short words for what the tests do often."""

    desk: Desk
    clock: Clock
    made: list[str] = field(default_factory=list)

    @property
    def log(self) -> Log:
        return self.desk.ledger.log

    def run(self, *sources: dict[str, Any], name: str = "chat") -> str:
        """The id of a recorded decision."""
        return recorded(self.desk.ledger, manifest(*sources, name=name))[0].id

    def items(self, decision: str) -> list[queue.Item]:
        return queue.queue(self.log, decision=decision, moment=self.clock())

    def gate(self, decision: str) -> Outcome:
        return queue.outcome(self.log, decision, self.clock())

    def accept(self, item: str, *, by: str = "ann", until: str = LATER, **more: Any) -> str:
        return self.desk.accept(item, "the risk is small", by=by, until=until, **more)
