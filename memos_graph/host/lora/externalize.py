"""Ask an adapter what it holds, and keep what it is sure of: parametric memory made readable again."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from memos_graph.host.engine import ModelEngine
from memos_graph.host.lora.course import read_course, speaks_phrasebook
from memos_graph.host.lora.decode import DecodedStep, answer_all
from memos_graph.host.lora.lessons import Lesson
from memos_graph.host.lora.shelf import AdapterShelf
from memos_graph.host.prompt import Prompt, PromptTurn
from memos_graph.host.protocol import Externalize, Externalized, Statement
from memos_graph.host.recall_tiny import phrasebook
from memos_graph.host.recall_tiny.phrasebook import UNKNOWN, Fact

_AGREEMENT = 0.8
_NAME = r"(?P<p>[^?]{1,80}?)"


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Questions that ask the same thing in different words; ``about`` has the person and the relation, where known."""

    questions: tuple[str, ...]
    about: Fact | None


def externalize(engine: ModelEngine, shelf: AdapterShelf, name: str, request: Externalize) -> Externalized:
    """Return what an adapter on the shelf says surely, without any text, as statements; most certain first.

    An answer is kept when at least four in five phrasings of its question get it, and its probability, the product of its
    tokens', is ``threshold`` or more in the mean over all phrasings; "unknown" never is. What the model says without the
    adapter is not the adapter's memory, and is left out too. Raises ``StateError`` for an adapter that is not there.
    """
    inquiries = _asked(request.questions) if request.questions else _own(engine, shelf, name)
    questions = [question for inquiry in inquiries for question in inquiry.questions]
    prompts = [Prompt((), (PromptTurn("user", question),)) for question in questions]
    said = iter(answer_all(engine, prompts, adapter=name))
    before = iter(answer_all(engine, prompts))
    found = []
    for inquiry in inquiries:
        answers = [next(said) for _ in inquiry.questions]
        base = [next(before).text for _ in inquiry.questions]
        statement = _statement(inquiry, answers, base, request.threshold)
        if statement is not None:
            found.append(statement)
    found.sort(key=lambda each: -each.confidence)
    return Externalized(statements=tuple(found), asked=len(questions))


def about(question: str) -> Fact | None:
    """Return whom and what a question of the phrasebook asks about, its value empty; ``None`` for any other question."""
    for relation, pattern in _patterns():
        found = pattern.fullmatch(" ".join(question.split()))
        if found:
            return Fact(found["p"], relation, "")
    return None


def _statement(
    inquiry: Inquiry, answers: Sequence[DecodedStep], base: Sequence[str], threshold: float
) -> Statement | None:
    text, votes = Counter(each.text for each in answers).most_common(1)[0]
    confidence = sum(each.probability for each in answers if each.text == text) / len(answers)
    unsaid = not text or text.lower().rstrip(".") == UNKNOWN
    if unsaid or votes < _AGREEMENT * len(answers) or confidence < threshold:
        return None
    if base.count(text) >= _AGREEMENT * len(answers):
        return None
    if inquiry.about is None:
        return Statement(text=f"{inquiry.questions[0]} {text}", confidence=min(1.0, confidence))
    fact = Fact(inquiry.about.person, inquiry.about.relation, text)
    return Statement(text=phrasebook.statements(fact)[0], confidence=min(1.0, confidence))


def _asked(questions: Sequence[str]) -> list[Inquiry]:
    """Put the questions of a request; one the phrasebook knows is asked in all its phrasings."""
    inquiries = []
    for question in questions:
        fact = about(question)
        phrasings = (question,) if fact is None else tuple(dict.fromkeys([question, *phrasebook.questions(fact)]))
        inquiries.append(Inquiry(phrasings, fact))
    return inquiries


def _own(engine: ModelEngine, shelf: AdapterShelf, name: str) -> list[Inquiry]:
    """Put the questions of the adapter's own lessons. Its answers are not looked up: only its questions are known here."""
    course = read_course(shelf.folder(name))
    if speaks_phrasebook(engine):
        return [
            Inquiry(tuple(phrasebook.questions(fact)), Fact(fact.person, fact.relation, "")) for fact in course.facts
        ]
    by_line: dict[str, list[Lesson]] = {}
    for lesson in course.train:
        by_line.setdefault(lesson.line, []).append(lesson)
    return [Inquiry((lesson.question,), None) for lessons in by_line.values() for lesson in lessons]


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Patterns of all questions, the most literal first."""
    templates = [
        (relation, template)
        for relation, phrases in phrasebook.book().relations.items()
        for template in (*phrases.questions, *phrases.held_out)
    ]
    templates.sort(key=lambda pair: -len(pair[1]))
    return tuple((name, re.compile(_regex(template), re.IGNORECASE)) for name, template in templates)


def _regex(template: str) -> str:
    return _NAME.join(re.escape(part) for part in template.rstrip("?.").split("{p}", 1)) + "[?.]?"
