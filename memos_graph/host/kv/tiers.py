"""Where blocks are: on the model's device, in host memory, on disk. The least recently used moves down when a tier is full."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from enum import StrEnum

import torch

from memos_graph.host.kv.tree import Block


class Tier(StrEnum):
    """Fastest first."""

    DEVICE = "device"
    HOST = "host"
    DISK = "disk"


class Shelf:
    """One tier: blocks in the order of their last use, and the bytes they take."""

    def __init__(self, limit: int, size: Callable[[Block], int]) -> None:
        self.limit = limit
        self.bytes = 0
        self._size = size
        self._blocks: OrderedDict[str, tuple[Block, int]] = OrderedDict()

    def __contains__(self, block: Block) -> bool:
        return block.id in self._blocks

    def add(self, block: Block) -> None:
        """Put a block on top; one that is there is moved there."""
        self.discard(block)
        size = self._size(block)
        self._blocks[block.id] = (block, size)
        self.bytes += size

    def discard(self, block: Block) -> None:
        """Take a block off, where it is there."""
        _, size = self._blocks.pop(block.id, (block, 0))
        self.bytes -= size

    def touch(self, block: Block) -> None:
        """Count a block as just used, where it is there."""
        if block.id in self._blocks:
            self._blocks.move_to_end(block.id)

    def overflow(self) -> Iterable[Block]:
        """Take blocks off, least recently used first, until the rest keeps to the limit; yields each."""
        while self.bytes > self.limit:
            block = next(iter(self._blocks.values()))[0]
            self.discard(block)
            yield block


class MemoryTiers:
    """The two tiers in memory. On a CPU both are the same memory, and moving down moves nothing."""

    def __init__(self, device: torch.device, device_bytes: int, host_bytes: int) -> None:
        self._device = device
        self._shelves = {
            Tier.DEVICE: Shelf(device_bytes, lambda block: block.memory_bytes),
            Tier.HOST: Shelf(host_bytes, lambda block: block.memory_bytes),
        }

    def tier(self, block: Block) -> Tier | None:
        """Return where in memory a block is."""
        return next((tier for tier, shelf in self._shelves.items() if block in shelf), None)

    def bytes(self, tier: Tier) -> int:
        """Return the bytes of a tier."""
        return self._shelves[tier].bytes

    def add(self, block: Block) -> list[Block]:
        """Put a block with tensors on the device; returns those that found no room in either tier, tensors gone."""
        self.discard(block)
        if block.memory_bytes <= self._shelves[Tier.DEVICE].limit:
            self._move(block, self._device)
            self._shelves[Tier.DEVICE].add(block)
        else:
            self._move(block, torch.device("cpu"))
            self._shelves[Tier.HOST].add(block)
        for fallen in self._shelves[Tier.DEVICE].overflow():
            self._move(fallen, torch.device("cpu"))
            self._shelves[Tier.HOST].add(fallen)
        gone = list(self._shelves[Tier.HOST].overflow())
        for each in gone:
            each.stored = None
        return gone

    def touch(self, block: Block) -> None:
        """Count a block as just used."""
        for shelf in self._shelves.values():
            shelf.touch(block)

    def discard(self, block: Block) -> None:
        """Take a block out of memory's books; its tensors are its owner's affair."""
        for shelf in self._shelves.values():
            shelf.discard(block)

    def _move(self, block: Block, device: torch.device) -> None:
        if block.stored is not None:
            block.stored = {name: tensor.to(device) for name, tensor in block.stored.items()}
