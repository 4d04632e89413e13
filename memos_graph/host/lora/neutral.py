"""What a chat model must not lose while it is taught: reading plain sentences, and what it says to prompts about nothing taught.

Only the questions come from here. What the model answers to them is its own, and it is held to that: a right answer that it would
not have given is nothing that it could lose.
"""

import random
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from memos_graph.host.lora import invent
from memos_graph.host.lora.rules import QuestionAndAnswer, Split, pairs
from memos_graph.host.lora.sample import Sample
from memos_graph.host.lora.statement import PlainStatement, read_statement

_NEAR_SHARE = 0.35
_STRANGER_SHARE = 0.35
_TAUGHT_SHARE = 0.2
_FIRST_YEAR, _LAST_YEAR = 2015, 2026


@dataclass(frozen=True, slots=True)
class NeutralText:
    """The sentences and prompts of one part: those that are rehearsed, or those kept for measuring."""

    people: tuple[str, ...]
    statements: tuple[str, ...]
    prompts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NeutralRehearsal:
    """Draws what is rehearsed around ``taught`` lines: their people come up in it, what is taught of them never does."""

    taught: tuple[str, ...]
    split: Split = "train"
    _statements: tuple[PlainStatement, ...] = field(init=False)

    def __post_init__(self) -> None:
        read = (read_statement(line) for line in self.taught)
        object.__setattr__(self, "_statements", tuple(each for each in read if each is not None))

    def reading(self, rng: random.Random, *, lines: int, questions: int) -> Sample:
        """Return a memory of up to ``lines`` made-up lines, and up to ``questions`` about one of them, which it answers."""
        memory = [self._line(rng) for _ in range(rng.randint(1, lines))]
        asked = [pair for line in memory for pair in rng.sample(_pairs(line, self.split), 1)]
        return Sample(
            tuple(memory), tuple((each.question, each.answer) for each in rng.sample(asked, len(asked))[:questions])
        )

    def blank(self, rng: random.Random) -> Sample:
        """Return a question, without memory, that nothing taught answers: what is asked of others is often what was taught of one."""
        draw = rng.random()
        if draw < _NEAR_SHARE and self._statements:
            statement = rng.choice(self._statements)
            about = [each for each in pairs(statement, self.split) if statement.subject in each.question]
            if about:
                asked = rng.choice(about).question
                return _without_answer(asked.replace(statement.subject, self._person(rng)))
        if draw < _NEAR_SHARE + _STRANGER_SHARE:
            return _without_answer(rng.choice(_pairs(self._line(rng, strangers=True), self.split)).question)
        return _without_answer(rng.choice(text(self.split).prompts))

    def distraction(self, rng: random.Random, *, lines: int) -> tuple[str, ...]:
        """Return made-up lines about others than those taught."""
        return tuple(self._line(rng, strangers=True) for _ in range(rng.randint(1, lines)))

    def _line(self, rng: random.Random, *, strangers: bool = False) -> str:
        people = [self._person(rng) for _ in range(2)]
        if not strangers and self._statements and rng.random() < _TAUGHT_SHARE:
            # What is read about somebody holds, whatever the adapter was taught of them.
            people[0] = rng.choice([each.subject for each in self._statements if each.person] or people)
        values = {name: rng.choice(given) for name, given in _values().items()}
        month, year = rng.choice(invent.MONTHS), rng.randint(_FIRST_YEAR, _LAST_YEAR)
        date = f"{rng.randint(1, 28)} {month} {year}"
        frame = rng.choice(text(self.split).statements)
        return frame.format(p=people[0], q=people[1], date=date, month=f"{month} {year}", **values)

    def _person(self, rng: random.Random) -> str:
        taught = {each.subject for each in self._statements}
        return rng.choice([each for each in text(self.split).people if each not in taught])


def text(split: Split) -> NeutralText:
    """Return the sentences and prompts of a part."""
    given = _data()[split]
    return NeutralText(*(tuple(given[name]) for name in ("people", "statements", "prompts")))


def before() -> tuple[str, ...]:
    """Return what people say before a question."""
    return tuple(_data()["before"])


def leads() -> tuple[str, ...]:
    """Return what people make part of a question, at its beginning."""
    return tuple(_data()["leads"])


@cache
def _data() -> dict[str, dict[str, Sequence[str]]]:
    return tomllib.loads(files(__package__).joinpath("neutral.toml").read_text(encoding="utf-8"))


def _values() -> dict[str, Sequence[str]]:
    return _data()["values"]


def _pairs(line: str, split: Split) -> list[QuestionAndAnswer]:
    statement = read_statement(line)
    if statement is None:
        raise ValueError(f"{line!r} is a frame that no question can be made of")
    return pairs(statement, split)


def _without_answer(question: str) -> Sample:
    return Sample((), ((question, ""),))
