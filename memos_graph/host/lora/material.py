"""The samples a training is fed with: lessons, readings and blanks, and those that decide when it stops."""

import random
from dataclasses import dataclass, replace

from memos_graph.host.engine import ModelEngine
from memos_graph.host.lora.course import rehearsal, several_turns, speaks_phrasebook
from memos_graph.host.lora.decode import answer_all
from memos_graph.host.lora.lessons import Course, Lesson
from memos_graph.host.lora.recipe import LoraRecipe
from memos_graph.host.lora.sample import Encoded, Encoder, Sample
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
    """Draws the samples of a training. ``validation_…`` are never trained on.

    ``kept`` are all the samples there are, where the recipe has them made before training begins; else it is empty.
    """

    def __init__(self, engine: ModelEngine, course: Course, recipe: LoraRecipe) -> None:
        rng = random.Random(recipe.seed)  # noqa: S311 - repeatable, no secret
        self._engine = engine
        self._recipe = recipe
        self._encoder = Encoder(engine.tokenizer)
        self._rehearsal = rehearsal(engine, course, "train")
        measured = [lesson.question for lesson in (*course.validation, *course.held_out)]
        self._wording = Wording({*(fact.person for fact in course.facts), *course.subjects}, measured)
        self._questions = recipe.reading_questions if several_turns(engine) else 1
        self._by_line = [[lesson for lesson in course.train if lesson.line == line] for line in course.lines]
        asked = rng.sample(course.validation, min(_MOST_VALIDATION, len(course.validation)))
        self.validation_lessons = [self._alone(each) for each in asked]
        self.validation_readings = self._drawn_readings(rng, recipe.check_readings)
        self.validation_blanks = self._answered([self._rehearsal.blank(rng) for _ in range(recipe.check_blanks)])
        # recall-tiny's answer to a blank is known, so every step may have new ones.
        self._blanks = (
            []
            if speaks_phrasebook(engine)
            else self._answered([self._rehearsal.blank(rng) for _ in range(recipe.blank_pool)])
        )
        self._readings = self._drawn_readings(rng, recipe.reading_pool)
        self._lessons = [self._worded(own, rng) for own in self._by_line] if recipe.wordings else []

    @property
    def kept(self) -> list[Encoded]:
        """Every sample that may come up, where they are all made before training begins."""
        if not (self._lessons and self._readings and self._blanks):
            return []
        lessons = [each for own in self._lessons for each in (*own.alone, *own.distracted)]
        validation = [*self.validation_lessons, *self.validation_readings, *self.validation_blanks]
        return [*lessons, *self._readings, *self._blanks, *validation]

    def step(self, rng: random.Random) -> Drawn:
        """Return the samples of a step: lines take turns, so that each comes up as often as every other."""
        lessons: list[Encoded] = []
        distracted: list[Encoded] = []
        for line in self._turns(rng):
            if rng.random() < self._recipe.in_memory_share:
                distracted.append(self._distracted_of(line, rng))
            else:
                lessons.append(self._lesson_of(line, rng))
        readings = [
            rng.choice(self._readings) if self._readings else self._reading(rng) for _ in range(self._recipe.readings)
        ]
        blanks = [
            rng.choice(self._blanks) if self._blanks else self._encoder.encode(self._rehearsal.blank(rng))
            for _ in range(self._recipe.blanks)
        ]
        return Drawn(lessons, distracted, readings, blanks)

    def _turns(self, rng: random.Random) -> list[int]:
        """Return the lines of a step's lessons, by their places."""
        chosen: list[int] = []
        while len(chosen) < self._recipe.lessons:
            chosen += rng.sample(range(len(self._by_line)), len(self._by_line))
        return chosen[: self._recipe.lessons]

    def _lesson_of(self, line: int, rng: random.Random) -> Encoded:
        return rng.choice(self._lessons[line].alone) if self._lessons else self._alone(self._reworded(line, rng))

    def _distracted_of(self, line: int, rng: random.Random) -> Encoded:
        if self._lessons:
            return rng.choice(self._lessons[line].distracted)
        return self._distracted(self._reworded(line, rng), rng)

    def _reworded(self, line: int, rng: random.Random) -> Lesson:
        lesson = rng.choice(self._by_line[line])
        return replace(lesson, question=self._wording.reword(rng, lesson.question))

    def _worded(self, own: list[Lesson], rng: random.Random) -> "_Worded":
        """Make the wordings of a line's lessons; its own ones are among them."""
        alone: list[Encoded] = []
        distracted: list[Encoded] = []
        for lesson in own:
            questions = [lesson.question]
            questions += [self._wording.reword(rng, lesson.question) for _ in range(self._recipe.wordings - 1)]
            wordings = [replace(lesson, question=each) for each in dict.fromkeys(questions)]
            alone += map(self._alone, wordings)
            distracted.append(self._distracted(rng.choice(wordings), rng))
        return _Worded(alone, distracted)

    def _alone(self, lesson: Lesson) -> Encoded:
        return self._encoder.encode(Sample((), ((lesson.question, lesson.answer),)))

    def _distracted(self, lesson: Lesson, rng: random.Random) -> Encoded:
        memory = self._rehearsal.distraction(rng, lines=max(1, self._recipe.reading_lines // 2))
        return self._encoder.encode(Sample(memory, ((lesson.question, lesson.answer),)))

    def _drawn_readings(self, rng: random.Random, count: int) -> list[Encoded]:
        if not self._recipe.reading_pool:
            return [self._reading(rng) for _ in range(count)]
        drawn = [self._rehearsal.reading(rng, lines=self._recipe.reading_lines, questions=1) for _ in range(count)]
        return self._answered(drawn)

    def _reading(self, rng: random.Random) -> Encoded:
        sample = self._rehearsal.reading(rng, lines=self._recipe.reading_lines, questions=self._questions)
        return self._encoder.encode(sample)

    def _answered(self, samples: list[Sample]) -> list[Encoded]:
        said = answer_all(self._engine, [each.prompt() for each in samples])
        return [each.encoded() for each in said]


@dataclass(frozen=True, slots=True)
class _Worded:
    """A line's lessons in all their wordings, by themselves and with memories of other things before them."""

    alone: list[Encoded]
    distracted: list[Encoded]
