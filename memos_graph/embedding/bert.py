"""BERT's encoder as one straight function of its weights: what transformers computes, bit for bit, and sooner for a short text.

A question is a dozen tokens long. Its matrix products take less time than what transformers does around them: looking
through signatures, building masks that mask nothing, calling dropouts that drop nothing. And to import transformers takes
longer than to read the model.
"""

from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

Linear = Callable[[Tensor], Tensor]
MakeLinear = Callable[[Tensor, Tensor], Linear]
"""From a weight ``[out, in]`` and a bias ``[out]`` to what multiplies by them."""


def plain_linear(weight: Tensor, bias: Tensor) -> Linear:
    """Return a linear layer as it is."""
    return partial(functional.linear, weight=weight, bias=bias)


class Bert:
    """Reads texts of one segment.

    * ``weights`` by their names in the checkpoint of an encoder that is not a decoder: absolute positions, GELU.
    * ``heads`` of attention; ``epsilon`` of the layer norms; ``linear`` makes the linear layers.
    """

    def __init__(
        self, weights: Mapping[str, Tensor], *, heads: int, epsilon: float, linear: MakeLinear = plain_linear
    ) -> None:
        part = _Part(weights, "embeddings", epsilon, linear)
        self._words, self._positions = part.tensor("word_embeddings.weight"), part.tensor("position_embeddings.weight")
        self._segment = part.tensor("token_type_embeddings.weight")[0]
        self._norm = part.norm("LayerNorm")
        layers = 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer."))
        self._layers = [
            _Layer(_Part(weights, f"encoder.layer.{number}", epsilon, linear), heads) for number in range(layers)
        ]

    def __call__(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return the last hidden states, ``[n, length, width]``, of token ids ``[n, length]``; ``mask`` is 0 on padding."""
        hidden = self._norm(self._words[ids] + self._segment + self._positions[: ids.shape[1]])
        # A mask of ones costs attention its fastest path; [n, 1, 1, length] is the same for all heads and queries.
        seen = None if bool(mask.all()) else mask[:, None, None, :].bool()
        for layer in self._layers:
            hidden = layer(hidden, seen)
        return hidden


class _Part:
    """The weights below one name."""

    def __init__(self, weights: Mapping[str, Tensor], name: str, epsilon: float, linear: MakeLinear) -> None:
        self._weights, self._name, self._epsilon, self._linear = weights, name, epsilon, linear

    def tensor(self, name: str) -> Tensor:
        return self._weights[f"{self._name}.{name}"]

    def linear(self, *names: str) -> Linear:
        """Layers with the same input are one product: their outputs stand side by side."""
        weights, biases = ([self.tensor(f"{name}.{kind}") for name in names] for kind in ("weight", "bias"))
        return self._linear(torch.cat(weights), torch.cat(biases))

    def norm(self, name: str) -> Linear:
        weight, bias = self.tensor(f"{name}.weight"), self.tensor(f"{name}.bias")
        return partial(
            functional.layer_norm, normalized_shape=weight.shape, weight=weight, bias=bias, eps=self._epsilon
        )


class _Layer:
    """One layer: attention, then two linear layers, each added to what came in."""

    def __init__(self, part: _Part, heads: int) -> None:
        self._heads = heads
        self._project = part.linear("attention.self.query", "attention.self.key", "attention.self.value")
        self._attended, self._attended_norm = (
            part.linear("attention.output.dense"),
            part.norm("attention.output.LayerNorm"),
        )
        self._wide, self._narrow = part.linear("intermediate.dense"), part.linear("output.dense")
        self._norm = part.norm("output.LayerNorm")

    def __call__(self, hidden: Tensor, seen: Tensor | None) -> Tensor:
        n, length, _ = hidden.shape
        query, key, value = self._project(hidden).view(n, length, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
        attended = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
        attended = attended.transpose(1, 2).reshape(n, length, -1)
        hidden = self._attended_norm(self._attended(attended) + hidden)
        return self._norm(self._narrow(functional.gelu(self._wide(hidden))) + hidden)
