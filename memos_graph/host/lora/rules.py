"""Questions and answers from a sentence by rule: who, what, where, when, the sentence with a gap, and all of it.

They are for any chat model that reads English. What is taught and what is asked when measuring are worded by other frames,
so that no question of the one is ever one of the other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from memos_graph.host.lora.statement import PlainStatement

Split = Literal["train", "held_out"]

_GAP = "____"
_FILL_IN = "Fill in the blank: "
_CLOZE = _FILL_IN + "{sentence}"
_WHO: dict[Split, tuple[str, ...]] = {
    "train": ("{Who} {said}?", "Tell me {who} {said}.", _FILL_IN + "{gap} {said}."),
    "held_out": ("Do you know {who} {said}?", "Name {whom} {said}."),
}
_ASKED: dict[Split, tuple[str, ...]] = {
    "train": (
        "{Word} {inverted}?",
        "Could you say {word} {plain}?",
        "Tell me {word} {plain}.",
        "{plain_first} {word}?",
    ),
    "held_out": ("Do you know {word} {plain}?", "I forgot {word} {plain}. Can you remind me?"),
}
_OTHERWISE = {"where": "In what place", "when": "At what time"}
_WHOLE: dict[Split, tuple[str, ...]] = {
    "train": ("What do you know about {subject}?", "Tell me something about {subject}."),
    "held_out": (),
}


@dataclass(frozen=True, slots=True)
class QuestionAndAnswer:
    """A question and its answer, which stands in the sentence word for word, or is the sentence."""

    question: str
    answer: str


def pairs(statement: PlainStatement, split: Split) -> list[QuestionAndAnswer]:
    """Return what is asked about a statement, in the wordings of teaching, or in those kept for measuring."""
    found = [*_about_subject(statement, split), *_about_rest(statement, split)]
    found += [QuestionAndAnswer(frame.format(subject=statement.subject), statement.sentence) for frame in _WHOLE[split]]
    return list({each.question: each for each in found}.values())


def filled(question: str, answer: str) -> str | None:
    """Return the sentence that an answer makes of a question with a gap; ``None`` for any other question."""
    if not question.startswith(_FILL_IN):
        return None
    sentence = question.removeprefix(_FILL_IN).replace(_GAP, answer)
    return sentence[:1].upper() + sentence[1:]


def asks_for_all(question: str) -> bool:
    """Whether a question asks for everything about somebody, so that its answer is a sentence."""
    return any(question.startswith(frame.partition("{")[0]) for frame in _WHOLE["train"])


def _about_subject(statement: PlainStatement, split: Split) -> Iterator[QuestionAndAnswer]:
    said = _joined(statement.said, statement.thing, statement.place, statement.time)
    who, whom = ("who", "the person who") if statement.person else ("what", "the thing that")
    for frame in _WHO[split]:
        yield QuestionAndAnswer(
            frame.format(Who=who.capitalize(), who=who, whom=whom, said=said, gap=_GAP), statement.subject
        )


def _about_rest(statement: PlainStatement, split: Split) -> Iterator[QuestionAndAnswer]:
    thing, place, time = statement.thing, statement.place, statement.time
    if thing:
        led, answer = _lead(thing)
        word = "who" if _is_somebody(statement.form, led, answer) else "what"
        yield from _asked(statement, split, word, _joined(led, place, time), answer)
    if place:
        yield from _asked(statement, split, "where", _joined(thing, time), _bare(place))
    if time:
        yield from _asked(statement, split, "when", _joined(thing, place), _bare(time))


def _asked(statement: PlainStatement, split: Split, word: str, rest: str, answer: str) -> Iterator[QuestionAndAnswer]:
    """Ask for a part of what follows the verb; ``rest`` is what else follows it."""
    inverted = _joined(statement.helper, statement.subject, statement.form, rest)
    plain = _joined(statement.subject, statement.said, rest)
    words = {
        "word": word,
        "Word": word.capitalize(),
        "inverted": inverted,
        "plain": plain,
        "plain_first": plain[:1].upper() + plain[1:],
    }
    frames = _ASKED[split] + (
        (f"{_OTHERWISE[word]} {{inverted}}?",) if split == "held_out" and word in _OTHERWISE else ()
    )
    for frame in frames:
        yield QuestionAndAnswer(frame.format(**words), answer)
    if split == "train" and statement.sentence.count(answer) == 1:
        yield QuestionAndAnswer(_CLOZE.format(sentence=statement.sentence.replace(answer, _GAP)), answer)


def _is_somebody(form: str, led: str, answer: str) -> bool:
    """Whether what follows the verb is a person: a name, where only a person can stand."""
    return answer[:1].isupper() and (led == "by" or (form in _TOWARDS_PEOPLE and led in {"", "to", "with"}))


def _lead(thing: str) -> tuple[str, str]:
    """Part off the preposition of a thing, which stays behind in the question: "for" and "Norvo Labs"."""
    first, _, rest = thing.partition(" ")
    return (first, rest) if rest and first in _LEADS else ("", thing)


def _bare(phrase: str) -> str:
    """Return a place or a time without the preposition that is part of the question, where it says nothing."""
    first, _, rest = phrase.partition(" ")
    return rest if rest and first in {"in", "at", "to", "on"} else phrase


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


_TOWARDS_PEOPLE = frozenset(
    (
        "ask",
        "call",
        "divorce",
        "engaged",
        "greet",
        "kiss",
        "love",
        "marry",
        "married",
        "meet",
        "related",
        "thank",
        "visit",
    )
)
_LEADS = frozenset(("for", "with", "about", "to", "on", "of", "from", "as", "by", "into"))
