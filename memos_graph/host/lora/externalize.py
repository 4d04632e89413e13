"""Ask an adapter what it holds, and keep what it is sure of: parametric memory made readable again."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from memos_graph.host.engine import ModelEngine
from memos_graph.host.lora.course import read_course, speaks_phrasebook
from memos_graph.host.lora.decode import DecodedStep, answer_all
from memos_graph.host.lora.evaluate import likely
from memos_graph.host.lora.rules import asks_for_all, filled
from memos_graph.host.lora.shelf import AdapterShelf
from memos_graph.host.prompt import Prompt, PromptTurn
from memos_graph.host.protocol import Externalize, Externalized, Statement
from memos_graph.host.recall_tiny import phrasebook
from memos_graph.host.recall_tiny.phrasebook import UNKNOWN, Fact

_AGREEMENT = 0.8
_NAME = r"(?P<p>[^?]{1,80}?)"


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Questions that ask the same thing in different words.

    ``about`` has the person and the relation, where the phrasebook knows them.
    """

    questions: tuple[str, ...]
    about: Fact | None = None


def externalize(engine: ModelEngine, shelf: AdapterShelf, name: str, request: Externalize) -> Externalized:
    """Return what an adapter on the shelf says surely, without any text, as statements; most certain first.

    An answer is kept when at least four in five phrasings of its question get it, and its probability, the product of its
    tokens', is ``threshold`` or more in the mean over all phrasings; "unknown" never is. What the model says without the
    adapter is not the adapter's memory, and is left out too. Raises ``StateError`` for an adapter that is not there.
    """
    inquiries = _asked(request.questions) if request.questions else _own(engine, shelf, name)
    questions = [question for inquiry in inquiries for question in inquiry.questions]
    prompts = [Prompt((), (PromptTurn("user", question),)) for question in questions]
    every = answer_all(engine, prompts, adapter=name)
    before = iter(likely(engine, [each.encoded() for each in every], None))
    said = iter(every)
    found: dict[str, Statement] = {}
    for inquiry in inquiries:
        answers = [next(said) for _ in inquiry.questions]
        base = [next(before).given for _ in inquiry.questions]
        statement = _statement(inquiry, answers, base, request.threshold)
        if statement is not None and (
            statement.text not in found or statement.confidence > found[statement.text].confidence
        ):
            found[statement.text] = statement
    surest = sorted(found.values(), key=lambda each: -each.confidence)
    return Externalized(statements=tuple(surest), asked=len(questions))


def about(question: str) -> Fact | None:
    """Return whom and what a question of the phrasebook asks about, its value empty; ``None`` for any other question."""
    for relation, pattern in _patterns():
        found = pattern.fullmatch(" ".join(question.split()))
        if found:
            return Fact(found["p"], relation, "")
    return None


def _statement(
    inquiry: Inquiry, answers: Sequence[DecodedStep], base: Sequence[bool], threshold: float
) -> Statement | None:
    said = [each.text.rstrip(".") for each in answers]
    text, votes = Counter(said).most_common(1)[0]
    confidence = sum(each.probability for each, own in zip(answers, said, strict=True) if own == text) / len(answers)
    unsaid = not text or text.lower() == UNKNOWN
    if unsaid or votes < _AGREEMENT * len(answers) or confidence < threshold:
        return None
    if sum(own and each == text for own, each in zip(base, said, strict=True)) >= _AGREEMENT * len(answers):
        return None
    return Statement(text=_sentence(inquiry, text), confidence=min(1.0, confidence))


def _sentence(inquiry: Inquiry, answer: str) -> str:
    """Return what an answer says by itself: a sentence where the questions allow to make one, else the question and it."""
    if inquiry.about is not None:
        return phrasebook.statements(Fact(inquiry.about.person, inquiry.about.relation, answer))[0]
    if all(map(asks_for_all, inquiry.questions)):
        return f"{answer}."
    made = next((whole for each in inquiry.questions if (whole := filled(each, answer))), None)
    return made or f"{inquiry.questions[0]} {answer}"


def _asked(questions: Sequence[str]) -> list[Inquiry]:
    """Put the questions of a request; one the phrasebook knows is asked in all its phrasings."""
    inquiries = []
    for question in questions:
        fact = about(question)
        phrasings = (question,) if fact is None else tuple(dict.fromkeys([question, *phrasebook.questions(fact)]))
        inquiries.append(Inquiry(phrasings, fact))
    return inquiries


def _own(engine: ModelEngine, shelf: AdapterShelf, name: str) -> list[Inquiry]:
    """Put the questions of the adapter's own lessons. Their answers tell which ask for one thing, and are not looked at else."""
    course = read_course(shelf.folder(name))
    if speaks_phrasebook(engine):
        return [
            Inquiry(tuple(phrasebook.questions(fact)), Fact(fact.person, fact.relation, "")) for fact in course.facts
        ]
    asked: dict[tuple[str, str], list[str]] = {}
    for lesson in (*course.train, *course.validation):
        asked.setdefault((lesson.line, lesson.answer), []).append(lesson.question)
    return [Inquiry(tuple(questions)) for questions in asked.values()]


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
