"""Merkle trees as RFC 6962 (Certificate Transparency) defines them, section 2.1: roots and inclusion proofs.

Our own, and why: docs/decisions/0006-a-log-that-can-be-checked.md.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from functools import reduce


def leaf_hash(content: bytes) -> bytes:
    """Return the 32-byte hash of a leaf."""
    return hashlib.sha256(b"\x00" + content).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the tree's root over leaf hashes; of no leaves: the hash of nothing."""
    return roots(leaves, (len(leaves),))[len(leaves)]


def roots(leaves: Iterable[bytes], sizes: Collection[int]) -> dict[int, bytes]:
    """Return the root over the first ``size`` leaf hashes for each of ``sizes`` that there are leaves for; reads them once."""
    found = {0: hashlib.sha256(b"").digest()} if 0 in sizes else {}
    wanted, whole = set(sizes), list[tuple[int, bytes]]()  # the complete subtrees so far, by height, largest first
    for size, leaf in enumerate(leaves, start=1):
        whole.append((0, leaf))
        while len(whole) > 1 and whole[-2][0] == whole[-1][0]:
            (height, left), (_, right) = whole[-2:]
            whole[-2:] = [(height + 1, _node(left, right))]
        if size in wanted:
            found[size] = reduce(lambda right, left: _node(left, right), [each for _, each in reversed(whole)])
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
