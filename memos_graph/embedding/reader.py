"""What reads a text token by token, so that a part of it can be told from the whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from memos_graph.embedding.vectors import Matrix

Precision = Literal["float32", "int8"]

WINDOW_OVERLAP = 32
"""Tokens that a window shares with the one before, so that what stands at its beginning is read in some context."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text's tokens: their ``ids``, and where in the text each of them starts and ends; special ones are of no length."""

    ids: list[int]
    offsets: list[tuple[int, int]]


class TextReader(Protocol):
    """A loaded model; ``dimensions`` is the width of its vectors."""

    dimensions: int


class WholeReader(TextReader, Protocol):
    """A model that gives a text one vector and says nothing of its tokens."""

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Return one unit vector a text, ``[len(texts), dimensions]``."""


@runtime_checkable
class TokenReader(TextReader, Protocol):
    """A model of which the mean of a text's hidden states is the text's vector."""

    def windows(self, texts: Sequence[str]) -> list[list[Tokens]]:
        """Return the tokens of each text in windows that the model can read, the later ones beginning before the last ended.

        Offsets count the characters of the whole text; a short text is one window.
        """

    def hidden(self, batch: Sequence[Tokens]) -> Matrix:
        """Return the hidden states, ``[n, longest, dimensions]``; what lies behind a text's own tokens means nothing."""
