"""The prefix tree: caches that begin alike share blocks.

A block is the keys and values of up to ``size`` tokens behind its parent. Blocks lie at multiples of ``size``, so a cache's
blocks hold its own tokens and nobody else's: erasing it leaves nothing behind, and no block is ever split.
Found by token ids, not by hashes (the ids are compared), and usable up to any token inside a block.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from memos_graph.host.kv.codec import Tensors
from memos_graph.host.kv.payload import BlockPayload
from memos_graph.host.kv.scope import CacheScope, child_id

BLOCK_TOKENS = 256


@dataclass(slots=True, eq=False)
class Block:
    """Keys and values of some tokens behind those of its parents.

    * ``stored`` its tensors while it is in memory. * ``payload`` checksum and size of them as a file, whether or not there
      is one; ``None`` until it has been computed.
    """

    id: str
    scope: str
    parent: "Block | None"
    tokens: tuple[int, ...]
    children: dict[str, "Block"] = field(default_factory=dict)
    stored: Tensors | None = None
    payload: BlockPayload | None = None

    @property
    def memory_bytes(self) -> int:
        """Bytes of its tensors in memory."""
        return sum(tensor.nbytes for tensor in (self.stored or {}).values())

    @property
    def about(self) -> dict[str, str]:
        """What its payload file says of itself."""
        return {"block": self.id, "scope": self.scope, "tokens": str(len(self.tokens))}


@dataclass(frozen=True, slots=True)
class TreeStep:
    """A block on the way through the tree, and how many of its tokens are meant."""

    block: Block
    tokens: int


class PrefixTree:
    """Blocks of every scope."""

    def __init__(self, size: int = BLOCK_TOKENS) -> None:
        self.size = size
        self.blocks: dict[str, Block] = {}
        self._roots: dict[str, dict[str, Block]] = {}

    def longest(self, scope: CacheScope, tokens: Sequence[int]) -> list[TreeStep]:
        """Return the way along which most of ``tokens`` lie; only its last step may use a part of its block."""
        steps: list[TreeStep] = []
        children, at = self._roots.get(scope.digest, {}), 0
        while at < len(tokens):
            ahead = tokens[at : at + self.size]
            block = max(children.values(), key=lambda child: _common(child.tokens, ahead), default=None)
            taken = 0 if block is None else _common(block.tokens, ahead)
            if block is None or not taken:
                break
            steps.append(TreeStep(block, taken))
            if taken < self.size:
                break
            children, at = block.children, at + taken
        return steps

    def lay(self, scope: CacheScope, tokens: Sequence[int]) -> list[Block]:
        """Return the blocks of exactly ``tokens``, those that are missing made, without tensors."""
        way: list[Block] = []
        parent: Block | None = None
        digest = scope.digest
        for part in self._parts(tokens):
            id_ = child_id(parent.id if parent else digest, part)
            if (block := self.blocks.get(id_)) is None:
                block = Block(id_, digest, parent, part)
                self.blocks[id_] = block
                self._siblings(block)[id_] = block
            way.append(block)
            parent = block
        return way

    def remove(self, block: Block) -> Iterator[Block]:
        """Take a block and everything behind it out of the tree; yields each."""
        for child in list(block.children.values()):
            yield from self.remove(child)
        if self.blocks.pop(block.id, None) is not None:
            siblings = self._siblings(block)
            del siblings[block.id]
            if block.parent is None and not siblings:
                del self._roots[block.scope]
            yield block

    def _siblings(self, block: Block) -> dict[str, Block]:
        return self._roots.setdefault(block.scope, {}) if block.parent is None else block.parent.children

    def _parts(self, tokens: Sequence[int]) -> Iterator[tuple[int, ...]]:
        for at in range(0, len(tokens), self.size):
            yield tuple(tokens[at : at + self.size])


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many tokens both begin with."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count
