"""Made-up memories and questions about them, each with its one right answer."""

import random
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from memos_graph.host.recall_tiny.phrasebook import UNKNOWN, Phrases, Split, book, fill
from training import words
from training.words import Part

Kind = Literal["fact", "corrected", "absent relation", "absent person", "absent both", "foreign", "empty memory"]
_STYLES = ("bare", "bare", "dated", "speaker", "dated speaker")
_DROPPABLE = frozenset(
    (
        "what",
        "which",
        "does",
        "is",
        "the",
        "of",
        "a",
        "an",
        "in",
        "to",
        "now",
        "did",
        "do",
        "has",
        "on",
        "by",
        "for",
        "with",
    )
)


@dataclass(frozen=True, slots=True)
class Question:
    """One question, its right answer, and why that is the answer."""

    text: str
    answer: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Sample:
    """The lines of a memory and questions about them."""

    memory: tuple[str, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Options:
    """What samples are to be like. The shares are probabilities."""

    facts: tuple[int, int] = (1, 24)
    part: Part = "train"
    phrasing: Split = "train"
    corrected: float = 0.15
    unknown: float = 0.18
    chatter: float = 0.1
    noise: float = 0.15
    wrapped: float = 0.12
    empty: float = 0.03
    style: str | None = None
    relations: tuple[str, ...] | None = None
    max_questions: int = 16


@dataclass(slots=True)
class _Memory:
    """Lines under construction: what holds now, by person and relation, and who has only been mentioned."""

    people: list[str] = field(default_factory=list)
    holds: dict[tuple[str, str], str] = field(default_factory=dict)
    corrected: set[tuple[str, str]] = field(default_factory=set)
    lines: list[str] = field(default_factory=list)


class Corpus:
    """Samples drawn from one seeded generator: the same seed and options give the same samples."""

    def __init__(self, seed: int, options: Options) -> None:
        self._rng = random.Random(seed)
        self.options = options

    def sample(self) -> Sample:
        """Make one memory with its questions, in random order."""
        rng, options = self._rng, self.options
        facts = 0 if rng.random() < options.empty else rng.randint(*options.facts)
        memory = self._memory(facts)
        keys = [key for key in memory.holds if key in memory.corrected or rng.random() < 0.9]
        unknowns = sum(rng.random() < options.unknown / (1 - options.unknown) for _ in range(max(1, len(keys))))
        asked = [self._known(memory, key) for key in keys] + [self._unknown(memory) for _ in range(unknowns)]
        rng.shuffle(asked)
        return Sample(tuple(memory.lines), tuple(asked[: options.max_questions] or [self._unknown(memory)]))

    def _memory(self, facts: int) -> _Memory:
        rng, options = self._rng, self.options
        memory = _Memory()
        names = options.relations or tuple(book().relations)
        # Few relations or few people in a memory force the model to match both.
        names = tuple(rng.sample(names, min(len(names), rng.choice((2, 4, 8, 20)))))
        count = max(1, round(facts * rng.choice((0.2, 0.4, 0.7, 1.0))), -(-facts // len(names)))
        memory.people = [words.person(rng, options.part) for _ in range(count)]
        pairs = [(person, name) for person in dict.fromkeys(memory.people) for name in names]
        said: list[tuple[float, str, str, str, bool]] = []
        for person, name in rng.sample(pairs, min(facts, len(pairs))):
            said += self._history(person, name, memory)
        said.sort()
        self._write(memory, said)
        return memory

    def _history(self, person: str, name: str, memory: _Memory) -> list[tuple[float, str, str, str, bool]]:
        """Say one thing about one person, and perhaps correct it: ``(when, person, relation, value, is a correction)``."""
        rng, options = self._rng, self.options
        phrases = book().relations[name]
        value = words.value(rng, phrases.kind, options.part)
        times = [rng.random()]
        said = [(times[0], person, name, value, False)]
        if rng.random() < options.corrected:
            value = words.value(rng, phrases.kind, options.part)
            said.append((rng.uniform(times[0], 1.0), person, name, value, True))
            memory.corrected.add((person, name))
        memory.holds[person, name] = value
        return said

    def _write(self, memory: _Memory, said: list[tuple[float, str, str, str, bool]]) -> None:
        rng, options = self._rng, self.options
        style = options.style or (rng.choice(_STYLES) if rng.random() < 0.5 else None)
        day = sorted(words.date(rng) for _ in said)
        old: dict[tuple[str, str], str] = {}
        for place, (_, person, name, value, changes) in enumerate(said):
            if rng.random() < options.chatter:
                memory.lines.append(self._styled(self._chatter(memory), style, day[place], memory))
            before = old.get((person, name))
            phrases = book().relations[name]
            changed = rng.random() < (0.6 if changes else 0.1)
            before = before or words.value(rng, phrases.kind, options.part)
            memory.lines.append(
                self._line(phrases, person, value, before, changed, style or rng.choice(_STYLES), day[place], memory)
            )
            old[person, name] = value

    def _line(
        self, phrases: Phrases, person: str, value: str, old: str, changed: bool, style: str, day: str, memory: _Memory
    ) -> str:
        rng = self._rng
        stamp = f"[{day}] " if "dated" in style else ""
        if "speaker" in style and rng.random() < 0.85:
            template = rng.choice(phrases.first_change if changed else phrases.first)
            return f"{stamp}{person}: {fill(template, v=value, o=old)}"
        speaker = f"{self._other(memory, person)}: " if "speaker" in style else ""
        template = rng.choice(phrases.third_change if changed else phrases.third)
        return f"{stamp}{speaker}{fill(template, p=person, v=value, o=old)}"

    def _styled(self, text: str, style: str | None, day: str, memory: _Memory) -> str:
        style = style or self._rng.choice(_STYLES)
        stamp = f"[{day}] " if "dated" in style else ""
        return f"{stamp}{self._other(memory, '')}: {text}" if "speaker" in style else f"{stamp}{text}"

    def _chatter(self, memory: _Memory) -> str:
        rng = self._rng
        kind = rng.choice([phrases.kind for phrases in book().relations.values()])
        names = [self._other(memory, "") for _ in range(2)]
        return fill(rng.choice(book().chatter), p=names[0], q=names[1], v=words.value(rng, kind, self.options.part))

    def _other(self, memory: _Memory, person: str) -> str:
        rng = self._rng
        other = rng.choice(memory.people) if rng.random() < 0.6 else words.person(rng, self.options.part)
        return other if other != person else words.person(rng, self.options.part)

    def _known(self, memory: _Memory, key: tuple[str, str]) -> Question:
        kind: Kind = "corrected" if key in memory.corrected else "fact"
        return Question(self._ask(*key), memory.holds[key], kind)

    def _unknown(self, memory: _Memory) -> Question:
        rng = self._rng
        name = rng.choice(self.options.relations or tuple(book().relations))
        if not memory.lines:
            return Question(self._ask(words.person(rng, self.options.part), name), UNKNOWN, "empty memory")
        draw = rng.random()
        person = rng.choice(memory.people)
        if draw < 0.12:
            return Question(self._foreign(person), UNKNOWN, "foreign")
        if draw < 0.5 and (person, name) not in memory.holds:
            return Question(self._ask(person, name), UNKNOWN, "absent relation")
        stranger = (
            words.near(rng, person, self.options.part) if rng.random() < 0.35 else words.person(rng, self.options.part)
        )
        if stranger in memory.people:
            return Question(self._foreign(person), UNKNOWN, "foreign")
        if draw < 0.9:
            return Question(self._ask(stranger, rng.choice([key[1] for key in memory.holds])), UNKNOWN, "absent person")
        known = any(key[1] == name for key in memory.holds)
        return Question(self._ask(stranger, name), UNKNOWN, "absent person" if known else "absent both")

    def _foreign(self, person: str) -> str:
        rng = self._rng
        templates = book().foreign if self.options.phrasing == "train" else book().foreign_held_out
        return fill(rng.choice(templates), p=person, v=words.value(rng, "place", self.options.part))

    def _ask(self, person: str, name: str) -> str:
        rng, options = self._rng, self.options
        phrases = book().relations[name]
        template = rng.choice(phrases.questions if options.phrasing == "train" else phrases.held_out)
        if rng.random() < options.noise:
            template = _noisy(template, rng)
        if rng.random() < options.wrapped:
            first = template if template.startswith("{") or rng.random() < 0.5 else template[:1].lower() + template[1:]
            template = rng.choice(book().before) + first
        return fill(template, p=person)


def _noisy(template: str, rng: random.Random) -> str:
    """Write a question as somebody in a hurry types it: no question mark, no capital, a small word left out or two swapped."""
    parts = template.split(" ")
    draw = rng.random()
    if draw < 0.4:
        small = [place for place, part in enumerate(parts) if part.lower() in _DROPPABLE]
        if small and len(parts) > 3:
            parts.pop(rng.choice(small))
    elif draw < 0.7 and len(parts) > 3:
        place = rng.randrange(len(parts) - 2)
        parts[place], parts[place + 1] = parts[place + 1], parts[place]
    text = " ".join(parts)
    if rng.random() < 0.3:
        text = text.rstrip("?.")
    text = text[:1].lower() + text[1:] if rng.random() < 0.3 else text
    return template if _bare(text) in _held_out() else text


@cache
def _held_out() -> frozenset[str]:
    """List the phrasings kept for evaluation, bare: no accident of noise may train on one of them."""
    return frozenset(_bare(template) for phrases in book().relations.values() for template in phrases.held_out)


def _bare(template: str) -> str:
    return template.lower().rstrip("?.")
