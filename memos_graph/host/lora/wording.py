"""A question as somebody else might type it, so that an adapter learns what is asked and not how."""

import random
from collections.abc import Collection

from memos_graph.host.lora.neutral import before, leads

_SHORTENED_SHARE = 0.5
_DROPPED_SHARE = 0.2
_SWAPPED_SHARE = 0.25
_UNMARKED_SHARE = 0.3
_WRAPPED_SHARE = 0.25
_LED_SHARE = 0.2
_NAME = "\0"


class Wording:
    """Rewords questions at random.

    * ``names``: whom they are about. A name is never touched, and a question without one keeps its words.
    * ``reserved``: questions that must not come out, since they are asked when measuring.
    """

    def __init__(self, names: Collection[str], reserved: Collection[str]) -> None:
        self._names = sorted(names, key=len, reverse=True)
        self._reserved = {_plain(each) for each in reserved}

    def reword(self, rng: random.Random, question: str) -> str:
        """Return the question with words left out or swapped, without its mark, or with a few words before it."""
        shuffled = self._shuffled(rng, question)
        reworded = _framed(rng, shuffled, named=shuffled.startswith(tuple(self._names)))
        return question if _plain(reworded) in self._reserved else reworded

    def _shuffled(self, rng: random.Random, question: str) -> str:
        name = next((each for each in self._names if each in question), None)
        if name is None:
            return question
        words = question.replace(name, _NAME).split(" ")
        if rng.random() < _SHORTENED_SHARE:
            left = [word for word in words if _NAME in word or rng.random() > _DROPPED_SHARE]
            words = left if len(left) > 1 else words
        if rng.random() < _SWAPPED_SHARE and len(words) > 2:  # noqa: PLR2004 - two would only change places
            at = rng.randrange(len(words) - 1)
            words[at], words[at + 1] = words[at + 1], words[at]
        return " ".join(words).replace(_NAME, name)


def _framed(rng: random.Random, question: str, *, named: bool) -> str:
    """Put words before a question; one that begins with a name (``named``) keeps its capital."""
    if rng.random() < _UNMARKED_SHARE:
        question = question.rstrip("?.")
    if rng.random() < _WRAPPED_SHARE:
        return rng.choice(before()) + question
    if rng.random() < _LED_SHARE:
        return rng.choice(leads()) + (question if named else question[:1].lower() + question[1:])
    return question


def _plain(question: str) -> str:
    return " ".join(question.lower().rstrip("?.").split())
