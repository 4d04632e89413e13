"""What a model makes of answers in many chats at once: those of like length side by side, since padding costs what text costs.

In a step of a training the readings are up to ten times as long as the lessons that come with memories; in one batch more
than half of what was computed was padding.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any

import torch
from peft import PeftModel
from torch import Tensor

from memos_graph.host.loading import keeps_logits
from memos_graph.host.lora.sample import AT_ONCE_ON_A_CPU, IGNORED, Encoded, answer_spans, pad, tokens_at_once

_PADDING_SHARE = 0.2
_PADDING_ALWAYS = 64  # tokens; below that, one more pass costs more than what it saves


def answer_logits(model: Any, samples: Sequence[Encoded], padding: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return the logits that choose the answers' tokens, float32 ``[tokens, vocabulary]``, and those tokens, ``[tokens]``.

    Both are in the order of the samples, and all in memory at once: ``each_answer`` is for many.
    """
    answers = sorted(each_answer(model, samples, padding, device), key=itemgetter(0))
    return torch.cat([logits for _, logits, _ in answers]), torch.cat([labels for _, _, labels in answers])


def each_answer(
    model: Any, samples: Sequence[Encoded], padding: int, device: torch.device
) -> Iterator[tuple[int, Tensor, Tensor]]:
    """Yield a sample's place, the logits that choose its answers' tokens, and those tokens; the shortest sample first.

    ``model`` is called as a causal language model is; ``padding`` is any token's id.
    """
    inner = model.get_base_model() if isinstance(model, PeftModel) else model
    for rows in alike(samples, tokens_at_once(device)):
        batch = pad([samples[row] for row in rows], padding).to(device)
        mask = None if bool(batch.mask.all()) else batch.mask
        answers = batch.labels[:, 1:] != IGNORED
        # Columns in which some row has an answer: a large vocabulary's logits of all others would be most of the work.
        columns = answers.any(dim=0).nonzero().squeeze(1)
        kept = {"logits_to_keep": columns} if keeps_logits(inner) else {}
        said = model(input_ids=batch.tokens, attention_mask=mask, use_cache=False, **kept).logits
        chosen = answers[:, columns]
        sizes = chosen.sum(dim=1).tolist()
        # All rows at once: the gradient of a row by itself would be as large as the batch, and nearly all zeros.
        logits = (said if kept else said[:, columns])[chosen].float()
        labels = batch.labels[:, 1:][answers]
        yield from zip(rows, torch.split(logits, sizes), torch.split(labels, sizes), strict=True)


@torch.no_grad()
def would_say(model: Any, samples: Sequence[Encoded], padding: int, device: torch.device) -> list[list[bool]]:
    """Return for each answer of each sample whether the model, choosing the likeliest token each time, would give it by itself."""
    found: dict[int, list[bool]] = {}
    for row, logits, labels in each_answer(model, samples, padding, device):
        hits = iter((logits.argmax(dim=-1) == labels).tolist())
        found[row] = [all(list(islice(hits, end - start))) for start, end in answer_spans(samples[row])]
    return [found[row] for row in range(len(samples))]


def alike(samples: Sequence[Encoded], most: int = AT_ONCE_ON_A_CPU) -> Iterator[list[int]]:
    """Yield the places of samples that are best run side by side: of like length, and together at most ``most`` tokens."""
    rows: list[int] = []
    tokens = 0
    for row in sorted(range(len(samples)), key=lambda row: len(samples[row].tokens)):
        size = len(samples[row].tokens)
        wasted = (len(rows) + 1) * size - (tokens + size)
        if rows and ((len(rows) + 1) * size > most or wasted > max(_PADDING_ALWAYS, _PADDING_SHARE * tokens)):
            yield rows
            rows, tokens = [], 0
        rows.append(row)
        tokens += size
    if rows:
        yield rows
