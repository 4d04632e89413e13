"""How much a model takes: asked of the model host, which counts tokens; estimated for a server that can't be asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from memos_graph.errors import InputError
from memos_graph.host.client import HostClient
from memos_graph.host.instruction import INSTRUCTION
from memos_graph.host.protocol import Fit, Turn
from memos_graph.search.selection import Line

# What templates put around a line and a turn, bytes: no less than the tokens they take.
_AROUND_LINE, _AROUND_TURN = 8, 64
# Text of most languages has four bytes a token and more; three is safe where no tokenizer is at hand. Digits are one each.
_BYTES_PER_TOKEN = 3
_ANSWER_PART = 4
_TURNS_PART = 2


@dataclass(frozen=True, slots=True)
class Fitting:
    """What fits a window.

    * ``fixed`` whether the lines do that must stand first. * ``lines`` those of the others that do, best first.
    * ``turns`` the last turns of the chat.
    """

    fixed: bool
    lines: tuple[Line, ...]
    turns: tuple[Turn, ...]


class WindowLine(Protocol):
    """What is said beside the memories, and how much may be answered."""

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The chat, the question last."""

    @property
    def instructions(self) -> tuple[str, ...]:
        """What the program that asks tells the model."""

    @property
    def max_new_tokens(self) -> int:
        """Tokens of the longest answer."""


class HostWindow:
    """The window of the model host's model."""

    def __init__(self, host: HostClient) -> None:
        self._host = host

    def fit(self, fixed: Sequence[Line], lines: Sequence[Line], said: WindowLine) -> Fitting:
        """Choose what fits; raises ``InputError`` when not even the question does."""
        window = self._host.serving().context_length
        room = window - min(said.max_new_tokens, window // _ANSWER_PART)
        if _most_tokens([*fixed, *lines], said) < room:
            return Fitting(fixed=True, lines=tuple(lines), turns=said.turns)
        fitted = self._host.fit(
            Fit(
                fixed=tuple(line.text for line in fixed),
                memory=tuple(line.text for line in lines),
                turns=said.turns,
                instructions=said.instructions,
                max_new_tokens=said.max_new_tokens,
            )
        )
        if not fitted.turns:
            raise _too_long(fitted.window)
        return Fitting(
            fixed=fitted.fixed,
            lines=tuple(lines[place] for place in fitted.memory),
            turns=said.turns[len(said.turns) - fitted.turns :],
        )


class EstimatedWindow:
    """A window of so many ``tokens``, for a model whose tokenizer is elsewhere."""

    def __init__(self, tokens: int) -> None:
        self._tokens = tokens

    def fit(self, fixed: Sequence[Line], lines: Sequence[Line], said: WindowLine) -> Fitting:
        """Choose what fits, by a safe estimate; raises ``InputError`` when not even the question does."""
        room = self._tokens - min(said.max_new_tokens, self._tokens // _ANSWER_PART)
        room -= sum(map(tokens_of, (INSTRUCTION, *said.instructions)))
        kept = list(said.turns)
        if _turn_tokens(kept[-1:]) > room:
            raise _too_long(self._tokens)
        while len(kept) > 1 and (_turn_tokens(kept) > room // _TURNS_PART or kept[0].role != "user"):
            kept.pop(0)
        room -= _turn_tokens(kept) + sum(map(_line_tokens, fixed))
        chosen = []
        for line in lines:
            if _line_tokens(line) <= room:
                room -= _line_tokens(line)
                chosen.append(line)
        return Fitting(fixed=room >= 0, lines=tuple(chosen), turns=tuple(kept))


def tokens_of(text: str) -> int:
    """Estimate the tokens of a text, rather too many than too few."""
    digits = sum(map(str.isdigit, text))
    return digits + -(-(len(text.encode()) - digits) // _BYTES_PER_TOKEN)


def _line_tokens(line: Line) -> int:
    return tokens_of(line.text) + _AROUND_LINE // _BYTES_PER_TOKEN


def _turn_tokens(turns: Sequence[Turn]) -> int:
    return sum(tokens_of(turn.text) + _AROUND_TURN // _BYTES_PER_TOKEN for turn in turns)


def _most_tokens(lines: Sequence[Line], said: WindowLine) -> int:
    """Return what a prompt takes at most: no token stands for less than a byte."""
    memory = sum(len(line.text.encode()) + _AROUND_LINE for line in lines)
    turns = sum(len(text.encode()) + _AROUND_TURN for text in (*said.instructions, *(turn.text for turn in said.turns)))
    return memory + turns + 2 * len(INSTRUCTION)


def _too_long(window: int) -> InputError:
    return InputError(
        f"The question does not fit the model's window of {window} tokens, a quarter of which is kept for the answer.",
        hint="Ask in fewer words.",
    )
