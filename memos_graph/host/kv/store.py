"""Kept KV-caches: built once, shared by prefix, moved between tiers, verified, erased."""

import logging
import threading
import time
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from memos_graph.errors import InputError, ModelError, PayloadError
from memos_graph.host.fingerprint import ModelIdentity
from memos_graph.host.keys import PayloadKeys
from memos_graph.host.kv.blocks import Blocks
from memos_graph.host.kv.codec import codec as codec_named
from memos_graph.host.kv.disk import DiskTier, Kept
from memos_graph.host.kv.rates import Rates
from memos_graph.host.kv.scope import CacheScope
from memos_graph.host.kv.support import Support
from memos_graph.host.kv.tiers import MemoryTiers, Tier
from memos_graph.host.kv.tree import BLOCK_TOKENS, Block, PrefixTree, TreeStep
from memos_graph.host.kv.working import KeysValues, LayerShape, Scratch, WorkingCache
from memos_graph.kit.digests import sha256

_log = logging.getLogger("memos_graph.host")


class CacheModel(Protocol):
    """What the store needs of a model; ``ModelEngine`` is one."""

    identity: ModelIdentity
    support: Support
    device: torch.device
    dtype: torch.dtype
    shapes: tuple[LayerShape, ...]
    scratch: Scratch

    def working_cache(self, tokens: int) -> AbstractContextManager[WorkingCache]:
        """Lend a cache with room for ``tokens``."""

    def forward(self, tokens: Sequence[int], cache: Any, adapter: str | None = None) -> Tensor:
        """Run tokens behind those in ``cache``."""


@dataclass(frozen=True, slots=True)
class BuiltCache:
    """A cache that is kept.

    * ``reused_tokens`` that an earlier cache of the scope began with.
    * ``bytes``, ``sha256`` of its payloads as they are stored. * ``files`` in the store's folder, manifest first.
    """

    key: str
    tokens: int
    reused_tokens: int
    bytes: int
    sha256: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PrefixMatch:
    """How much of a prompt is kept, and in which tiers its blocks are."""

    tokens: int
    tiers: tuple[Tier, ...]


@dataclass(frozen=True, slots=True)
class Stats:
    """What the store holds and has done.

    * ``refused`` payloads that failed their verification. * ``recomputed`` prompts for which reuse would have been a loss.
    """

    bytes: dict[str, int]
    caches: int
    blocks: int
    hits: int
    misses: int
    refused: int
    recomputed: int


class CacheStore:
    """The kept caches of one model.

    * ``keys`` seal what is written to ``folder``.
    * ``device_bytes``, ``host_bytes``, ``disk_bytes`` limits of the tiers; the least recently used moves down.
    * ``codec`` ``exact``, or ``int8``: a quarter of the bytes, and answers that may differ.
    * ``copied`` whether a vault may have copies of what is written: what makes room for others keeps its key then.
    * ``rates`` what reuse and recomputing cost; ``None``: whatever is kept is reused.
    """

    def __init__(
        self,
        engine: CacheModel,
        folder: Path,
        keys: PayloadKeys,
        *,
        device_bytes: int = 512 << 20,
        host_bytes: int = 1024 << 20,
        disk_bytes: int = 8192 << 20,
        codec: str = "exact",
        rates: Rates | None = None,
        block_tokens: int = BLOCK_TOKENS,
        copied: bool = False,
    ) -> None:
        self.rates = rates
        self._engine = engine
        self._codec = codec_named(codec, engine.dtype)
        tree, disk = PrefixTree(block_tokens), DiskTier(folder, keys, disk_bytes, copied=copied)
        self._kept = {kept.key: kept for kept in disk.restore(tree)}
        memory = MemoryTiers(engine.device, device_bytes, host_bytes)
        self._blocks = Blocks(tree, memory, disk, self._codec, engine.shapes)
        self._lock = threading.RLock()
        self._building = threading.Lock()
        self._counts = {"hits": 0, "misses": 0, "refused": 0, "recomputed": 0}

    def build(self, space: str, adapter: str | None, tokens: Sequence[int]) -> BuiltCache:
        """Prefill ``tokens`` and keep the cache; what is kept of them already is not computed again.

        Two threads building the same cache build it once. Raises ``ModelError`` for a model whose cache can't be cropped or
        when memory or disk run out, ``InputError`` for a prefix that does not fit the context.
        """
        self._require(tokens)
        scope = self._scope(space, adapter)
        with self._building:
            if (standing := self._standing(scope.key(tokens))) is not None:
                return standing
            with self._engine.working_cache(len(tokens)) as cache:
                reused = self._fill(cache, scope, tokens, len(tokens))
                if reused < len(tokens):
                    self._prefill(cache, tokens[reused:], adapter)
                with self._lock, torch.inference_mode():
                    return self._keep(scope, tuple(tokens), cache, reused)

    def longest(self, space: str, adapter: str | None, tokens: Sequence[int]) -> PrefixMatch:
        """Tell how much of ``tokens`` is kept, whether or not reusing it pays."""
        with self._lock:
            steps = self._blocks.tree.longest(self._scope(space, adapter), tokens)
            tiers = [self._blocks.tier(step.block) for step in steps]
            return PrefixMatch(sum(step.tokens for step in steps), tuple(tier for tier in tiers if tier))

    def fill(self, cache: WorkingCache, space: str, adapter: str | None, tokens: Sequence[int]) -> int:
        """Copy the longest kept beginning of ``tokens`` that pays into ``cache``; returns its length.

        At least the last token is left to compute. A payload that fails its verification is dropped and logged, and the
        beginning ends before it.
        """
        if not self._engine.support.exact_in(len(tokens)):
            cache.begin_empty()
            return 0
        filled = self._fill(cache, self._scope(space, adapter), tokens, len(tokens) - 1)
        with self._lock:
            self._counts["hits" if filled else "misses"] += 1
        return filled

    def holds(self, key: str) -> bool:
        """Tell whether a cache is kept whole, in whichever tiers; it then counts as just used."""
        return self._standing(key) is not None

    def adopt(self, key: str) -> bool:
        """Take up a cache whose files were put into the folder by another process; returns whether it is kept whole then."""
        with self._lock:
            if (kept := self._blocks.adopt(key)) is not None:
                self._kept[key] = kept
            self._forget_evicted()
            return self.holds(key)

    def drop(self, key: str, *, for_good: bool = True) -> bool:
        """Erase a cache in every tier but for what others share with it; returns whether it was there.

        Not ``for_good``: a vault keeps it, and keys of what is ``copied`` stay.
        """
        with self._lock:
            kept = self._kept.pop(key, None)
            if kept is None:
                return False
            disk = self._blocks.disk
            copied, disk.copied = disk.copied, disk.copied or not for_good
            try:
                self._erase(kept, for_good=for_good)
            finally:
                disk.copied = copied
        self._engine.scratch.clear()
        return True

    def _erase(self, kept: Kept, *, for_good: bool) -> None:
        if for_good:
            self._blocks.disk.destroy(kept.key)
        self._blocks.disk.forget(kept.key)
        shared = {id_ for other in self._kept.values() for id_ in other.blocks}
        for id_ in kept.blocks:
            if id_ not in shared and id_ in self._blocks.tree.blocks:
                self._blocks.remove(self._blocks.tree.blocks[id_], for_good=for_good)

    def drop_space(self, space: str, *, but: Collection[str] = ()) -> int:
        """Erase every cache of a space, of every model, ``but`` those; returns how many went."""
        with self._lock:
            keys = [key for key, kept in self._kept.items() if kept.scope.space == space and key not in but]
            return sum(self.drop(key) for key in keys)

    def tokens(self, key: str) -> tuple[int, ...]:
        """Return the tokens a cache was made from, its payloads verified; raises as ``verify`` does."""
        self.verify(key)
        return self._kept[key].tokens

    def verify(self, key: str) -> BuiltCache:
        """Read a cache's payloads and compare them with their checksums and with what is in memory.

        Raises ``InputError`` for a key that is not kept, ``PayloadError`` for the first payload that fails or is gone.
        """
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                raise InputError(f"No KV-cache '{key}' is kept.")
            blocks = self._present(kept)
            if len(blocks) < len(kept.blocks):
                raise PayloadError(f"Of the KV-cache '{key}', {len(kept.blocks) - len(blocks)} blocks are gone.")
            ours = kept.scope == self._scope(kept.scope.space, kept.scope.adapter)
            for block in blocks:
                self._blocks.verify(block, ours=ours)
            return self._built(kept, blocks, len(kept.tokens))

    def stats(self) -> Stats:
        """Tell what is held where."""
        with self._lock:
            sizes = {tier.value: self._blocks.memory.bytes(tier) for tier in (Tier.DEVICE, Tier.HOST)}
            sizes[Tier.DISK.value] = self._blocks.disk.used
            return Stats(sizes, len(self._kept), len(self._blocks.tree.blocks), **self._counts)

    def states(self, space: str, adapter: str | None, tokens: Sequence[int]) -> list[list[KeysValues]]:
        """Return what is kept of exactly ``tokens``, block by block, one pair ``[heads, tokens, dim]`` a layer.

        The tensors are the store's own: read them, never write to them. Raises ``InputError`` where not all of it is kept.
        """
        with self._lock:
            steps = self._blocks.tree.longest(self._scope(space, adapter), tokens)
            if sum(step.tokens for step in steps) < len(tokens):
                raise InputError("The tokens are not kept; build their cache first.")
            brought = self._blocks.bring([step.block for step in steps])
            return [_part(self._codec.decode(stored), step.tokens) for step, stored in zip(steps, brought, strict=True)]

    def _require(self, tokens: Sequence[int]) -> None:
        model, limit = self._engine.identity, self._engine.identity.context_length
        self._engine.support.require(model.name)
        if not tokens or len(tokens) >= limit:
            raise InputError(
                f"The memories have {len(tokens)} tokens; '{model.name}' takes 1 to {limit - 1}, a question besides.",
                hint="Choose fewer memories.",
            )
        if not self._engine.support.exact_in(len(tokens)):
            raise InputError(
                f"The memories have {len(tokens)} tokens; beyond {self._engine.support.exact_up_to} the keys of "
                f"'{model.name}' depend on the length of the whole prompt, and can't be kept.",
                hint="Choose fewer memories.",
            )

    def _scope(self, space: str, adapter: str | None) -> CacheScope:
        return CacheScope.of(self._engine.identity, adapter, space, self._codec.name)

    def _prefill(self, cache: WorkingCache, tokens: Sequence[int], adapter: str | None) -> None:
        cache.reserve(cache.length + len(tokens))
        started = time.perf_counter()
        self._engine.forward(tokens, cache, adapter)
        if self._engine.device.type == "cuda":
            torch.cuda.synchronize(self._engine.device)
        if self.rates:
            self.rates.prefilled(len(tokens), 1000 * (time.perf_counter() - started))

    def _fill(self, cache: WorkingCache, scope: CacheScope, tokens: Sequence[int], most: int) -> int:
        with self._lock, torch.inference_mode():
            steps = self._worth(cache, self._blocks.tree.longest(scope, tokens[:most]))
            kept, fresh = self._gather(cache, steps)
        cache.crop_to(kept)
        cache.reserve(kept + sum(states[0][0].shape[1] for _, states in fresh))
        for step, states in fresh:
            cache.append(states, self._engine.device)
            cache.held.append((step.block.id, step.tokens))
        return cache.length

    def _worth(self, cache: WorkingCache, steps: Sequence[TreeStep]) -> Sequence[TreeStep]:
        """Return the steps up to where most time is saved; what the working cache holds already costs nothing."""
        if self.rates is None:
            return steps
        gains, total = [0.0], 0.0
        for i, step in enumerate(steps):
            held = i < len(cache.held) and cache.held[i][0] == step.block.id
            size = 0 if held or step.block.payload is None else step.block.payload.bytes
            tier = Tier.DEVICE if held else self._blocks.tier(step.block) or Tier.DISK
            total += self.rates.gain(tier, size, step.tokens)
            gains.append(total)
        best = max(range(len(gains)), key=gains.__getitem__)
        self._counts["recomputed"] += bool(steps) and best == 0
        return steps[:best]

    def _gather(
        self, cache: WorkingCache, steps: Sequence[TreeStep]
    ) -> tuple[int, list[tuple[TreeStep, list[KeysValues]]]]:
        """Return how many tokens of ``cache`` stay, and the states to append; ``cache.held`` is cut to what stays."""
        kept, whole = 0, 0
        for step, (id_, tokens) in zip(steps, cache.held, strict=False):
            if step.block.id != id_ or step.tokens > tokens:
                break
            kept, whole = kept + step.tokens, whole + 1
        cache.held = [(step.block.id, step.tokens) for step in steps[:whole]]
        self._blocks.touch([step.block for step in steps])
        return kept, self._bring(steps[whole:])

    def _bring(self, steps: Sequence[TreeStep]) -> list[tuple[TreeStep, list[KeysValues]]]:
        """Return the states of steps; they end before a payload that is refused, which is then dropped."""
        on_disk = sum(
            step.block.payload.bytes
            for step in steps
            if step.block.payload and self._blocks.tier(step.block) is Tier.DISK
        )
        started, fresh = time.perf_counter(), list[tuple[TreeStep, list[KeysValues]]]()
        try:
            for step, stored in zip(steps, self._blocks.bring([step.block for step in steps]), strict=True):
                fresh.append((step, _part(self._codec.decode(stored), step.tokens)))
        except PayloadError as error:
            _log.warning("a KV-cache payload is refused, and will be computed anew: %s", error)
            self._counts["refused"] += 1
            self._blocks.remove(steps[len(fresh)].block)
        if self.rates and len(fresh) == len(steps):
            self.rates.loaded(Tier.DISK, on_disk, 1000 * (time.perf_counter() - started))
        return fresh

    def _standing(self, key: str) -> BuiltCache | None:
        """Return the cache that is kept whole under ``key``, counted as just used."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or len(blocks := self._present(kept)) < len(kept.blocks):
                return None
            self._blocks.touch(blocks)
            return self._built(kept, blocks, len(kept.tokens))

    def _keep(self, scope: CacheScope, tokens: tuple[int, ...], cache: WorkingCache, reused: int) -> BuiltCache:
        way = self._blocks.tree.lay(scope, tokens)
        kept = Kept(scope.key(tokens), scope, tokens, tuple(block.id for block in way))
        self._blocks.touch(way)
        self._keep_blocks(way, cache)
        self._kept[kept.key] = kept
        self._blocks.disk.record(kept, way)
        self._forget_evicted()
        return self._built(kept, way, reused)

    def _keep_blocks(self, way: Sequence[Block], cache: WorkingCache) -> None:
        """Keep what is not kept yet, the end first: where there is no room for all, it is the beginning that stays."""
        end = sum(len(block.tokens) for block in way)
        try:
            for block in reversed(way):
                start = end - len(block.tokens)
                if block.payload is None:
                    self._blocks.keep(block, cache.read(start, end))
                end = start
        except ModelError:
            for block in way:
                if block.payload is None:
                    self._blocks.remove(block)
            raise

    def _forget_evicted(self) -> None:
        """Forget caches of which nothing is left in any tier: manifests would pile up."""
        for key, kept in list(self._kept.items()):
            if kept.blocks[0] not in self._blocks.tree.blocks:
                self._blocks.disk.forget(key)
                del self._kept[key]

    def _present(self, kept: Kept) -> list[Block]:
        blocks = self._blocks.tree.blocks
        return [blocks[id_] for id_ in kept.blocks if id_ in blocks]

    def _built(self, kept: Kept, blocks: Sequence[Block], reused: int) -> BuiltCache:
        payloads = [block.payload for block in blocks if block.payload]
        whole = sha256("".join(payload.sha256 for payload in payloads))
        size = sum(payload.bytes for payload in payloads)
        return BuiltCache(kept.key, len(kept.tokens), reused, size, whole, self._blocks.disk.files(kept, blocks))


def _part(states: Sequence[KeysValues], tokens: int) -> list[KeysValues]:
    return [(keys[:, :tokens], values[:, :tokens]) for keys, values in states]
