"""Which windows of a long text are read, and which of its parts each of them shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from memos_graph.embedding.reader import Tokens


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the text with the number ``text`` that a model reads at once, and the ``parts`` it shows best."""

    text: int
    tokens: Tokens
    first: bool
    parts: tuple[int, ...]


def needed_windows(text: int, windows: Sequence[Tokens], parts: Sequence[tuple[int, int]]) -> list[Window]:
    """Return the first window of a text, and those of the others that show a part; each part is in one of them."""
    if len(windows) == 1:
        return [Window(text, windows[0], first=True, parts=tuple(range(len(parts))))]
    reaches = [_reach(each) for each in windows]
    shown: list[list[int]] = [[] for _ in windows]
    for number, (start, end) in enumerate(parts):
        overlaps = [min(end, last) - max(start, first) for first, last in reaches]
        shown[overlaps.index(max(overlaps))].append(number)
    return [
        Window(text, tokens, first=number == 0, parts=tuple(shown[number]))
        for number, tokens in enumerate(windows)
        if number == 0 or shown[number]
    ]


def _reach(tokens: Tokens) -> tuple[int, int]:
    """Return from which character to which a window reaches; special tokens have no place."""
    places = [(start, end) for start, end in tokens.offsets if end > start]
    return (places[0][0], places[-1][1]) if places else (0, 0)
