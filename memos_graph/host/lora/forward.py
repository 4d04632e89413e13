"""What a model makes of answers in many chats at once: those of like length side by side, since padding costs what text costs.

In a step of a training the readings are up to ten times as long as the lessons that come with memories; in one batch more
than half of what was computed was padding.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

import torch
from peft import PeftModel
from torch import Tensor

from memos_graph.host.loading import keeps_logits
from memos_graph.host.lora.sample import AT_ONCE_ON_A_CPU, IGNORED, Encoded, answer_spans, pad, tokens_at_once

_PADDING_SHARE = 0.2
_PADDING_ALWAYS = 64  # tokens; below that, one more pass costs more than what it saves


class GivesAnswers(Protocol):
    """What gives a model's answers: ``WholeModel``, or ``UpperLayers`` over what the lower ones made before."""

    def each_answer(self, samples: Sequence[Encoded]) -> Iterator[tuple[int, Tensor, Tensor]]:
        """Yield a sample's place, the logits that choose its answers' tokens, and those tokens; in an order of its own."""


@dataclass(frozen=True, slots=True)
class WholeModel:
    """Runs ``model``, called as a causal language model is; ``padding`` is any token's id."""

    model: Any
    padding: int
    device: torch.device

    def each_answer(self, samples: Sequence[Encoded]) -> Iterator[tuple[int, Tensor, Tensor]]:
        """Yield as ``GivesAnswers`` does, the shortest sample first."""
        inner = self.model.get_base_model() if isinstance(self.model, PeftModel) else self.model
        for rows in alike(samples, tokens_at_once(self.device)):
            batch = pad([samples[row] for row in rows], self.padding).to(self.device)
            mask = None if bool(batch.mask.all()) else batch.mask
            answers = batch.labels[:, 1:] != IGNORED
            # Columns in which some row has an answer: a large vocabulary's logits of all others would be most of the work.
            columns = answers.any(dim=0).nonzero().squeeze(1)
            kept = {"logits_to_keep": columns} if keeps_logits(inner) else {}
            said = self.model(input_ids=batch.tokens, attention_mask=mask, use_cache=False, **kept).logits
            chosen = answers[:, columns]
            sizes = chosen.sum(dim=1).tolist()
            # All rows at once: the gradient of a row by itself would be as large as the batch, and nearly all zeros.
            logits = (said if kept else said[:, columns])[chosen].float()
            labels = batch.labels[:, 1:][answers]
            yield from zip(rows, torch.split(logits, sizes), torch.split(labels, sizes), strict=True)


def answer_logits(answering: GivesAnswers, samples: Sequence[Encoded]) -> tuple[Tensor, Tensor]:
    """Return the logits that choose the answers' tokens, float32 ``[tokens, vocabulary]``, and those tokens, ``[tokens]``.

    Both are in the order of the samples, and all in memory at once: ``each_answer`` is for many.
    """
    answers = sorted(answering.each_answer(samples), key=itemgetter(0))
    return torch.cat([logits for _, logits, _ in answers]), torch.cat([labels for _, _, labels in answers])


class Chance(NamedTuple):
    """How likely an answer is.

    * ``given``: choosing the likeliest token each time, the model gives it by itself. * ``least``: the probability of the least
      likely of its tokens, 0 to 1.
    """

    given: bool
    least: float


@torch.no_grad()
def chances(answering: GivesAnswers, samples: Sequence[Encoded]) -> list[list[Chance]]:
    """Return how likely each answer of each sample is."""
    found: dict[int, list[Chance]] = {}
    for row, logits, labels in answering.each_answer(samples):
        hits = iter((logits.argmax(dim=-1) == labels).tolist())
        likely = iter(logits.softmax(dim=-1).gather(-1, labels.unsqueeze(-1)).squeeze(-1).tolist())
        found[row] = [
            Chance(all(list(islice(hits, end - start))), min(islice(likely, end - start)))
            for start, end in answer_spans(samples[row])
        ]
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
