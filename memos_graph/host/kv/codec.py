"""How keys and values are stored: as they are, or, approximately, as int8.

int8 follows KIVI (arXiv 2402.02750, section 3): keys have outlier channels and are scaled per channel, values have none and
are scaled per token; both symmetric, scales in float32, over the tokens of one block.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import torch
from torch import Tensor

from memos_graph.errors import ConfigurationError, PayloadError
from memos_graph.host.kv.working import KeysValues, LayerShape

Tensors = dict[str, Tensor]
"""A block as it is stored: ``<layer>.keys`` and ``<layer>.values`` of shape ``[heads, tokens, dim]``, and any scales."""

Form = tuple[tuple[int, ...], torch.dtype]
"""Shape and dtype of a tensor."""

_INT8_MOST = 127


class Codec(Protocol):
    """A way to store a block."""

    name: str

    def encode(self, states: Sequence[KeysValues]) -> Tensors:
        """Return the states of a block, one pair a layer, as they are stored."""

    def decode(self, stored: Mapping[str, Tensor]) -> list[KeysValues]:
        """Return the states of a stored block."""

    def expected(self, shapes: Sequence[LayerShape], tokens: int) -> dict[str, Form]:
        """Return shape and dtype of every tensor that a block of ``tokens`` has."""


class Exact:
    """Stores what the model computed, bit by bit."""

    name = "exact"

    def __init__(self, dtype: torch.dtype) -> None:
        self._dtype = dtype

    def encode(self, states: Sequence[KeysValues]) -> Tensors:
        """Return the states by name."""
        return {name: state for i, pair in enumerate(states) for name, state in zip(_names(i), pair, strict=True)}

    def decode(self, stored: Mapping[str, Tensor]) -> list[KeysValues]:
        """Return the states by layer; nothing is copied."""
        return [(stored[f"{i}.keys"], stored[f"{i}.values"]) for i in range(len(stored) // 2)]

    def expected(self, shapes: Sequence[LayerShape], tokens: int) -> dict[str, Form]:
        """Return two tensors a layer, in the model's dtype."""
        return {
            name: ((heads, tokens, dim), self._dtype)
            for i, layer in enumerate(shapes)
            for name, (heads, dim) in zip(_names(i), layer, strict=True)
        }


class Int8:
    """Stores a quarter of the bytes of float32, half of bfloat16; what comes back is near, not equal."""

    name = "int8"

    def __init__(self, dtype: torch.dtype) -> None:
        self._dtype = dtype

    def encode(self, states: Sequence[KeysValues]) -> Tensors:
        """Return integers and scales: ``[heads, 1, dim]`` for keys, ``[heads, tokens, 1]`` for values."""
        stored: Tensors = {}
        for i, (keys, values) in enumerate(states):
            stored[f"{i}.keys"], stored[f"{i}.keys.scale"] = _quantized(keys, over=1)
            stored[f"{i}.values"], stored[f"{i}.values.scale"] = _quantized(values, over=2)
        return stored

    def decode(self, stored: Mapping[str, Tensor]) -> list[KeysValues]:
        """Return integers times scales."""

        def state(name: str) -> Tensor:
            return (stored[name] * stored[f"{name}.scale"]).to(self._dtype)

        return [(state(f"{i}.keys"), state(f"{i}.values")) for i in range(len(stored) // 4)]

    def expected(self, shapes: Sequence[LayerShape], tokens: int) -> dict[str, Form]:
        """Return four tensors a layer."""
        forms: dict[str, Form] = {}
        for i, ((key_heads, key_dim), (value_heads, value_dim)) in enumerate(shapes):
            forms[f"{i}.keys"] = ((key_heads, tokens, key_dim), torch.int8)
            forms[f"{i}.keys.scale"] = ((key_heads, 1, key_dim), torch.float32)
            forms[f"{i}.values"] = ((value_heads, tokens, value_dim), torch.int8)
            forms[f"{i}.values.scale"] = ((value_heads, tokens, 1), torch.float32)
        return forms


def codec(name: str, dtype: torch.dtype) -> Codec:
    """Return a codec by name, ``exact`` or ``int8``, for states of ``dtype``; raises ``ConfigurationError`` for any other."""
    for known in (Exact(dtype), Int8(dtype)):
        if known.name == name:
            return known
    raise ConfigurationError(f"'{name}' is not a codec of KV-caches.", hint="It is exact or int8.")


def check(stored: Mapping[str, Tensor], expected: Mapping[str, Form], what: str) -> None:
    """Raise ``PayloadError`` unless ``stored`` has exactly the tensors that are expected."""
    if stored.keys() != expected.keys():
        raise PayloadError(f"{what} holds other tensors than this model's cache: {_first_odd(stored, expected)}.")
    for name, (shape, dtype) in expected.items():
        found = stored[name]
        if tuple(found.shape) != shape or found.dtype != dtype:
            raise PayloadError(f"{what}: '{name}' is {list(found.shape)} {found.dtype}, not {list(shape)} {dtype}.")


def _first_odd(stored: Mapping[str, Tensor], expected: Mapping[str, Form]) -> str:
    odd = min(stored.keys() ^ expected.keys())
    return f"'{odd}' is {'missing' if odd in expected else 'too many'}"


def _names(layer: int) -> tuple[str, str]:
    return f"{layer}.keys", f"{layer}.values"


def _quantized(state: Tensor, *, over: int) -> tuple[Tensor, Tensor]:
    scale = (state.float().abs().amax(dim=over, keepdim=True) / _INT8_MOST).clamp(min=torch.finfo(torch.float32).tiny)
    return (state / scale).round().clamp(-_INT8_MOST, _INT8_MOST).to(torch.int8), scale
