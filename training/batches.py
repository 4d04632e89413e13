"""Samples as tensors: one memory, many questions, each of which sees the memory and itself only, or a chat in which all is seen."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import PreTrainedTokenizerBase

from training.corpus import Corpus, Question, Sample
from training.tokenizer import ASSISTANT, END, MEMORY, PAD, USER

IGNORED = -100
LONGEST = 1152
_POOL = 8
_BATCHES_AT_ONCE = 6


@dataclass(frozen=True, slots=True)
class Packed:
    """One sample as token ids; ``segments`` is 0 for what everybody sees and n for the n-th question."""

    tokens: list[int]
    positions: list[int]
    segments: list[int]
    targets: list[int]
    answers: list[tuple[int, int]]
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """``tokens``, ``positions``, ``targets``: ``[samples, length]``; ``mask``: ``[samples, 1, length, length]``, True where seen."""

    tokens: torch.Tensor
    positions: torch.Tensor
    targets: torch.Tensor
    mask: torch.Tensor
    packed: Sequence[Packed]


class Packer:
    """Turns samples into packed ones with one tokenizer."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._fast = tokenizer.backend_tokenizer
        self._ids = {name: int(self._fast.token_to_id(name)) for name in (MEMORY, USER, ASSISTANT, END, PAD)}

    @property
    def pad(self) -> int:
        """The id that fills up short samples."""
        return self._ids[PAD]

    def pack(self, sample: Sample, *, chat: bool, longest: int = LONGEST) -> Packed:
        """Lay out the memory, then as many questions as fit. In a chat all earlier turns are seen; else every question stands alone."""
        lines = "".join(f"\n- {line}" for line in sample.memory)
        texts = [
            lines,
            *(f" {question.text}" for question in sample.questions),
            *(f" {question.answer}" for question in sample.questions),
        ]
        encoded = [encoding.ids for encoding in self._fast.encode_batch_fast(texts, add_special_tokens=False)]
        count = len(sample.questions)
        tokens = [self._ids[MEMORY], *encoded[0]]
        start = len(tokens)
        positions, segments, targets = list(range(start)), [0] * start, [IGNORED] * start
        answers = []
        for place in range(count):
            asked = [self._ids[USER], *encoded[1 + place], self._ids[ASSISTANT]]
            answer = [*encoded[1 + count + place], self._ids[END]]
            if len(tokens) + len(asked) + len(answer) > longest:
                break
            first = positions[-1] + 1 if chat else start
            # The token before each answer token predicts it, so the targets stand one place to the left.
            answers.append((len(tokens) + len(asked) - 1, len(answer)))
            targets += [IGNORED] * (len(asked) - 1) + answer + [IGNORED]
            tokens += asked + answer
            positions += range(first, first + len(asked) + len(answer))
            segments += [0 if chat else place + 1] * (len(asked) + len(answer))
        return Packed(tokens, positions, segments, targets, answers, sample.questions[: len(answers)])


def stack(packed: Sequence[Packed], pad: int) -> Batch:
    """Packed samples side by side, filled up to the longest."""
    length = max(len(each.tokens) for each in packed)
    tokens = torch.full((len(packed), length), pad)
    positions = torch.zeros_like(tokens)
    segments = torch.full_like(tokens, -1)
    targets = torch.full_like(tokens, IGNORED)
    for row, each in enumerate(packed):
        size = len(each.tokens)
        tokens[row, :size] = torch.tensor(each.tokens)
        positions[row, :size] = torch.tensor(each.positions)
        segments[row, :size] = torch.tensor(each.segments)
        targets[row, :size] = torch.tensor(each.targets)
    return Batch(tokens, positions, targets, _mask(segments), packed)


def _mask(segments: torch.Tensor) -> torch.Tensor:
    """Earlier tokens of the memory and of one's own question. Filling sees filling, so that no row is empty."""
    length = segments.shape[1]
    causal = torch.ones(length, length, dtype=torch.bool).tril()
    seen = (segments[:, None, :] == 0) | (segments[:, None, :] == segments[:, :, None])
    return (seen & causal)[:, None]


def draw(corpus: Corpus, packer: Packer, rng: random.Random, *, budget: int, chat: float) -> list[Batch]:
    """Draw some batches of about ``budget`` tokens each, filling included; samples alike in length share a batch."""
    pool: list[Packed] = []
    while len(pool) < _POOL or sum(len(each.tokens) for each in pool) < _BATCHES_AT_ONCE * budget:
        packed = packer.pack(corpus.sample(), chat=rng.random() < chat)
        if packed.answers:  # a memory as long as LONGEST leaves no room for a question, and so teaches nothing
            pool.append(packed)
    pool.sort(key=lambda each: len(each.tokens))
    batches, row = [], [pool[0]]
    for each in pool[1:]:
        if len(each.tokens) * (len(row) + 1) > budget:
            batches.append(stack(row, packer.pad))
            row = []
        row.append(each)
    batches.append(stack(row, packer.pad))
    rng.shuffle(batches)
    return batches
