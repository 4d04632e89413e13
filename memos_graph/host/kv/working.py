"""The cache a generation writes to: preallocated, croppable at every token, the same for every layer.

``DynamicCache`` copies all keys and values for every new token (``torch.cat``), and forgets what a sliding window has left
behind, so that it can't be cropped. Here a layer is a buffer with room at its end: a new token is written behind the others,
and every layer keeps every token; the attention mask alone makes the window. What is kept elsewhere is copied in and
never written to.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import Cache, CacheLayerMixin

KeysValues = tuple[Tensor, Tensor]
"""Keys and values of one layer, each of shape ``[heads, tokens, dim]``."""

LayerShape = tuple[tuple[int, int], tuple[int, int]]
"""``(heads, dim)`` of a layer's keys, and of its values."""

_LEAST_ROOM = 256


class WorkingLayer(CacheLayerMixin):  # type: ignore[no-untyped-call]
    """Keys and values of one layer in buffers of shape ``[1, heads, room, dim]``, of which ``length`` tokens are written."""

    is_sliding = False
    is_croppable = True

    def __init__(self, room: int = _LEAST_ROOM) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.room = room
        self.length = 0

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        """Allocate the buffers in the shape of the first states, ``[1, heads, tokens, dim]``."""
        self.keys = _buffer(key_states, self.room)
        self.values = _buffer(value_states, self.room)
        self.is_initialized = True

    def update(self, key_states: Tensor, value_states: Tensor, *_args: Any, **_kwargs: Any) -> tuple[Tensor, Tensor]:
        """Write new states behind the others; returns views of everything written, ``[1, heads, length, dim]``."""
        start, end = self.length, self.length + key_states.shape[-2]
        self.reserve(end)
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        keys, values = self.buffers
        keys[:, :, start:end] = key_states
        values[:, :, start:end] = value_states
        self.length = end
        return keys[:, :, :end], values[:, :, :end]

    @property
    def buffers(self) -> KeysValues:
        """Both buffers; only of a layer that has been written to."""
        if self.keys is None or self.values is None:
            raise RuntimeError("this layer holds no tokens")
        return self.keys, self.values

    def reserve(self, tokens: int) -> None:
        """Make room for ``tokens`` in all; a buffer that is too small is copied into one with a quarter to spare."""
        if tokens <= self.room:
            return
        self.room = max(tokens, self.room + self.room // 4)
        if self.is_initialized:
            keys, values = self.buffers
            self.keys = _grown(keys, self.room, self.length)
            self.values = _grown(values, self.room, self.length)

    def crop(self, tokens_to_remove: int) -> None:
        """Forget the last tokens; a negative number, as ``Cache.crop`` wants it."""
        self.length = max(0, self.length - abs(tokens_to_remove))

    def reset(self) -> None:
        """Forget every token."""
        self.length = 0

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Return how many tokens attention sees with ``query_length`` new ones, and where they begin."""
        return self.length + query_length, 0

    def get_seq_length(self) -> int:
        """Return the number of tokens written."""
        return self.length

    def get_max_length(self) -> int:
        """Return -1: it grows."""
        return -1


class WorkingCache(Cache):
    """The cache of one generation, over ``layers`` layers, with room for ``room`` tokens to begin with.

    ``held`` names the kept blocks that it begins with and how many tokens were taken of each.
    """

    def __init__(self, layers: int, room: int = _LEAST_ROOM) -> None:
        self.rows = [WorkingLayer(room) for _ in range(layers)]
        super().__init__(layers=list(self.rows))
        self.held: list[tuple[str, int]] = []

    @property
    def length(self) -> int:
        """Tokens in it."""
        return self.rows[0].length

    @property
    def shapes(self) -> tuple[LayerShape, ...]:
        """Shape of a token in each layer; known after the first forward pass."""
        return tuple(
            ((keys.shape[1], keys.shape[3]), (values.shape[1], values.shape[3]))
            for keys, values in (row.buffers for row in self.rows)
        )

    def reserve(self, tokens: int) -> None:
        """Make room for ``tokens`` in all."""
        for layer in self.rows:
            layer.reserve(tokens)

    def begin_empty(self) -> None:
        """Forget every token."""
        self.crop_to(0)
        self.held = []

    def crop_to(self, tokens: int) -> None:
        """Keep the first ``tokens``."""
        for layer in self.rows:
            layer.length = min(layer.length, tokens)

    @torch.inference_mode()
    def append(self, states: Sequence[KeysValues], device: torch.device) -> None:
        """Copy states of ``[heads, tokens, dim]`` behind the others, one pair a layer, from wherever they lie."""
        for layer, (keys, values) in zip(self.rows, states, strict=True):
            if not layer.is_initialized:
                layer.lazy_initialization(
                    keys[None, :, :0].to(device, non_blocking=True), values[None, :, :0].to(device, non_blocking=True)
                )
            layer.update(keys[None], values[None])

    def read(self, start: int, end: int) -> list[KeysValues]:
        """Return copies of tokens ``start`` to ``end``, one pair a layer, each contiguous ``[heads, tokens, dim]``."""
        return [
            (keys[0, :, start:end].clone(), values[0, :, start:end].clone())
            for keys, values in (row.buffers for row in self.rows)
        ]


Begin = Callable[[WorkingCache], int]
"""Fills a working cache with the beginning of a prompt, whatever it held before; returns for how many tokens it did."""


class Scratch:
    """Keeps one working cache between generations: its pages are there already, and so may the prefix be."""

    def __init__(self, layers: int) -> None:
        self._layers = layers
        self._lock = threading.Lock()
        self._idle: WorkingCache | None = None
        self._epoch = 0

    def take(self) -> tuple[WorkingCache, int]:
        """Return the idle cache, or a new one where it is in use, and the epoch to give it back with."""
        with self._lock:
            idle, self._idle = self._idle, None
            return (WorkingCache(self._layers) if idle is None else idle), self._epoch

    def give_back(self, cache: WorkingCache, epoch: int) -> None:
        """Keep ``cache`` for the next generation, unless one is kept, or something was erased since it was taken."""
        with self._lock:
            if self._idle is None and epoch == self._epoch:
                self._idle = cache

    def clear(self) -> None:
        """Let go of the idle cache and of those in use, once they end: what they hold is to be erased."""
        with self._lock:
            self._idle = None
            self._epoch += 1


def _buffer(like: Tensor, room: int) -> Tensor:
    _, heads, _, dim = like.shape
    return torch.empty((1, heads, room, dim), dtype=like.dtype, device=like.device)


def _grown(buffer: Tensor, room: int, length: int) -> Tensor:
    larger = _buffer(buffer, room)
    larger[:, :, :length] = buffer[:, :, :length]
    return larger
