"""The lineage as a picture: who made what, under which terms, and what flows into the run.

This module decides what is drawn and how it is worded; `layout` says where, the template draws it. A picture of
hundreds of boxes tells nobody anything, so a large one is cut down to what leads to blocked and open sources.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from compliance.decision.model import Decision, Edge, Node
from compliance.domain.verdict import Verdict
from compliance.report import layout
from compliance.report.words import shown

MOST = 80
"""A lineage of more nodes is cut down to its blocked and open part."""
WIDTH, GAP = 142.0, 80.0
LINE, PAD = 15.0, 10.0
LABEL_LINES = 4
CHARACTERS = 17
"""So many narrow characters fit on a line of a box."""
WORDING = 12
"""So many characters of an arrow's label fit between two boxes."""
_LEAST = {"party": 0, "model": 1, "channel": 2, "terms": 2, "dataset": 3, "source": 4, "base": 4, "run": 5}
_KINDS = {"source": "source", "base": "base model", "terms": "terms", "run": "this run"}


@dataclass(frozen=True)
class Block:
    """A box: its node, its place, its label broken into lines, and the kind in words."""

    node: Node
    kind: str
    box: layout.Box
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Arrow:
    """An arrow: its course as an SVG path, its label's lines and their place, and the verdict it carries or none."""

    edge: Edge
    path: str
    label: tuple[str, ...]
    x: float
    y: float
    carries: str


@dataclass(frozen=True)
class Picture:
    """The drawing, what was left out of it, and the same in words."""

    blocks: tuple[Block, ...]
    arrows: tuple[Arrow, ...]
    width: float
    height: float
    left_out: int
    total: int
    words: tuple[tuple[str, str, str, str], ...]


def draw(decision: Decision) -> Picture | None:
    """The picture of the decision's lineage; None where it has none."""
    if not decision.nodes:
        return None
    carried = _carried(decision)
    kept = _kept(decision)
    nodes = {node.id: node for node in decision.nodes if node.id in kept}
    edges = [edge for edge in decision.edges if edge.start in nodes and edge.end in nodes]
    lines = {key: wrapped(node.label) for key, node in nodes.items()}
    heights = {key: _height(node, lines[key]) for key, node in nodes.items()}
    least = {key: _LEAST[node.kind] for key, node in nodes.items()}
    plan = layout.lay_out(heights, least, [(edge.start, edge.end) for edge in edges], width=WIDTH, gap=GAP)
    blocks = tuple(
        Block(node, _KINDS.get(node.kind, node.kind), plan.boxes[key], lines[key]) for key, node in nodes.items()
    )
    out = Counter(edge.start for edge in edges)
    into = Counter(edge.end for edge in edges)
    arrows = [
        _arrow(edge, wire, carried.get((edge.start, edge.end), ""), into[edge.end] > out[edge.start])
        for edge, wire in zip(edges, plan.wires, strict=True)
    ]
    arrows.sort(key=lambda arrow: Verdict.of(arrow.carries) if arrow.carries else -1)
    labels = {node.id: node.label for node in decision.nodes}
    words = tuple(
        (labels[edge.start], edge.label, labels[edge.end], carried.get((edge.start, edge.end), "")) for edge in edges
    )
    total = len(decision.nodes)
    return Picture(blocks, tuple(arrows), plan.width, plan.height, total - len(nodes), total, words)


def wrapped(label: str) -> tuple[str, ...]:
    """The label in lines that fit a box, broken at spaces and signs where it can be, and cut where it is too long."""
    lines, line, room = [], "", float(CHARACTERS)
    for word in _words(shown(label) or "(no name)"):
        size = _size(word)
        if line and size > room:
            lines.append(line.rstrip())
            line, room = "", float(CHARACTERS)
            word = word.lstrip()
        for char in word:
            if _size(char) > room:
                lines.append(line)
                line, room = "", float(CHARACTERS)
            line += char
            room -= _size(char)
    lines = [part for part in (*lines, line.rstrip()) if part]
    if len(lines) > LABEL_LINES:
        last = lines[LABEL_LINES - 1]
        lines = [*lines[: LABEL_LINES - 1], (last[:-1] if _size(last) > CHARACTERS - 1 else last) + "…"]
    return tuple(lines)


def _words(text: str) -> list[str]:
    words, word = [], ""
    for char in text:
        word += char
        if char in " /-_:.,":
            words.append(word)
            word = ""
    return [*words, word] if word else words


def _size(text: str) -> float:
    """The text's width in narrow characters, generously: capitals and wide scripts take more."""
    return sum(
        2.0 if unicodedata.east_asian_width(char) in "WF" else 1.25 if char.isupper() or char in "mwMW@%" else 1.0
        for char in text
    )


def _height(node: Node, lines: tuple[str, ...]) -> float:
    return 2 * PAD + LINE * (1 + len(lines) + (1 if node.verdict else 0)) - 2


def _carried(decision: Decision) -> dict[tuple[str, str], str]:
    """The most severe verdict that stops the run, for each edge on the way to or from a source that got it."""
    into: dict[str, list[Edge]] = {}
    out: dict[str, list[Edge]] = {}
    for edge in decision.edges:
        into.setdefault(edge.end, []).append(edge)
        out.setdefault(edge.start, []).append(edge)
    nodes = {node.id: node for node in decision.nodes}
    paths = {answer.source: set(answer.path) for answer in decision.sources}
    carried: dict[tuple[str, str], str] = {}
    for verdict in ("review", "block"):  # The more severe is written last and so stays.
        for node in decision.nodes:
            if node.verdict != verdict or node.kind not in ("source", "base"):
                continue
            path = paths.get(_source_name(node), set())
            carried.update({(edge.start, edge.end): verdict for edge in out.get(node.id, [])})
            waiting, met = [node.id], {node.id}
            while waiting:
                for edge in into.get(waiting.pop(), []):
                    start = nodes.get(edge.start)
                    if start is None or _harmless(start, path):
                        continue
                    carried[edge.start, edge.end] = verdict
                    if edge.start not in met:
                        met.add(edge.start)
                        waiting.append(edge.start)
    return carried


def _source_name(node: Node) -> str:
    """The source that a node stands for; ids are `source:<name>` and `base_model:<model>`."""
    return node.id.removeprefix("source:") if node.kind == "source" else f"base_model:{node.id.partition(':')[2]}"


def _harmless(start: Node, path: set[str]) -> bool:
    """Whether nothing that stops the run comes from here: it permits, or the answer's path does not lead through it."""
    if start.verdict is not None:
        return Verdict.of(start.verdict).permits
    return start.kind == "dataset" and bool(path) and not path & {start.id, start.label}


def _kept(decision: Decision) -> set[str]:
    """The nodes to draw: all, or the run and, the most severe first, what leads to blocked and open sources."""
    if len(decision.nodes) <= MOST:
        return {node.id for node in decision.nodes}
    before: dict[str, list[str]] = {}
    for edge in decision.edges:
        before.setdefault(edge.end, []).append(edge.start)
    kept = {node.id for node in decision.nodes if node.kind == "run"}
    stopping = [n for n in decision.nodes if n.verdict and n.kind != "run" and not Verdict.of(n.verdict).permits]
    for node in sorted(stopping, key=lambda node: -Verdict.of(node.verdict or "allow")):
        found, waiting = {node.id}, [node.id]
        while waiting:
            new = [start for start in before.get(waiting.pop(), []) if start not in found]
            found.update(new)
            waiting += new
        if len(kept | found) <= MOST:
            kept |= found
    return kept


def _arrow(edge: Edge, wire: layout.Wire, carries: str, near_start: bool) -> Arrow:
    points = wire.points
    steps = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for (ax, ay), (bx, by) in pairwise(points):
        if ay == by and bx > ax:
            steps.append(f"L{bx:.1f} {by:.1f}")
        else:
            bend = max(abs(bx - ax) / 2, 24.0)
            steps.append(f"C{ax + bend:.1f} {ay:.1f} {bx - bend:.1f} {by:.1f} {bx:.1f} {by:.1f}")
    # Where many arrows meet their labels would pile up, so a label stands at the end that has fewer neighbours.
    (ax, ay), (bx, by) = points[:2] if near_start else points[-2:]
    t = 0.36 if near_start else 0.64
    y = ay + (by - ay) * t * t * (3 - 2 * t)
    return Arrow(edge, " ".join(steps), _worded(edge.label), (ax + bx) / 2, y, carries)


def _worded(label: str) -> tuple[str, ...]:
    """An arrow's label in at most two short lines."""
    lines: list[str] = []
    for word in shown(label).split():
        if lines and len(lines[-1]) + 1 + len(word) <= WORDING:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    lines = [line if len(line) <= WORDING else line[: WORDING - 1] + "…" for line in lines]
    return (lines[0], lines[1].removesuffix("…")[: WORDING - 1] + "…") if len(lines) > 2 else tuple(lines)
