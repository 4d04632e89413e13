"""The language recall-tiny was trained in: how a fact is said, how it is asked for, and how a line is read back."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from memos_graph.errors import InputError

UNKNOWN = "unknown"
"""What the model answers when no line holds the answer."""

Split = Literal["train", "held_out"]

_PHRASES = Path(__file__).with_name("phrases.toml")
_STAMP_AND_SPEAKER = re.compile(r"(?:\[[^\]]*\] )?(?:(?P<speaker>[^:\[\]]{1,60}): )?(?P<said>.+)", re.DOTALL)
_STAMP = re.compile(r"\[[^\]]*\] ")
_NAME = r"[^\W\d_a-z][\w'\u2019.-]*(?: [^\W\d_a-z][\w'\u2019.-]*){0,2}?"
_NO_NAMES = frozenset(
    [
        "A",
        "An",
        "All",
        "And",
        "But",
        "He",
        "Her",
        "His",
        "I",
        "In",
        "It",
        "My",
        "No",
        "Our",
        "She",
        "That",
        "The",
        "Their",
        "There",
        "These",
        "They",
        "This",
        "We",
        "What",
        "You",
        "Your",
    ]
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing about one person: ``Fact("Dana", "city", "Lisbon")``. The relation is a name from ``relations()``."""

    person: str
    relation: str
    value: str


@dataclass(frozen=True, slots=True)
class Phrases:
    """Every way one relation is said and asked; the slots are ``{p}`` person, ``{v}`` value, ``{o}`` old value, ``{a}`` article."""

    kind: str
    third: tuple[str, ...]
    third_change: tuple[str, ...]
    first: tuple[str, ...]
    first_change: tuple[str, ...]
    nouns: tuple[str, ...]
    questions: tuple[str, ...]
    held_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """The whole of ``phrases.toml``; ``relations`` holds the question frames already filled with each relation's nouns."""

    relations: dict[str, Phrases]
    before: tuple[str, ...]
    chatter: tuple[str, ...]
    foreign: tuple[str, ...]
    foreign_held_out: tuple[str, ...]


@cache
def book() -> Book:
    """Read the phrases, once."""
    data = tomllib.loads(_PHRASES.read_text(encoding="utf-8"))
    frames = data["frames"]["questions"]
    return Book(
        relations={name: _phrases(table, frames) for name, table in data["relation"].items()},
        before=tuple(data["wrappers"]["before"]),
        chatter=tuple(data["chatter"]["lines"]),
        foreign=tuple(data["foreign"]["questions"]),
        foreign_held_out=tuple(data["foreign"]["held_out"]),
    )


def relations() -> tuple[str, ...]:
    """Name all relations, in the order of the file."""
    return tuple(book().relations)


def read(line: str) -> Fact | None:
    """Find the fact a memory line states; None where it states none in this language.

    Understands what is said of somebody (``Dana lives in Lisbon.``) and what a named speaker says of themselves
    (``[2026-05-08] Dana: I moved to Lisbon.``). The first person without a speaker is nobody's fact.
    """
    whole = _STAMP.sub("", " ".join(line.split()), count=1)
    fact = _match(whole, None)
    parts = _STAMP_AND_SPEAKER.fullmatch(whole)
    if fact is None and parts is not None and parts["speaker"] is not None:
        fact = _match(parts["said"], parts["speaker"])
    return fact


def questions(fact: Fact, split: Split = "train") -> list[str]:
    """List every way the fact is asked for: as in training (hand-written ones first), or as never in training."""
    phrases = _of(fact)
    templates = phrases.questions if split == "train" else phrases.held_out
    return [fill(template, p=fact.person) for template in templates]


def statements(fact: Fact) -> list[str]:
    """List every plain third-person way to say the fact; none of them speaks of an earlier value."""
    return [fill(template, p=fact.person, v=fact.value) for template in _of(fact).third]


def answer(fact: Fact) -> str:
    """Say what the model is to say when asked for the fact."""
    return fact.value


def fill(template: str, *, p: str = "", v: str = "", o: str = "", q: str = "") -> str:
    """Fill a template's slots; an article agrees with the value right behind it."""
    text = template.replace("{a} {v}", f"{article(v)} {v}").replace("{a} {o}", f"{article(o)} {o}")
    return text.replace("{p}", p).replace("{v}", v).replace("{o}", o).replace("{q}", q)


def article(value: str) -> str:
    """Choose ``an`` before a vowel letter, else ``a``."""
    return "an" if value[:1].lower() in "aeiou" else "a"


def _of(fact: Fact) -> Phrases:
    phrases = book().relations.get(fact.relation)
    if phrases is None:
        raise InputError(
            f"recall-tiny's phrasebook knows no relation {fact.relation!r}.",
            hint=f"It knows: {', '.join(relations())}.",
        )
    return phrases


def _phrases(table: dict[str, Any], frames: list[str]) -> Phrases:
    framed = [frame.replace("{n}", noun) for frame in frames for noun in table["nouns"]]
    return Phrases(
        kind=table["kind"],
        third=tuple(table["third"]),
        third_change=tuple(table["third_change"]),
        first=tuple(table["first"]),
        first_change=tuple(table["first_change"]),
        nouns=tuple(table["nouns"]),
        questions=tuple(dict.fromkeys([*table["questions"], *framed])),
        held_out=tuple(table["held_out"]),
    )


def _match(said: str, speaker: str | None) -> Fact | None:
    for relation, pattern in _patterns(first_person=speaker is not None):
        found = pattern.fullmatch(said)
        if found is None:
            continue
        person = speaker if "p" not in found.groupdict() else found["p"]
        if person is not None and person.split()[0] not in _NO_NAMES:
            return Fact(person, relation, found["v"])
    return None


@cache
def _patterns(*, first_person: bool) -> list[tuple[str, re.Pattern[str]]]:
    """Patterns of all statements, the most literal first, so that ``now lives in`` is tried before ``lives in``."""
    templates = [
        (name, each) for name, phrases in book().relations.items() for each in _statements(phrases, first_person)
    ]
    templates.sort(key=lambda pair: len(re.sub(r"\{.\}", "", pair[1])), reverse=True)
    return [(name, re.compile(_regex(each))) for name, each in templates]


def _statements(phrases: Phrases, first_person: bool) -> Iterator[str]:
    yield from (*phrases.third_change, *phrases.third)
    if first_person:
        yield from (*phrases.first_change, *phrases.first)


def _regex(template: str) -> str:
    slots = {"{p}": f"(?P<p>{_NAME})", "{v}": "(?P<v>.+?)", "{o}": ".+?", "{a}": "an?"}
    parts = re.split(r"(\{[pvoa]\})", template.removesuffix("."))
    return "".join(slots.get(part, re.escape(part)) for part in parts) + r"[.!]?"
