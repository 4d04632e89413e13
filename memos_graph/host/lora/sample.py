"""A prompt with its right answers, as the model sees it: token ids, and which of them are answers."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import PreTrainedTokenizerBase

from memos_graph.errors import ModelError
from memos_graph.host.prompt import Prompt, PromptTurn, question_tokens

IGNORED = -100
"""Label of a token that no loss is taken of."""

AT_ONCE_ON_A_CPU = 2048
_AT_ONCE = 8192

_PROBE = PromptTurn("user", "Which one?")


@dataclass(frozen=True, slots=True)
class Sample:
    """Lines of memory, and questions each with its answer; later questions see the earlier ones."""

    memory: tuple[str, ...]
    turns: tuple[tuple[str, str], ...]

    def prompt(self) -> Prompt:
        """Return the prompt that asks the last question."""
        turns = [turn for question, answer in self.turns[:-1] for turn in _spoken(question, answer)]
        return Prompt(self.memory, (*turns, PromptTurn("user", self.turns[-1][0])))


@dataclass(frozen=True, slots=True)
class Encoded:
    """``tokens`` of a whole chat; ``labels`` are the same where an answer is, else ``IGNORED``."""

    tokens: tuple[int, ...]
    labels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SampleBatch:
    """Chats side by side, padded on the right: ``tokens``, ``labels`` and ``mask`` are ``[chats, longest]``."""

    tokens: torch.Tensor
    labels: torch.Tensor
    mask: torch.Tensor

    def to(self, device: torch.device) -> "SampleBatch":
        """Return the batch on ``device``."""
        return SampleBatch(self.tokens.to(device), self.labels.to(device), self.mask.to(device))


class Encoder:
    """Turns samples into tokens for one tokenizer; answers come up often, so their tokens are remembered."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer = tokenizer
        self._answers: dict[str, tuple[int, ...]] = {}

    def encode(self, sample: Sample) -> Encoded:
        """Return the tokens of a sample; an answer counts together with the token that ends it.

        Raises ``ModelError`` for a chat template that writes earlier turns differently once they are past, as some do with
        their model's thoughts: such a model is given one question a sample.
        """
        tokens: tuple[int, ...] = ()
        labels: tuple[int, ...] = ()
        for place, (_, answer) in enumerate(sample.turns):
            asked = question_tokens(self._tokenizer, Sample(sample.memory, sample.turns[: place + 1]).prompt())
            if asked[: len(tokens)] != tokens:
                raise ModelError(
                    "The model's chat template rewrites earlier turns: a chat can't be taught as one text."
                )
            said = self._answer(answer)
            labels += (IGNORED,) * (len(asked) - len(tokens)) + said
            tokens = asked + said
        return Encoded(tokens, labels)

    def _answer(self, answer: str) -> tuple[int, ...]:
        if answer not in self._answers:
            self._answers[answer] = self._answer_tokens(answer)
        return self._answers[answer]

    def _answer_tokens(self, answer: str) -> tuple[int, ...]:
        """Return the tokens a model has to say behind a question to give this answer, its end included."""
        asked = question_tokens(self._tokenizer, Prompt((), (_PROBE,)))
        whole = question_tokens(self._tokenizer, Prompt((), (_PROBE, PromptTurn("assistant", answer), _PROBE)))
        end = self._tokenizer.eos_token_id
        if whole[: len(asked)] == asked and end in whole[len(asked) :]:
            return whole[len(asked) : whole.index(end, len(asked)) + 1]
        # Its template does not end answers with a token, or it has none: the text as it would go on, then the end.
        plain = answer if self._tokenizer.chat_template else f" {answer}"
        words = self._tokenizer.encode(plain, add_special_tokens=False)
        return (*words, *([] if end is None else [end]))


def answer_spans(sample: Encoded) -> list[tuple[int, int]]:
    """Return where each answer starts and ends among the tokens."""
    spans = []
    start = None
    for place, label in enumerate((*sample.labels, IGNORED)):
        if label != IGNORED and start is None:
            start = place
        elif label == IGNORED and start is not None:
            spans.append((start, place))
            start = None
    return spans


def pad(samples: Sequence[Encoded], padding: int) -> SampleBatch:
    """Put chats side by side."""
    longest = max(len(each.tokens) for each in samples)
    shape = (len(samples), longest)
    tokens, labels = torch.full(shape, padding), torch.full(shape, IGNORED)
    mask = torch.zeros(shape, dtype=torch.long)
    for row, each in enumerate(samples):
        size = len(each.tokens)
        tokens[row, :size] = torch.tensor(each.tokens)
        labels[row, :size] = torch.tensor(each.labels)
        mask[row, :size] = 1
    return SampleBatch(tokens, labels, mask)


def padding_of(tokenizer: PreTrainedTokenizerBase) -> int:
    """Return a token id to pad with; it is masked, so any will do."""
    return tokenizer.pad_token_id if tokenizer.pad_token_id is not None else (tokenizer.eos_token_id or 0)


def _spoken(question: str, answer: str) -> tuple[PromptTurn, PromptTurn]:
    return PromptTurn("user", question), PromptTurn("assistant", answer)


def tokens_at_once(device: torch.device) -> int:
    """Return how many tokens, padding included, are best run side by side: more leave the cache of a core, and get slower."""
    return AT_ONCE_ON_A_CPU if device.type == "cpu" else _AT_ONCE
