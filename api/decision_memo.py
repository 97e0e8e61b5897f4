"""A decision as a memo for counsel: what was decided, on which clauses, what is open, and how to prove it.

The memo is made of plain blocks; `memo.html.j2` and `memo_pdf.py` set them.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from compliance.decision.model import Decision, Exposure, SourceAnswer
from compliance.domain.verdict import Verdict
from compliance.ledger.entry import Entry
from compliance.report import view
from compliance.report.html import TITLES
from compliance.report.labels import label
from compliance.report.words import (
    FINDINGS,
    NOT_ADVICE,
    ask,
    capital,
    clause_name,
    clause_source,
    count,
    flipped,
    listed,
    owed,
    percent,
    pinned,
    placed,
    rows,
    sentence,
    shown,
    state,
)

GROUPS = 60
"""So many groups of sources are explained; the rest is counted."""
NAMES = 12
ITEMS = 60
Kind = Literal["heading", "part", "text", "item", "quote", "small"]

TAGS = {"heading": "h2", "part": "h3", "text": "p", "quote": "blockquote", "small": "p"}


class Block(NamedTuple):
    """A stretch of the memo: a heading, a part within it, a paragraph, an item of a list, a clause, or small print."""

    kind: Kind
    text: str


class Memo(NamedTuple):
    """The memo: `facts` are the lines of its head."""

    title: str
    verdict: str
    outcome: str
    headline: str
    facts: list[tuple[str, str]]
    blocks: list[Block]


def memo_of(decision: Decision, entry: Entry) -> Memo:
    """The memo on a decision as its entry holds it."""
    facts = [
        ("Run", decision.run),
        ("Trainer", decision.trainer),
        ("Trains", decision.trainee),
        ("Judged for", decision.date),
        ("Profile", decision.profile),
        ("Decided", f"{entry.at[:10]} {entry.at[11:16]} UTC by {entry.value('by') or 'the command line'}"),
        ("Decision", decision.id),
    ]
    blocks: list[Block] = []
    _reasons(decision, blocks)
    _lists(decision, blocks)
    _proof(decision, entry, blocks)
    facts = [(name, shown(value)) for name, value in facts]
    title = f"Clearance memo: {shown(decision.run)}"
    return Memo(title, decision.verdict, TITLES[decision.verdict], view.headline(decision), facts, blocks)


def _reasons(decision: Decision, out: list[Block]) -> None:
    groups = view.grouped(decision)
    stopped = [g for g in groups if not g.verdict.permits] or groups
    out.append(Block("heading", "What stands in the way" if view.stops(decision.verdict) else "On what it rests"))
    if not stopped:
        out.append(Block("text", "No source was checked."))
    for group in stopped[:GROUPS]:
        _group(group, out)
    if len(stopped) > GROUPS:
        out.append(Block("text", f"{len(stopped) - GROUPS:,} further groups of sources are in the full report."))


def _group(group: view.Group, out: list[Block]) -> None:
    lead = group.lead
    names = [shown(one.source) for one in group.members[:NAMES]]
    more = len(group.members) - len(names)
    size = ", ".join(part for part in (rows(group.rows), percent(group.share)) if part)
    out.append(Block("part", f"{listed([*names, *([f'{more:,} more'] if more else [])])}: {lead.verdict} ({size})"))
    out.append(Block("text", sentence(lead.reason)))
    out.append(Block("small", f"Rule {lead.rule}: {label(lead.rule).title}"))
    for clause in lead.clauses:
        out.append(Block("quote", f"{shown(clause_name(clause))}: {sentence(clause.says)}"))
        out.append(Block("small", shown(clause_source(clause))))
    for evidence in lead.evidence[:ITEMS]:
        out.append(Block("item", shown(f"Evidence: {placed(evidence)}")))
    for duty in lead.duties:
        out.append(Block("item", shown(f"Owed: {owed(duty)}")))
    _open(lead, out)


def _open(lead: SourceAnswer, out: list[Block]) -> None:
    for fact in lead.missing[:ITEMS]:
        out.append(Block("item", shown(f"Not known: {fact.question} {ask(fact)}")))
    for flip in lead.flips[:ITEMS]:
        out.append(Block("item", shown(f"Otherwise {flipped(flip)}")))


def _lists(decision: Decision, out: list[Block]) -> None:
    smallest, others = view.remedies(decision)
    changes = [r for r in (smallest, *others) if r is not None]
    _list(out, "What would clear the run", [f"{capital(r.change)} (then: {r.verdict})" for r in changes])
    _list(out, "Obligations", [owed(duty) for duty in decision.obligations])
    _list(out, "Facts to supply", [f"{fact.question} {ask(fact)}" for fact in view.facts(decision)])
    _list(out, "Findings", [f"{FINDINGS[f.kind]}: {f.says}" for f in decision.findings])
    exposure = sorted((e for e in decision.exposure if e.sources), key=lambda part: -Verdict.of(part.verdict))
    _list(out, "Exposure", [_exposed(part) for part in exposure])


def _exposed(part: Exposure) -> str:
    size = [count(part.sources, "source"), rows(part.rows) if part.rows else "", percent(part.share)]
    return f"{part.verdict}: {', '.join(word for word in size if word)}"


def _list(out: list[Block], heading: str, items: list[str]) -> None:
    if items:
        out.append(Block("heading", heading))
        out += [Block("item", shown(item)) for item in items[:ITEMS]]
    if len(items) > ITEMS:
        out.append(Block("text", f"{len(items) - ITEMS:,} more are in the full report."))


def _proof(decision: Decision, entry: Entry, out: list[Block]) -> None:
    out.append(Block("heading", "How it can be proved"))
    out.append(
        Block(
            "text",
            f"The decision is entry {entry.index} of the ledger. With a checkpoint that was kept elsewhere, "
            "“clearance ledger verify” shows that neither it nor anything before it was changed since; "
            f"“clearance ledger replay {entry.index}” decides again from what is stored.",
        )
    )
    lines = [
        f"leaf hash sha256:{entry.leaf_hash.hex()}",
        f"corpora: {state(decision.corpora, 'record')}",
        f"rules: {state(decision.rules, 'rule')}",
        f"program: {entry.value('program') or 'not recorded'}",
        *(pinned(evidence) for evidence in decision.inputs[:ITEMS]),
    ]
    out += [Block("small", shown(line)) for line in lines]
    out.append(Block("text", NOT_ADVICE))
