"""What a KV-cache depends on besides its tokens, and the names that follow from it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Self

from memos_graph.host.fingerprint import ModelIdentity
from memos_graph.kit.digests import sha256


@dataclass(frozen=True, slots=True)
class CacheScope:
    """Caches are shared inside a scope and never across: another model, rounding, adapter, space or codec is another one."""

    fingerprint: str
    dtype: str
    attention: str
    adapter: str | None
    space: str
    codec: str

    @classmethod
    def of(cls, model: ModelIdentity, adapter: str | None, space: str, codec: str) -> Self:
        """Return the scope of ``model`` with ``adapter``, in ``space``, stored by ``codec``."""
        return cls(model.fingerprint, model.dtype, model.attention, adapter, space, codec)

    @property
    def digest(self) -> str:
        """SHA-256 over all of it; the parent of every first block."""
        return sha256(json.dumps(asdict(self), sort_keys=True))

    def key(self, tokens: Sequence[int]) -> str:
        """Name the cache of ``tokens``."""
        return child_id(f"cache {self.digest}", tokens)


def child_id(parent: str, tokens: Sequence[int]) -> str:
    """Name the block of ``tokens`` behind ``parent``: a hash over everything from the first token of the prompt on."""
    return sha256(f"{parent} {','.join(map(str, tokens))}")
