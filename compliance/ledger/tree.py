"""The Merkle tree of RFC 9162 (section 2.1), grown at its right edge, and its proofs.

A *node* is `(level, position)`: the root of the complete subtree over the leaves `position << level` up to
`(position + 1) << level`. Of a log of any size only the leaf hashes and the nodes of every `STEP`-th level are stored;
the others are computed from at most `2 ** STEP` of these.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

STEP = 8
"""Subtrees of 2**8 leaves, of 2**16, ... are stored."""

EMPTY_ROOT = hashlib.sha256().digest()

Run = Callable[[int, int, int], Sequence[bytes]]
"""`run(level, first, count)`: that many stored hashes of a level (a multiple of `STEP`; 0 is the leaves)."""


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf: the tag 0x00 keeps it apart from that of an inner node."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of hashes."""
    level = list(hashes)
    while len(level) > 1:
        level = [node_hash(level[at], level[at + 1]) for at in range(0, len(level), 2)]
    return level[0]


class Edge:
    """The right edge of a growing tree: the roots of its complete subtrees, the largest first."""

    def __init__(self, size: int = 0, roots: Sequence[bytes] = ()) -> None:
        self.size = size
        self._roots = list(roots)

    def copy(self) -> Edge:
        """The same edge, to grow on trial."""
        return Edge(self.size, self._roots)

    def add(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Append a leaf hash; the nodes to store that it completes, as `(level, position, hash)`."""
        stored = []
        root, level, position = leaf, 0, self.size
        while position & 1:
            root = node_hash(self._roots.pop(), root)
            level += 1
            position >>= 1
            if level % STEP == 0:
                stored.append((level, position, root))
        self._roots.append(root)
        self.size += 1
        return stored

    def root(self) -> bytes:
        """The tree head's hash."""
        if not self._roots:
            return EMPTY_ROOT
        root = self._roots[-1]
        for left in reversed(self._roots[:-1]):
            root = node_hash(left, root)
        return root


class Tree:
    """Roots and proofs for any size up to that of the log, computed from stored hashes."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def edge(self, size: int) -> Edge:
        """The right edge of the tree of `size` leaves."""
        return Edge(size, [self._node(level, position) for level, position in _subtrees(0, size)])

    def root(self, size: int) -> bytes:
        """The root of the first `size` leaves."""
        return self._range(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The path from leaf `index` to the root of `size` leaves, the lowest first (RFC 9162, 2.1.3.1)."""
        if not 0 <= index < size:
            raise IndexError(f"leaf {index} of {size}")
        path: list[bytes] = []
        low, high = 0, size
        while high - low > 1:
            middle = low + _split(high - low)
            if index < middle:
                path.append(self._range(middle, high))
                high = middle
            else:
                path.append(self._range(low, middle))
                low = middle
        return path[::-1]

    def consistency(self, old: int, size: int) -> list[bytes]:
        """What proves that the first `old` of `size` leaves are those of the older tree (RFC 9162, 2.1.4.1)."""
        if not 0 < old <= size:
            raise IndexError(f"size {old} of {size}")
        path: list[bytes] = []
        low, high, whole = 0, size, True
        while old != high:
            middle = low + _split(high - low)
            if old <= middle:
                path.append(self._range(middle, high))
                high = middle
            else:
                path.append(self._range(low, middle))
                low, whole = middle, False
        if not whole:
            path.append(self._range(low, high))
        return path[::-1]

    def _range(self, low: int, high: int) -> bytes:
        """The root over leaves `low` to `high`, where `low` is a multiple of the largest subtree within."""
        roots = [self._node(level, position) for level, position in _subtrees(low, high)]
        root = roots.pop()
        while roots:
            root = node_hash(roots.pop(), root)
        return root

    def _node(self, level: int, position: int) -> bytes:
        above = level % STEP
        return fold(self._run(level - above, position << above, 1 << above))


def _split(count: int) -> int:
    """The largest power of two below `count` (which is at least 2)."""
    return 1 << ((count - 1).bit_length() - 1)


def _subtrees(low: int, high: int) -> list[tuple[int, int]]:
    """The complete subtrees that leaves `low` to `high` fall into, from the left, the largest first."""
    found = []
    while low < high:
        level = (high - low).bit_length() - 1
        found.append((level, low >> level))
        low += 1 << level
    return found
