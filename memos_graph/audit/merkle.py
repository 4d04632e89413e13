"""Merkle trees as RFC 6962 (Certificate Transparency) defines them, section 2.1: roots and inclusion proofs.

Our own, and why: docs/decisions/0006-a-log-that-can-be-checked.md.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from functools import reduce

_HEIGHT = 8
BLOCK = 2**_HEIGHT
"""So many leaves are a block: a complete subtree, of which only the root need be kept to go on from it."""


class Tree:
    """A tree that grows by leaf hashes, from whole blocks on.

    * ``blocks`` the roots of the blocks so far, which are kept.
    """

    def __init__(self, blocks: Iterable[bytes] = ()) -> None:
        self.blocks: list[bytes] = []
        self.size = 0
        self._whole: list[tuple[int, bytes]] = []  # the complete subtrees so far, by height, largest first
        for each in blocks:
            self._push(_HEIGHT, each)

    def add(self, leaf: bytes) -> None:
        """Add the next leaf hash."""
        self._push(0, leaf)

    def root(self) -> bytes:
        """Return the root over all leaves so far; of none: the hash of nothing."""
        if not self._whole:
            return hashlib.sha256(b"").digest()
        return reduce(lambda right, left: _node(left, right), [each for _, each in reversed(self._whole)])

    def _push(self, height: int, node: bytes) -> None:
        self.size += 1 << height
        self._whole.append((height, node))
        if height == _HEIGHT:
            self.blocks.append(node)
        while len(self._whole) > 1 and self._whole[-2][0] == self._whole[-1][0]:
            (low, left), (_, right) = self._whole[-2:]
            self._whole[-2:] = [(low + 1, _node(left, right))]
            if low + 1 == _HEIGHT:
                self.blocks.append(self._whole[-1][1])


def leaf_hash(content: bytes) -> bytes:
    """Return the 32-byte hash of a leaf."""
    return hashlib.sha256(b"\x00" + content).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the tree's root over leaf hashes; of no leaves: the hash of nothing."""
    return roots(leaves, (len(leaves),))[len(leaves)]


def roots(leaves: Iterable[bytes], sizes: Collection[int]) -> dict[int, bytes]:
    """Return the root over the first ``size`` leaf hashes for each of ``sizes`` that there are leaves for; reads them once."""
    tree, wanted = Tree(), set(sizes)
    found = {0: tree.root()} if 0 in wanted else {}
    for leaf in leaves:
        tree.add(leaf)
        if tree.size in wanted:
            found[tree.size] = tree.root()
    return found


def inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the audit path of leaf ``index`` (counted from 0), nearest first."""
    path, level = [], list(leaves)
    # Pairs are joined level by level; an odd one goes up as it is, which is the RFC's tree.
    while len(level) > 1:
        neighbour = index ^ 1
        if neighbour < len(level):
            path.append(level[neighbour])
        paired = [_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level, index = paired + level[len(paired) * 2 :], index // 2
    return path


def root_from(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that an audit path leads to; ``None`` when it can't belong to a tree of that size."""
    found, last, rest = leaf, size - 1, list(path)
    while last > 0:
        # A last node without a neighbour goes up alone.
        if index % 2 == 1 or index < last:
            if not rest:
                return None
            neighbour = rest.pop(0)
            found = _node(neighbour, found) if index % 2 else _node(found, neighbour)
        index, last = index // 2, last // 2
    return None if rest else found


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
