"""What an approximate cache changes: measured against a full prefill of the same prompt, never assumed."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from memos_graph.host.kv.working import Begin, WorkingCache


class LogitsModel(Protocol):
    """What measuring needs of a model; ``ModelEngine`` is one."""

    def forward(self, tokens: Sequence[int], cache: Any, adapter: str | None = None) -> Tensor:
        """Run tokens behind those in ``cache``."""

    def working_cache(self, tokens: int) -> AbstractContextManager[WorkingCache]:
        """Lend a cache."""


@dataclass(frozen=True, slots=True)
class Divergence:
    """Against the greedy answer of a full prefill.

    * ``kl`` mean Kullback-Leibler divergence of the next token's distribution from the exact one, nats a token;
      ``kl_most`` the largest. * ``agreement`` share of tokens, 0 to 1, that both choose after the same beginning.
    * ``same_answer`` whether both answers are equal, token by token. * ``logit_difference`` largest of any logit.
    """

    tokens: int
    kl: float
    kl_most: float
    agreement: float
    same_answer: bool
    logit_difference: float


def divergence(
    engine: LogitsModel,
    prompt: Sequence[int],
    approximate: Begin,
    *,
    adapter: str | None = None,
    answer_tokens: int = 32,
) -> Divergence:
    """Compare ``answer_tokens`` of the answer to ``prompt`` begun by ``approximate`` with those after a full prefill."""
    with torch.inference_mode():
        exact, answer = _greedy(engine, prompt, _nothing, adapter, answer_tokens)
        near, _ = _greedy(engine, prompt, approximate, adapter, answer_tokens, forced=answer)
    p, q = exact.log_softmax(-1), near.log_softmax(-1)
    kl = (p.exp() * (p - q)).sum(-1).clamp(min=0)
    same = exact.argmax(-1) == near.argmax(-1)
    return Divergence(
        tokens=len(answer),
        kl=float(kl.mean()),
        kl_most=float(kl.max()),
        agreement=float(same.float().mean()),
        same_answer=bool(same.all()),
        logit_difference=float((exact - near).abs().max()),
    )


def _nothing(cache: WorkingCache) -> int:
    cache.begin_empty()
    return 0


def _greedy(
    engine: LogitsModel,
    prompt: Sequence[int],
    begin: Begin,
    adapter: str | None,
    count: int,
    forced: Sequence[int] = (),
) -> tuple[Tensor, list[int]]:
    """Return the logits before each token, ``[count, vocabulary]``, and the tokens: greedy ones, or those forced."""
    logits: list[Tensor] = []
    answer: list[int] = []
    with engine.working_cache(len(prompt) + count) as cache:
        ahead = list(prompt[begin(cache) :])
        for i in range(count):
            logits.append(engine.forward(ahead, cache, adapter))
            answer.append(forced[i] if forced else int(logits[-1].argmax()))
            ahead = [answer[-1]]
    return torch.stack(logits), answer
