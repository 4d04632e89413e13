"""Which models' caches can be kept: those whose every layer holds keys and values of every token."""

from dataclasses import dataclass
from typing import Any

from transformers import PretrainedConfig
from transformers.cache_utils import get_layer_types_and_kwargs

from memos_graph.errors import ModelError

_KEPT = frozenset({"full_attention", "sliding_attention"})
# These scale their frequencies by the length of the whole prompt: a key cached in a short one is wrong in a longer one.
_LENGTH_DEPENDENT = frozenset({"dynamic", "longrope"})


@dataclass(frozen=True, slots=True)
class Support:
    """What a model allows.

    * ``refused`` kinds of layers that can't be cut at a token; a model with any has no caches.
    * ``exact_up_to`` longest prompt, in tokens, in which a cached key is the one a full prefill computes; None: any.
    """

    refused: tuple[str, ...]
    exact_up_to: int | None

    def require(self, name: str) -> None:
        """Raise ``ModelError`` for a model whose cache can't be cropped."""
        if self.refused:
            raise ModelError(
                f"The model '{name}' keeps state that can't be cropped to a prefix ({', '.join(self.refused)}), so no "
                "KV-cache of it can be kept.",
                hint="Chat from plaintext memory with it, or set MEMOS_MODEL to a model whose layers all attend.",
            )

    def exact_in(self, tokens: int) -> bool:
        """Whether a cached key is right in a prompt of ``tokens``."""
        return not self.refused and (self.exact_up_to is None or tokens <= self.exact_up_to)

    def crossed(self, before: int, after: int) -> bool:
        """Whether a prompt that grew from ``before`` to ``after`` tokens made its earlier keys wrong."""
        return self.exact_up_to is not None and 0 < before <= self.exact_up_to < after


def support(config: PretrainedConfig) -> Support:
    """Read from a model's configuration what its caches allow."""
    decoder = config.get_text_config(decoder=True)
    kinds, _ = get_layer_types_and_kwargs(decoder)
    refused = tuple(sorted(set(kinds) - _KEPT))
    return Support(refused, _exact_up_to(decoder))


def _exact_up_to(config: Any) -> int | None:
    parameters = getattr(config, "rope_parameters", None) or {}
    nested = (
        parameters.values() if parameters and all(isinstance(v, dict) for v in parameters.values()) else [parameters]
    )
    if not any(each.get("rope_type") in _LENGTH_DEPENDENT for each in nested):
        return None
    original = [each.get("original_max_position_embeddings") for each in nested]
    known = [length for length in original if length]
    return int(min(known)) if known else int(config.max_position_embeddings)
