"""Blocks of the prefix tree with their tensors, wherever those are: brought, kept, moved down, erased."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from memos_graph.errors import PayloadError
from memos_graph.host.kv.codec import Codec, Tensors, check
from memos_graph.host.kv.disk import DiskTier, Kept
from memos_graph.host.kv.payload import serialized
from memos_graph.host.kv.tiers import MemoryTiers, Tier
from memos_graph.host.kv.tree import Block, PrefixTree
from memos_graph.host.kv.working import KeysValues, LayerShape


class Blocks:
    """The blocks of one store, over its three tiers. Not locked: the store is."""

    def __init__(
        self, tree: PrefixTree, memory: MemoryTiers, disk: DiskTier, codec: Codec, shapes: Sequence[LayerShape]
    ) -> None:
        self.tree = tree
        self.memory = memory
        self.disk = disk
        self.codec = codec
        self._shapes = shapes
        self._readers = ThreadPoolExecutor(os.cpu_count(), "memos-kv")

    def tier(self, block: Block) -> Tier | None:
        """Return the fastest tier a block is in."""
        return self.memory.tier(block) or (Tier.DISK if block in self.disk else None)

    def bring(self, way: Sequence[Block]) -> Iterator[Tensors]:
        """Yield the stored tensors of blocks that lie one behind the other; those from disk move up, once verified.

        Raises ``PayloadError`` at the first one that is refused.
        """
        # Reading and hashing let go of the interpreter's lock: as many payloads at once as there are cores.
        absent = [block for block in way if block.stored is None]
        ahead = {block.id: self._readers.submit(self._read, block) for block in absent}
        for block in way:
            if block.id not in ahead:
                yield block.stored or {}
                continue
            stored = block.stored = ahead[block.id].result()
            self._raise(block)
            yield stored if block.stored is None else block.stored

    def _read(self, block: Block) -> Tensors:
        stored = self.disk.read(block)
        self.check(block, stored)
        return stored

    def keep(self, block: Block, states: Sequence[KeysValues]) -> None:
        """Keep a block's states, one pair ``[heads, tokens, dim]`` a layer, in memory and on disk."""
        stored = self.codec.encode(states)
        data, block.payload = serialized(stored, block.about)
        for erased in self.disk.write(block, data):
            self._fell(erased)
        block.stored = stored
        self._raise(block)

    def adopt(self, key: str) -> Kept | None:
        """Take up a cache whose files were put on disk meanwhile, as far as it is whole from its beginning."""
        kept, erased = self.disk.adopt(key, self.tree)
        for block in erased:
            self._fell(block)
        for id_ in kept.blocks if kept else ():
            if (block_ := self.tree.blocks.get(id_)) is not None and block_.payload is None:
                self.remove(block_)
        return kept

    def touch(self, way: Sequence[Block]) -> None:
        """Count blocks as just used: the last one first, so that a block is never older than those behind it."""
        for block in reversed(way):
            self.memory.touch(block)
            self.disk.touch(block)

    def remove(self, block: Block, *, for_good: bool = False) -> None:
        """Erase a block and everything behind it, in every tier; ``for_good``: so that no copy in a vault can be read either."""
        for gone in self.tree.remove(block):
            if for_good:
                self.disk.destroy(gone.id)
            self.memory.discard(gone)
            self.disk.erase(gone)
            gone.stored = None

    def check(self, block: Block, stored: Tensors) -> None:
        """Raise ``PayloadError`` unless a payload has the shapes this model gives its caches."""
        expected = self.codec.expected(self._shapes, len(block.tokens))
        check(stored, expected, f"The payload of block '{block.id}'")

    def verify(self, block: Block, *, ours: bool) -> None:
        """Compare a block in memory and on disk with its checksum, and, when it is ``ours``, its shapes with the model's.

        Raises ``PayloadError``.
        """
        if block in self.disk:
            stored = self.disk.read(block)
            if ours:
                self.check(block, stored)
        if block.stored is not None and serialized(block.stored, block.about)[1] != block.payload:
            raise PayloadError(f"The block '{block.id}' in memory was changed since it was computed.")

    def _raise(self, block: Block) -> None:
        if block.id not in self.tree.blocks:  # it had to make room for another one meanwhile
            block.stored = None
            return
        for fallen in self.memory.add(block):
            self._fell(fallen)

    def _fell(self, block: Block) -> None:
        """Note that a block left a tier; when it was the last one it is gone, and so is what lies behind it."""
        if block.stored is None and block not in self.disk:
            self.remove(block)
