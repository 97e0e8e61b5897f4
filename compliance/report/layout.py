"""Where the boxes and arrows of the lineage picture go: layers from left to right, few crossings, no overlap.

The usual four steps of a layered drawing (Sugiyama): give every node a layer, let long arrows pass through waypoints in
the layers between, order each layer by the middle of its neighbours, and place each layer as near to its neighbours as
the order allows. Pure arithmetic over ids, and the same input gives the same picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

SWEEPS = 12
GAP_Y = 18.0
WAYPOINT = 14.0


class Box(NamedTuple):
    """A node's place: left, top, width, height."""

    x: float
    y: float
    width: float
    height: float


class Wire(NamedTuple):
    """An arrow's course: the points it passes, from the right of one box to the left of another."""

    start: str
    end: str
    points: tuple[tuple[float, float], ...]


class Layout(NamedTuple):
    """The whole drawing."""

    boxes: dict[str, Box]
    wires: tuple[Wire, ...]
    width: float
    height: float


@dataclass
class _Item:
    """A node or a waypoint of a long arrow, within its layer."""

    key: str
    layer: int
    height: float
    left: list[_Item] = field(default_factory=list)
    right: list[_Item] = field(default_factory=list)
    y: float = 0.0


def lay_out(
    heights: Mapping[str, float],
    least: Mapping[str, int],
    edges: Sequence[tuple[str, str]],
    *,
    width: float,
    gap: float,
) -> Layout:
    """A place for every node of `heights` (in the order that breaks ties) and a course for every edge.

    `least` is the first layer that a node may stand in; edges push their ends further right. An edge that closes a
    cycle is drawn, but pushes nothing.
    """
    layer = _layers(heights, least, edges)
    items = {key: _Item(key, layer[key], height) for key, height in heights.items()}
    columns: list[list[_Item]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for item in items.values():
        columns[item.layer].append(item)
    chains = [_chain(items[start], items[end], columns) for start, end in edges]
    _order(columns)
    _place(columns)
    top = min((item.y - item.height / 2 for column in columns for item in column), default=0.0)
    for item in (item for column in columns for item in column):
        item.y -= top
    boxes = {
        key: Box(item.layer * (width + gap), item.y - item.height / 2, width, item.height)
        for key, item in items.items()
    }
    wires = tuple(_wire(chain, width, gap) for chain in chains)
    bottom = max((item.y + item.height / 2 for column in columns for item in column), default=0.0)
    return Layout(boxes, wires, max(0.0, len(columns) * (width + gap) - gap), bottom)


def _layers(heights: Mapping[str, float], least: Mapping[str, int], edges: Iterable[tuple[str, str]]) -> dict[str, int]:
    """The layer of each node: no earlier than `least`, right of all it comes from, with no layer left empty."""
    after: dict[str, list[str]] = {key: [] for key in heights}
    waits = dict.fromkeys(heights, 0)
    for start, end in edges:
        after[start].append(end)
        waits[end] += 1
    layer = {key: least.get(key, 0) for key in heights}
    open_ = dict.fromkeys(heights)
    while open_:
        ready = [key for key in open_ if waits[key] == 0]
        # Within a cycle nothing is ever ready: the first node is taken as the start, and the arrow to it points back.
        for key in ready or [next(iter(open_))]:
            del open_[key]
            for end in after[key]:
                waits[end] -= 1
                if end in open_:
                    layer[end] = max(layer[end], layer[key] + 1)
    used = {old: new for new, old in enumerate(sorted(set(layer.values())))}
    return {key: used[old] for key, old in layer.items()}


def _chain(start: _Item, end: _Item, columns: list[list[_Item]]) -> list[_Item]:
    """The items that an arrow passes; between layers that are apart, new waypoints."""
    between = range(start.layer + 1, end.layer)
    chain = [start, *(_Item("", layer, WAYPOINT) for layer in between), end]
    for item in chain[1:-1]:
        columns[item.layer].append(item)
    if start.layer < end.layer:
        for left, right in pairwise(chain):
            left.right.append(right)
            right.left.append(left)
    return chain


def _order(columns: list[list[_Item]]) -> None:
    """Order each column by the middle of its neighbours, sweeping to and fro."""
    for column in columns:
        _stack(column)
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        for column in columns if forward else reversed(columns):
            column.sort(key=lambda item: _middle(item.left if forward else item.right, item.y))
            _stack(column)


def _stack(column: list[_Item]) -> None:
    """Stand the column's items one below the other, centred on zero."""
    total = sum(item.height + GAP_Y for item in column)
    y = -total / 2
    for item in column:
        item.y = y + item.height / 2
        y += item.height + GAP_Y


def _middle(neighbours: list[_Item], otherwise: float) -> float:
    return sum(item.y for item in neighbours) / len(neighbours) if neighbours else otherwise


def _place(columns: list[list[_Item]]) -> None:
    """Pull every item towards its neighbours without changing the order within a column."""
    for sweep in range(SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            wished = [_middle(item.left + item.right, item.y) for item in column]
            for item, y in zip(column, _apart(column, wished), strict=True):
                item.y = y


def _apart(column: list[_Item], wished: list[float]) -> list[float]:
    """The places nearest to the wished ones (least squares) at which no two items of the column touch.

    With the least distances taken off, the places only have to rise: isotonic regression, by pooling neighbours.
    """
    offsets = [0.0]
    for upper, lower in pairwise(column):
        offsets.append(offsets[-1] + (upper.height + lower.height) / 2 + GAP_Y)
    pools: list[tuple[float, int]] = []
    for wish, offset in zip(wished, offsets, strict=True):
        total, size = wish - offset, 1
        while pools and pools[-1][0] / pools[-1][1] >= total / size:
            more, count = pools.pop()
            total, size = total + more, size + count
        pools.append((total, size))
    level = [total / size for total, size in pools for _ in range(size)]
    return [place + offset for place, offset in zip(level, offsets, strict=True)]


def _wire(chain: list[_Item], width: float, gap: float) -> Wire:
    """The course of an arrow along its chain; a waypoint is passed from side to side, level."""
    first, last = chain[0], chain[-1]
    step = width + gap
    points = [(first.layer * step + width, first.y)]
    for item in chain[1:-1]:
        points += [(item.layer * step, item.y), (item.layer * step + width, item.y)]
    points.append((last.layer * step, last.y))
    return Wire(first.key, last.key, tuple(points))
