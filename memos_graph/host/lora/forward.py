"""What a model makes of answers in many chats at once: those of like length side by side, since padding costs what text costs.

In a step of a training the readings are up to ten times as long as the lessons that come with memories; in one batch more
than half of what was computed was padding.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from memos_graph.host.lora.sample import IGNORED, Encoded, pad

_AT_ONCE = 32
_PADDING_SHARE = 0.2
_PADDING_ALWAYS = 64  # tokens; below that, one more pass costs more than what it saves


def answer_logits(model: Any, samples: Sequence[Encoded], padding: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return the logits that choose the answers' tokens, float32 ``[tokens, vocabulary]``, and those tokens, ``[tokens]``.

    Both are in the order of the samples. ``model`` is called as a causal language model is; ``padding`` is any token's id.
    """
    logits: dict[int, Tensor] = {}
    labels: dict[int, Tensor] = {}
    for rows in alike(samples):
        batch = pad([samples[row] for row in rows], padding).to(device)
        mask = None if bool(batch.mask.all()) else batch.mask
        said = model(input_ids=batch.tokens, attention_mask=mask, use_cache=False).logits[:, :-1]
        chosen = batch.labels[:, 1:] != IGNORED
        for place, row in enumerate(rows):
            logits[row] = said[place][chosen[place]].float()
            labels[row] = batch.labels[place, 1:][chosen[place]]
    order = range(len(samples))
    return torch.cat([logits[row] for row in order]), torch.cat([labels[row] for row in order])


def alike(samples: Sequence[Encoded]) -> Iterator[list[int]]:
    """Yield the places of samples that are best run side by side: of like length, and not too many."""
    rows: list[int] = []
    tokens = 0
    for row in sorted(range(len(samples)), key=lambda row: len(samples[row].tokens)):
        size = len(samples[row].tokens)
        wasted = (len(rows) + 1) * size - (tokens + size)
        if len(rows) == _AT_ONCE or wasted > max(_PADDING_ALWAYS, _PADDING_SHARE * tokens):
            yield rows
            rows, tokens = [], 0
        rows.append(row)
        tokens += size
    if rows:
        yield rows
