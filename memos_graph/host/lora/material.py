"""The samples a training is fed with: lessons, readings and blanks, and those that decide when it stops."""

import random
from dataclasses import dataclass, replace

from memos_graph.host.engine import ModelEngine
from memos_graph.host.lora.course import several_turns
from memos_graph.host.lora.decode import answer_all
from memos_graph.host.lora.lessons import Course, Lesson
from memos_graph.host.lora.recipe import LoraRecipe
from memos_graph.host.lora.replay import Replay
from memos_graph.host.lora.sample import IGNORED, Encoded, Encoder, Sample
from memos_graph.host.lora.wording import Wording

_MOST_VALIDATION = 100


@dataclass(frozen=True, slots=True)
class Drawn:
    """The samples of one step; ``distracted`` are the lessons with memories of other things before them."""

    lessons: list[Encoded]
    distracted: list[Encoded]
    readings: list[Encoded]
    blanks: list[Encoded]


class Material:
    """Draws the samples of a training; ``tiny``: for a model of recall-tiny's kind. ``validation_…`` are never trained on."""

    def __init__(self, engine: ModelEngine, course: Course, recipe: LoraRecipe, *, tiny: bool) -> None:
        rng = random.Random(recipe.seed)  # noqa: S311 - repeatable, no secret
        self._engine = engine
        self._recipe = recipe
        self._encoder = Encoder(engine.tokenizer)
        self._replay = Replay(course.facts)
        measured = [lesson.question for lesson in (*course.validation, *course.held_out)]
        self._wording = Wording({*(fact.person for fact in course.facts), *course.subjects}, measured)
        self._questions = recipe.reading_questions if several_turns(engine) else 1
        self._by_line = [[lesson for lesson in course.train if lesson.line == line] for line in course.lines]
        asked = rng.sample(course.validation, min(_MOST_VALIDATION, len(course.validation)))
        self.validation_lessons = [self._alone(each) for each in asked]
        self.validation_readings = [self._reading(rng) for _ in range(recipe.check_readings)]
        self.validation_blanks = self._answered([self._replay.blank(rng) for _ in range(recipe.check_blanks)])
        # recall-tiny's answer to a blank is known, so every step may have new ones.
        self._pool = [] if tiny else self._answered([self._replay.blank(rng) for _ in range(recipe.blank_pool)])

    def step(self, rng: random.Random) -> Drawn:
        """Return the samples of a step: lines take turns, so that each comes up as often as every other."""
        lessons: list[Encoded] = []
        distracted: list[Encoded] = []
        for lesson in self._lessons(rng):
            if rng.random() < self._recipe.in_memory_share:
                distracted.append(self._distracted(lesson, rng))
            else:
                lessons.append(self._alone(lesson))
        readings = [self._reading(rng) for _ in range(self._recipe.readings)]
        return Drawn(lessons, distracted, readings, [self._blank(rng) for _ in range(self._recipe.blanks)])

    def _lessons(self, rng: random.Random) -> list[Lesson]:
        chosen: list[Lesson] = []
        while len(chosen) < self._recipe.lessons:
            order = rng.sample(self._by_line, len(self._by_line))
            chosen += [rng.choice(own) for own in order[: self._recipe.lessons - len(chosen)]]
        return [replace(each, question=self._wording.reword(rng, each.question)) for each in chosen]

    def _alone(self, lesson: Lesson) -> Encoded:
        return self._encoder.encode(Sample((), ((lesson.question, lesson.answer),)))

    def _distracted(self, lesson: Lesson, rng: random.Random) -> Encoded:
        memory = self._replay.distraction(rng, lines=self._recipe.reading_lines // 2)
        return self._encoder.encode(Sample(memory, ((lesson.question, lesson.answer),)))

    def _reading(self, rng: random.Random) -> Encoded:
        sample = self._replay.reading(rng, lines=self._recipe.reading_lines, questions=self._questions)
        return self._encoder.encode(sample)

    def _blank(self, rng: random.Random) -> Encoded:
        return rng.choice(self._pool) if self._pool else self._encoder.encode(self._replay.blank(rng))

    def _answered(self, samples: list[Sample]) -> list[Encoded]:
        said = answer_all(self._engine, [each.prompt() for each in samples])
        return [Encoded(each.prompt + each.tokens, (IGNORED,) * len(each.prompt) + each.tokens) for each in said]
