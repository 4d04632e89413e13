"""What a memory is found by: its own words and vector, and a share of its neighbours', the smaller the more it says itself.

A short turn ("Yes, in May") needs the turns before it to be understood, a long one speaks for itself; and a page before a
turn says too much to tell what the turn is about (docs/routing.md has the measurements).
"""

from collections.abc import Sequence

import numpy as np

from memos_graph.embedding import Vector
from memos_graph.language import searchable

# A memory of at most so many characters takes its whole share of what stands before it; twice as long, half of it.
_SHORT = 200
# How much of each turn before belongs to a short memory's words, characters.
_BEFORE_WORDS = 300
# A turn before of at most so many characters counts as much as the memory itself; twice as long, half as much.
_BEFORE_VECTOR = 600


def words_of(heading: str, before: Sequence[str], text: str) -> dict[str, str]:
    """Return what the full-text index holds of a memory, as its properties.

    * ``words`` its heading and its text; ``context`` these after the ends of the turns just before it.
    """
    own = "\n".join(filter(None, [heading, text]))
    share = int(_BEFORE_WORDS * _share(_SHORT, len(text)))
    return {
        "words": searchable(own),
        "context": searchable("\n".join([*filter(None, (_tail(turn, share) for turn in before)), own])),
    }


def in_context(before: Vector | None, own: Vector, before_chars: int, chars: int) -> Vector:
    """Return a memory's vector in its context: the unit mean of its own and of its share of that of the turn just before it.

    * ``before_chars``, ``chars`` the lengths of the two texts.
    """
    if before is None:
        return own
    both = own + before * np.float32(_share(_SHORT, chars) * _share(_BEFORE_VECTOR, before_chars))
    return np.asarray(both / (np.linalg.norm(both) or 1.0), np.float32)


def _share(whole_up_to: int, chars: int) -> float:
    return min(1.0, whole_up_to / max(1, chars))


def _tail(text: str, chars: int) -> str:
    """Return the end of ``text``, of at most ``chars`` characters and whole words."""
    if len(text) <= chars:
        return text
    tail = text[len(text) - chars :] if chars else ""
    return tail.partition(" ")[2] or tail
