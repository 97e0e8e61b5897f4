"""The tree, from the writer's side and the verifier's, against the definitions of RFC 9162."""

from __future__ import annotations

from collections.abc import Sequence

import slow_tree
from hypothesis import given
from hypothesis import strategies as st

from compliance.ledger import tree as writer
from compliance.ledger.verify import tree as verifier

LEAVES = [b"", b"\x00", b"\x10", b"\x20\x21", b"\x30\x31", b"\x40\x41\x42\x43", bytes(range(0x50, 0x58)),
          bytes(range(0x60, 0x70))]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""The roots over the first 1 to 8 of `LEAVES`, the known answers of Certificate Transparency's test data."""


def stored(leaves: Sequence[bytes]) -> tuple[writer.Tree, dict[tuple[int, int], bytes]]:
    """A tree over leaves as the ledger keeps one: leaf hashes, and nodes of every eighth level."""
    nodes = {}
    edge = writer.Edge()
    for at, leaf in enumerate(leaves):
        nodes[0, at] = writer.leaf_hash(leaf)
        for level, position, root in edge.add(nodes[0, at]):
            nodes[level, position] = root
    return writer.Tree(lambda level, first, count: [nodes[level, first + i] for i in range(count)]), nodes


def test_known_answers() -> None:
    for size, root in enumerate(ROOTS, 1):
        assert slow_tree.mth(LEAVES[:size]).hex() == root
        assert stored(LEAVES[:size])[0].root(size).hex() == root
        growing = verifier.Growing()
        for leaf in LEAVES[:size]:
            growing.take(verifier.of_leaf(leaf))
        assert growing.root().hex() == root


def test_all_proofs_up_to_64_leaves() -> None:
    leaves = [b"leaf %d" % i for i in range(64)]
    tree, _ = stored(leaves)
    roots = [slow_tree.mth(leaves[:n]) for n in range(65)]
    for size in range(1, 65):
        assert tree.root(size) == roots[size] == tree.edge(size).root()
        for index in range(size):
            path = tree.inclusion(index, size)
            assert path == slow_tree.path(index, leaves[:size])
            assert verifier.included(verifier.of_leaf(leaves[index]), index, size, path, roots[size])
        for old in range(1, size + 1):
            path = tree.consistency(old, size)
            assert path == slow_tree.proof(old, leaves[:size])
            assert verifier.consistent(old, size, roots[old], roots[size], path)


@given(st.integers(1, 700), st.data())
def test_proofs_of_larger_trees(size: int, data: st.DataObject) -> None:
    leaves = [b"%d" % i for i in range(size)]
    tree, nodes = stored(leaves)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    root = slow_tree.mth(leaves)
    assert tree.root(size) == root
    assert verifier.included(verifier.of_leaf(leaves[index]), index, size, tree.inclusion(index, size), root)
    path = tree.consistency(old, size)
    assert verifier.consistent(old, size, slow_tree.mth(leaves[:old]), root, path)
    growing, seen = verifier.Growing(), {}
    for leaf in leaves:
        seen |= {(level, position): h for level, position, h in growing.take(verifier.of_leaf(leaf))}
    assert seen == {at: h for at, h in nodes.items() if at[0]}


@given(st.integers(2, 90), st.data())
def test_a_wrong_proof_is_refused(size: int, data: st.DataObject) -> None:
    leaves = [b"%d" % i for i in range(size)]
    tree, _ = stored(leaves)
    root = tree.root(size)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size - 1))
    path, consistency, old_root = tree.inclusion(index, size), tree.consistency(old, size), tree.root(old)
    leaf = verifier.of_leaf(leaves[index])

    def flipped(steps: list[bytes]) -> list[bytes]:
        at = data.draw(st.integers(0, len(steps) * 256 - 1))
        step = bytearray(steps[at // 256])
        step[at % 256 // 8] ^= 1 << at % 8
        return [*steps[: at // 256], bytes(step), *steps[at // 256 + 1 :]]

    assert not verifier.included(leaf, index, size, flipped(path), root)
    assert not verifier.included(leaf, index, size, path[:-1], root)
    assert not verifier.included(leaf, index, size, [*path, root], root)
    assert not verifier.included(leaf, (index + 1) % size, size, path, root)
    assert not verifier.consistent(old, size, old_root, root, flipped(consistency))
    assert not verifier.consistent(old, size, old_root, root, consistency[:-1])
    assert not verifier.consistent(old, size, root, root, consistency)
    assert not verifier.consistent(old, size, old_root, old_root, consistency)


def test_proofs_of_nothing_are_refused() -> None:
    assert not verifier.included(b"", 0, 0, [], verifier.EMPTY_ROOT)
    assert not verifier.consistent(0, 3, verifier.EMPTY_ROOT, b"", [])
    assert verifier.Growing().root() == writer.Edge().root() == slow_tree.mth([])
