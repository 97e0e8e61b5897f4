"""Merkle tree hashing and proofs by RFC 9162, from the verifier's side."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()


def of_leaf(leaf: bytes) -> bytes:
    """HASH(0x00 || leaf)."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def of_children(left: bytes, right: bytes) -> bytes:
    """HASH(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Growing:
    """A tree that takes leaf hashes one by one and knows its root at any time."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[tuple[int, bytes]] = []

    def take(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Add a leaf hash; the subtrees of 256, 65,536, ... leaves that are complete with it."""
        complete = []
        height, top = 0, leaf
        while self._peaks and self._peaks[-1][0] == height:
            top = of_children(self._peaks.pop()[1], top)
            height += 1
            if height % 8 == 0:
                complete.append((height, self.size >> height, top))
        self._peaks.append((height, top))
        self.size += 1
        return complete

    def root(self) -> bytes:
        """The root over all leaves taken so far."""
        if not self._peaks:
            return EMPTY_ROOT
        total = self._peaks[-1][1]
        for _, peak in reversed(self._peaks[:-1]):
            total = of_children(peak, total)
        return total


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path leads from a leaf hash to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, last, here = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            here = of_children(step, here)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            here = of_children(here, step)
        node, last = node >> 1, last >> 1
    return last == 0 and here == root


def consistent(old: int, size: int, old_root: bytes, root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path proves that the tree of `size` begins with that of `old` (RFC 9162, 2.1.4.2)."""
    if old == size:
        return not path and old_root == root
    if not 0 < old < size or not path:
        return False
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    node, last = old - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            first, second = of_children(step, first), of_children(step, second)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            second = of_children(second, step)
        node, last = node >> 1, last >> 1
    return last == 0 and first == old_root and second == root
