"""Kept KV-caches of the model host: ``CacheStore`` and what it says of itself; ``compose`` and ``divergence`` for the rest."""

from memos_graph.host.kv.compose import compose
from memos_graph.host.kv.divergence import Divergence, divergence
from memos_graph.host.kv.rates import Rates, calibrate
from memos_graph.host.kv.store import BuiltCache, CacheStore, PrefixMatch, Stats
from memos_graph.host.kv.tiers import Tier

__all__ = [
    "BuiltCache",
    "CacheStore",
    "Divergence",
    "PrefixMatch",
    "Rates",
    "Stats",
    "Tier",
    "calibrate",
    "compose",
    "divergence",
]
