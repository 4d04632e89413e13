"""Answers of a model whose lower layers are frozen: what those make of a sample is computed once, and kept.

An adapter in the upper layers changes nothing below them. Samples that come up again and again, as lessons do, are read from where
the adapter begins; those that begin alike (with the chat template's own words, or the instruction before memories) share that beginning
and are run as one text, in which none of them sees another. On a CPU that multiplies bfloat16 faster, the frozen matrices are
multiplied in it; the adapter's own stay float32.

Whether a model's architecture bears this is not guessed: ``usable`` compares a few answers with those of the whole model.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel

from memos_graph.host.loading import keeps_logits
from memos_graph.host.lora.forward import WholeModel, alike, answer_logits
from memos_graph.host.lora.layers import layer_number
from memos_graph.host.lora.sample import IGNORED, Encoded, pad

TOKENS_AT_ONCE = 1024
"""Of one packed text: each token is weighed against each other one, so that longer texts cost more than two of half."""

_TOLERATED = 1e-3  # nats; what float32 loses by another order of sums is a hundredth of this
_TRIES = 5


class UpperLayers:
    """Runs the layers of ``model`` from the lowest one that ``targets`` name upwards, over kept states of those below.

    ``model`` is the causal language model itself; an adapter that was put into it counts as soon as it is there. States take
    four bytes a token and feature, and live as long as this object.
    """

    def __init__(self, model: PreTrainedModel, targets: Sequence[str], padding: int) -> None:
        self._model: Any = model
        self._padding = padding
        self._layers = _layers(model)
        self._lowest = min((layer_number(each) for each in targets), default=0)
        self._states: dict[Encoded, Tensor] = {}
        self._window = getattr(model.config, "sliding_window", None)
        self._dtype = cheapest_dtype(model)

    def usable(self, samples: Sequence[Encoded]) -> bool:
        """Whether packed answers over kept states are those of the whole model; ``samples`` are tried."""
        if not self._lowest or len(self._layers) <= self._lowest or not keeps_logits(self._model):
            return False
        tried = sorted(samples, key=lambda each: len(each.tokens))[-_TRIES:]
        if self._window and len(tried[-1].tokens) > self._window:
            return False  # a packed text is seen whole
        quick, self._dtype = self._dtype, self._model.dtype
        try:
            with torch.no_grad():
                whole, _ = answer_logits(WholeModel(self._model, self._padding, self._model.device), tried)
                own, _ = answer_logits(self, tried)
        except (RuntimeError, TypeError, ValueError, AttributeError, IndexError):
            return False  # an architecture that is called otherwise
        finally:
            self._dtype = quick
            self._states.clear()
        return bool((whole.log_softmax(-1) - own.log_softmax(-1)).abs().max() < _TOLERATED)

    def each_answer(self, samples: Sequence[Encoded]) -> Iterator[tuple[int, Tensor, Tensor]]:
        """Yield as ``GivesAnswers`` does; samples that begin alike one after another."""
        self._keep(samples)
        for rows in packs(samples, TOKENS_AT_ONCE):
            for row, logits in zip(rows, self._packed([samples[row] for row in rows]), strict=True):
                labels = [label for label in samples[row].labels[1:] if label != IGNORED]
                yield row, logits, torch.tensor(labels, device=self._model.device)

    @torch.no_grad()
    def _keep(self, samples: Sequence[Encoded]) -> None:
        """Compute what the lower layers make of samples that were not seen before."""
        new = [each for each in dict.fromkeys(samples) if each not in self._states]
        for rows in alike(new):
            some = [new[row] for row in rows]
            batch = pad(some, self._padding).to(self._model.device)
            states = self._below(batch.tokens, batch.mask)
            for each, state in zip(some, states, strict=True):
                self._states[each] = state[: len(each.tokens)].clone()

    def _below(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Return what comes into the lowest layer with an adapter, ``[samples, longest, features]``."""

        def reached(_module: nn.Module, given: tuple[Any, ...], named: dict[str, Any]) -> None:
            raise _Reached(named["hidden_states"] if "hidden_states" in named else given[0])

        hook = self._layers[self._lowest].register_forward_pre_hook(reached, with_kwargs=True)
        try:
            with self._quickly():
                self._model(input_ids=tokens, attention_mask=mask, use_cache=False)
        except _Reached as found:
            return found.states
        finally:
            hook.remove()
        raise RuntimeError("the model does not run its layers in their order")

    def _packed(self, samples: Sequence[Encoded]) -> list[Tensor]:
        """Run samples as one text: what they have in common once, and behind it each by itself."""
        shared = _common(samples)
        sizes = [len(each.tokens) - shared for each in samples]
        first, *_ = samples
        states = torch.cat([self._states[first][:shared], *(self._states[each][shared:] for each in samples)])
        owner = torch.tensor([-1] * shared + [row for row, size in enumerate(sizes) for _ in range(size)])
        places = torch.tensor([*range(shared), *(place for size in sizes for place in range(shared, shared + size))])
        order = torch.arange(len(owner))
        seen = (order[:, None] >= order[None]) & ((owner[None] < 0) | (owner[:, None] == owner[None]))
        device = self._model.device
        mask = torch.zeros(seen.shape, dtype=self._dtype).masked_fill(~seen, torch.finfo(self._dtype).min)
        starts = [shared + start for start in accumulate(sizes, initial=0)]
        chosen = [
            # A token that the samples have in common stands once.
            [place if place < shared else start + place - shared for place in _choosing(each)]
            for each, start in zip(samples, starts, strict=False)
        ]
        with self._from_lowest(), self._quickly():
            logits = self._model(
                inputs_embeds=states[None],
                attention_mask=mask[None, None].to(device),
                position_ids=places[None].to(device),
                use_cache=False,
                logits_to_keep=torch.tensor([place for each in chosen for place in each], device=device),
            ).logits[0]
        return list(torch.split(logits.float(), [len(each) for each in chosen]))

    def _quickly(self) -> torch.autocast:
        return torch.autocast(self._model.device.type, dtype=self._dtype, enabled=self._dtype != self._model.dtype)

    @contextmanager
    def _from_lowest(self) -> Iterator[None]:
        """Have the lower layers pass on what they are given."""
        below = self._layers[: self._lowest]
        for layer in below:
            layer.forward = _pass_on  # an attribute of the object: its class keeps its own
        try:
            yield
        finally:
            for layer in below:
                del layer.forward


def kept_below(
    model: PreTrainedModel, targets: Sequence[str], padding: int, samples: Sequence[Encoded]
) -> UpperLayers | None:
    """Return the upper layers over kept states, for ``samples`` that come up again; ``None`` for none, and where they can't be used."""
    if not samples:
        return None
    upper = UpperLayers(model, targets, padding)
    return upper if upper.usable(samples) else None


class _Reached(Exception):  # noqa: N818 - ends a pass where it has done its work
    """The layers below an adapter are done; ``states`` is what they made."""

    def __init__(self, states: Tensor) -> None:
        super().__init__()
        self.states = states


def packs(samples: Sequence[Encoded], most: int) -> Iterator[list[int]]:
    """Yield the places of samples to be run as one text of at most ``most`` tokens; those that begin alike come together."""
    rows: list[int] = []
    size = 0
    for row in sorted(range(len(samples)), key=lambda row: samples[row].tokens):
        own = len(samples[row].tokens)
        if rows and size + own > most:
            yield rows
            rows, size = [], 0
        size += own - (_common([samples[rows[0]], samples[row]]) if rows else 0)
        rows.append(row)
    if rows:
        yield rows


def cheapest_dtype(model: Any) -> torch.dtype:
    """Return the number format in which ``model``'s device multiplies its matrices soonest, by trying it: its own, or bfloat16."""
    own: torch.dtype = model.dtype
    if own != torch.float32:
        return own
    width = model.config.get_text_config(decoder=True).hidden_size
    times = {dtype: _seconds(width, dtype, model.device) for dtype in (own, torch.bfloat16)}
    return min(times, key=lambda dtype: times[dtype])


def _seconds(width: int, dtype: torch.dtype, device: torch.device) -> float:
    rows, matrix = (torch.ones(size, width, dtype=dtype, device=device) for size in (256, 4 * width))
    times = []
    for _ in range(_TRIES):
        started = time.perf_counter()
        functional.linear(rows, matrix).sum().item()
        times.append(time.perf_counter() - started)
    return min(times)


def _choosing(sample: Encoded) -> list[int]:
    """Return the places whose logits choose the tokens of answers."""
    return [place for place, label in enumerate(sample.labels[1:]) if label != IGNORED]


def _common(samples: Sequence[Encoded]) -> int:
    """Return how many tokens all of them begin with, at most all but the last of the shortest."""
    first, *others = samples
    if not others:
        return 0
    most = min(len(each.tokens) for each in samples) - 1
    for place in range(most):
        if any(each.tokens[place] != first.tokens[place] for each in others):
            return place
    return most


def _layers(model: PreTrainedModel) -> list[Any]:
    count = model.config.get_text_config(decoder=True).num_hidden_layers
    lists = (each for each in model.modules() if isinstance(each, nn.ModuleList) and len(each) == count)
    return list(next(lists, ()))


def _pass_on(hidden_states: Tensor, *_: Any, **__: Any) -> Tensor:
    return hidden_states
