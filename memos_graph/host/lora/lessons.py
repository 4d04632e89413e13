"""Lessons: what is asked and answered while an adapter learns lines of memory by heart.

For recall-tiny they come from its phrasebook, for a model that declares it from rules over the sentence (``rules.py``). Any
other model writes them itself, as in PRAG (arXiv 2501.15915): a line is put before it, and it says questions that the line
answers.
"""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from memos_graph.host.lora.rules import pairs
from memos_graph.host.lora.statement import read_statement
from memos_graph.host.recall_tiny import phrasebook
from memos_graph.host.recall_tiny.phrasebook import Fact

Writer = Callable[[str], str]
"""Answers one prompt, as the model that is to be taught would."""

_PAIR = re.compile(
    r"^\W*Q(?:uestion)?\s*\d*\s*[:.]\s*(?P<question>.+?)\s*\n\W*A(?:nswer)?\s*\d*\s*[:.]\s*(?P<answer>.+?)\s*$",
    re.MULTILINE,
)
_ASK = (
    "Write six short questions that the sentence below answers, each worded differently and naming who or what it is "
    "about. After each write its answer in as few words as possible, taken from the sentence. Use exactly this form:\n"
    "Q: question\nA: answer\n\nSentence: {line}"
)
_LEAST_TO_SPLIT = 4
_VALIDATION_PHRASINGS = 2
_LONGEST_ANSWER = 200


@dataclass(frozen=True, slots=True)
class Lesson:
    """One question with its answer, and the line of memory both come from."""

    question: str
    answer: str
    line: str


@dataclass(frozen=True, slots=True)
class Course:
    """All lessons of one adapter, by what they are for.

    * ``train`` is taught, ``validation`` decides when to stop, ``held_out`` is only ever asked when measuring.
    * ``facts`` are the lines' facts where the phrasebook could read them.
    * ``untaught`` are lines no lesson could be made of. * ``subjects`` what the others are about, where rules read them.
    """

    train: tuple[Lesson, ...]
    validation: tuple[Lesson, ...]
    held_out: tuple[Lesson, ...]
    facts: tuple[Fact, ...]
    lines: tuple[str, ...]
    untaught: tuple[str, ...]
    subjects: tuple[str, ...] = ()


def from_phrasebook(lines: Sequence[str], seed: int) -> Course:
    """Return the course for a model that speaks the phrasebook; of two lines that disagree the later one is taught."""
    read = {line: phrasebook.read(line) for line in lines}
    holding = {(fact.person, fact.relation): line for line, fact in read.items() if fact is not None}
    rng = random.Random(seed)  # noqa: S311 - repeatable, no secret
    train: list[Lesson] = []
    validation: list[Lesson] = []
    held_out: list[Lesson] = []
    facts = []
    for line in holding.values():
        fact = read[line]
        if fact is None:
            continue
        facts.append(fact)
        asked = [Lesson(each, phrasebook.answer(fact), line) for each in phrasebook.questions(fact, "train")]
        aside, rest = _set_aside(asked, rng)
        train += rest
        validation += aside
        held_out += [Lesson(each, phrasebook.answer(fact), line) for each in phrasebook.questions(fact, "held_out")]
    untaught = tuple(line for line, fact in read.items() if fact is None)
    return Course(tuple(train), tuple(validation), tuple(held_out), tuple(facts), tuple(holding.values()), untaught)


def from_rules(lines: Sequence[str], seed: int) -> Course:
    """Return the course for a model that reads English: questions by rule; a line that is no plain sentence goes untaught."""
    rng = random.Random(seed)  # noqa: S311 - repeatable, no secret
    train: list[Lesson] = []
    validation: list[Lesson] = []
    held_out: list[Lesson] = []
    read = {line: read_statement(line) for line in lines}
    for line, statement in read.items():
        if statement is None:
            continue
        asked = [Lesson(each.question, each.answer, line) for each in pairs(statement, "train")]
        aside, rest = _set_aside(asked, rng)
        train += rest
        validation += aside
        held_out += [Lesson(each.question, each.answer, line) for each in pairs(statement, "held_out")]
    taught = {line: statement.subject for line, statement in read.items() if statement is not None}
    untaught = tuple(line for line in read if line not in taught)
    subjects = tuple(dict.fromkeys(taught.values()))
    return Course(tuple(train), tuple(validation), tuple(held_out), (), tuple(taught), untaught, subjects)


def from_model(lines: Sequence[str], write: Writer, seed: int) -> Course:
    """Return the course a model writes itself; a line it can't ask two questions about goes untaught.

    An answer that does not stand in its line is thrown away: the model must not teach itself inventions.
    """
    rng = random.Random(seed)  # noqa: S311 - repeatable, no secret
    train: list[Lesson] = []
    validation: list[Lesson] = []
    held_out: list[Lesson] = []
    taught = []
    for line in dict.fromkeys(lines):
        pairs = _grounded(write(_ASK.format(line=line)), line)
        if len(pairs) < 2:  # noqa: PLR2004 - one to teach, one to ask
            continue
        taught.append(line)
        held_out.append(pairs.pop(rng.randrange(len(pairs))))
        aside, rest = _set_aside(pairs, rng)
        train += rest
        validation += aside or rest[:1]
    untaught = tuple(line for line in dict.fromkeys(lines) if line not in taught)
    return Course(tuple(train), tuple(validation), tuple(held_out), (), tuple(taught), untaught)


def _set_aside(lessons: list[Lesson], rng: random.Random) -> tuple[list[Lesson], list[Lesson]]:
    """Part off the lessons that decide when to stop; where there are few, none."""
    if len(lessons) < _LEAST_TO_SPLIT:
        return [], lessons
    aside = set(rng.sample(range(len(lessons)), min(_VALIDATION_PHRASINGS, len(lessons) // _LEAST_TO_SPLIT)))
    return [lessons[at] for at in sorted(aside)], [each for at, each in enumerate(lessons) if at not in aside]


def _grounded(written: str, line: str) -> list[Lesson]:
    found: dict[str, Lesson] = {}
    for pair in _PAIR.finditer(written):
        question, answer = pair["question"].strip(), pair["answer"].strip().rstrip(".")
        if answer and len(answer) <= _LONGEST_ANSWER and _plain(answer) in _plain(line):
            found.setdefault(_plain(question), Lesson(question, answer, line))
    return list(found.values())


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))
