"""The passages that can be quoted: single sentences of what was found, and each with the one before it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner
from memos_graph.kit.clock import now
from memos_graph.language import content_stems, sentences
from memos_graph.language.intents import intent_of
from memos_graph.memcube.rows import moment

_MOST = 240
_SHORT = 40
_NOBODY = frozenset(["user", "assistant", "human", "ai"])
"""Speakers that are no names."""


@dataclass(frozen=True, slots=True)
class AnswerTurn:
    """A memory as it was said. ``ended``: what of it is not true any more."""

    cube: str
    version: int
    text: str
    speaker: str | None
    source: str | None
    at: datetime
    said: bool
    ended: tuple[str, ...]

    @property
    def name(self) -> str | None:
        """Who said it, where that is a name."""
        return None if self.speaker is None or self.speaker.lower() in _NOBODY else self.speaker


@dataclass(frozen=True, slots=True)
class Quoted:
    """A sentence of a turn."""

    turn: AnswerTurn
    text: str


@dataclass(frozen=True, slots=True)
class AnswerPassage:
    """A sentence that states something, ``parts[-1]``, perhaps behind the one before it, in the same turn or another's."""

    parts: tuple[Quoted, ...]

    @property
    def turn(self) -> AnswerTurn:
        """Who says what is quoted last."""
        return self.parts[-1].turn

    @property
    def crosses(self) -> bool:
        """Whether it goes from one turn to the next."""
        return self.parts[0].turn.cube != self.turn.cube

    @property
    def text(self) -> str:
        """What is said, with the name of who spoke before."""
        before = self.parts[0].turn.name if self.crosses else None
        words = " ".join(part.text for part in self.parts)
        return f"{before}: {words}" if before else words


def whole(turn: AnswerTurn) -> str:
    """Return all that a turn says and that is still true."""
    return " ".join(part.text for part in _said(turn))


def passages(runner: Runner, cubes: Sequence[str], question: str, *, space: str, principal: str) -> list[AnswerPassage]:
    """Return the passages of memories and of the turns around them, as ``principal`` may read them; at most 240.

    Questions state nothing and stand only before their answers. Where there are more, those stay that share most words with
    the question.
    """
    rows = runner.read("answering/turns", principal=principal, space=space, now=now(), cubes=list(cubes))
    found = [each for turn, before in _followed(rows) for each in _of_turn(turn, before)]
    if len(found) <= _MOST:
        return found
    asked = set(content_stems(question))
    found.sort(key=lambda each: -len(asked & set(content_stems(each.text))))
    return found[:_MOST]


def _followed(rows: Sequence[Row]) -> Iterator[tuple[AnswerTurn, AnswerTurn | None]]:
    """Yield each turn once, with the one before it where that may be read, too."""
    around: dict[str, dict[int, AnswerTurn]] = {}
    for row in rows:
        around.setdefault(row["found"], {})[row["place"]] = _turn(row)
    turns: dict[str, AnswerTurn] = {}
    before: dict[str, AnswerTurn] = {}
    for places in around.values():
        for place, turn in places.items():
            turns.setdefault(turn.cube, turn)
            if place - 1 in places:
                before.setdefault(turn.cube, places[place - 1])
    for cube, turn in turns.items():
        yield turn, before.get(cube)


def _turn(row: Row) -> AnswerTurn:
    return AnswerTurn(
        cube=row["id"],
        version=row["version"],
        text=row["text"],
        speaker=row["speaker"],
        source=row["source"],
        at=moment(row["at"]),
        said=row["said"],
        ended=tuple(row["ended"]),
    )


def _of_turn(turn: AnswerTurn, before: AnswerTurn | None) -> Iterator[AnswerPassage]:
    last = None if before is None else next(iter(_said(before)[-1:]), None)
    for sentence in _said(turn):
        if not _asks(sentence.text):
            yield AnswerPassage((sentence,))
            if last is not None:
                yield AnswerPassage((last, sentence))
        last = sentence


def _asks(sentence: str) -> bool:
    """Whether a sentence only asks: "I make chili on Saturday, are you still vegetarian?" says something before it does."""
    return sentence.endswith("?") and (len(sentence) < _SHORT or intent_of(sentence) != "recall")


def _said(turn: AnswerTurn) -> list[Quoted]:
    parts = (" ".join(turn.text[start:end].split()) for start, end in sentences(turn.text))
    return [Quoted(turn, part) for part in parts if not _over(part, turn.ended)]


def _over(sentence: str, ended: Collection[str]) -> bool:
    return any(fact in sentence or sentence in fact for fact in ended)
