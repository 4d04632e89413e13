"""One answer: tokens chosen one after another, with their text as it becomes certain."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from memos_graph.errors import ModelError
from memos_graph.host.protocol import Finish
from memos_graph.host.repetition import repeats
from memos_graph.host.stops import StopTexts

_NOT_YET_TEXT = "\ufffd"  # how a decoder writes the first bytes of a character whose last ones are still to come


@dataclass(frozen=True, slots=True)
class Piece:
    """One token of an answer, and the text that became certain with it: none inside a character, or of what may end it."""

    token: int
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A whole answer.

    * ``tokens`` what was generated, without the token that ended it.
    * ``cached_tokens`` tokens of the prompt whose keys and values came from a cache.
    * ``first_token_ms`` from the call to the first token, waiting for the model included.
    """

    tokens: tuple[int, ...]
    text: str
    prompt_tokens: int
    cached_tokens: int
    finish: Finish
    first_token_ms: float


@dataclass(frozen=True, slots=True)
class Choice:
    """How tokens are chosen: greedily at temperature 0; drawn, by ``seed`` where one is given, above it.

    * ``mark`` changes logits before one is chosen, given the tokens so far. * ``end_repetition`` ends an answer that goes
      round in a loop.
    """

    max_new_tokens: int
    temperature: float
    seed: int | None
    stop: frozenset[int]
    stop_texts: tuple[str, ...]
    mark: Callable[[Sequence[int], Tensor], Tensor] | None = None
    end_repetition: bool = False


class Passes(Protocol):
    """Forward passes over one growing cache."""

    def next_logits(self, tokens: Sequence[int]) -> Tensor:
        """Run ``tokens`` behind those of the cache; returns the logits of the last one, ``[vocabulary]``."""


class Generation:
    """An answer under way: iterate over its pieces, then read ``result``; reading it first generates all of it."""

    def __init__(self, steps: Callable[["Generation"], Iterator[Piece]]) -> None:
        self._outcome: Outcome | None = None
        self._steps = steps(self)

    def __iter__(self) -> Iterator[Piece]:
        return self._steps

    @property
    def result(self) -> Outcome:
        """The whole answer; raises ``ModelError`` for one that was given up, or failed before."""
        for _ in self._steps:
            pass
        if self._outcome is None:
            raise ModelError("There is no whole answer: it was given up, or failed.")
        return self._outcome

    def finish(self, outcome: Outcome) -> None:
        """Record the whole answer; called by the steps as they end."""
        self._outcome = outcome

    def close(self) -> None:
        """Give up the rest of the answer, and what it holds."""
        close = getattr(self._steps, "close", None)
        if close is not None:
            close()


class TextStream:
    """Turns tokens into text piece by piece; a character of several tokens comes whole, leading blanks never."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer = tokenizer
        self._tokens: list[int] = []
        self._context = 0
        self._told = 0
        self.text = ""

    def push(self, token: int) -> str:
        """Return the text that ``token`` completes."""
        self._tokens.append(token)
        # Decoded with the tokens before it: the blank between words belongs to the pair, not to the token.
        before = self._decode(self._context, self._told)
        whole = self._decode(self._context, len(self._tokens))
        if whole.endswith(_NOT_YET_TEXT):
            return ""
        self._context, self._told = self._told, len(self._tokens)
        piece = whole[len(before) :]
        piece = piece if self.text else piece.lstrip()
        self.text += piece
        return piece

    def _decode(self, start: int, end: int) -> str:
        text = self._tokenizer.decode(
            self._tokens[start:end], skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text if isinstance(text, str) else "".join(text)


def answer(
    passes: Passes, prompt: Sequence[int], cached: int, choice: Choice, stream: TextStream, started: float
) -> Iterator[Piece | Outcome]:
    """Yield the pieces of the answer to ``prompt``, of which the first ``cached`` tokens are in the cache, then the whole."""
    draw = _drawer(choice)
    tokens: list[int] = []
    told, ends = "", StopTexts(choice.stop_texts)
    finish: Finish = "length"

    def choose(logits: Tensor) -> int:
        return draw(logits if choice.mark is None else choice.mark([*prompt[-1:], *tokens], logits))

    token = choose(passes.next_logits(prompt[cached:]))
    first_ms = 1000 * (time.perf_counter() - started)
    while True:
        if token in choice.stop:
            finish = "stop"
            if rest := ends.flush():
                told += rest
                yield Piece(token, rest)
            break
        tokens.append(token)
        piece = ends.push(stream.push(token))
        loop = choice.end_repetition and repeats(tokens)
        last = loop or len(tokens) == choice.max_new_tokens
        if last and not ends.hit:
            piece += ends.flush()
        told += piece
        yield Piece(token, piece)
        if ends.hit:
            finish = "stop"
            break
        if last:
            finish = "repetition" if loop else "length"
            break
        token = choose(passes.next_logits([token]))
    yield Outcome(tuple(tokens), told, len(prompt), cached, finish, first_ms)


def _drawer(choice: Choice) -> Callable[[Tensor], int]:
    if choice.temperature == 0:
        return lambda logits: int(logits.argmax())
    generator = torch.Generator()
    if choice.seed is None:
        generator.seed()
    else:
        generator.manual_seed(choice.seed)

    def draw(logits: Tensor) -> int:
        chances = torch.softmax(logits.cpu() / choice.temperature, dim=-1)
        return int(torch.multinomial(chances, 1, generator=generator))

    return draw
