"""BERT's encoder as one straight function: what transformers computes, bit for bit, and sooner for a short text.

A question is a dozen tokens long. Its matrix products take less time than what transformers does around them: looking
through signatures, building masks that mask nothing, calling dropouts that drop nothing.
"""

from typing import Any

from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel


def straight(model: Any) -> "StraightBert | None":
    """``model`` as a ``StraightBert``, or None where it is anything else than a plain BERT encoder."""
    plain = isinstance(model, BertModel) and not model.config.is_decoder and not model.training
    return StraightBert(model) if plain else None


class StraightBert:
    """Reads texts of one segment as ``bert`` does, which is not trained; it uses that one's layers as they are."""

    def __init__(self, bert: BertModel) -> None:
        self._embeddings: Any = bert.embeddings
        self._segment: Tensor = bert.embeddings.token_type_embeddings.weight[0]
        self._layers = tuple(_Layer(layer, bert.config.num_attention_heads) for layer in bert.encoder.layer)

    def __call__(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return the last hidden states, ``[n, length, width]``, of token ids ``[n, length]``; ``mask`` is 0 on padding."""
        given = self._embeddings
        hidden: Tensor = given.word_embeddings.weight[ids] + self._segment
        hidden = _normalized(hidden + given.position_embeddings.weight[: ids.shape[1]], given.LayerNorm)
        # A mask of ones costs attention its fastest path; [n, 1, 1, length] is the same for all heads and queries.
        seen = None if bool(mask.all()) else mask[:, None, None, :].bool()
        for layer in self._layers:
            hidden = layer(hidden, seen)
        return hidden


class _Layer:
    """One layer: attention, then two linear layers, each added to what came in."""

    def __init__(self, layer: Any, heads: int) -> None:
        attention = layer.attention
        self._heads = heads
        self._projections = (attention.self.query, attention.self.key, attention.self.value)
        self._attended, self._attended_norm = attention.output.dense, attention.output.LayerNorm
        self._wide, self._activation = layer.intermediate.dense, layer.intermediate.intermediate_act_fn
        self._narrow, self._norm = layer.output.dense, layer.output.LayerNorm

    def __call__(self, hidden: Tensor, seen: Tensor | None) -> Tensor:
        n, length, _ = hidden.shape
        query, key, value = (
            project(hidden).view(n, length, self._heads, -1).transpose(1, 2) for project in self._projections
        )
        attended = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
        attended = attended.transpose(1, 2).reshape(n, length, -1)
        hidden = _normalized(self._attended(attended) + hidden, self._attended_norm)
        return _normalized(self._narrow(self._activation(self._wide(hidden))) + hidden, self._norm)


def _normalized(hidden: Tensor, norm: nn.LayerNorm) -> Tensor:
    return functional.layer_norm(hidden, norm.normalized_shape, norm.weight, norm.bias, norm.eps)
