"""What a question or an instruction asks for."""

import re
from collections.abc import Collection, Iterator
from datetime import datetime

from memos_graph.language import calendar
from memos_graph.language.calendar import Range
from memos_graph.language.intents import intent_of, without_courtesy
from memos_graph.language.people import people_in
from memos_graph.language.times import resolve_times
from memos_graph.language.types import Intent, Question, TimeMention
from memos_graph.language.words import NEGATIONS, STOP_WORDS, WORD, plain, word_set

_QUESTION_WORDS = word_set(
    """
    many much long often old kind type sort name list recently tell remind show remember time times happened
    happen
    """
)
_NOW = re.compile(
    r"\b(?:now|nowadays|currently|presently|at (?:present|the moment)|these days|still|any ?more|latest|newest|current"
    r"|most recent(?:ly)?|up to date)\b(?! and then)",
    re.IGNORECASE,
)
_SAYS = r"(?:say|said|tell|told|suggest|recommend|advise|propose|mention|explain|list|give|gave|write|wrote|answer|show)(?:e?d)?"
_ASSISTANT = re.compile(
    rf"\b(?:did|had|have) you (?:\w+ )?{_SAYS}\b|\byou(?:['\u2019]ve| have| had)? (?:\w+ )?(?:said|told|suggested|recommended"
    r"|advised|proposed|mentioned|explained|listed|gave|given|wrote|answered|showed|shown)\b"
    r"|\byour (?:\w+ )?(?:answer|suggestion|recommendation|advice|proposal|explanation|example|reply|list)s?\b",
    re.IGNORECASE,
)
_COMMANDS: frozenset[Intent] = frozenset({"remember", "forget", "update", "summarize"})
_SEMANTIC_TYPES = tuple(
    (name, re.compile(rf"\b(?:{words})\b", re.IGNORECASE))
    for name, words in (
        ("preference", r"favou?rites?|prefer(?:s|red|ences?)?|likes?|dislikes?|enjoys?|enjoyed|loves?|hates?|hobb(?:y|ies)|tastes?"),
        ("rule", r"polic(?:y|ies)|rules?|allowed|must|permitted|required|guidelines?|regulations?|entitled"),
        ("plan", r"plan(?:s|ned|ning)?|intend(?:s|ed)?|going to|upcoming|goals?|schedule[ds]?|deadlines?"),
        ("relationship", r"related|married|husband|wife|partner|sisters?|brothers?|mother|father|parents|siblings?|colleagues?"),
        ("event", r"happen(?:s|ed)?|events?|attend(?:s|ed)?|celebrate[ds]?|visit(?:s|ed)?|trips?|meetings?|took place"),
    )
)  # fmt: skip


def read_question(text: str, *, now: datetime, known_people: Collection[str] = ()) -> Question:
    """Read a question or an instruction; the times it names are resolved against ``now``.

    ``known_people`` are the names to look for (full, first or short); see ``Question`` for the rest.
    """
    intent = intent_of(text)
    people = people_in(text, known_people)
    times = resolve_times(text, now, either=True)
    # What is told of an hour is told on that day.
    spans = [
        calendar.day(time.begins) if time.granularity == "hour" else Range(time.begins, time.ends) for time in times
    ]
    left_out = _first_words(text, intent).union(*people.values())
    return Question(
        text=text,
        intent=intent,
        people=tuple(people),
        begins=min((span.begins for span in spans), default=None),
        ends=max((span.ends for span in spans), default=None),
        terms=tuple(dict.fromkeys(word for word in _content_words(text, times) if word not in left_out)),
        asks_now=bool(_NOW.search(text)),
        asks_assistant=bool(_ASSISTANT.search(text)),
        semantic_type=next((name for name, words in _SEMANTIC_TYPES if words.search(text)), None),
    )


def _first_words(text: str, intent: Intent) -> set[str]:
    """Words that only say that something is asked, and how."""
    command = WORD.search(without_courtesy(text)) if intent in _COMMANDS else None
    return {plain(command.group()), *_QUESTION_WORDS} if command else set(_QUESTION_WORDS)


def _content_words(text: str, times: list[TimeMention]) -> Iterator[str]:
    mentions = iter(times)
    time = next(mentions, None)
    for found in WORD.finditer(text):
        while time and time.end <= found.start():
            time = next(mentions, None)
        timed = time is not None and time.start <= found.start()
        word = plain(found.group())
        if not timed and word not in STOP_WORDS and word not in NEGATIONS and "n't" not in word:
            yield word
