"""Greedy answers to many prompts at once, each with how sure the model was of it."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch

from memos_graph.errors import StateError
from memos_graph.host.engine import ModelEngine
from memos_graph.host.loading import stop_tokens
from memos_graph.host.lora.sample import IGNORED, Encoded, padding_of, tokens_at_once
from memos_graph.host.lora.shelf import AdapterShelf
from memos_graph.host.prompt import Prompt, question_tokens

_ANSWER_TOKENS = 24


@dataclass(frozen=True, slots=True)
class DecodedStep:
    """One answer.

    * ``prompt`` and ``tokens`` its ids, the token that ended it included.
    * ``probability`` product of the probabilities of ``tokens``, 0 to 1.
    """

    text: str
    probability: float
    prompt: tuple[int, ...]
    tokens: tuple[int, ...]

    def encoded(self) -> Encoded:
        """Return it as a sample: the prompt with this answer."""
        return Encoded(self.prompt + self.tokens, (IGNORED,) * len(self.prompt) + self.tokens)


def answer_all(
    engine: ModelEngine,
    prompts: Sequence[Prompt],
    *,
    adapter: str | None = None,
    adapters: Sequence[str | None] | None = None,
    max_new_tokens: int = _ANSWER_TOKENS,
) -> list[DecodedStep]:
    """Answer every prompt greedily, with ``adapter``, or with one of its own each (``adapters``); in the order given.

    The engine is free for others between two batches. Raises ``StateError`` for an adapter that is not loaded.
    """
    rendered = [question_tokens(engine.tokenizer, each) for each in prompts]
    said: dict[int, DecodedStep] = {}
    for rows in _batches(rendered, tokens_at_once(engine.device)):
        names = [adapter if adapters is None else adapters[row] for row in rows]
        with _having(engine, names):
            answers = _generate(engine, [rendered[row] for row in rows], max_new_tokens)
        said.update(zip(rows, answers, strict=True))
    return [said[row] for row in range(len(prompts))]


def _having(engine: ModelEngine, names: Sequence[str | None]) -> AbstractContextManager[None]:
    if len(set(names)) == 1:
        return engine.turn(names[0])
    if not isinstance(engine.adapters, AdapterShelf):
        raise StateError("There is no shelf to take adapters from.")
    return engine.adapters.mixed(names)


def _batches(rendered: Sequence[Sequence[int]], most: int) -> Iterator[list[int]]:
    """Yield rows of like length, together no more than what fits."""
    batch: list[int] = []
    for row in sorted(range(len(rendered)), key=lambda row: len(rendered[row])):
        if batch and (len(batch) + 1) * (len(rendered[row]) + _ANSWER_TOKENS) > most:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _generate(engine: ModelEngine, prompts: Sequence[Sequence[int]], max_new_tokens: int) -> list[DecodedStep]:
    longest = max(map(len, prompts))
    padding = padding_of(engine.tokenizer)
    stops = stop_tokens(engine.model, engine.tokenizer)
    tokens = torch.full((len(prompts), longest), padding)
    mask = torch.zeros_like(tokens)
    for row, prompt in enumerate(prompts):  # on the left, so that all answers begin in one column
        tokens[row, longest - len(prompt) :] = torch.tensor(prompt)
        mask[row, longest - len(prompt) :] = 1
    out = engine.model.generate(
        tokens.to(engine.device),
        attention_mask=mask.to(engine.device),
        do_sample=False,
        max_new_tokens=min(max_new_tokens, max(1, engine.identity.context_length - longest)),
        eos_token_id=sorted(stops) or None,
        pad_token_id=padding,
        output_logits=True,
        return_dict_in_generate=True,
    )
    said = out.sequences[:, longest:]
    # Token by token: all of a large vocabulary's at once would be most of what an answer takes.
    chances = torch.cat(
        [
            logits.float().log_softmax(dim=-1).gather(-1, said[:, place : place + 1])
            for place, logits in enumerate(out.logits)
        ],
        dim=1,
    )
    return [
        _cut(engine, tuple(prompt), ids, logs, stops)
        for prompt, ids, logs in zip(prompts, said.tolist(), chances.tolist(), strict=True)
    ]


def _cut(
    engine: ModelEngine, prompt: tuple[int, ...], ids: list[int], logs: list[float], stops: frozenset[int]
) -> DecodedStep:
    """End an answer at its end token; what a longer neighbour in the batch padded it with is not its own."""
    end = next((at for at, token in enumerate(ids) if token in stops), None)
    words = ids if end is None else ids[:end]
    whole = ids if end is None else ids[: end + 1]
    text = engine.tokenizer.decode(words, skip_special_tokens=True)
    chance = float(torch.tensor(logs[: len(whole)]).sum().exp())
    return DecodedStep(str(text).strip(), chance, prompt, tuple(whole))
