"""The report as one HTML file: it needs no network and no script, prints well, and holds every hostile name as text.

Three locks, each enough by itself: every string that the template prints passes `shown` and is escaped; the page's
policy forbids scripts, requests and any style but its own (pinned by hash); and no value stands in a URL, a style or a
handler.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import jinja2
from markupsafe import Markup

from compliance.decision.model import Citation, Decision, Exposure, SourceAnswer, Step
from compliance.domain.verdict import Verdict
from compliance.report import picture, view, words
from compliance.report.labels import label

ROWS = 300
"""With more sources than this the table holds a line a group."""
DETAILS = 40
"""So many groups are explained, and so many proof trees shown."""
ENTRIES = 200
"""So many entries of every other list are shown."""
NAMES = 12
"""So many names of a group are written out."""

TEMPLATES = Path(__file__).parent / "templates"
TITLES = {
    "block": "Blocked",
    "review": "Needs a decision",
    "allow-with-obligations": "Allowed, with obligations",
    "allow": "Allowed",
}


class Event(NamedTuple):
    """A point on the walk round a proof tree; a template can follow it without recursion."""

    does: Literal["open", "claim", "end", "close"]
    step: Step | None = None


class Proof(NamedTuple):
    """A proof tree, and the sources that rest on it."""

    step: Step
    members: tuple[SourceAnswer, ...]


def render(decision: Decision) -> str:
    """The whole report as an HTML document."""
    groups = view.grouped(decision)
    smallest, others = view.remedies(decision)
    total = len(decision.sources)
    table = groups if total > ROWS else [view.Group((answer,)) for answer in view.ranked(decision.sources)]
    css = _css()
    return _environment().get_template("report.html.j2").render(
        decision=decision,
        headline=view.headline(decision),
        css=Markup(css),
        style_hash=base64.b64encode(hashlib.sha256(css.encode()).digest()).decode(),
        stopped=[group for group in groups if not group.verdict.permits],
        bases=any(answer.source.startswith("base_model:") for answer in decision.sources),
        table=table,
        grouped=total > ROWS,
        named=sum(min(NAMES, len(group.members)) for group in table[:ROWS]),
        picture=picture.draw(decision),
        proofs=_proofs(decision),
        facts=view.facts(decision),
        smallest=smallest,
        others=others,
        exposure=sorted(decision.exposure, key=lambda part: -Verdict.of(part.verdict)),
        made=view.made_by(decision),
        stack=list(_stack(decision.exposure)),
        clauses=_clauses(groups),
    ) + "\n"  # fmt: skip


@cache
def _css() -> str:
    # The hash in the policy is over the element's text, so the text must reach the page exactly as it is hashed.
    return (TEMPLATES / "report.css").read_text(encoding="utf-8")


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalized,
    )
    environment.globals.update(
        words=words,
        label=label,
        titles=TITLES,
        walk=_walk,
        cut=view.cut,
        Group=view.Group,
        DETAILS=DETAILS,
        ENTRIES=ENTRIES,
        NAMES=NAMES,
        ROWS=ROWS,
    )
    environment.filters.update(
        verdict=lambda text: TITLES.get(text, text), px=lambda number: f"{number:.1f}".removesuffix(".0")
    )
    return environment


def _finalized(value: object) -> object:
    """What the template prints, made visible before it is escaped; its own markup stays as it is."""
    return words.shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _clauses(groups: list[view.Group]) -> dict[Citation, tuple[int, str]]:
    """The clauses of the sources that are explained: the number of each, and the source beside which it is shown."""
    numbered: dict[Citation, tuple[int, str]] = {}
    for group in groups:
        for clause in () if group.verdict.permits else group.lead.clauses:
            numbered.setdefault(clause, (len(numbered) + 1, group.lead.source))
    return numbered


def _proofs(decision: Decision) -> list[Proof]:
    """Every proof tree that a source rests on, the most severe first."""
    members: dict[str, list[SourceAnswer]] = {}
    for answer in view.ranked(decision.sources):
        if answer.proof in decision.proofs:
            members.setdefault(answer.proof, []).append(answer)
    return [Proof(decision.proofs[key], tuple(answers)) for key, answers in members.items()]


def _walk(root: Step) -> Iterator[Event]:
    """The tree from the root, in order: a list opens, claims begin and end in it, and it closes."""
    yield Event("open")
    yield Event("claim", root)
    path = [iter(root.steps)]
    inside = [False]
    while path:
        step = next(path[-1], None)
        if step is None:
            path.pop()
            if inside.pop():
                yield Event("close")
            yield Event("end")
        else:
            if not inside[-1]:
                inside[-1] = True
                yield Event("open")
            yield Event("claim", step)
            path.append(iter(step.steps))
            inside.append(False)
    yield Event("close")


def _stack(exposure: tuple[Exposure, ...]) -> Iterator[tuple[str, float, float]]:
    """The stacked bar of the stated rows: verdict, where its part begins and how long it is, in percent."""
    start = 0.0
    for part in sorted(exposure, key=lambda part: -Verdict.of(part.verdict)):
        length = 100 * min(part.share or 0.0, 1.0)
        if length > 0:
            yield part.verdict, start, length
            start += length
