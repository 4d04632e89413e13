"""Caches that were built each on its own, put one after another. Approximate: what a chunk read when it was cached was nothing.

The keys of each chunk are moved to its place, and its first tokens are computed anew behind the chunks before it, as in
EPIC's LegoLink (arXiv 2410.15332, section 4): they draw attention that would otherwise go to a beginning that is none.
Never used unless asked for; ``divergence`` says what it costs.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from torch import Tensor

from memos_graph.host.kv.rotate import Rotation
from memos_graph.host.kv.store import CacheStore
from memos_graph.host.kv.support import Support
from memos_graph.host.kv.working import Begin, KeysValues, WorkingCache

RECOMPUTED = 8
"""Tokens at the beginning of each chunk but the first that are computed anew."""


class ComposingModel(Protocol):
    """What composing needs of a model; ``ModelEngine`` is one."""

    model: Any
    device: Any
    support: Support

    def forward(self, tokens: Sequence[int], cache: Any, adapter: str | None = None) -> Tensor:
        """Run tokens behind those in ``cache``."""


def compose(
    engine: ComposingModel,
    store: CacheStore,
    chunks: Sequence[Sequence[int]],
    *,
    space: str,
    adapter: str | None = None,
    recompute: int = RECOMPUTED,
) -> Begin:
    """Return what begins a generation with ``chunks``, each kept in ``store``, one after another.

    Give it to ``ModelEngine.generate(begin=…)`` with a prompt that begins with the same tokens.
    * ``recompute`` tokens of each chunk but the first that are computed anew.
    * Raises ``ModelError`` for a model whose keys can't be moved, ``InputError`` for a chunk that is not kept.
    """
    rotation = Rotation(engine.model, engine.support)
    kept = [store.states(space, adapter, chunk) for chunk in chunks]

    def begin(cache: WorkingCache) -> int:
        cache.begin_empty()
        for chunk, blocks in zip(chunks, kept, strict=True):
            start, at = cache.length, 0
            fresh = min(recompute, len(chunk)) if start else 0
            if fresh:
                engine.forward(chunk[:fresh], cache, adapter)
            for states in blocks:
                skipped = max(0, fresh - at)
                at += states[0][0].shape[1]
                cache.append(_moved(rotation, states, skipped, start), engine.device)
        return cache.length

    return begin


def _moved(rotation: Rotation, states: Sequence[KeysValues], skipped: int, positions: int) -> list[KeysValues]:
    return [
        (rotation.by(positions, layer, keys[:, skipped:]) if positions else keys[:, skipped:], values[:, skipped:])
        for layer, (keys, values) in enumerate(states)
    ]
