"""Keys moved to another place in the prompt: rotary position embeddings turn them, and turning further is all it takes.

A rotary embedding (RoFormer, arXiv 2104.09864) turns pairs of a key's components by angles in proportion to its position, so
a key cached at position p is that of position p + n after turning it by n's angles.
"""

from typing import Any

import torch
from torch import Tensor

from memos_graph.errors import ModelError
from memos_graph.host.kv.support import Support

# Families that pair a component with the one half the width away. Those that pair neighbours need another formula.
_HALVES = frozenset({
    "gemma", "gemma2", "gemma3_text", "gpt_neox", "llama", "mistral", "phi", "phi3", "qwen2", "qwen3",
})  # fmt: skip


class Rotation:
    """Turns cached keys of one model.

    Raises ``ModelError`` for a model of another family than those it knows, or whose angles depend on the prompt's length.
    """

    def __init__(self, model: Any, support: Support) -> None:
        self._config = model.config.get_text_config(decoder=True)
        self._rotary: Any = getattr(getattr(model, model.base_model_prefix, None), "rotary_emb", None)
        if self._config.model_type not in _HALVES or self._rotary is None or support.exact_up_to or support.refused:
            raise ModelError(
                f"Caches of a '{self._config.model_type}' model can't be composed: its keys can't be moved.",
                hint=f"Composing works for {', '.join(sorted(_HALVES))} with frequencies that don't depend on the length.",
            )

    def by(self, positions: int, layer: int, keys: Tensor) -> Tensor:
        """Return a layer's ``keys``, ``[heads, tokens, dim]``, moved that many positions on."""
        cos, sin = self._angles(positions, layer, keys.device)
        turned, rest = keys[..., : cos.shape[-1]].float(), keys[..., cos.shape[-1] :]
        first, second = turned.chunk(2, dim=-1)
        moved = turned * cos + torch.cat((-second, first), dim=-1) * sin
        return torch.cat((moved.to(keys.dtype), rest), dim=-1)

    def _angles(self, positions: int, layer: int, device: torch.device) -> tuple[Tensor, Tensor]:
        """Return cosine and sine of the angles of ``positions``, ``[dim]`` or less where only a part of a key is turned."""
        kinds = getattr(self._config, "layer_types", None)
        per_kind = {"layer_type": kinds[layer]} if kinds and isinstance(self._rotary.rope_type, dict) else {}
        both = torch.tensor([[0, positions]], device=device)
        cos, sin = self._rotary(torch.empty(0, dtype=torch.float32, device=device), both, **per_kind)
        # Some embeddings scale what they turn; a key has been scaled once. The cosine of position 0 is that scale.
        return cos[0, 1] / cos[0, 0], sin[0, 1] / cos[0, 0]
